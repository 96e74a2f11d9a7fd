package loadgen

import (
	"errors"
	"fmt"
	"time"
)

// Kinds of hostile connections.
const (
	Flood    = "flood"     // one connection, 2,048 submissions in flight
	Deaf     = "deaf"      // submit and never read
	Garbage  = "garbage"   // lines of noise
	HalfLine = "half-line" // a line's beginning, and nothing more
	Slow     = "slow"      // a request, a byte at a time
)

// Kinds lists them, each with the number of connections that is usual.
var Kinds = []struct {
	Name        string
	Connections int
}{{Flood, 1}, {Deaf, 50}, {Garbage, 10}, {HalfLine, 200}, {Slow, 200}}

// floodWindow is how many submissions a flood keeps in flight.
const floodWindow = 2048

// HostileOptions say what a polite miner is beside.
type HostileOptions struct {
	Kind        string
	Connections int           // hostile ones; 0: the usual number
	Duration    time.Duration // of each measurement of the polite miner
	Shares      string        // KindReal or KindLowDiff, the polite miner's and theirs
	Say         func(string)
}

func (o *HostileOptions) check() error {
	known := false
	for _, k := range Kinds {
		if k.Name == o.Kind {
			known = true
			if o.Connections == 0 {
				o.Connections = k.Connections
			}
		}
	}
	if !known {
		return fmt.Errorf("%w: kind %q of hostile connections", ErrOption, o.Kind)
	}
	return errors.Join(checkLoad(o.Connections, o.Duration), (&SharesOptions{
		Connections: 1, Window: 1, Kind: o.Shares, Duration: o.Duration,
	}).check())
}

// HostileReport holds a polite miner, one submission in flight, alone against
// the same beside hostile connections.
type HostileReport struct {
	Mode        string        `json:"mode"`
	Kind        string        `json:"kind"`
	Connections int           `json:"connections"`
	Alone       *SharesReport `json:"alone"`
	Beside      *SharesReport `json:"beside"`   // nil: it did not get in
	Ratio       float64       `json:"ratio"`    // of the answers a second
	ShutOut     string        `json:"shut_out"` // why it did not get in
	Sent        uint64        `json:"hostile_sent_bytes"`
	Answered    uint64        `json:"hostile_answered"`
	Accepted    uint64        `json:"hostile_accepted"`
	Dropped     uint64        `json:"hostile_dropped"` // connections that the server closed
	RSSBefore   int64         `json:"server_rss_before_bytes"`
	RSSPeak     int64         `json:"server_rss_peak_bytes"`
}
