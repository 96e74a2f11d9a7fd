package convert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// source is a configuration as a flat list of its values, each of which must be
// taken or left in the end.
type source struct {
	json    bool
	values  map[string]any // by path, such as pools[0].daemons[1].host
	order   []string       // sorted paths
	counts  map[string]int // elements of each list
	fields  map[string][]string
	taken   map[string]bool
	carried []Note
	left    []Note
}

const (
	maxValues = 20_000 // of one file; real ones have a few hundred at the most
	maxDepth  = 32
)

// read reads JSON, with comments, commas behind the last of a list and text after
// it, or a file of NAME=value.
func read(data []byte) (*source, error) {
	s := &source{values: map[string]any{}, counts: map[string]int{}, fields: map[string][]string{}, taken: map[string]bool{}}
	if text := bytes.TrimSpace(uncomment(data)); len(text) > 0 && text[0] == '{' {
		lastCommas(text)
		var tree map[string]any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&tree); err != nil {
			return nil, fmt.Errorf("%w: no valid JSON: %w", ErrFormat, err)
		}
		s.json = true
		if err := s.flatten("", tree, 0); err != nil {
			return nil, err
		}
	} else if err := s.readEnv(data); err != nil {
		return nil, err
	}
	for path := range s.values {
		s.order = append(s.order, path)
	}
	sort.Strings(s.order)
	return s, nil
}

// format is the form by what is in the source; empty where it is none.
func (s *source) format() Format {
	switch {
	case s.json && s.counts["pools"] > 0:
		return Miningcore
	case s.json && (s.counts["btcd"] > 0 || s.has("btcaddress") || s.has("serverurl") || s.counts["serverurl"] > 0 || s.counts["proxy"] > 0):
		return CKPool
	case !s.json && (s.has("BITCOIN_RPC_URL") || s.has("STRATUM_PORT")):
		return PublicPool
	}
	return ""
}

func (s *source) flatten(path string, v any, depth int) error {
	if depth > maxDepth || len(s.values) > maxValues {
		return fmt.Errorf("%w: it is larger or nests deeper than any configuration", ErrFormat)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			s.fields[path] = append(s.fields[path], name)
			if err := s.flatten(join(path, name), child, depth+1); err != nil {
				return err
			}
		}
		sort.Strings(s.fields[path])
	case []any:
		s.counts[path] = len(v)
		for i, child := range v {
			if err := s.flatten(fmt.Sprintf("%s[%d]", path, i), child, depth+1); err != nil {
				return err
			}
		}
	default:
		s.values[path] = v
	}
	return nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (s *source) has(path string) bool { return s.values[path] != nil }

// text takes a value as text; empty where there is none.
func (s *source) text(path string) string {
	s.taken[path] = true
	switch v := s.values[path].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// number takes a value as a number; otherwise, and where there is none or it is no
// number, fallback.
func (s *source) number(path string, fallback float64) float64 {
	text := strings.TrimSpace(s.text(path))
	if text == "" {
		return fallback
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v != v || v < -1e300 || v > 1e300 {
		s.leave(path, "is no number")
		return fallback
	}
	return v
}

// yes takes a value as a switch.
func (s *source) yes(path string, fallback bool) bool {
	switch strings.ToLower(s.text(path)) {
	case "true", "1", "yes", "on":
		return true
	case "":
		return fallback
	}
	return false
}

// look notes something about a value that was carried over.
func (s *source) look(path, format string, args ...any) string {
	n := Note{path, fmt.Sprintf(format, args...)}
	s.carried = append(s.carried, n)
	return oneLine(n.Text)
}

// leave notes why a value, or all below a path, is not carried over. It says nothing
// where the source has no such thing.
func (s *source) leave(path, format string, args ...any) {
	found := s.has(path)
	for _, p := range s.order {
		if strings.HasPrefix(p, path+".") || strings.HasPrefix(p, path+"[") {
			if !s.taken[p] {
				found = true
			}
			s.taken[p] = true
		}
	}
	if found {
		s.taken[path] = true
		s.left = append(s.left, Note{path, fmt.Sprintf(format, args...)})
	}
}

// refuse is leave for what is there in any case.
func (s *source) refuse(path, format string, args ...any) {
	before := len(s.left)
	s.leave(path, format, args...)
	if len(s.left) == before {
		s.left = append(s.left, Note{path, fmt.Sprintf(format, args...)})
	}
}

// leaveRest names what nobody asked for.
func (s *source) leaveRest() {
	for _, path := range s.order {
		if !s.taken[path] && s.values[path] != nil {
			s.left = append(s.left, Note{path, "this key is not known here"})
		}
	}
}
