package configs

import (
	"fmt"
	"strconv"
	"strings"
)

// Limits of a text, far above any real one: the TOML parser recurses as deep as
// the text nests, and every path of a key is kept.
const (
	maxSize  = 256 << 10 // bytes of text
	maxDepth = 32        // arrays and tables within each other, parts of a key
	maxKey   = 256       // bytes of one part of a key
)

// scanKeys finds the line of every key, array element and table of a TOML text.
// In a text that is not correct TOML the scan may end early and know fewer
// lines; it never fails. A text beyond the limits gives the line where that
// begins, other texts 0.
//
// A path is written as the operator would say it, "pools.btc.aux[1].coin"; a
// key that is no bare key is quoted.
func scanKeys(text string) (lines map[string]int, beyond int) {
	s := scanner{
		text:   strings.TrimPrefix(text, "\ufeff"),
		line:   1,
		lines:  map[string]int{},
		arrays: map[string]int{},
	}
	for s.blank(true); !s.done(); s.blank(true) {
		before := s.pos
		if s.text[s.pos] == '[' {
			s.header()
		} else {
			s.pair(s.table)
		}
		if s.pos == before {
			break // no TOML: give up
		}
	}
	return s.lines, s.beyond
}

// scanner walks over a TOML text and notes where keys stand.
type scanner struct {
	text   string
	pos    int
	line   int
	table  string         // path of the table that the last header opened
	lines  map[string]int // line by path
	arrays map[string]int // number of elements so far of an array of tables
	depth  int            // of the value that is being read
	beyond int            // line at which the limits are passed; 0: not yet
}

// giveUp ends the scan at a limit.
func (s *scanner) giveUp() {
	s.beyond = s.line
	s.pos = len(s.text)
}

func (s *scanner) done() bool { return s.pos >= len(s.text) }

// take skips c if it is next.
func (s *scanner) take(c byte) bool {
	if s.done() || s.text[s.pos] != c {
		return false
	}
	s.pos++
	return true
}

// blank skips white space and, with lines, line ends and comments.
func (s *scanner) blank(lines bool) {
	for !s.done() {
		switch c := s.text[s.pos]; {
		case c == ' ' || c == '\t' || c == '\r':
		case c == '\n' && lines:
			s.line++
		case c == '#' && lines:
			end := strings.IndexByte(s.text[s.pos:], '\n')
			if end < 0 {
				end = len(s.text) - s.pos
			}
			s.pos += end
			continue
		default:
			return
		}
		s.pos++
	}
}

// note records the line of a path that is written here, unless it is known.
func (s *scanner) note(path string) {
	if _, known := s.lines[path]; !known {
		s.lines[path] = s.line
	}
}

// header reads [a.b] or [[a.b]]. An array of tables stands for its last element.
func (s *scanner) header() {
	line := s.line
	s.take('[')
	array := s.take('[')
	keys := s.keys()
	path := ""
	for i, key := range keys {
		path = join(path, key)
		last := i == len(keys)-1
		s.note(path)
		if array && last {
			s.arrays[path]++
		}
		if n := s.arrays[path]; n > 0 {
			path = element(path, n-1)
			s.note(path)
		}
	}
	s.lines[path] = line // the header itself, whatever was written of it before
	s.table = path
	s.blank(false)
	s.take(']')
	s.take(']')
}

// pair reads key = value within a table.
func (s *scanner) pair(table string) {
	path := table
	for _, key := range s.keys() {
		path = join(path, key)
		s.note(path)
	}
	s.blank(false)
	if s.take('=') {
		s.value(path)
	}
}

// keys reads a dotted key.
func (s *scanner) keys() []string {
	var keys []string
	for {
		if len(keys) > maxDepth {
			s.giveUp()
			return nil
		}
		s.blank(false)
		start := s.pos
		if !s.done() && (s.text[s.pos] == '"' || s.text[s.pos] == '\'') {
			s.quoted()
			keys = append(keys, unquote(s.text[start:s.pos]))
		} else {
			for !s.done() && isBare(s.text[s.pos]) {
				s.pos++
			}
			if s.pos == start {
				return keys
			}
			keys = append(keys, s.text[start:s.pos])
		}
		if s.pos-start > maxKey {
			s.giveUp()
			return nil
		}
		s.blank(false)
		if !s.take('.') {
			return keys
		}
	}
}

// value skips a value and notes the keys within it.
func (s *scanner) value(path string) {
	s.blank(true)
	if s.done() {
		return
	}
	switch s.text[s.pos] {
	case '"', '\'':
		s.quoted()
	case '[':
		s.pos++
		s.members(']', func(i int) {
			p := element(path, i)
			s.note(p)
			s.value(p)
		})
	case '{':
		s.pos++
		s.members('}', func(int) { s.pair(path) })
	default:
		for !s.done() && !strings.ContainsRune(",]}#\n", rune(s.text[s.pos])) {
			s.pos++
		}
	}
}

// members reads what stands between brackets, divided by commas.
func (s *scanner) members(end byte, member func(i int)) {
	if s.depth++; s.depth > maxDepth {
		s.giveUp()
		return
	}
	defer func() { s.depth-- }()
	for i := 0; ; i++ {
		s.blank(true)
		if s.done() || s.take(end) {
			return
		}
		before := s.pos
		member(i)
		s.blank(true)
		s.take(',')
		if s.pos == before {
			return
		}
	}
}

// quoted skips a string of any of the four kinds.
func (s *scanner) quoted() {
	quote := s.text[s.pos : s.pos+1]
	if long := strings.Repeat(quote, 3); strings.HasPrefix(s.text[s.pos:], long) {
		s.pos += 3
		s.until(long, quote == `"`)
		// Up to two quotes may stand right before the closing three.
		for range 2 {
			s.take(quote[0])
		}
		return
	}
	s.pos++
	s.until(quote, quote == `"`)
}

// until skips to the end of the next occurrence of mark.
func (s *scanner) until(mark string, escapes bool) {
	for !s.done() {
		switch {
		case escapes && s.text[s.pos] == '\\' && s.pos+1 < len(s.text):
			s.pos++
		case strings.HasPrefix(s.text[s.pos:], mark):
			s.pos += len(mark)
			return
		}
		if s.text[s.pos] == '\n' {
			if len(mark) == 1 {
				return // no TOML: such a string ends on its line
			}
			s.line++
		}
		s.pos++
	}
}

func isBare(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// unquote is the key that a quoted key means.
func unquote(text string) string {
	if text[0] == '"' {
		if key, err := strconv.Unquote(text); err == nil {
			return key
		}
	}
	return strings.Trim(text, text[:1])
}

// join is the path of a key within a table.
func join(table, key string) string {
	bare := key != ""
	for i := range len(key) {
		bare = bare && isBare(key[i])
	}
	if !bare {
		key = strconv.Quote(key)
	}
	if table == "" {
		return key
	}
	return table + "." + key
}

// element is the path of an array's element.
func element(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// parent is the path of what holds the value of path, empty for the file.
func parent(path string) string {
	cut, quoted := 0, false
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '.' || c == '['):
			cut = i
		}
	}
	return path[:cut]
}
