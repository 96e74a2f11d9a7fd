package convert

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
)

// uncomment blanks // and /* */ outside of strings, and nothing else.
func uncomment(data []byte) []byte {
	out := bytes.Clone(data)
	text := false
	for i := 0; i < len(out); i++ {
		switch {
		case text && out[i] == '\\':
			i++
		case out[i] == '"':
			text = !text
		case !text && out[i] == '/' && i+1 < len(out) && (out[i+1] == '/' || out[i+1] == '*'):
			end := []byte("\n")
			if out[i+1] == '*' {
				end = []byte("*/")
			}
			n := bytes.Index(out[i+2:], end)
			if n < 0 {
				n = len(out) - i - 2 - len(end)
			}
			stop := min(max(i+2, i+2+n+len(end)), len(out))
			for ; i < stop; i++ {
				if out[i] != '\n' {
					out[i] = ' '
				}
			}
			i--
		}
	}
	return out
}

// lastCommas blanks each comma outside of strings that a } or ] follows, as the
// library does by which miningcore reads its file. Comments are gone already.
func lastCommas(data []byte) {
	text, comma := false, -1 // the last comma, while nothing but space has followed
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text, comma = !text, -1
		case text:
		case c == ',':
			comma = i
		case (c == '}' || c == ']') && comma >= 0:
			data[comma], comma = ' ', -1
		case c > ' ':
			comma = -1
		}
	}
}

// readEnv reads lines of NAME=value as dotenv does, by which public-pool reads its
// file.
func (s *source) readEnv(data []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, text, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if !ok {
			return fmt.Errorf("%w: neither JSON nor NAME=value: %.40q", ErrFormat, line)
		}
		name = strings.TrimSpace(name)
		value, cut := envValue(strings.TrimSpace(text))
		if cut {
			s.look(name, "look: is cut at its #, where dotenv takes the rest for a comment; in quotes it is whole")
		}
		s.values[name] = value
	}
	return lines.Err()
}

// envValue is the value of a line: what is in quotes, to which nothing but a comment
// may follow, or all before the first #. Cut says that the # was within a word. In
// double quotes \n and \r are the end of a line.
func envValue(text string) (value string, cut bool) {
	if text != "" && strings.IndexByte("'\"`", text[0]) >= 0 {
		for i := 1; i < len(text); i++ {
			if text[i] == '\\' && i+1 < len(text) && text[i+1] == text[0] {
				i++
				continue
			}
			if text[i] != text[0] {
				continue
			}
			if rest := strings.TrimSpace(text[i+1:]); rest != "" && rest[0] != '#' {
				break
			}
			if value = text[1:i]; text[0] == '"' {
				value = strings.NewReplacer(`\n`, "\n", `\r`, "\r").Replace(value)
			}
			return value, false
		}
	}
	i := strings.IndexByte(text, '#')
	if i < 0 {
		return text, false
	}
	return strings.TrimSpace(text[:i]), i > 0 && text[i-1] != ' ' && text[i-1] != '\t'
}
