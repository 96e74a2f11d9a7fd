package algos

import (
	"bytes"
	pbkdf2std "crypto/pbkdf2"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
)

// TestSalsa8 is the vector of RFC 7914, section 8.
func TestSalsa8(t *testing.T) {
	input := mustWords(t, `
		7e879a214f3ec9867ca940e641718f26 baee555b8c61c1b50df846116dcd3b1d
		ee24f319df9b3d8514121e4b5ac5aa32 76021d2909c74829edebc68db8b8c25e`)
	want := mustWords(t, `
		a41f859c6608cc993b81cacb020cef05 044b2181a2fd337dfd7b1c6396682f29
		b4393168e3c9e6bcfe6bc5b7a06d96ba e424cc102c91745c24ad673dc7618f81`)

	var got, zero [16]uint32
	salsa8(&got, &input, &zero)
	if got != want {
		t.Errorf("salsa20/8: got %x, want %x", got, want)
	}

	// In place, as either operand, and with the xor shared between both.
	mask := [16]uint32{3: 0xdeadbeef, 9: 1}
	for i := range mask {
		input[i] ^= mask[i]
	}
	first, second := input, mask
	salsa8(&first, &first, &mask)
	salsa8(&second, &input, &second)
	if first != want || second != want {
		t.Errorf("in place: got %x and %x, want %x", first, second, want)
	}
}

// mustWords reads 64 bytes as little-endian words.
func mustWords(t *testing.T, text string) (words [16]uint32) {
	t.Helper()
	raw, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil || len(raw) != 64 {
		t.Fatalf("bad vector: %d bytes, %v", len(raw), err)
	}
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(raw[4*i:])
	}
	return words
}

// TestPBKDF2 compares with the standard library, in one memory used again.
func TestPBKDF2(t *testing.T) {
	var kdf pbkdf2
	sizes := []int{0, 80, 4, 64, 65, 128, 129, 500, 1}
	for _, password := range sizes {
		for _, salt := range sizes {
			p, s := bytes.Repeat([]byte{0x5a}, password), bytes.Repeat([]byte{0x36}, salt)
			want, err := pbkdf2std.Key(sha256.New, string(p), s, 1, 96)
			if err != nil {
				t.Fatalf("oracle: %v", err)
			}
			got := make([]byte, 96)
			kdf.setPassword(p)
			kdf.derive(got, s)
			if !bytes.Equal(got, want) {
				t.Errorf("password of %d, salt of %d bytes: got %x, want %x",
					password, salt, got, want)
			}
		}
	}
}

// TestNarrowLanes is what machines without the vector code do.
func TestNarrowLanes(t *testing.T) {
	l := new(scryptNarrow)
	header := bytes.Repeat([]byte{7}, 80)
	var got, want [32]byte
	for range 2 {
		l.Sum([]*[32]byte{&got}, [][]byte{header})
		scrypt{}.Sum(&want, header, nil)
		if got != want || l.Width() != 1 {
			t.Errorf("got %x, want %x", got, want)
		}
		header[0]++
	}
}
