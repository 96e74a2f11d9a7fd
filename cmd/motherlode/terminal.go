package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
)

// What a terminal understands.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l" // another screen, no cursor
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	home        = "\x1b[H"
	clearLine   = "\x1b[K"
	clearBelow  = "\x1b[J"
	dim         = "\x1b[2m"
)

// colourful reports whether output to a terminal may be coloured; see no-color.org.
func colourful() bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// text is a part of a line in one colour, or none.
type text struct {
	colour string
	words  string
}

// fit is a line of at most width characters, coloured where paint is true.
func fit(parts []text, width int, paint bool) string {
	var b strings.Builder
	for _, p := range parts {
		words := []rune(p.words)
		cut := len(words) > width
		words = words[:min(len(words), max(width, 0))]
		width -= len(words)
		if len(words) == 0 {
			continue
		}
		if cut && len(words) > 1 {
			words[len(words)-1] = '…'
		}
		if paint && p.colour != "" {
			b.WriteString(p.colour + string(words) + plain)
		} else {
			b.WriteString(string(words))
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// keys reads what is typed, until ctx ends, and calls quit at q or the end of
// input. The terminal must be one whose reads end by themselves, see quietInput.
func keys(ctx context.Context, group *sync.WaitGroup, in io.Reader, quit func()) {
	group.Go(func() {
		buf := make([]byte, 16)
		for ctx.Err() == nil {
			n, err := in.Read(buf)
			for _, c := range buf[:n] {
				if c == 'q' || c == 'Q' || c == 3 {
					quit()
					return
				}
			}
			if err != nil && !errors.Is(err, io.EOF) {
				return // a terminal that has gone; SIGHUP ends the rest
			}
		}
	})
}
