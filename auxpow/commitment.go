package auxpow

import (
	"bytes"
	"encoding/binary"
	"slices"
)

const (
	// CommitmentSize is the room that a commitment takes in the coinbase
	// script of the parent, in bytes.
	CommitmentSize = 44

	// MaxHeight is the longest chain branch, hence the tallest tree, that
	// nodes take.
	MaxHeight = 30

	// maxRootOffset is the last byte of the script at which the root may start
	// where there is no magic.
	maxRootOffset = 20
)

// magic marks a commitment in a coinbase script.
var magic = [4]byte{0xfa, 0xbe, 'm', 'm'}

// Magic returns the four bytes that open a commitment: fa be 6d 6d.
func Magic() [4]byte { return magic }

// Commitment returns what the parent's coinbase script carries for a tree of
// 2^height leaves. The root is in internal byte order; height is 0 to
// MaxHeight.
//
//	offset size
//	 0      4   magic fa be 6d 6d
//	 4     32   root, reversed
//	36      4   2^height, little-endian
//	40      4   nonce, little-endian
func Commitment(root [32]byte, height int, nonce uint32) [CommitmentSize]byte {
	var c [CommitmentSize]byte
	copy(c[:4], magic[:])
	slices.Reverse(root[:])
	copy(c[4:36], root[:])
	binary.LittleEndian.PutUint32(c[36:40], 1<<height)
	binary.LittleEndian.PutUint32(c[40:44], nonce)
	return c
}

// ContainsMagic returns how many times the magic stands in a coinbase script.
// A script that carries a commitment must give 1, with the extranonce and the
// tag in place.
func ContainsMagic(script []byte) int {
	// The magic does not overlap itself, so counting without overlaps is exact.
	return bytes.Count(script, magic[:])
}
