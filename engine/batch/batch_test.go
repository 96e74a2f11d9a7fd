package batch

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func (r *rig) wantSizes(want ...int) {
	r.t.Helper()
	if got := r.sizes(); !slices.Equal(got, want) {
		r.t.Errorf("batches of %v, want %v", got, want)
	}
}

// The numbers are promises to coin authors and miners (docs/plugins.md); the
// other tests use the names.
func TestPromisedNumbers(t *testing.T) {
	if FlushAt != 64 || FlushAfter != 2*time.Millisecond || InFlight != 2 {
		t.Errorf("got %d headers, %v, %d in flight; want 64, 2ms, 2", FlushAt, FlushAfter, InFlight)
	}
}

func TestFlushAtTheMark(t *testing.T) {
	run(t, Options{}, func(r *rig) {
		begin := time.Now()
		var all []*Request
		for i := range FlushAt - 1 {
			all = append(all, r.submit(i, 1, ""))
		}
		r.wantSizes()
		all = append(all, r.submit(FlushAt-1, 1, ""))
		r.wantSizes(FlushAt)
		if at := r.get(0).at; at != begin {
			t.Errorf("left %v after the first, want at once", at.Sub(begin))
		}
		for i, q := range all {
			r.right(q, i)
		}
	})
}

func TestFlushAfterTheWait(t *testing.T) {
	run(t, Options{}, func(r *rig) {
		begin := time.Now()
		one := r.submit(0, 1, "")
		time.Sleep(FlushAfter / 2)
		two := r.submit(1, 5, "")
		time.Sleep(FlushAfter/2 - time.Microsecond)
		synctest.Wait()
		r.wantSizes()
		time.Sleep(time.Microsecond)
		synctest.Wait()
		r.wantSizes(6)
		if got := r.get(0).at.Sub(begin); got != FlushAfter {
			t.Errorf("left %v after the first, want %v", got, FlushAfter)
		}
		r.right(one, 0)
		r.right(two, 1)

		// The wait begins anew with the next first.
		time.Sleep(time.Second)
		begin = time.Now()
		r.right(r.submit(9, 1, ""), 9)
		if got := r.get(1).at.Sub(begin); got != FlushAfter {
			t.Errorf("the second batch left after %v, want %v", got, FlushAfter)
		}
	})
}

func TestAtMostTwoInFlightAndTheNextGathers(t *testing.T) {
	run(t, Options{}, func(r *rig) {
		r.set(func(f *fake) { f.hold = true })
		var all []*Request
		first := 0
		wave := func(n, each int) {
			for range n {
				all = append(all, r.submit(first, each, ""))
				first += each
			}
		}
		wave(FlushAt, 1)
		wave(FlushAt, 1)
		r.wantSizes(FlushAt, FlushAt)
		wave(70, 30) // 2,100 headers
		time.Sleep(time.Second)
		synctest.Wait()
		r.wantSizes(FlushAt, FlushAt)
		if s := r.b.Stats(); s.InFlight != 2 || s.Queued != 2100 {
			t.Errorf("%d in flight, %d waiting", s.InFlight, s.Queued)
		}

		// Requests stay whole: 34 of 30 headers are what MaxBatch has room for.
		close(r.get(1).answer)
		synctest.Wait()
		r.wantSizes(FlushAt, FlushAt, 1020)
		close(r.get(0).answer)
		synctest.Wait()
		r.wantSizes(FlushAt, FlushAt, 1020, 1020)
		close(r.get(3).answer)
		synctest.Wait()
		r.wantSizes(FlushAt, FlushAt, 1020, 1020, 60)
		close(r.get(2).answer)
		close(r.get(4).answer)
		synctest.Wait()
		first = 0
		for _, q := range all {
			r.right(q, first)
			first += q.Len()
		}
		if r.most != InFlight {
			t.Errorf("%d calls at a time, want %d", r.most, InFlight)
		}
	})
}

// A batch that does not come back holds up its own requests alone, and those
// that came first leave first.
func TestRequestsDoNotWaitForEachOther(t *testing.T) {
	run(t, Options{}, func(r *rig) {
		r.set(func(f *fake) { f.hold = true })
		stuck := r.submit(0, FlushAt, "")
		r.set(func(f *fake) { f.hold = false })
		for i := range 100 {
			q := r.submit(1000+i, 1, "")
			r.right(q, 1000+i)
		}
		if over(stuck) {
			t.Error("the stuck request has ended")
		}
		close(r.get(0).answer)
		r.right(stuck, 0)
	})
}

