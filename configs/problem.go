package configs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	File    string // empty for a configuration that was not read from a file
	Line    int    // 1 is the first; 0 where no line is to blame
	Key     string // full key: "pools.btc.listen[0].address"; empty for the file
	Message string // what is wrong; what was expected
}

// String is the problem in one line: file:line: key: message.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
	}
	if p.Key != "" {
		b.WriteString(p.Key)
		b.WriteString(": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Problems is an error that lists everything that is wrong.
type Problems []Problem

// Error joins the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, q := range p {
		lines[i] = q.String()
	}
	return strings.Join(lines, "\n")
}

// Err is p as an error in the order of the file, nil when there is no problem.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	p.Sort()
	return p
}

// Sort brings the problems into the order of the file. Those of one line keep
// the order in which they were found.
func (p Problems) Sort() {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
}

// cover reports whether a problem of this key, or of what should hold it, is
// listed already.
func (p Problems) cover(key string) bool {
	for ; key != ""; key = parent(key) {
		if slices.ContainsFunc(p, func(q Problem) bool { return q.Key == key }) {
			return true
		}
	}
	return false
}
