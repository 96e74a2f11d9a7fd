package batch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

const testSize = 8

// toy is the hash of the tests: of parameter and header.
func toy(header, param []byte) coins.Hash {
	return sha256.Sum256(append(bytes.Clone(param), header...))
}

// call is one call of a fake function, answered by the test.
type call struct {
	at      time.Time
	n       int
	size    int
	param   string
	headers []byte
	answer  chan error // closed or nil: the right hashes
}

// fake is a function under the test's hand. Unless held, it answers at once.
type fake struct {
	mu     sync.Mutex
	calls  []*call
	hold   bool
	deaf   bool // ignores its context
	fail   error
	active int
	most   int
}

func (f *fake) hash(ctx context.Context, size int, headers, param []byte, out []coins.Hash) error {
	c := &call{at: time.Now(), n: len(out), size: size, param: string(param), headers: bytes.Clone(headers), answer: make(chan error)}
	f.mu.Lock()
	f.calls = append(f.calls, c)
	f.active++
	f.most = max(f.most, f.active)
	hold, deaf, err := f.hold, f.deaf, f.fail
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.active--
		f.mu.Unlock()
	}()
	if hold {
		done := ctx.Done()
		if deaf {
			done = nil
		}
		select {
		case err = <-c.answer:
		case <-done:
			err = ctx.Err()
		}
	}
	if err != nil {
		return err
	}
	if len(headers) != size*len(out) {
		return errors.New("headers and room for hashes differ")
	}
	for i := range out {
		out[i] = toy(headers[i*size:(i+1)*size], param)
	}
	return nil
}

func (f *fake) set(change func(*fake)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

// sizes are the batches so far, by their headers.
func (f *fake) sizes() (n []int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.calls {
		n = append(n, c.n)
	}
	return n
}

func (f *fake) get(i int) *call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[i]
}

// rig is a running Batcher in a bubble of fake time.
type rig struct {
	*fake
	b      *Batcher
	t      *testing.T
	cancel context.CancelFunc
	ran    chan error
}

// run runs a test in a bubble, which fails when a goroutine is left.
func run(t *testing.T, o Options, test func(r *rig)) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		r := &rig{fake: f, b: New("toy", f.hash, o), t: t, ran: make(chan error, 1)}
		var ctx context.Context
		ctx, r.cancel = context.WithCancel(t.Context())
		go func() { r.ran <- r.b.Run(ctx) }()
		synctest.Wait()
		test(r)
		r.cancel()
		synctest.Wait()
	})
}

// header is one that differs from all others with another number.
func header(n int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// request is one of n headers, numbered from first.
func request(first, n int, param string) *Request {
	q := NewRequest()
	q.Reset(testSize, []byte(param))
	for i := range n {
		q.Add(header(first + i))
	}
	return q
}

// submit hands in one request of n headers.
func (r *rig) submit(first, n int, param string) *Request {
	q := request(first, n, param)
	r.b.Submit(q)
	synctest.Wait()
	return q
}

// right checks that a request has ended with the hashes of its own headers.
func (r *rig) right(q *Request, first int) {
	r.t.Helper()
	if err := r.b.Wait(q); err != nil {
		r.t.Fatalf("request from %d: %v", first, err)
	}
	for i := range q.Len() {
		if want := toy(header(first+i), q.param); *q.Hash(i) != want {
			r.t.Fatalf("hash %d of the request from %d is not that of its header", i, first)
		}
	}
}

// over reports whether a request has ended.
func over(q *Request) bool { return len(q.done) > 0 }
