package guidetest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// Program is whose commands are checked, and where they come from. A new tree is
// made for each line, as flags remember what they were set to.
type Program struct {
	Name string
	Root func() *cobra.Command
}

// shell is the language of blocks that hold commands.
const shell = "sh"

// CheckText checks every line of the program's in a guide: in blocks of commands,
// in indented ones that hold nothing else, and between backticks.
func (p Program) CheckText(text string) (faults []error) {
	fault := func(line string, err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%q: %w", strings.TrimSpace(line), err))
		}
	}
	blocks, err := Parse(text)
	if err != nil {
		return []error{err}
	}
	for _, b := range blocks {
		if b.Lang != shell {
			continue
		}
		for _, line := range Lines(b.Text) {
			for _, args := range p.calls(line) {
				fault(line, p.check(args, true))
			}
		}
	}
	rest := outside(text)
	for _, line := range rest {
		for _, quoted := range inline.FindAllStringSubmatch(line, -1) {
			for _, args := range p.calls(quoted[1]) {
				fault(quoted[1], p.check(args, false))
			}
		}
	}
	for _, line := range p.indented(rest) {
		for _, args := range p.calls(columns.Split(strings.TrimSpace(line), 2)[0]) { // an explanation may follow
			fault(line, p.check(args, true))
		}
	}
	return faults
}

// indented are the lines of indented blocks whose every line calls the program.
func (p Program) indented(lines []string) (calls []string) {
	var block []string
	all := true
	for _, line := range append(lines, "") {
		if strings.HasPrefix(line, "    ") {
			block = append(block, line)
			all = all && strings.HasPrefix(line, "    "+p.Name+" ")
			continue
		}
		if all {
			calls = append(calls, block...)
		}
		block, all = nil, true
	}
	return calls
}

var (
	inline  = regexp.MustCompile("`([^`]+)`")
	columns = regexp.MustCompile(` {3,}`)
	printed = regexp.MustCompile(`\$\([^()]*\)`) // what another command prints
)

// outside are the lines that are in no block.
func outside(text string) (lines []string) {
	in := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), fence) {
			in = !in
		} else if !in {
			lines = append(lines, line)
		}
	}
	return lines
}

// Lines are the command lines of a block: what a backslash breaks is joined, and
// comments and empty lines are left out.
func Lines(text string) (lines []string) {
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// calls are the arguments of each call of the program in a line.
func (p Program) calls(line string) (calls [][]string) {
	for _, words := range split(printed.ReplaceAllString(line, "1")) {
		for len(words) > 0 && (words[0] == "sudo" || strings.Contains(words[0], "=")) {
			if words[0] == "sudo" && len(words) > 2 && words[1] == "-u" {
				words = words[2:]
			}
			words = words[1:]
		}
		if len(words) > 1 && words[0] == p.Name {
			calls = append(calls, words[1:])
		}
	}
	return calls
}

// split takes a line apart as a shell does, so far as guides need it: into
// commands at |, &, ; and behind redirections, and these into words. Quotes hold
// words together.
func split(line string) (commands [][]string) {
	var words []string
	word, quote, begun := "", rune(0), false
	endWord := func() {
		if begun {
			words = append(words, word)
		}
		word, begun = "", false
	}
	endCommand := func() {
		endWord()
		if len(words) > 0 {
			commands = append(commands, words)
		}
		words = nil
	}
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word += string(r)
		case r == '"' || r == '\'':
			quote, begun = r, true
		case r == ' ' || r == '\t':
			endWord()
		case r == '#' && !begun:
			endCommand()
			return commands
		case strings.ContainsRune("|&;<>()", r):
			if r == '>' && (word == "1" || word == "2") { // which output goes elsewhere
				word, begun = "", false
			}
			endCommand()
		default:
			word, begun = word+string(r), true
		}
	}
	endCommand()
	return commands
}

// check holds one call against the program: its commands, its flags and, where
// whole says that nothing is left out, the number of its arguments.
func (p Program) check(args []string, whole bool) error {
	if i := slices.Index(args, gap); i >= 0 { // the rest is for the reader to fill in
		args, whole = args[:i], false
	}
	cmd, rest, err := p.Root().Find(args)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return fmt.Errorf("%s: %w", cmd.CommandPath(), err)
	}
	given := cmd.Flags().Args()
	if cmd.Name() == "help" || len(given) == 0 && !whole {
		return nil
	}
	if err := cmd.ValidateArgs(given); err != nil {
		return err
	}
	if err := cmd.ValidateRequiredFlags(); whole && err != nil {
		return err
	}
	return nil
}
