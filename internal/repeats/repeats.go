package repeats

import (
	"context"
	"log/slog"
	"time"
)

// Every is how often the same is said again.
const Every = 10 * time.Minute

// most is how many texts are remembered about one thing.
const most = 100

// Words are what was said about one thing. The zero value has said nothing. They are
// for one goroutine at a time.
type Words struct{ said map[string]said }

type said struct {
	at   time.Time
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

// Say reports whether text, which has come up at now, is to be said: it is new, or the
// last time is long ago. Kept is how often it was kept back since.
func (w *Words) Say(text string, now time.Time) (kept int, ok bool) {
	last, again := w.said[text]
	if again && now.Sub(last.at) < Every {
		last.kept++
		w.said[text] = last
		return last.kept, false
	}
	if w.said == nil || len(w.said) >= most {
		w.said = map[string]said{}
	}
	w.said[text] = said{at: now}
	return last.kept, true
}

// Forget makes whatever comes next news: the trouble is over.
func (w *Words) Forget() { w.said = nil }
