package jscan

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"
)

// ErrorKind is the kind of a parse error; it works with errors.Is.
type ErrorKind string

// The kinds of errors.
const (
	ErrSyntax = ErrorKind("invalid JSON")
	ErrType   = ErrorKind("unexpected type of JSON value")
	ErrDepth  = ErrorKind("JSON nested too deeply")
)

// Error makes a kind an error.
func (k ErrorKind) Error() string { return string(k) }

// maxDepth is far above any reply of a node and far below what would hurt the
// stack.
const maxDepth = 64

// Scanner reads one JSON text from front to back. The zero value is useless.
type Scanner struct {
	b     []byte
	pos   int
	depth int
}

// New returns a scanner at the start of b. Slices that the scanner returns
// point into b.
func New(b []byte) *Scanner { return &Scanner{b: b} }

// Offset is the position in the text.
func (s *Scanner) Offset() int { return s.pos }

func (s *Scanner) fail(kind ErrorKind, want string) error {
	if s.pos >= len(s.b) {
		return fmt.Errorf("%w: text ends at offset %d, expected %s", kind, s.pos, want)
	}
	return fmt.Errorf("%w at offset %d: expected %s, got %q", kind, s.pos, want, s.b[s.pos])
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *Scanner) peek() byte {
	for s.pos < len(s.b) {
		switch c := s.b[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// End reports an error unless only white space is left.
func (s *Scanner) End() error {
	if s.peek(); s.pos != len(s.b) {
		return s.fail(ErrSyntax, "the end")
	}
	return nil
}

// IsNull consumes a null and reports true, or consumes nothing.
func (s *Scanner) IsNull() bool {
	return s.peek() == 'n' && s.literal("null") == nil
}

func (s *Scanner) literal(word string) error {
	if len(s.b)-s.pos < len(word) || string(s.b[s.pos:s.pos+len(word)]) != word {
		return s.fail(ErrSyntax, word)
	}
	s.pos += len(word)
	return nil
}

func (s *Scanner) enter() error {
	if s.depth++; s.depth > maxDepth {
		return fmt.Errorf("%w: more than %d levels", ErrDepth, maxDepth)
	}
	s.pos++
	return nil
}

// Object walks an object. The function is called with the scanner in front of
// each value and must consume exactly that value. The key is unescaped.
func (s *Scanner) Object(member func(key []byte) error) error {
	if s.peek() != '{' {
		return s.fail(ErrType, "an object")
	}
	if err := s.enter(); err != nil {
		return err
	}
	for first := true; ; first = false {
		c := s.peek()
		if c == '}' && first {
			break
		}
		key, err := s.String()
		if err != nil {
			return err
		}
		if s.peek() != ':' {
			return s.fail(ErrSyntax, "a colon")
		}
		s.pos++
		if err := member(key); err != nil {
			return err
		}
		if c = s.peek(); c == '}' {
			break
		}
		if c != ',' {
			return s.fail(ErrSyntax, "a comma or the end of the object")
		}
		s.pos++
	}
	s.pos++
	s.depth--
	return nil
}

// Array walks an array. The function is called with the scanner in front of
// each element and must consume exactly that.
func (s *Scanner) Array(element func(i int) error) error {
	if s.peek() != '[' {
		return s.fail(ErrType, "an array")
	}
	if err := s.enter(); err != nil {
		return err
	}
	for i := 0; ; i++ {
		if s.peek() == ']' && i == 0 {
			break
		}
		if err := element(i); err != nil {
			return err
		}
		c := s.peek()
		if c == ']' {
			break
		}
		if c != ',' {
			return s.fail(ErrSyntax, "a comma or the end of the array")
		}
		s.pos++
	}
	s.pos++
	s.depth--
	return nil
}

// String reads a string. The result points into the text unless the string has
// escapes.
func (s *Scanner) String() ([]byte, error) {
	if s.peek() != '"' {
		return nil, s.fail(ErrType, "a string")
	}
	start := s.pos
	rest := s.b[start+1:]
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		s.pos = len(s.b)
		return nil, s.fail(ErrSyntax, "the end of the string")
	}
	if plain := rest[:end]; bytes.IndexByte(plain, '\\') < 0 && !hasControl(plain) {
		s.pos = start + 1 + end + 1
		return plain, nil
	}

	// With escapes the first quote need not be the last.
	for i := s.pos + 1; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == '"':
			s.pos = i + 1
			return unescape(s.b[start : i+1])
		case c == '\\':
			i++
		case c < ' ':
			s.pos = i
			return nil, s.fail(ErrSyntax, "no control character in a string")
		}
	}
	s.pos = len(s.b)
	return nil, s.fail(ErrSyntax, "the end of the string")
}

// hasControl reports whether a byte is below a space, eight bytes at a time:
// subtracting 32 borrows from the top bit of just such a byte that is not set
// already. A borrow into the next byte can only follow a byte that counts.
func hasControl(b []byte) bool {
	const spaces, tops = 0x2020202020202020, 0x8080808080808080
	for ; len(b) >= 8; b = b[8:] {
		if x := binary.LittleEndian.Uint64(b); (x-spaces)&^x&tops != 0 {
			return true
		}
	}
	for _, c := range b {
		if c < ' ' {
			return true
		}
	}
	return false
}

// unescape is the rare path, so it takes the slow and sure way.
func unescape(quoted []byte) ([]byte, error) {
	var out string
	if err := json.Unmarshal(quoted, &out); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrSyntax, err)
	}
	return []byte(out), nil
}

// Number reads a number and returns its text.
func (s *Scanner) Number() ([]byte, error) {
	c := s.peek()
	if c != '-' && (c < '0' || c > '9') {
		return nil, s.fail(ErrType, "a number")
	}
	start := s.pos
	for s.pos < len(s.b) && isNumberByte(s.b[s.pos]) {
		s.pos++
	}
	if text := s.b[start:s.pos]; json.Valid(text) {
		return text, nil
	}
	s.pos = start
	return nil, s.fail(ErrSyntax, "a number")
}

func isNumberByte(c byte) bool {
	return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}

// Int64 reads an integer.
func (s *Scanner) Int64() (int64, error) {
	text, err := s.Number()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %q is no 64-bit integer", ErrType, text)
	}
	return n, nil
}

// Uint64 reads an integer that is not negative.
func (s *Scanner) Uint64() (uint64, error) {
	text, err := s.Number()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %q is no unsigned 64-bit integer", ErrType, text)
	}
	return n, nil
}

// Raw reads any value and returns its text.
func (s *Scanner) Raw() ([]byte, error) {
	c := s.peek()
	start := s.pos
	var err error
	switch {
	case c == '{':
		err = s.Object(func([]byte) error { return s.Skip() })
	case c == '[':
		err = s.Array(func(int) error { return s.Skip() })
	case c == '"':
		_, err = s.String()
	case c == 't':
		err = s.literal("true")
	case c == 'f':
		err = s.literal("false")
	case c == 'n':
		err = s.literal("null")
	case c == '-', c >= '0' && c <= '9':
		_, err = s.Number()
	default:
		err = s.fail(ErrSyntax, "a value")
	}
	if err != nil {
		return nil, err
	}
	return s.b[start:s.pos], nil
}

// Skip reads any value and forgets it.
func (s *Scanner) Skip() error {
	_, err := s.Raw()
	return err
}
