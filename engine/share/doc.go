// Package share judges one submission of a miner: is it new, what does it solve,
// and is it worth a share.
//
// The order is the point. A duplicate is turned away before anything is hashed.
// Then the hash is compared with the targets of the parent and of every
// auxiliary chain, and only then do time, staleness and share difficulty count:
// a share that is worthless as a share can still be a block, because an
// auxiliary chain looks neither at the parent's time nor at its tip.
//
// The package does no I/O, reads no clock and does not allocate. It belongs to
// layer L3.
package share