func TestFirstComeFirstServed(t *testing.T) {
	run(t, Options{}, func(r *rig) {
		r.set(func(f *fake) { f.hold = true })
		r.submit(0, FlushAt, "")
		r.submit(100, FlushAt, "")
		var want []byte
		for i := range 40 { // a flood's turns and, between them, one of another
			first, n := 1000+100*i, 32
			if i == 3 {
				first, n = 5, 1
			}
			r.submit(first, n, "")
			for k := range n {
				want = append(want, header(first+k)...)
			}
		}
		close(r.get(0).answer)
		synctest.Wait()
		got := r.get(2).headers
		if !bytes.Equal(got, want[:len(got)]) {
			t.Error("the batch is not in the order of the requests")
		}
	})
}

func TestBatchHasOneParameterAndTheOldestGoesFirst(t *testing.T) {
	run(t, Options{}, func(r *rig) {
		a := r.submit(0, 3, "seed a")
		time.Sleep(FlushAfter / 4)
		b := r.submit(3, 4, "seed b")
		wide := NewRequest()
		wide.Reset(2*testSize, []byte("seed a"))
		wide.Add(append(header(1), header(2)...))
		r.b.Submit(wide)
		time.Sleep(FlushAfter)
		synctest.Wait()
		r.right(a, 0)
		r.right(b, 3)
		if err := r.b.Wait(wide); err != nil || *wide.Hash(0) != toy(append(header(1), header(2)...), []byte("seed a")) {
			t.Errorf("wide header: %v", err)
		}
		got := map[string]int{} // two may leave at the same moment
		for i := range r.sizes() {
			c := r.get(i)
			got[fmt.Sprintf("%s/%d", c.param, c.size)] = c.n
		}
		if want := map[string]int{"seed a/8": 3, "seed b/8": 4, "seed a/16": 1}; !maps.Equal(got, want) {
			t.Errorf("batches %v, want %v", got, want)
		}

		// Both are held: of what waits then, the oldest leaves first.
		r.set(func(f *fake) { f.hold = true })
		r.submit(10, FlushAt, "x")
		r.submit(20, FlushAt, "y")
		r.submit(30, 1, "z")
		time.Sleep(FlushAfter)
		r.submit(40, 500, "y")
		close(r.get(3).answer)
		synctest.Wait()
		if c := r.get(5); c.param != "z" {
			t.Errorf("parameter %q left first, want the oldest, z", c.param)
		}
	})
}

func TestSlowFunctionIsWaitedForWithADeadline(t *testing.T) {
	run(t, Options{Deadline: 3 * time.Second, MaxQueued: 100}, func(r *rig) {
		r.set(func(f *fake) { f.hold, f.deaf = true, true })
		begin := time.Now()
		q := []*Request{r.submit(0, FlushAt, ""), r.submit(100, FlushAt, ""), r.submit(200, 100, "")}
		over := r.submit(300, 1, "")
		if err := r.b.Wait(over); !errors.Is(err, ErrFull) || time.Now() != begin {
			t.Errorf("beyond the bound: %v after %v, want a refusal at once", err, time.Since(begin))
		}
		for i, q := range q {
			if err := r.b.Wait(q); !errors.Is(err, ErrLate) || time.Since(begin) != 3*time.Second {
				t.Errorf("request %d: %v after %v", i, err, time.Since(begin))
			}
		}
		if s := r.b.Stats(); s.Queued != 0 || s.InFlight != 2 || s.Refused != 2*FlushAt+101 {
			t.Errorf("%+v", s)
		}

		// What comes home late is nobody's, not even of the same request in its
		// next life.
		q[0].Reset(testSize, nil)
		q[0].Add(header(7))
		r.set(func(f *fake) { f.hold = false })
		r.b.Submit(q[0])
		close(r.get(0).answer)
		close(r.get(1).answer)
		r.right(q[0], 7)
	})
}

func TestWhatADyingFunctionLeavesIsAskedAgain(t *testing.T) {
	died := errors.New("process exited")
	down := errors.New("not there")
	absent := func(err error) bool { return errors.Is(err, down) }
	run(t, Options{Absent: absent}, func(r *rig) {
		r.set(func(f *fake) { f.hold = true })
		q := r.submit(0, FlushAt, "")
		late := r.submit(100, 2, "")
		r.get(0).answer <- died
		r.set(func(f *fake) { f.hold, f.fail = false, down })
		time.Sleep(4 * time.Second) // for long there is nobody
		r.set(func(f *fake) { f.fail = nil })
		r.right(q, 0)
		r.right(late, 100)
		s := r.b.Stats()
		if s.Errors != 1 || s.Refused != 0 || !s.FailingSince.IsZero() || !errors.Is(s.LastError, down) {
			t.Errorf("%+v", s)
		}
		last := r.get(len(r.sizes()) - 1)
		if last.n != FlushAt+2 || !bytes.Equal(last.headers[:testSize], header(0)) {
			t.Errorf("the last batch has %d headers, want all that waited, in their order", last.n)
		}
	})
}

