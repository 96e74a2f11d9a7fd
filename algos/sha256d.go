package algos

import "crypto/sha256"

// sha256d is SHA-256 applied twice: Bitcoin's proof of work, and the hash of
// its transactions, merkle nodes and blocks.
type sha256d struct{}

func (sha256d) Name() string    { return "sha256d" }
func (sha256d) DiffOne() Target { return DiffOneBitcoin }

// Sum writes SHA-256(SHA-256(header)) to dst as it comes: SHA-256d chains read
// the digest as a little-endian number.
func (sha256d) Sum(dst *[32]byte, header, _ []byte) {
	DoubleSHA256(dst, header)
}

// DoubleSHA256 writes SHA-256(SHA-256(data)) to dst, in internal byte order
// (nodes print it reversed). It does not allocate, and dst may overlap data, so
// that a merkle fold can hash in place.
func DoubleSHA256(dst *[32]byte, data []byte) {
	first := sha256.Sum256(data)
	*dst = sha256.Sum256(first[:])
}
