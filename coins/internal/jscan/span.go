package jscan

import "bytes"

// Span reads any value and returns its text, as Raw does, but of a list or an
// object it only looks for the end: brackets are counted, strings are stepped
// over, nothing else is checked. It is for a text of megabytes that somebody
// else reads thereafter.
func (s *Scanner) Span() ([]byte, error) {
	if c := s.peek(); c != '{' && c != '[' {
		return s.Raw()
	}
	start, open := s.pos, 0
	for i := start; i < len(s.b); i++ {
		switch s.b[i] {
		case '"':
			n := stringEnd(s.b[i+1:])
			if n < 0 {
				s.pos = len(s.b)
				return nil, s.fail(ErrSyntax, "the end of the string")
			}
			i += 1 + n
		case '{', '[':
			open++
		case '}', ']':
			if open--; open == 0 {
				s.pos = i + 1
				return s.b[start:s.pos], nil
			}
		}
	}
	s.pos = len(s.b)
	return nil, s.fail(ErrSyntax, "the end of the value")
}

// stringEnd is where the quote is that ends a string, of which b is what follows
// the first quote; -1 for nowhere. A quote behind an odd number of backslashes is
// escaped.
func stringEnd(b []byte) int {
	for from := 0; ; {
		n := bytes.IndexByte(b[from:], '"')
		if n < 0 {
			return -1
		}
		end := from + n
		i := end
		for i > from && b[i-1] == '\\' {
			i--
		}
		if (end-i)%2 == 0 {
			return end
		}
		from = end + 1
	}
}
