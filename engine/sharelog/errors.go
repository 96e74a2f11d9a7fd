package sharelog

// Error is a kind of error, for errors.Is.
type Error string

// Error returns the text of the kind.
func (e Error) Error() string { return string(e) }

// The kinds of errors.
const (
	ErrLocked    Error = "share log is in use by another process; does the pool run already?"
	ErrCorrupt   Error = "share log is damaged"
	ErrClosed    Error = "share log is closed"
	ErrMissing   Error = "a part of the share log is missing"
	ErrNone      Error = "no share log"
	ErrRetired   Error = "position is before the oldest segment that is kept"
	ErrBeyondEnd Error = "position is beyond the end of the share log"
	ErrTooLong   Error = "record is too long for the share log"
	ErrOption    Error = "wrong option of the share log"
)
