package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/motherlode-pool/motherlode/plugins/conformance"
)

// rulePrinter prints a line a rule, aligned, in colour on a terminal.
type rulePrinter struct {
	out    io.Writer
	colour bool
	width  int // of the longest id
}

func newRulePrinter(out io.Writer, ids []string) *rulePrinter {
	p := &rulePrinter{out: out}
	if f, ok := out.(*os.File); ok {
		p.colour = isTerminal(f) && os.Getenv("NO_COLOR") == ""
	}
	for _, r := range conformance.Rules() {
		if len(ids) == 0 || slices.Contains(ids, r.ID) {
			p.width = max(p.width, len(r.ID))
		}
	}
	return p
}

// head says what is checked, and the line of a configuration that trusts it.
func (p *rulePrinter) head(t target) {
	if !t.external {
		fmt.Fprintf(p.out, "%s, built in\n\n", t.path)
		return
	}
	fmt.Fprintf(p.out, "driver = %q\nsha256 = %q\n\n", t.path, t.sum)
}

// notTried begins the detail of a rule that failed because another did.
const notTried = "not tried"

func (p *rulePrinter) rule(r conformance.Result) {
	const red, grey, green = "31", "90", "32"
	word, colour := "ok", green
	switch r.Outcome {
	case conformance.Failed:
		word, colour = "FAILED", red
	case conformance.NotApplicable:
		word, colour = "n/a", grey
	}
	below := r.Outcome == conformance.Failed && !strings.HasPrefix(r.Detail, notTried)
	line := r.Says
	if r.Detail != "" && !below {
		line += " (" + r.Detail + ")"
	}
	fmt.Fprintf(p.out, "%s  %-*s  %s\n", p.paint(colour, fmt.Sprintf("%-6s", word)), p.width, r.ID, printable(line))
	if below {
		for l := range strings.SplitSeq(r.Detail, "\n") {
			fmt.Fprintf(p.out, "          %s\n", printable(l))
		}
	}
}

func (p *rulePrinter) paint(colour, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// printable is a text without what could move a terminal's cursor: a plugin has
// a say in it.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, text)
}
