package simrsk

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
)

const (
	tagText  = "RSKBLOCK:"
	maxAfter = 128
	minBytes = 65
)

// tagged is the hash behind the last tag of a coinbase; false where there is none.
func tagged(coinbase []byte) (mined [32]byte, ok bool) {
	at := bytes.LastIndex(coinbase, []byte(tagText))
	if at < 0 || at+len(tagText)+32 > len(coinbase) {
		return mined, false
	}
	copy(mined[:], coinbase[at+len(tagText):])
	return mined, true
}

// check holds a proof against the rules of ProofOfWorkRule.
func check(header, coinbase []byte, branch [][32]byte, target [32]byte) error {
	if len(header) != 80 {
		return fmt.Errorf("header of %d bytes", len(header))
	}
	work := twice(header)
	slices.Reverse(work[:])
	if bytes.Compare(work[:], target[:]) > 0 {
		return errors.New("hash is higher than target")
	}
	at := bytes.LastIndex(coinbase, []byte(tagText))
	if after := len(coinbase) - at - len(tagText) - 32; after > maxAfter {
		return fmt.Errorf("%d bytes after the tag, more than 128", after)
	}
	if len(coinbase) < minBytes {
		return errors.New("coinbase must be longer than 64 bytes")
	}
	if len(coinbase) > 5 && coinbase[4] == 0 {
		return errors.New("coinbase with a witness")
	}
	if len(branch) == 0 || branch[0] != twice(coinbase) {
		return errors.New("the branch does not begin with the coinbase")
	}
	root := branch[0]
	for _, h := range branch[1:] {
		root = twice(append(root[:], h[:]...))
	}
	if !bytes.Equal(root[:], header[36:68]) {
		return errors.New("merkle branch does not lead to the header's root")
	}
	return nil
}

func twice(b []byte) [32]byte {
	first := sha256.Sum256(b)
	return sha256.Sum256(first[:])
}
