package ckpoolfiles

import (
	"context"
	"errors"
	"hash/maphash"
	"log/slog"
	"time"
)

// Times and limits of the rounds.
const (
	every       = time.Minute
	after       = 2 * time.Second       // a minute is over: its last shares have been counted by then
	roundTime   = 40 * time.Second      // what is left of a round then comes first in the next
	restEach    = 50                    // accounts, after which a round rests as long as they took
	IdleWorker  = 600_000 * time.Second // a worker is told of for so long
	idleAccount = 8 * 24 * time.Hour    // all rates are 0 then
	idleShare   = 16                    // idle accounts are looked at after this part of their idle time
	maxTracked  = 100_000               // accounts whose files are kept new
	maxFailures = 5                     // of a round, which ends then
)

// Kinds of error.
const (
	ErrUnknown  Error = "the account has sent no share yet" // what a Source says of an account
	ErrNoFolder Error = "is no folder, or a link to one; remove it, and it is made anew"
)

// Error is a kind of error.
type Error string

// Error implements error.
func (e Error) Error() string { return string(e) }

// Source is what a Writer asks, from one goroutine.
type Source interface {
	// Pool is what the pool does.
	Pool(now time.Time) (Pool, error)
	// Past calls visit for every account that has ever sent a share, with the time of
	// its last one; an error of visit ends it and is returned.
	Past(visit func(account string, lastShare time.Time) error) error
	// Active are the accounts that are connected, and those that have sent something
	// since a time.
	Active(since time.Time) []string
	// Account is what an account does, or ErrUnknown.
	Account(name string, now time.Time) (Account, error)
}

// Writer keeps the files of one pool new.
type Writer struct {
	source Source
	folder folder
	log    *slog.Logger

	seed    maphash.Seed
	known   map[string]*tracked // nil before the first round
	active  map[string]bool     // in this round, or the one before
	since   time.Time           // start of the round before
	failing bool
	told    bool // that there are too many accounts
}

// tracked is an account whose file is kept new.
type tracked struct {
	due     time.Time
	wrote   uint64            // fingerprint of its file
	workers map[string]uint64 // the same by its workers' files; nil before the first look
}

// New makes a Writer of files below a folder. It does no I/O.
func New(root string, source Source, log *slog.Logger) *Writer {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Writer{source: source, folder: folder{root: root}, log: log, seed: maphash.MakeSeed()}
}

// Run writes at once and then each minute, until ctx ends. It returns nil.
func (w *Writer) Run(ctx context.Context) error {
	for {
		w.tell(w.round(ctx))
		now := time.Now()
		next := time.NewTimer(now.Truncate(every).Add(every + after).Sub(now))
		select {
		case <-ctx.Done():
			next.Stop()
			return nil
		case <-next.C:
		}
	}
}

// tell logs what has become of a round, when it is something else than before.
func (w *Writer) tell(err error) {
	switch {
	case err == nil && w.failing:
		w.failing = false
		w.log.Info("the files for ckpool's monitors are written again", "folder", w.folder.root)
	case err != nil && !errors.Is(err, context.Canceled) && !w.failing:
		w.failing = true
		w.log.Error("the files for ckpool's monitors cannot be written; mining goes on, and it is tried again each minute. "+
			"Look whether the disk is full and whether the pool's user may write into the folder", "folder", w.folder.root, "error", err)
	}
}
