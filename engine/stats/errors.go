package stats

// Error is a kind of error, for errors.Is.
type Error string

// Error returns the text of the kind.
func (e Error) Error() string { return string(e) }

// ErrDamaged is a row that does not fit its layout.
const ErrDamaged Error = "statistics are damaged"
