package algos

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
)

// Target is a 256-bit number in big-endian order, the largest hash that is good
// enough. It converts directly from and to a [32]byte in that order. The zero
// value is the target zero, which no hash meets in practice.
type Target [32]byte

// The targets that miners call difficulty 1. They are never written to.
var (
	// DiffOneBitcoin is 0xffff * 2^208, compact bits 1d00ffff: the easiest
	// target of Bitcoin's main chain, and difficulty 1 of SHA-256d miners.
	DiffOneBitcoin = Target{4: 0xff, 5: 0xff}

	// DiffOneScrypt is 0xffff * 2^224, compact bits 1f00ffff. Scrypt miners
	// count in units 65536 times smaller than Bitcoin's; the nodes of scrypt
	// chains do not, their getdifficulty goes by DiffOneBitcoin.
	DiffOneScrypt = Target{2: 0xff, 3: 0xff}

	// DiffOneSHA3x is 2^256-1: Tari's difficulty is the expected number of
	// hashes.
	DiffOneSHA3x = maxWords.target()
)

// Meets reports whether a hash, little-endian as Sum returns it, is at most t.
// It does not allocate.
func (t *Target) Meets(hash *[32]byte) bool {
	// Nearly every comparison is decided by the leading word.
	h, g := binary.LittleEndian.Uint64(hash[24:]), binary.BigEndian.Uint64(t[:])
	if h != g {
		return h < g
	}
	h, g = binary.LittleEndian.Uint64(hash[16:]), binary.BigEndian.Uint64(t[8:])
	if h != g {
		return h < g
	}
	h, g = binary.LittleEndian.Uint64(hash[8:]), binary.BigEndian.Uint64(t[16:])
	if h != g {
		return h < g
	}
	return binary.LittleEndian.Uint64(hash[:]) <= binary.BigEndian.Uint64(t[24:])
}

// Cmp returns -1, 0 or 1 when t is less than, equal to or greater than u. The
// greater target is the easier one.
func (t Target) Cmp(u Target) int {
	return bytes.Compare(t[:], u[:])
}

// String returns t as 64 hexadecimal digits, the most significant first, as
// nodes print it.
func (t Target) String() string {
	return hex.EncodeToString(t[:])
}

// Work returns the number of hashes that it takes on average to meet t:
// 2^256/(t+1). Its relative error is below 2^-51.
func (t Target) Work() float64 {
	w := targetWords(&t)
	var carry uint64 = 1
	for i := range w {
		w[i], carry = bits.Add64(w[i], 0, carry)
	}

	// The greatest target carries out of the top: every hash meets it.
	if carry != 0 {
		return 1
	}
	return 0x1p256 / w.float()
}
