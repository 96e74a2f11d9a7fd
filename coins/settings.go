package coins

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a coin's settings.
type Problem struct {
	Path    string // key within the settings: "nodes[0].url"; empty for the whole
	Message string // what is wrong and what was expected
}

// Problems is an error that lists everything that is wrong with the settings.
type Problems []Problem

// Error joins the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, q := range p {
		if q.Path == "" {
			lines[i] = q.Message
		} else {
			lines[i] = q.Path + ": " + q.Message
		}
	}
	return strings.Join(lines, "\n")
}

// Addf appends a problem.
func (p *Problems) Addf(path, format string, args ...any) {
	*p = append(*p, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

// Err is p as an error, nil when there is no problem.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}
