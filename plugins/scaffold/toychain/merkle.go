package main

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/motherlode-pool/motherlode/coins"
)

// What makes a template of a node's answer: most chains that descend from
// Bitcoin need these as they are.

// doubleHash is the double SHA-256 of the parts, one after the other.
func doubleHash(parts ...[]byte) coins.Hash {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return sha256.Sum256(h.Sum(nil))
}

// merkleBranch is what leads from the coinbase, whatever it will be, to the
// merkle root of a block with these other transactions: leaf to root.
func merkleBranch(ids []coins.Hash) (branch []coins.Hash) {
	level := append([]coins.Hash{{}}, ids...)
	for len(level) > 1 {
		branch = append(branch, level[1])
		level = parents(level)
	}
	return branch
}

// merkleRoot is the root over all transactions, the coinbase first.
func merkleRoot(ids []coins.Hash) coins.Hash {
	level := append([]coins.Hash(nil), ids...)
	for len(level) > 1 {
		level = parents(level)
	}
	return level[0]
}

// parents is the level above one of at least two hashes. The last one of an odd
// number is paired with itself.
func parents(level []coins.Hash) (above []coins.Hash) {
	for i := 0; i < len(level); i += 2 {
		right := min(i+1, len(level)-1)
		above = append(above, doubleHash(level[i][:], level[right][:]))
	}
	return above
}

// heightPush is what a coinbase's input script begins with: the block's height,
// pushed as a number of Bitcoin's script (BIP 34).
func heightPush(height uint64) []byte {
	switch {
	case height == 0:
		return []byte{0}
	case height <= 16:
		return []byte{0x50 + byte(height)} // OP_1 to OP_16
	}
	digits := binary.LittleEndian.AppendUint64(nil, height)
	for digits[len(digits)-1] == 0 {
		digits = digits[:len(digits)-1]
	}
	if digits[len(digits)-1]&0x80 != 0 {
		digits = append(digits, 0) // else it would be a negative number
	}
	return append([]byte{byte(len(digits))}, digits...)
}
