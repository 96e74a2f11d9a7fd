package chain

import "github.com/motherlode-pool/motherlode/coins"

// Error is a kind of failure of this package. It works with errors.Is.
type Error string

// The kinds.
const (
	ErrDown     Error = "coin is not open"                                 // no coin to ask at this moment: try again
	ErrRole     Error = "coin does not have the role"                      // the open coin lacks the power that was asked for
	ErrBadWork  Error = "coin sent unusable work"                          // what the coin sent failed a check
	ErrEnded    Error = "stream ended without a reason"                    // a stream returned nil though nobody asked it to end
	ErrPanic    Error = "coin panicked"                                    // a stream or call of a coin in this process panicked
	ErrSettings Error = "settings of the coin are wrong"                   // permanent; wraps the coins.Problems
	ErrHung     Error = "coin did not end its streams when it was told to" // after StopGrace
	ErrFlood    Error = "coin floods its stream"                           // it is held back; nothing else follows
)

// Error returns the text of the kind.
func (e Error) Error() string { return string(e) }

// Fault says of which kinds the coin's own program is to blame.
func (e Error) Fault() coins.Fault {
	switch e {
	case ErrPanic:
		return coins.Crash
	case ErrBadWork, ErrRole:
		return coins.BadWork
	}
	return coins.NoFault
}
