package auxpow

import (
	"fmt"
	"strings"
)

// Error is a kind of failure other than a broken rule of a proof: of planning,
// building or reading. Compare with errors.Is.
type Error string

// Error makes an Error an error.
func (e Error) Error() string { return string(e) }

// The kinds of failure.
const (
	// ErrNoChains says that a tree was asked for without a chain.
	ErrNoChains Error = "no chain to plan a tree for"

	// ErrDuplicateID says that two chains have one chain id. See DuplicateError.
	ErrDuplicateID Error = "duplicate chain id"

	// ErrTreeTooTall says that two chain ids are equal modulo 2^30, so that no
	// tree that nodes allow keeps them apart.
	ErrTreeTooTall Error = "chain ids need a tree above the limit"

	// ErrUnknownID says that a leaf's chain id was not in the planned set.
	ErrUnknownID Error = "chain id is not in the planned set"

	// ErrDuplicateLeaf says that a chain was given two leaves.
	ErrDuplicateLeaf Error = "two leaves for one chain id"

	// ErrTruncated says that the data ends before what it announces.
	ErrTruncated Error = "data ends early"

	// ErrNotCanonical says that a count is not in its shortest form.
	ErrNotCanonical Error = "count is not in its shortest form"

	// ErrTooLarge says that a count is above what nodes read (32 MiB).
	ErrTooLarge Error = "count is above the limit"

	// ErrNoWitness says that a transaction announces witness data and has none.
	ErrNoWitness Error = "witness is announced but empty"

	// ErrTxFlags says that a transaction has flags that nodes do not know.
	ErrTxFlags Error = "unknown transaction flags"

	// ErrTrailing says that bytes follow a transaction that should stand alone.
	ErrTrailing Error = "bytes after the transaction"

	// ErrBits says that compact bits are no valid target.
	ErrBits Error = "bits are no valid target"
)

// DuplicateError names the chain ids that a set holds more than once, each
// once and in the order of their second appearance. errors.Is finds
// ErrDuplicateID in it.
type DuplicateError struct {
	IDs []uint32
}

// Error lists the ids.
func (e *DuplicateError) Error() string {
	names := make([]string, len(e.IDs))
	for i, id := range e.IDs {
		names[i] = fmt.Sprint(id)
	}
	return fmt.Sprintf("%v: %s", ErrDuplicateID, strings.Join(names, ", "))
}

// Unwrap gives ErrDuplicateID.
func (e *DuplicateError) Unwrap() error { return ErrDuplicateID }
