package hashpool

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
)

// slowly is a hash function of a width that takes a while by the clock of
// synctest. The hash of a header is the header.
type slowly struct {
	width int
	takes time.Duration
	busy  *atomic.Int32
	most  *atomic.Int32
}

func (s slowly) Width() int { return s.width }

func (s slowly) Sum(dst []*[32]byte, headers [][]byte) {
	if n := s.busy.Add(1); n > s.most.Load() {
		s.most.Store(n)
	}
	defer s.busy.Add(-1)
	if len(headers) < 1 || len(headers) > s.width || len(dst) != len(headers) {
		panic("wrong number of headers")
	}
	time.Sleep(s.takes)
	for i, h := range headers {
		*dst[i] = [32]byte{}
		copy(dst[i][:], h)
	}
}

// mustPool runs a Pool of slowly until stop, which waits for its end.
func mustPool(t testing.TB, workers, width int, takes time.Duration) (p *Pool, most *atomic.Int32, stop func()) {
	t.Helper()
	var busy atomic.Int32
	most = new(atomic.Int32)
	p = NewWith(func() algos.Lanes { return slowly{width, takes, &busy, most} }, workers)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	return p, most, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// fill makes a request of n headers that begin with tag.
func fill(r *Request, tag, n int) {
	r.Reset()
	for i := range n {
		var header [80]byte
		binary.BigEndian.PutUint32(header[:], uint32(tag))
		binary.BigEndian.PutUint32(header[4:], uint32(i))
		if at := r.Add(header[:8+i%72]); at != i {
			panic("wrong index")
		}
	}
}

// check tells whether every header of r has its own hash.
func check(t *testing.T, r *Request, tag, n int) {
	t.Helper()
	if r.Len() != n || r.Err() != nil {
		t.Errorf("request %d: %d headers, error %v; want %d", tag, r.Len(), r.Err(), n)
		return
	}
	for i := range n {
		h := r.Hash(i)
		if a, b := binary.BigEndian.Uint32(h[:]), binary.BigEndian.Uint32(h[4:]); a != uint32(tag) || b != uint32(i) {
			t.Errorf("request %d, header %d: hash of request %d, header %d", tag, i, a, b)
		}
	}
}

func TestEveryHeaderGetsItsHash(t *testing.T) {
	p, _, stop := mustPool(t, 3, 4, 0)
	defer stop()
	var group sync.WaitGroup
	for session := range 8 {
		group.Go(func() {
			r := NewRequest()
			for round := range 50 {
				n := (session*7 + round) % 33
				fill(r, session<<8|round, n)
				p.Submit(r)
				if err := p.Wait(r); err != nil {
					t.Error(err)
				}
				check(t, r, session<<8|round, n)
			}
		})
	}
	group.Wait()
	if s := p.Stats(); s.Waiting != 0 || s.Refused != 0 || s.Headers == 0 || s.Calls > s.Headers {
		t.Errorf("after all: %+v", s)
	}
}

// A request of one header beside others of any length waits for what is being
// hashed and for one header of each, no more.
func TestOneHeaderWaitsForOneOfEachOther(t *testing.T) {
	const hash = time.Millisecond
	for _, c := range []struct {
		name           string
		workers, width int
		others, long   int
		want           time.Duration // a call of the hash function each, at most
	}{
		{"one worker", 1, 1, 1, 1000, 3 * hash},
		{"two workers", 2, 1, 1, 1000, 2 * hash},
		{"ten others", 1, 1, 10, 1000, 12 * hash},
		{"four at a time", 1, 4, 1, 1000, 2 * hash},
		{"four at a time, ten others", 1, 4, 10, 1000, 4 * hash},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, _, stop := mustPool(t, c.workers, c.width, hash)
				others := make([]*Request, c.others)
				for i := range others {
					others[i] = NewRequest()
					fill(others[i], i, c.long)
					p.Submit(others[i])
				}
				polite := NewRequest()
				for range 20 {
					time.Sleep(hash / 3) // amid a hash
					start := time.Now()
					fill(polite, 99, 1)
					p.Submit(polite)
					if err := p.Wait(polite); err != nil {
						t.Fatal(err)
					}
					if took := time.Since(start); took > c.want {
						t.Errorf("waited %v, want at most %v", took, c.want)
					}
				}
				stop()
			})
		})
	}
}

