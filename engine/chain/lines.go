package chain

import (
	"log/slog"
	"time"
)

// writer is a driver that keeps the last lines that its program has written, bounded
// and fit to be shown.
type writer interface {
	EachLine(do func(at time.Time, level slog.Level, text string))
}

// LogLine is a line that a coin's program has written. It is a stranger's text.
type LogLine struct {
	At    time.Time
	Level slog.Level
	Text  string
}

// LastLines are the last lines of the coin's program, oldest first, over all its
// processes; none where it runs within the pool's own.
func (r *Runner) LastLines() []LogLine {
	var all []LogLine
	if d, ok := r.driver.(writer); ok {
		d.EachLine(func(at time.Time, level slog.Level, text string) { all = append(all, LogLine{at, level, text}) })
	}
	return all
}
