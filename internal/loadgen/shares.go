package loadgen

import (
	"fmt"
	"time"
)

// Kinds of submissions.
const (
	KindReal    = "real"     // mined: the hash meets the difficulty
	KindLowDiff = "low-diff" // random: has to be hashed to be refused
)

// SharesOptions say how submissions are sent.
type SharesOptions struct {
	Connections int
	Window      int     // submissions in flight on each connection; without Rate
	Rate        float64 // submissions a second over all connections; 0: as fast as answered
	Kind        string  // KindReal, KindLowDiff
	Duration    time.Duration
	Say         func(string) // told once a second how it goes; may be nil
	Began       func()       // called when all are connected and shares begin; may be nil

	patience time.Duration // for late answers; 0: drain
}

func (o *SharesOptions) check() error {
	if err := checkLoad(o.Connections, o.Duration); err != nil {
		return err
	}
	if o.Kind != KindReal && o.Kind != KindLowDiff {
		return fmt.Errorf("%w: kind %q, known are %s and %s", ErrOption, o.Kind, KindReal, KindLowDiff)
	}
	if o.Rate != 0 {
		return within("rate", o.Rate, 0.1, MaxRate)
	}
	return within("window", o.Window, 1, MaxWindow)
}

// SharesReport is what came back.
type SharesReport struct {
	Mode        string         `json:"mode"`
	Kind        string         `json:"kind"`
	Connections int            `json:"connections"`
	Window      int            `json:"window,omitempty"`
	Rate        float64        `json:"rate,omitempty"`
	Seconds     float64        `json:"seconds"`
	Sent        uint64         `json:"sent"`
	Answered    uint64         `json:"answered"`    // within the time
	PerSecond   float64        `json:"per_second"`  // answered within the time
	Accepted    uint64         `json:"accepted"`    // late ones included
	Refused     map[int]uint64 `json:"refused"`     // by error code, late ones included
	Late        uint64         `json:"late"`        // answered after the time
	Unanswered  uint64         `json:"unanswered"`  // never
	Overrun     uint64         `json:"overrun"`     // due at the fixed rate and not sent: too many in flight
	Latency     Latency        `json:"latency"`     // of those answered, late ones included
	Least       uint64         `json:"least"`       // answers of the connection that got least
	Most        uint64         `json:"most"`        // and of the one that got most
	Jobs        uint64         `json:"jobs"`        // that came meanwhile
	HashesEach  float64        `json:"hashes_each"` // a share costs on average, 0 for low-diff
	Usage
}

// Usage is the processor time that a run took, in seconds.
type Usage struct {
	ServerCPU   float64 `json:"server_cpu_seconds"` // its children included; 0: pid not known
	OwnCPU      float64 `json:"generator_cpu_seconds"`
	OthersCPU   float64 `json:"other_cpu_seconds"` // of all else on the machine, the server too where its pid is not known
	CPUPer100k  float64 `json:"server_cpu_seconds_per_100k,omitempty"`
	ServerBytes int64   `json:"server_rss_bytes"` // at the end
}

func (r *SharesReport) refused() (n uint64) {
	for _, v := range r.Refused {
		n += v
	}
	return n
}
