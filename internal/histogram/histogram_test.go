package histogram

import (
	"sync"
	"testing"
	"time"
)

func TestClasses(t *testing.T) {
	var h Histogram
	for _, d := range []time.Duration{-time.Second, 50 * time.Microsecond, 51 * time.Microsecond, time.Second, time.Minute} {
		h.Observe(d)
	}
	h.ObserveAll(2*time.Millisecond, 3)
	got := h.Counts()
	if want := time.Minute + time.Second + 6*time.Millisecond + 101*time.Microsecond; got.Count != 8 || got.Sum != want {
		t.Errorf("got %d in %v, want 8 in %v", got.Count, got.Sum, want)
	}
	for i, bound := range Bounds {
		want := uint64(3)
		switch {
		case bound == 50*time.Microsecond:
			want = 2
		case bound >= time.Second:
			want = 4 // the minute is above all
		}
		if bound >= 2*time.Millisecond {
			want += 3
		}
		if got.Up[i] != want {
			t.Errorf("no longer than %v: got %d, want %d", bound, got.Up[i], want)
		}
	}
}

func TestBoundsRise(t *testing.T) {
	for i := 1; i < len(Bounds); i++ {
		if Bounds[i] <= Bounds[i-1] {
			t.Errorf("%v follows %v", Bounds[i], Bounds[i-1])
		}
	}
}

func TestManyAtOnceLoseNothing(t *testing.T) {
	var h Histogram
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 1000 {
				h.Observe(time.Millisecond)
			}
		})
	}
	group.Wait()
	if got := h.Counts(); got.Count != 8000 || got.Sum != 8*time.Second {
		t.Errorf("got %d in %v, want 8000 in 8s", got.Count, got.Sum)
	}
}

func TestObserveDoesNotAllocate(t *testing.T) {
	var h Histogram
	if got := testing.AllocsPerRun(100, func() { h.Observe(time.Millisecond) }); got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}

func BenchmarkObserve(b *testing.B) {
	var h Histogram
	for b.Loop() {
		h.Observe(300 * time.Millisecond)
	}
}
