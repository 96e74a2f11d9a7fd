package auxpow

import "crypto/sha256"

// DoubleHash returns SHA-256 of SHA-256 of b.
func DoubleHash(b []byte) [32]byte {
	first := sha256.Sum256(b)
	return sha256.Sum256(first[:])
}

// hashPair returns the node above two neighbours, left and right.
func hashPair(left, right *[32]byte) [32]byte {
	var both [64]byte
	copy(both[:32], left[:])
	copy(both[32:], right[:])
	return DoubleHash(both[:])
}

// BranchRoot folds a leaf with its branch, lowest level first, and returns the
// root. The bits of index, lowest first, say on which side the leaf stands: a
// set bit puts the branch's hash to the left. It does not allocate.
func BranchRoot(leaf [32]byte, branch [][32]byte, index uint32) [32]byte {
	for i := range branch {
		if index&1 != 0 {
			leaf = hashPair(&branch[i], &leaf)
		} else {
			leaf = hashPair(&leaf, &branch[i])
		}
		index >>= 1
	}
	return leaf
}
