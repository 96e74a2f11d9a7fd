package testminer

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"

	"golang.org/x/crypto/scrypt"
)

// Share is a solution: what was hashed and how it is submitted.
type Share struct {
	Job        string
	Extranonce []byte // extranonce1 and 2
	Header     []byte // 80 bytes
	Value      *big.Int
	Params     []any // of mining.submit
}

// NTime is the header's time.
func (s *Share) NTime() uint32 { return binary.LittleEndian.Uint32(s.Header[68:]) }

// Nonce is the header's nonce.
func (s *Share) Nonce() uint32 { return binary.LittleEndian.Uint32(s.Header[76:]) }

// Version is the header's version.
func (s *Share) Version() uint32 { return binary.LittleEndian.Uint32(s.Header) }

// BlockHash is the header's double SHA-256 as nodes print it.
func (s *Share) BlockHash() string {
	h := sha256d(s.Header)
	slices.Reverse(h)
	return hex.EncodeToString(h)
}

// Meets reports whether the share is a block by the header's own bits, or by
// other compact bits when they are not zero.
func (s *Share) Meets(bits uint32) bool {
	if bits == 0 {
		bits = binary.LittleEndian.Uint32(s.Header[72:])
	}
	target := new(big.Int).Lsh(big.NewInt(int64(bits&0x7fffff)), uint(8*(int(bits>>24)-3)))
	return s.Value.Cmp(target) <= 0
}

// Solve searches the newest job, waiting for the first, and returns a share.
// Every call uses another extranonce2.
func (c *Client) Solve(user string) (*Share, error) {
	for c.Job == nil {
		if err := c.Read(); err != nil {
			return nil, err
		}
	}
	c.en2++
	var count [8]byte
	binary.BigEndian.PutUint64(count[:], c.en2)
	en2 := slices.Concat(make([]byte, max(c.en2Size-8, 0)), count[max(8-c.en2Size, 0):])
	header, err := c.header(en2)
	if err != nil {
		return nil, err
	}
	if c.Rolled != 0 {
		binary.LittleEndian.PutUint32(header, binary.LittleEndian.Uint32(header)|c.Rolled)
	}
	target := c.ShareTarget()
	for nonce := uint32(0); ; nonce++ {
		binary.LittleEndian.PutUint32(header[76:], nonce)
		value := c.hash(header)
		if value.Cmp(target) > 0 {
			continue
		}
		job, _ := c.Job[0].(string)
		share := &Share{
			Job: job, Extranonce: slices.Concat(c.Extranonce, en2), Header: header, Value: value,
			Params: []any{user, job, hex.EncodeToString(en2), c.Job[7], fmt.Sprintf("%08x", nonce)},
		}
		if c.Rolled != 0 {
			share.Params = append(share.Params, fmt.Sprintf("%08x", c.Rolled))
		}
		return share, nil
	}
}

// header is the 80 bytes to be hashed, with a nonce of zero.
func (c *Client) header(en2 []byte) ([]byte, error) {
	var fields [8][]byte
	for i := range fields {
		if i == 0 || i == 4 {
			continue
		}
		b, err := unhex(c.Job[i])
		if err != nil {
			return nil, fmt.Errorf("job parameter %d: %w", i, err)
		}
		fields[i] = b
	}
	root := sha256d(slices.Concat(fields[2], c.Extranonce, en2, fields[3]))
	for _, step := range c.Job[4].([]any) {
		b, err := unhex(step)
		if err != nil {
			return nil, err
		}
		root = sha256d(append(root, b...))
	}
	for i := 0; i < 32; i += 4 {
		slices.Reverse(fields[1][i : i+4])
	}
	for _, i := range []int{5, 6, 7} {
		slices.Reverse(fields[i])
	}
	return slices.Concat(fields[5], fields[1], root, fields[7], fields[6], make([]byte, 4)), nil
}

// ShareTarget is difficulty one divided by the difficulty, as miners do it.
func (c *Client) ShareTarget() *big.Int {
	shift := uint(208)
	if c.Algo == "scrypt" {
		shift = 224
	}
	one := new(big.Float).SetInt(new(big.Int).Lsh(big.NewInt(0xffff), shift))
	target, _ := one.Quo(one, big.NewFloat(c.Difficulty)).Int(nil)
	return target
}

func (c *Client) hash(header []byte) *big.Int {
	var h []byte
	switch c.Algo {
	case "scrypt":
		h, _ = scrypt.Key(header, header, 1024, 1, 1, 32) // fails only for bad parameters
	case "sha512t":
		sum := sha512.Sum512_256(header)
		h = sum[:]
	default:
		h = sha256d(header)
	}
	slices.Reverse(h)
	return new(big.Int).SetBytes(h)
}

func sha256d(b []byte) []byte {
	one := sha256.Sum256(b)
	two := sha256.Sum256(one[:])
	return two[:]
}

func unhex(v any) ([]byte, error) {
	s, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("%v is no text", v)
	}
	return hex.DecodeString(s)
}
