package ledger

import "github.com/motherlode-pool/motherlode/engine/store"

// Error is a kind of error, for errors.Is.
type Error string

// Error returns the text of the kind.
func (e Error) Error() string { return string(e) }

// The kinds of errors.
const (
	ErrLogLost  Error = "ledger is ahead of the share log"
	ErrLogGone  Error = "share log no longer reaches back to the ledger's position"
	ErrSchema   Error = "ledger was written by a newer version"
	ErrOtherLog Error = "ledger belongs to another share log"
	ErrDamaged  Error = "ledger is damaged"
	ErrNotFound Error = "no such row in the ledger"
	ErrNotAhead Error = "reward scheme cannot say ahead who gets a block"
)

// ErrLocked is another process that has the database open.
const ErrLocked = store.ErrLocked
