package loadgen

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestHistogramQuantiles(t *testing.T) {
	for _, c := range []struct {
		name string
		next func(*rand.Rand) int64
	}{
		{"below a bucket's step", func(r *rand.Rand) int64 { return r.Int64N(128) }},
		{"microseconds", func(r *rand.Rand) int64 { return r.Int64N(1_000_000) }},
		{"long tail", func(r *rand.Rand) int64 { return int64(50_000 * (1 + r.ExpFloat64()*r.ExpFloat64()*100)) }},
		{"one value", func(*rand.Rand) int64 { return 123_456_789 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			var a, b Histogram
			var all []int64
			for i := range 20_000 {
				v := c.next(r)
				all = append(all, v)
				if i%2 == 0 {
					a.Add(time.Duration(v))
				} else {
					b.Add(time.Duration(v))
				}
			}
			a.Merge(&b)
			slices.Sort(all)
			if a.Count() != uint64(len(all)) {
				t.Fatalf("count: got %d, want %d", a.Count(), len(all))
			}
			for _, q := range []float64{0.001, 0.5, 0.9, 0.99, 0.999, 1} {
				want := all[max(int(q*float64(len(all)))-1, 0)]
				got := int64(a.Quantile(q))
				if got < want || float64(got-want) > float64(want)/127+1 {
					t.Errorf("quantile %v: got %d, want %d and at most 0.8 %% above", q, got, want)
				}
			}
			if s := a.Summary(); s.Max != float64(all[len(all)-1])/1e6 {
				t.Errorf("worst: got %v ms, want %d ns", s.Max, all[len(all)-1])
			}
		})
	}
}

func TestHistogramEdges(t *testing.T) {
	var h Histogram
	if h.Quantile(0.5) != 0 || h.Summary() != (Latency{}) {
		t.Errorf("empty: got %v, %+v", h.Quantile(0.5), h.Summary())
	}
	h.Add(-time.Second)
	if got := h.Quantile(1); got != 0 {
		t.Errorf("below zero: got %v, want 0", got)
	}
	h.Add(100 * time.Hour)
	if got := h.Quantile(1); got != time.Duration(histMax) {
		t.Errorf("beyond the range: got %v, want its end", got)
	}
}

// Every bucket must hold exactly the values between the one before and its end.
func TestHistogramBuckets(t *testing.T) {
	for i := range histSize {
		end := upper(i)
		if bucket(end) != i {
			t.Fatalf("bucket %d ends with %d, which is in %d", i, end, bucket(end))
		}
		if end < histMax && bucket(end+1) != i+1 {
			t.Fatalf("%d is in bucket %d, want %d", end+1, bucket(end+1), i+1)
		}
	}
	if bucket(histMax) != histSize-1 {
		t.Errorf("the greatest value is in bucket %d of %d", bucket(histMax), histSize)
	}
}
