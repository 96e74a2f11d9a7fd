package stratum

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/stratum/admission"
)

// Whoever goes, or is not let in, is in the journal with the reason.
func TestIncidents(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	srv, addr := serve(t, p, func(c *Config) { c.Limits = admission.Limits{Connections: 1} })
	c := dial(t, addr)
	job := c.login()
	c.send(submission("4", "w", job, "00000001"), submission("5", "w", "none", "00000002"))
	c.line()
	c.line()
	turnedAway(t, addr, AddressFull)
	turnedAway(t, addr, AddressFull)
	c.send(`{"id":6,"method":"mining.authorize","params":["bad` + strings.Repeat("x", 500) + `","x"]}`)
	c.line()
	c.conn.Close()
	eventually(t, "it has gone", func() bool { return srv.Live() == 0 && len(srv.Incidents()) == 3 })

	got := map[string]Incident{}
	for _, i := range srv.Incidents() {
		got[i.What] = i
		if !strings.HasPrefix(i.Remote, "127.0.0.1") || i.At.IsZero() {
			t.Errorf("whose and when is %+v", i)
		}
	}
	if i := got[WhatClosed]; i.Reason != "closed-by-miner" || !slices.Equal(i.Workers, []string{"w"}) || i.Accepted != 1 || i.Rejected != 1 || i.Session != 1 || i.Lasted <= 0 || i.Times != 1 {
		t.Errorf("the miner that has gone: %+v", i)
	}
	if i := got[WhatTurnedAway]; i.Reason != "address-full" || i.Times != 2 {
		t.Errorf("who did not come in: %+v", i)
	}
	if i := got[WhatRefused]; i.Reason != `no "address" at all` || len(i.Workers) != 1 || len(i.Workers[0]) != agentLimit || i.Session != 1 {
		t.Errorf("the login: %+v", i)
	}
}

// The journal is bounded, and who only knocks does not drive the miners out of it.
func TestIncidentsAreBounded(t *testing.T) {
	srv, at := New(Config{}, newPool()), time.Unix(1000, 0)
	srv.journal.add(Incident{At: at, What: WhatClosed, Workers: []string{"w"}, Reason: "shutdown"})
	for i := range 5000 {
		srv.journal.add(Incident{At: at.Add(time.Duration(i)), What: WhatTurnedAway, Remote: "192.0.2." + string(rune('0'+i%40)), Reason: "banned"})
	}
	all := srv.Incidents()
	if len(all) != journalRefused+1 || all[len(all)-1].What != WhatClosed || !slices.IsSortedFunc(all, func(a, b Incident) int { return b.At.Compare(a.At) }) {
		t.Errorf("%d incidents, the last one %+v", len(all), all[len(all)-1])
	}
	for i := range 2 * journalMined {
		srv.journal.add(Incident{At: at, What: WhatClosed, Workers: []string{"w"}, Session: uint64(i)})
	}
	if n := len(srv.Incidents()); n != journalMined+journalRefused {
		t.Errorf("%d incidents, want %d", n, journalMined+journalRefused)
	}
}

// A session's rate is what it does now: at once when it begins, and soon none when it ends.
func TestRateOfLate(t *testing.T) {
	sh, at := &shard{}, time.Unix(1000, 0)
	s := &session{since: at}
	sh.add(s)
	sh.ordered = at.Add(-3 * time.Second) // it comes between two looks
	look := func(looks int, each float64) float64 {
		for range looks {
			at = at.Add(5 * time.Second)
			s.work.add(each)
			sh.order(at)
		}
		return s.rate.load()
	}
	for _, c := range []struct {
		name     string
		looks    int
		each     float64
		min, max float64
	}{
		{"at once", 1, 50, 9.999, 10.001},
		{"an hour of it", 720, 50, 9.999, 10.001},
		{"five minutes of silence", 60, 0, 10 / math.E * 0.99, 10 / math.E * 1.01},
		{"an hour of silence", 660, 0, 0, 0.001},
	} {
		if got := look(c.looks, c.each); got < c.min || got > c.max {
			t.Errorf("%s: got %v, want %v to %v", c.name, got, c.min, c.max)
		}
	}
}

// On Linux the round trip of a connection is known without asking the miner.
func TestRoundTripOfTheKernel(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("not known here")
	}
	srv, addr := serve(t, newPool(), nil)
	c := dial(t, addr)
	c.sync()
	eventually(t, "a round trip", func() bool {
		all := srv.Sessions()
		return len(all) == 1 && all[0].RTT > 0 && all[0].RTT < time.Second
	})
}
