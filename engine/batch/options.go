package batch

import (
	"log/slog"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// The rules of when a batch leaves.
const (
	FlushAt    = 64                   // headers that are worth a call, which alone costs as much as 200 of them
	FlushAfter = 2 * time.Millisecond // what a lone share may wait for company
	InFlight   = 2                    // one is hashed while the other travels
	MaxBatch   = coins.MaxHashBatch   // headers of one call
)

// Defaults of Options.
const (
	// DefaultDeadline bridges the restart of a plugin, and is shorter than the
	// patience of miners.
	DefaultDeadline = 5 * time.Second

	// DefaultRetry is the pause after a call that failed.
	DefaultRetry = 50 * time.Millisecond

	// DefaultMaxQueued is what 2,000 sessions can hand in at once.
	DefaultMaxQueued = 64 * MaxBatch

	// DefaultStopGrace bounds the wait for a function that ignores its context.
	DefaultStopGrace = 5 * time.Second
)

// maxTries is how often a header is asked for before its request fails. A crash
// that is not its fault is survived; a header that a coin cannot hash, or dies
// of, does not hold up others.
const maxTries = 2

// Options are the optional parts of a Batcher. A zero field means its default.
type Options struct {
	Logger    *slog.Logger // nil discards
	Deadline  time.Duration
	Retry     time.Duration
	MaxQueued int
	StopGrace time.Duration

	// Absent reports that an error of the function means that nobody was asked,
	// as while a plugin is being started: the headers wait, and no try counts.
	// Nil means that no error does.
	Absent func(error) bool
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Deadline <= 0 {
		o.Deadline = DefaultDeadline
	}
	if o.Retry <= 0 {
		o.Retry = DefaultRetry
	}
	if o.MaxQueued <= 0 {
		o.MaxQueued = DefaultMaxQueued
	}
	if o.StopGrace <= 0 {
		o.StopGrace = DefaultStopGrace
	}
	if o.Absent == nil {
		o.Absent = func(error) bool { return false }
	}
	return o
}
