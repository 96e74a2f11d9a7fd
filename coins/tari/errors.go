package tari

// ErrorKind is the kind of an error of this package; it works with errors.Is.
type ErrorKind string

// The kinds.
const (
	ErrClosed     = ErrorKind("coin is closed")
	ErrNoNode     = ErrorKind("no base node answers")
	ErrNoWork     = ErrorKind("no base node gives work")
	ErrNetwork    = ErrorKind("base node is of another network")
	ErrReply      = ErrorKind("unexpected answer of a base node")
	ErrAllowed    = ErrorKind("base node does not allow the method")
	ErrLogin      = ErrorKind("base node refuses the credentials")
	ErrCheckpoint = ErrorKind("base node follows a chain that fails its checkpoints")
	ErrSyncing    = ErrorKind("base node has not caught up with the chain yet")
	ErrOpaque     = ErrorKind("not the opaque bytes of a template")
	ErrForm       = ErrorKind("header has a form that is not known")
)

// Error makes a kind an error.
func (k ErrorKind) Error() string { return string(k) }
