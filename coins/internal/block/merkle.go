package block

import "github.com/motherlode-pool/motherlode/coins"

// Branch is the merkle branch of the first leaf, which is not known yet; rest
// are the other leaves in order. An odd row repeats its last node.
func Branch(rest []coins.Hash) []coins.Hash {
	// Each row is kept without its first node, the one on our path: what is
	// next to it is the branch's step.
	row := append([]coins.Hash(nil), rest...)
	var branch []coins.Hash
	for len(row) > 0 {
		branch = append(branch, row[0])
		n := 0
		for i := 1; i < len(row); i += 2 {
			right := row[min(i+1, len(row)-1)]
			row[n] = pair(row[i], right)
			n++
		}
		row = row[:n]
	}
	return branch
}

// Root is the merkle root over a first leaf and its branch.
func Root(leaf coins.Hash, branch []coins.Hash) coins.Hash {
	for _, step := range branch {
		leaf = pair(leaf, step)
	}
	return leaf
}

func pair(left, right coins.Hash) coins.Hash {
	var both [64]byte
	copy(both[:32], left[:])
	copy(both[32:], right[:])
	return Sum(both[:])
}

// Commitment is the witness commitment (BIP141): the double SHA-256 of the
// witness root and the reserved value. Hashes are the transactions' hashes
// with witness (wtxid), without the coinbase's, which counts as zero.
func Commitment(hashes []coins.Hash, reserved [32]byte) coins.Hash {
	return pair(Root(coins.Hash{}, Branch(hashes)), reserved)
}

// CommitmentScript is the output script that carries a witness commitment:
// OP_RETURN, a push of 36 bytes, aa21a9ed, the commitment.
func CommitmentScript(commitment coins.Hash) []byte {
	return append([]byte{0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed}, commitment[:]...)
}
