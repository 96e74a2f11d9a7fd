package status

import "time"

// Hashing is how a coin computes the proof of work of its miners' shares, where
// the engine does not have the algorithm. Counts are since the start of the
// process, rates and means of the last 10 to 20 seconds.
type Hashing struct {
	Algorithm string `json:"algorithm"`
	Batches   uint64 `json:"batches"`
	Headers   uint64 `json:"headers"`
	Errors    uint64 `json:"errors"`  // calls that failed
	Refused   uint64 `json:"refused"` // shares that were turned away because there was no hash

	WaitTotal    time.Duration `json:"wait_total_ns"`    // of all headers for their batch
	HashingTotal time.Duration `json:"hashing_total_ns"` // of all batches' calls

	Rate        float64       `json:"rate"` // headers a second
	MeanBatch   float64       `json:"mean_batch"`
	MeanWait    time.Duration `json:"mean_wait_ns"`
	MeanHashing time.Duration `json:"mean_hashing_ns"`
	Queued      int           `json:"queued"`    // headers that wait now
	InFlight    int           `json:"in_flight"` // batches under way now

	Problem   string `json:"problem,omitempty"` // why shares are not hashed now
	LastError string `json:"last_error,omitempty"`
	Advice    string `json:"advice,omitempty"` // what would make it cheaper
}

var (
	hashBatches = desc("hash_batches_total", "Batches of headers that the coin has hashed.", "coin")
	hashHeaders = desc("hash_headers_total", "Headers that the coin has hashed.", "coin")
	hashErrors  = desc("hash_errors_total", "Calls of the coin's hash function that failed.", "coin")
	hashRefused = desc("hash_refused_total", "Shares turned away because there was no hash.", "coin")
	hashWait    = desc("hash_wait_seconds_total", "Time that headers waited for their batch, all together.", "coin")
	hashTime    = desc("hash_seconds_total", "Time of the calls of the coin's hash function, all together.", "coin")
	hashQueued  = desc("hash_queued", "Headers that wait for the coin's hash function.", "coin")
)

// collect sends the numbers of one coin.
func (h *Hashing) collect(coin string, s sender) {
	s.counter(hashBatches, float64(h.Batches), coin)
	s.counter(hashHeaders, float64(h.Headers), coin)
	s.counter(hashErrors, float64(h.Errors), coin)
	s.counter(hashRefused, float64(h.Refused), coin)
	s.counter(hashWait, h.WaitTotal.Seconds(), coin)
	s.counter(hashTime, h.HashingTotal.Seconds(), coin)
	s.gauge(hashQueued, float64(h.Queued), coin)
}
