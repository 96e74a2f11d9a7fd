package batch

import (
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// Request is the headers of one turn of one session, of one size and parameter.
// It is made to be used again: Reset, Add, Batcher.Submit, Batcher.Wait, Hash.
// Between Submit and the return of Wait it is the Batcher's.
type Request struct {
	size    int
	param   []byte
	headers []byte
	n       int
	hashes  []coins.Hash

	err   error
	done  chan struct{} // one slot: the request has ended
	timer *time.Timer

	// Guarded by Batcher.mu.
	state      state
	life       uint64 // grows when the request ends, so that a late batch leaves it alone
	group      *group
	prev, next *Request
	since      time.Time // of Submit
	tries      int
	cause      error // of the last try
}

// state is where a request is.
type state uint8

const (
	idle state = iota
	queued
	flying
)

// NewRequest makes an empty request.
func NewRequest() *Request {
	r := &Request{done: make(chan struct{}, 1), timer: time.NewTimer(time.Hour)}
	r.timer.Stop()
	return r
}

// Reset empties r for headers of size bytes and a parameter, which is copied.
func (r *Request) Reset(size int, param []byte) {
	r.size, r.n = size, 0
	r.param = append(r.param[:0], param...)
	r.headers = r.headers[:0]
	r.err = nil
}

// Add appends a copy of a header and returns its index.
func (r *Request) Add(header []byte) int {
	r.headers = append(r.headers, header...)
	r.n++
	return r.n - 1
}

// Len is the number of headers.
func (r *Request) Len() int { return r.n }

// Fits reports whether headers of size bytes with param belong into r.
func (r *Request) Fits(size int, param []byte) bool {
	return r.size == size && string(r.param) == string(param)
}

// Err is what Wait returned.
func (r *Request) Err() error { return r.err }

// Hash is the hash of the header at index i, a little-endian number, valid after
// Wait has returned nil until the next Submit.
func (r *Request) Hash(i int) *[32]byte { return (*[32]byte)(&r.hashes[i]) }

// group is the requests that wait and can share a batch, oldest first.
type group struct {
	size       int
	param      []byte
	head, tail *Request
	headers    int
}

func (g *group) pushBack(r *Request) {
	r.group, r.prev, r.next, r.state = g, g.tail, nil, queued
	if g.tail == nil {
		g.head = r
	} else {
		g.tail.next = r
	}
	g.tail = r
	g.headers += r.n
}

func (g *group) pushFront(r *Request) {
	r.group, r.prev, r.next, r.state = g, nil, g.head, queued
	if g.head == nil {
		g.tail = r
	} else {
		g.head.prev = r
	}
	g.head = r
	g.headers += r.n
}

func (g *group) remove(r *Request) {
	if r.prev == nil {
		g.head = r.next
	} else {
		r.prev.next = r.next
	}
	if r.next == nil {
		g.tail = r.prev
	} else {
		r.next.prev = r.prev
	}
	g.headers -= r.n
	r.group, r.prev, r.next = nil, nil, nil
}