func TestFunctionThatFailsAgainFailsTheRequest(t *testing.T) {
	wrong := errors.New("wrong count")
	run(t, Options{}, func(r *rig) {
		r.set(func(f *fake) { f.fail = wrong })
		begin := time.Now()
		q := r.submit(0, 3, "")
		if err := r.b.Wait(q); !errors.Is(err, ErrFailed) || !errors.Is(err, wrong) {
			t.Errorf("got %v, want %v: %v", err, ErrFailed, wrong)
		}
		if got, want := time.Since(begin), FlushAfter+DefaultRetry; got != want {
			t.Errorf("after %v, want %v", got, want)
		}
		r.wantSizes(3, 3)
		if s := r.b.Stats(); s.Errors != 2 || s.Refused != 3 || s.FailingSince.Sub(begin) != FlushAfter {
			t.Errorf("%+v", s)
		}
		r.set(func(f *fake) { f.fail = nil })
		q.Reset(testSize, nil)
		for i := range 3 {
			q.Add(header(i))
		}
		r.b.Submit(q) // nothing is remembered of the failure
		r.right(q, 0)
	})
}

func TestPanicIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New("toy", nil, Options{}) // calling nil panics
		ran := make(chan error, 1)
		go func() { ran <- b.Run(t.Context()) }()
		q := request(0, 1, "")
		b.Submit(q)
		if err := b.Wait(q); !errors.Is(err, ErrFailed) {
			t.Errorf("got %v", err)
		}
	})
}

func TestEndLeavesNothing(t *testing.T) {
	run(t, Options{}, func(r *rig) {
		r.set(func(f *fake) { f.hold = true })
		q := []*Request{r.submit(0, FlushAt, ""), r.submit(100, FlushAt, ""), r.submit(200, 10, ""), r.submit(300, 10, "other")}
		begin := time.Now()
		r.cancel()
		for i, q := range q {
			if err := r.b.Wait(q); !errors.Is(err, ErrClosed) || time.Now() != begin {
				t.Errorf("request %d: %v after %v, want %v at once", i, err, time.Since(begin), ErrClosed)
			}
		}
		if err := <-r.ran; err != nil {
			t.Errorf("Run: %v", err)
		}
		if s := r.b.Stats(); s.Errors != 0 || !s.FailingSince.IsZero() {
			t.Errorf("the end is counted as a failure: %+v", s)
		}
		after := r.submit(1, 1, "")
		if err := r.b.Wait(after); !errors.Is(err, ErrClosed) {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestEndDoesNotWaitForEverForADeafFunction(t *testing.T) {
	run(t, Options{Deadline: time.Second}, func(r *rig) {
		r.set(func(f *fake) { f.hold, f.deaf = true, true })
		q := r.submit(0, FlushAt, "")
		r.cancel()
		if err := r.b.Wait(q); !errors.Is(err, ErrLate) {
			t.Errorf("got %v", err)
		}
		if err := <-r.ran; !errors.Is(err, ErrHung) {
			t.Errorf("Run: %v, want %v", err, ErrHung)
		}
		close(r.get(0).answer)
	})
}

func TestRequestOfNoSense(t *testing.T) {
	run(t, Options{}, func(r *rig) {
		for name, c := range map[string]struct {
			make func(q *Request)
			want error
		}{
			"empty":           {func(q *Request) { q.Reset(testSize, nil) }, nil},
			"too many":        {func(q *Request) { *q = *request(0, MaxBatch+1, "") }, ErrShape},
			"sizes differ":    {func(q *Request) { q.Reset(testSize, nil); q.Add(make([]byte, testSize+1)) }, ErrShape},
			"headers of size": {func(q *Request) { q.Reset(0, nil); q.Add(nil) }, ErrShape},
		} {
			q := NewRequest()
			c.make(q)
			r.b.Submit(q)
			if err := r.b.Wait(q); !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		r.wantSizes()
	})
}

func TestStatsAreOfTheLastSeconds(t *testing.T) {
	run(t, Options{}, func(r *rig) {
		for i := range 200 { // 100 s at 32 headers every 500 ms
			q := r.submit(i, 32, "")
			r.right(q, i)
			time.Sleep(500*time.Millisecond - FlushAfter)
		}
		s := r.b.Stats()
		if s.Batches != 200 || s.Headers != 6400 || s.Wait != 6400*FlushAfter {
			t.Errorf("totals: %+v", s)
		}
		if fmt.Sprintf("%.0f", s.Rate) != "64" || s.MeanBatch != 32 || s.MeanWait != FlushAfter {
			t.Errorf("%.1f a second, %v a batch, waiting %v; want 64, 32, %v", s.Rate, s.MeanBatch, s.MeanWait, FlushAfter)
		}
		time.Sleep(3 * window)
		if s := r.b.Stats(); s.Rate != 0 || s.MeanBatch != 0 || s.Batches != 200 {
			t.Errorf("after a long silence: %+v", s)
		}
	})
}
