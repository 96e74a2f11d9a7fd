package jscan

import (
	"bytes"
	"encoding/hex"
)

// AppendHex reads a string of hex digits, of either case, and appends the bytes
// that they stand for to dst. On an error dst comes back as it was.
func (s *Scanner) AppendHex(dst []byte) ([]byte, error) {
	// Digits have no escapes, so the first quote is the end, and whatever is no
	// digit is found by decoding: one look at the text in place of four.
	if s.peek() == '"' {
		start := s.pos + 1
		if n := bytes.IndexByte(s.b[start:], '"'); n >= 0 {
			if out, err := hex.AppendDecode(dst, s.b[start:start+n]); err == nil {
				s.pos = start + n + 1
				return out, nil
			}
		}
	}
	text, err := s.String()
	if err != nil {
		return dst, err
	}
	out, err := hex.AppendDecode(dst, text)
	if err != nil {
		return dst, err
	}
	return out, nil
}
