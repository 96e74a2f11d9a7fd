package audit

// Error is a kind of error, for errors.Is.
type Error string

// Error returns the text of the kind.
func (e Error) Error() string { return string(e) }

// The kinds of errors. All say that the audit could not be made.
const (
	ErrNoChain   Error = "the share log has no such chain"
	ErrNoBlock   Error = "the share log has no such block"
	ErrAmbiguous Error = "the start of a hash fits more than one block"
	ErrHash      Error = "no hash"
	ErrTerms     Error = "the terms of the log cannot be followed"
)