// Two requests of the same length that come at the same time end at the same
// time, and a worker hashes as many headers at a time as it can.
func TestEqualRequestsGetEqualShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, most, stop := mustPool(t, 2, 4, time.Millisecond)
		start := time.Now()
		var took [4]time.Duration
		var group sync.WaitGroup
		for i := range took {
			group.Go(func() {
				r := NewRequest()
				fill(r, i, 32)
				p.Submit(r)
				_ = p.Wait(r)
				check(t, r, i, 32)
				took[i] = time.Since(start)
			})
		}
		group.Wait()
		for i, d := range took {
			if d < 14*time.Millisecond || d > 17*time.Millisecond { // 128 headers, 8 in a millisecond
				t.Errorf("request %d took %v, want about 16 ms", i, d)
			}
		}
		if got := most.Load(); got != 2 {
			t.Errorf("%d workers at a time, want 2", got)
		}
		stop()
	})
}

// One request is hashed by all workers, where there is no other.
func TestOneRequestHasAllWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, most, stop := mustPool(t, 3, 4, time.Millisecond)
		synctest.Wait() // all of them idle
		start := time.Now()
		r := NewRequest()
		fill(r, 1, 36)
		p.Submit(r)
		if err := p.Wait(r); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != 3*time.Millisecond || most.Load() != 3 {
			t.Errorf("36 headers took %v on %d workers, want 3 ms on 3", took, most.Load())
		}
		stop()
	})
}

func TestTheEndFailsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, stop := mustPool(t, 1, 4, time.Millisecond)
		begun, waits, late := NewRequest(), NewRequest(), NewRequest()
		fill(begun, 1, 6)
		fill(waits, 2, 1)
		fill(late, 3, 2)
		p.Submit(begun) // four of its headers are being hashed at the end, two are not
		synctest.Wait()
		p.Submit(waits)
		stop()
		p.Submit(late)
		for _, r := range []*Request{begun, waits, late} {
			if err := p.Wait(r); !errors.Is(err, ErrClosed) || !errors.Is(r.Err(), ErrClosed) {
				t.Errorf("request of %d: %v, want ErrClosed", r.Len(), err)
			}
		}
		if s := p.Stats(); s.Headers != 4 || s.Refused != 5 || s.Waiting != 0 {
			t.Errorf("%+v, want 4 hashed and 5 refused", s)
		}
	})
}

func TestRequestsBeforeRunWaitForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var busy, most atomic.Int32
		p := NewWith(func() algos.Lanes { return slowly{2, time.Millisecond, &busy, &most} }, 0)
		early, empty := NewRequest(), NewRequest()
		fill(early, 1, 3)
		p.Submit(early)
		p.Submit(empty)
		if err := p.Wait(empty); err != nil { // has nothing to wait for
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		if err := p.Wait(early); err != nil {
			t.Error(err)
		}
		check(t, early, 1, 3)
		cancel()
		<-done
	})
}

func TestNothingIsAllocated(t *testing.T) {
	p, _, stop := mustPool(t, 1, 4, 0)
	defer stop()
	r := NewRequest()
	turn := func() {
		fill(r, 1, 32)
		p.Submit(r)
		_ = p.Wait(r)
	}
	turn()
	if got := testing.AllocsPerRun(200, turn); got != 0 {
		t.Errorf("%v allocations a turn, want 0", got)
	}
}

// Scrypt through the pool is what scrypt is.
func TestHashesScrypt(t *testing.T) {
	a, err := algos.ByName("scrypt")
	if err != nil {
		t.Fatal(err)
	}
	p := New(func() algos.Lanes {
		l, _ := algos.NewLanes(a)
		return l
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	r := NewRequest()
	fill(r, 1, 11)
	p.Submit(r)
	if err := p.Wait(r); err != nil {
		t.Fatal(err)
	}
	for i := range 11 {
		var want [32]byte
		a.Sum(&want, r.header(i), nil)
		if *r.Hash(i) != want {
			t.Errorf("header %d: %x, want %x", i, *r.Hash(i), want)
		}
	}
	cancel()
	<-done
}
