package batch

// Error is a kind of failure of a request. Compare with errors.Is.
type Error string

// Error makes an Error an error.
func (e Error) Error() string { return string(e) }

// The kinds. None of them says anything about the headers: they were not hashed.
const (
	// ErrFull says that MaxQueued headers wait already.
	ErrFull Error = "too many headers wait for the hash function"

	// ErrLate says that Deadline passed.
	ErrLate Error = "hash function did not answer in time"

	// ErrFailed says that the function failed, again.
	ErrFailed Error = "hash function failed"

	// ErrClosed says that the Batcher has ended.
	ErrClosed Error = "hashing has ended"

	// ErrShape says that a request is no whole number of headers, or has more
	// than MaxBatch.
	ErrShape Error = "request is no list of headers"

	// ErrHung says that a call ignores its context. Run returns it.
	ErrHung Error = "hash function does not come back"
)
