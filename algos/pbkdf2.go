package algos

import (
	"crypto/sha256"
	"encoding/binary"
)

// pbkdf2 is PBKDF2-HMAC-SHA256 (RFC 8018, section 5.2) with one iteration, in
// memory that is used again from call to call. With one iteration a block of
// output is a single HMAC:
//
//	SHA-256( opad ‖ SHA-256( ipad ‖ salt ‖ number of the block, 4 bytes ) )
type pbkdf2 struct {
	inner []byte                           // ipad, salt, number; grows once for a long salt
	outer [sha256.BlockSize + 32]byte      // opad, inner hash
	room  [sha256.BlockSize + 128 + 4]byte // what inner starts in: enough for scrypt
}

// setPassword makes the two pads. HMAC shortens a password longer than a block
// of the hash function, such as a header, by hashing it first.
func (p *pbkdf2) setPassword(password []byte) {
	if p.inner == nil {
		p.inner = p.room[:0]
	}
	var key [sha256.BlockSize]byte
	if len(password) > len(key) {
		short := sha256.Sum256(password)
		copy(key[:], short[:])
	} else {
		copy(key[:], password)
	}

	p.inner = p.inner[:0]
	for i, b := range key {
		p.inner = append(p.inner, b^0x36)
		p.outer[i] = b ^ 0x5c
	}
}

// derive fills out, a multiple of 32 bytes, from the password and salt.
func (p *pbkdf2) derive(out, salt []byte) {
	p.inner = append(p.inner[:sha256.BlockSize], salt...)
	end := len(p.inner)
	for n := uint32(1); len(out) > 0; n++ {
		p.inner = binary.BigEndian.AppendUint32(p.inner[:end], n)
		digest := sha256.Sum256(p.inner)
		copy(p.outer[sha256.BlockSize:], digest[:])
		digest = sha256.Sum256(p.outer[:])
		copy(out, digest[:])
		out = out[len(digest):]
	}
}
