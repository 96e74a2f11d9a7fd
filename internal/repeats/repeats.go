package repeats

import (
	"context"
	"log/slog"
	"time"
)

// Every is how often the same is said again.
const Every = 10 * time.Minute

// Words are the last that were said about one thing. The zero value has said nothing.
// It is for one goroutine at a time.
type Words struct {
	text string
	said time.Time
	kept int
}

// Warn logs message with args, as a warning where text, which tells one trouble from
// another, is news at now, or was said long ago; then with how often it was kept back.
func (w *Words) Warn(log *slog.Logger, now time.Time, text, message string, args ...any) {
	level := slog.LevelWarn
	switch kept, ok := w.Say(text, now); {
	case !ok:
		level = slog.LevelDebug
	case kept > 0:
		args = append(args, "times_meanwhile", kept)
	}
	log.Log(context.Background(), level, message, args...)
}

// Say reports whether text, which has come up at now, is to be said: it is another one
// than before, or the last time is long ago. Kept is how often it was kept back since.
func (w *Words) Say(text string, now time.Time) (kept int, ok bool) {
	if text == w.text && !w.said.IsZero() && now.Sub(w.said) < Every {
		w.kept++
		return w.kept, false
	}
	if text == w.text {
		kept = w.kept
	}
	*w = Words{text: text, said: now}
	return kept, true
}

// Forget makes whatever comes next news: the trouble is over.
func (w *Words) Forget() { *w = Words{} }
