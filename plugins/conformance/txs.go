package conformance

import (
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/txlist"
)

// txIDs reads n transactions, concatenated, that fill blob exactly, and returns
// their ids: the double SHA-256 of each without witness.
func txIDs(blob []byte, n int) ([]coins.Hash, error) {
	list, err := txlist.IDs(blob, n)
	ids := make([]coins.Hash, len(list))
	for i, id := range list {
		ids[i] = id
	}
	return ids, err
}

// merkleBranch is the branch of a first leaf that is not known; rest are the
// others.
func merkleBranch(rest []coins.Hash) []coins.Hash {
	leaves := make([][32]byte, len(rest))
	for i, leaf := range rest {
		leaves[i] = leaf
	}
	var branch []coins.Hash
	for _, step := range txlist.Branch(leaves) {
		branch = append(branch, step)
	}
	return branch
}
