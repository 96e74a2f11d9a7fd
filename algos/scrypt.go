package algos

import (
	"encoding/binary"
	"sync"
)

// scryptN is the cost parameter of Litecoin and all that followed it: the
// number of 128-byte blocks that a hash fills and then reads at random.
const scryptN = 1024

// scrypt is scrypt (RFC 7914) with N=1024, r=1, p=1 and the header as password
// and salt at once.
type scrypt struct{}

// scryptPool holds scratch that is not in use. Nothing in it needs clearing:
// a call writes every word before it reads it.
var scryptPool = sync.Pool{New: func() any { return new(scryptScratch) }}

// scryptScratch is the memory of one hash.
type scryptScratch struct {
	v     [scryptN]scryptBlock // 128 KiB
	x     scryptBlock
	bytes [128]byte // x in bytes, little-endian words
	kdf   pbkdf2
}

// scryptBlock is a block for r=1: two halves of 64 bytes, as little-endian
// words.
type scryptBlock [2][16]uint32

func (scrypt) Name() string    { return "scrypt" }
func (scrypt) DiffOne() Target { return DiffOneScrypt }

// Sum writes scrypt(header, header, 1024, 1, 1) to dst as it comes: scrypt
// chains read the digest as a little-endian number.
func (scrypt) Sum(dst *[32]byte, header, _ []byte) {
	s := scryptPool.Get().(*scryptScratch)
	s.sum(dst, header)
	scryptPool.Put(s)
}

// sum derives a block from the header, mixes it, and derives the digest from
// the header and the mixed block.
func (s *scryptScratch) sum(dst *[32]byte, header []byte) {
	s.kdf.setPassword(header)
	s.kdf.derive(s.bytes[:], header)
	for i := range 32 {
		s.x[i/16][i%16] = binary.LittleEndian.Uint32(s.bytes[4*i:])
	}

	s.mix()

	for i := range 32 {
		binary.LittleEndian.PutUint32(s.bytes[4*i:], s.x[i/16][i%16])
	}
	s.kdf.derive(dst[:], s.bytes[:])
}

// mix is scryptROMix of RFC 7914, section 5, on the block x.
func (s *scryptScratch) mix() {
	// Fill v with the first N blocks of the chain. With r=1 a step hashes
	// each half into the other, and the halves stay in their order.
	s.v[0] = s.x
	for i := range scryptN - 1 {
		from, to := &s.v[i], &s.v[i+1]
		salsa8(&to[0], &from[0], &from[1])
		salsa8(&to[1], &from[1], &to[0])
	}
	last := &s.v[scryptN-1]
	salsa8(&s.x[0], &last[0], &last[1])
	salsa8(&s.x[1], &last[1], &s.x[0])

	// Walk on from there, mixing in the block that the chain itself names.
	for range scryptN {
		v := &s.v[s.x[1][0]%scryptN]
		for i := range 16 {
			s.x[0][i] ^= v[0][i]
			s.x[1][i] ^= v[1][i]
		}
		salsa8(&s.x[0], &s.x[0], &s.x[1])
		salsa8(&s.x[1], &s.x[1], &s.x[0])
	}
}
