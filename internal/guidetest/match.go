package guidetest

import (
	"fmt"
	"regexp"
	"strings"
)

// gap stands for whatever is there: within a line for any text, alone on a line for
// any lines.
const gap = "..."

// Match compares what was printed with what a guide shows. Three dots stand for
// any text within their line, and alone on a line for any lines; how many spaces
// are between two words does not matter.
func Match(shown, printed string) error {
	var pattern strings.Builder
	pattern.WriteString(`\A`)
	for line := range strings.Lines(strings.TrimRight(shown, "\n") + "\n") {
		line = squeeze(line)
		if line == gap {
			pattern.WriteString(`(?:[^\n]*\n)*?`)
			continue
		}
		parts := strings.Split(line, gap)
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		pattern.WriteString(strings.Join(parts, `[^\n]*`) + `\n`)
	}
	pattern.WriteString(`\z`)

	var got strings.Builder
	for line := range strings.Lines(strings.TrimRight(printed, "\n") + "\n") {
		got.WriteString(squeeze(line) + "\n")
	}
	if !regexp.MustCompile(pattern.String()).MatchString(got.String()) {
		return fmt.Errorf("printed was\n%s\nthe guide shows\n%s", printed, shown)
	}
	return nil
}

// squeeze is a line with single spaces between its words.
func squeeze(line string) string { return strings.Join(strings.Fields(line), " ") }
