package host

import (
	"bytes"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// endless repeats a text up to a number of bytes.
type endless struct {
	text []byte
	left int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), e.left)], e.text)
	e.left -= n
	return n, nil
}

// TestFloodsAreReadSlowly gives the log far more than it takes: reading rests in
// between, which stops the plugin at its full pipe.
func TestFloodsAreReadSlowly(t *testing.T) {
	for _, c := range []struct {
		name  string
		text  string
		bytes int
		least time.Duration
		most  time.Duration
	}{
		{"a lively plugin", "{\"msg\":\"all is well\"}\n", 100 << 10, 0, 0},
		{"long lines", string(bytes.Repeat([]byte("y"), 32<<10-1)) + "\n", 32 << 20, 2900 * time.Millisecond, 3100 * time.Millisecond},
		{"short lines, which cost as much", "x\n", 1 << 20, 2900 * time.Millisecond, 3100 * time.Millisecond},
		{"no line at all", "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", 32 << 20, 2900 * time.Millisecond, 3100 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newLogSink(slog.New(slog.DiscardHandler), &logCount{})
				begin := time.Now()
				s.read("stderr", &endless{[]byte(c.text), c.bytes})
				if took := time.Since(begin); took < c.least || took > c.most {
					t.Errorf("%d bytes were read in %v, want %v to %v", c.bytes, took, c.least, c.most)
				}
			})
		})
	}
}
