package guidetest

import (
	"fmt"
	"strings"
)

// fence begins and ends a block.
const fence = "```"

// Block is a fenced block of a guide, or a comment for the test.
type Block struct {
	Lang string            // the first word behind the fence; "test" for a comment
	Mark map[string]string // the words that follow, as key or key=value
	Text string            // with a line feed at its end; a comment's words
	Line int               // of its first line of text
}

// Marked reports whether the block has a mark.
func (b Block) Marked(key string) bool {
	_, ok := b.Mark[key]
	return ok
}

// Parse returns the blocks of a guide, in order. A block that is not closed is an
// error.
func Parse(text string) (blocks []Block, err error) {
	var open *Block
	n := 0
	for line := range strings.Lines(text) {
		n++
		trimmed := strings.TrimSpace(line)
		switch {
		case open != nil && trimmed == fence:
			blocks, open = append(blocks, *open), nil
		case open != nil:
			open.Text += line
		case strings.HasPrefix(trimmed, fence):
			open = newBlock(strings.Fields(strings.TrimLeft(trimmed, "`")), n+1)
		default:
			if words, ok := comment(trimmed); ok {
				blocks = append(blocks, Block{Lang: "test", Text: words, Line: n})
			}
		}
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: the block is not closed", open.Line)
	}
	return blocks, nil
}

func newBlock(words []string, line int) *Block {
	b := &Block{Mark: map[string]string{}, Line: line}
	for i, w := range words {
		if i == 0 {
			b.Lang = w
			continue
		}
		key, value, _ := strings.Cut(w, "=")
		b.Mark[key] = value
	}
	return b
}

// comment are the words of a comment for the test.
func comment(line string) (words string, ok bool) {
	line, ok = strings.CutPrefix(line, "<!-- test:")
	if !ok {
		return "", false
	}
	line, ok = strings.CutSuffix(line, "-->")
	return strings.TrimSpace(line), ok
}

// Section is the text under a heading of the second level, up to the next one.
func Section(text, heading string) (string, error) {
	_, section, ok := strings.Cut(text, "\n## "+heading+"\n")
	if !ok {
		return "", fmt.Errorf("there is no section %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	return section, nil
}
