package loadgen

import (
	"math/bits"
	"time"
)

// The histogram's shape: buckets of 1/128 of their value, from a nanosecond to
// an hour. Its error is below 0.8 %, its size fixed.
const (
	histSub  = 7
	histSize = (42 - histSub + 1) << histSub
	histMax  = int64(1)<<42 - 1
)

// Histogram counts durations in a fixed amount of memory. The zero value is
// empty. It belongs to one goroutine.
type Histogram struct {
	counts   [histSize]uint32
	n        uint64
	sum      float64
	min, max int64
}

// bucket is the index of a value in nanoseconds.
func bucket(v int64) int {
	if v < 1<<histSub {
		return int(v)
	}
	shift := bits.Len64(uint64(v)) - histSub - 1
	return shift<<histSub + int(v>>shift)
}

// upper is the greatest value of a bucket.
func upper(i int) int64 {
	if i < 1<<(histSub+1) {
		return int64(i)
	}
	shift := i>>histSub - 1
	return (int64(i&(1<<histSub-1)|1<<histSub)+1)<<shift - 1
}

// Add counts one duration; one below zero counts as zero.
func (h *Histogram) Add(d time.Duration) {
	v := min(max(int64(d), 0), histMax)
	if h.n == 0 || v < h.min {
		h.min = v
	}
	h.max = max(h.max, v)
	h.n++
	h.sum += float64(v)
	h.counts[bucket(v)]++
}

// Merge adds all of o.
func (h *Histogram) Merge(o *Histogram) {
	if o.n == 0 {
		return
	}
	if h.n == 0 || o.min < h.min {
		h.min = o.min
	}
	h.max = max(h.max, o.max)
	h.n += o.n
	h.sum += o.sum
	for i, c := range o.counts {
		h.counts[i] += c
	}
}

// Count is how many durations were added.
func (h *Histogram) Count() uint64 { return h.n }

// Quantile is the duration that a part q of all does not exceed, rounded up to
// its bucket's end; 0 when there are none.
func (h *Histogram) Quantile(q float64) time.Duration {
	if h.n == 0 {
		return 0
	}
	rank := uint64(q * float64(h.n))
	if float64(rank) < q*float64(h.n) {
		rank++
	}
	rank = max(rank, 1)
	seen := uint64(0)
	for i, c := range h.counts {
		if seen += uint64(c); seen >= rank {
			return time.Duration(max(min(upper(i), h.max), h.min))
		}
	}
	return time.Duration(h.max)
}

// Latency is a histogram's summary, in milliseconds.
type Latency struct {
	Count uint64  `json:"count"`
	Mean  float64 `json:"mean_ms"`
	P50   float64 `json:"p50_ms"`
	P90   float64 `json:"p90_ms"`
	P99   float64 `json:"p99_ms"`
	P999  float64 `json:"p999_ms"`
	Max   float64 `json:"max_ms"`
}

// Summary is what a reader wants of h.
func (h *Histogram) Summary() Latency {
	if h.n == 0 {
		return Latency{}
	}
	ms := func(q float64) float64 { return float64(h.Quantile(q)) / 1e6 }
	return Latency{
		Count: h.n, Mean: h.sum / float64(h.n) / 1e6,
		P50: ms(0.5), P90: ms(0.9), P99: ms(0.99), P999: ms(0.999), Max: float64(h.max) / 1e6,
	}
}
