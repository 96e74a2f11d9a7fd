package hashpool

// Error is a kind of failure of a request. Compare with errors.Is.
type Error string

// Error makes an Error an error.
func (e Error) Error() string { return string(e) }

// ErrClosed says that the Pool has ended, before all headers of the request were
// hashed.
const ErrClosed Error = "hashing has ended"

// Request is the headers of one turn of one session. It is made to be used again:
// Reset, Add, Pool.Submit, Pool.Wait, Hash. Between Submit and the return of Wait
// it is the Pool's.
type Request struct {
	bytes  []byte // the headers, one behind the other
	ends   []int  // of each in bytes
	hashes [][32]byte
	done   chan struct{} // one slot: the request has ended
	err    error

	// Guarded by Pool.mu.
	next   *Request // in the round
	taken  int      // headers that workers have taken
	hashed int
}

// NewRequest makes an empty request.
func NewRequest() *Request { return &Request{done: make(chan struct{}, 1)} }

// Reset empties r.
func (r *Request) Reset() {
	r.bytes, r.ends, r.err = r.bytes[:0], r.ends[:0], nil
	r.taken, r.hashed = 0, 0
}

// Add appends a copy of a header and returns its index.
func (r *Request) Add(header []byte) int {
	r.bytes = append(r.bytes, header...)
	r.ends = append(r.ends, len(r.bytes))
	return len(r.ends) - 1
}

// Len is the number of headers.
func (r *Request) Len() int { return len(r.ends) }

// Err is what Wait returned.
func (r *Request) Err() error { return r.err }

// Hash is the hash of the header at index i, a little-endian number, valid after
// Wait has returned nil until the next Submit.
func (r *Request) Hash(i int) *[32]byte { return &r.hashes[i] }

func (r *Request) header(i int) []byte {
	start := 0
	if i > 0 {
		start = r.ends[i-1]
	}
	return r.bytes[start:r.ends[i]]
}
