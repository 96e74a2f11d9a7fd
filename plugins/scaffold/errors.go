package scaffold

// ErrorKind is a kind of fault in what was asked for, for errors.Is. Other errors
// are failures of the file system.
type ErrorKind string

// The kinds.
const (
	ErrName   = ErrorKind("no good name for a coin")
	ErrLang   = ErrorKind("no such language")
	ErrModule = ErrorKind("no good module path")
	ErrFolder = ErrorKind("the folder cannot be used")
)

func (k ErrorKind) Error() string { return string(k) }
