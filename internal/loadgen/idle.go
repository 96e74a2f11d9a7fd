package loadgen

import (
	"context"
	"errors"
	"time"
)

// IdleOptions say how connections hold still.
type IdleOptions struct {
	Connections int
	Duration    time.Duration // how long to hold still, and to watch jobs
	Say         func(string)

	// Trigger makes the server's chain have a new block, if it is not nil. It is
	// called once every Every.
	Trigger func(context.Context) error
	Every   time.Duration
}

func (o *IdleOptions) check() error {
	err := checkLoad(o.Connections, o.Duration)
	if o.Trigger != nil {
		err = errors.Join(err, within("interval of new blocks", o.Every, 10*time.Millisecond, MaxDuration))
	}
	return err
}

// Stamps say by what clock arrivals were stamped.
const (
	StampKernel = "kernel, on each socket (SO_TIMESTAMPNS)"
	StampEpoll  = "return of the read"
)

// IdleReport is what idle connections saw and cost.
type IdleReport struct {
	Mode         string  `json:"mode"`
	Connections  int     `json:"connections"`
	Seconds      float64 `json:"seconds"`
	ConnectedIn  float64 `json:"connected_in_seconds"` // all of them
	HandshakeCPU float64 `json:"server_cpu_ms_per_handshake"`
	RSSBefore    int64   `json:"server_rss_before_bytes"`
	RSSAfter     int64   `json:"server_rss_after_bytes"` // when all have held still for a while
	BytesEach    float64 `json:"server_bytes_per_connection"`
	Stamps       string  `json:"stamps"`
	Rounds       []Round `json:"rounds"` // one for each clean job that came
	Usage
}

// Round is one clean job's way to all connections.
type Round struct {
	Job       string  `json:"job"`
	Clients   int     `json:"clients"`    // that got it
	TriggerMS float64 `json:"trigger_ms"` // from the trigger to the first; 0: nothing was triggered
	P50       float64 `json:"p50_ms"`     // from the first to a given client
	P99       float64 `json:"p99_ms"`
	Last      float64 `json:"last_ms"`

	First time.Time `json:"first"` // its arrival at the first
}

// ChurnOptions say how connections come and go.
type ChurnOptions struct {
	Loops    int // each with one connection at a time
	Duration time.Duration
	Say      func(string)
}

func (o *ChurnOptions) check() error {
	return errors.Join(checkLoad(o.Loops, o.Duration), within("loops", o.Loops, 1, MaxLoops))
}

// ChurnReport is what coming and going took.
type ChurnReport struct {
	Mode      string  `json:"mode"`
	Loops     int     `json:"loops"`
	Seconds   float64 `json:"seconds"`
	Cycles    uint64  `json:"cycles"`
	PerSecond float64 `json:"per_second"`
	Failed    uint64  `json:"failed"`    // refused or cut off before the first job
	Handshake Latency `json:"handshake"` // connect to first job
	CPUEach   float64 `json:"server_cpu_ms_per_cycle"`
	Usage
}
