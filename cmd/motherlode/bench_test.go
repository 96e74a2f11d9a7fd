//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/loadgen"
)

// mustBench runs the binary and decodes what it prints.
func mustBench(t *testing.T, out any, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), mustBinary(t), append([]string{"bench", "--json", "--quiet"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("bench %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatalf("bench %s: %v\n%s", strings.Join(args, " "), err, text)
	}
}

func TestBenchModes(t *testing.T) {
	withoutRace(t)
	t.Run("shares", func(t *testing.T) {
		var r loadgen.SharesReport
		mustBench(t, &r, "shares", "--connections", "5", "--duration", "500ms")
		if r.Accepted == 0 || r.Accepted != r.Sent || len(r.Refused) > 0 || r.ServerBytes == 0 {
			t.Errorf("got %+v, want every share accepted", r)
		}
	})
	t.Run("low-diff", func(t *testing.T) {
		var r loadgen.SharesReport
		mustBench(t, &r, "shares", "--kind", "low-diff", "--difficulty", "1", "--connections", "2", "--duration", "300ms")
		if r.Refused[23] != r.Sent || r.Sent == 0 {
			t.Errorf("got %+v, want every one refused with 23", r)
		}
	})
	t.Run("fixed rate", func(t *testing.T) {
		var r loadgen.SharesReport
		mustBench(t, &r, "shares", "--rate", "500", "--connections", "5", "--duration", "400ms", "--sync", "disk")
		if r.Sent != 200 || r.Accepted != 200 {
			t.Errorf("sent %d, accepted %d, want 200", r.Sent, r.Accepted)
		}
	})
	t.Run("idle", func(t *testing.T) {
		var r loadgen.IdleReport
		mustBench(t, &r, "idle", "--connections", "10", "--duration", "1s", "--every", "100ms")
		if len(r.Rounds) == 0 {
			t.Fatal("no clean job came")
		}
		for _, x := range r.Rounds {
			if x.Clients != 10 {
				t.Errorf("job %s reached %d of 10", x.Job, x.Clients)
			}
		}
	})
	t.Run("memory", func(t *testing.T) {
		var r loadgen.IdleReport
		mustBench(t, &r, "memory", "--connections", "10", "--duration", "100ms")
		if r.RSSBefore == 0 || r.RSSAfter == 0 {
			t.Errorf("got %+v, want the memory of the pool", r)
		}
	})
	t.Run("api", func(t *testing.T) {
		var r benchAPIReport
		mustBench(t, &r, "api", "--connections", "20", "--duration", "1s", "--rate", "100", "--past", "2m", "--blocks", "3")
		if r.Shares.Accepted != r.Shares.Sent || len(r.Endpoints) < 30 {
			t.Errorf("%d of %d shares accepted, %d endpoints", r.Shares.Accepted, r.Shares.Sent, len(r.Endpoints))
		}
		answers := uint64(0)
		for _, e := range r.Endpoints {
			answers += e.Latency.Count
			// What the pool has not read of its past is not found.
			if int(e.Latency.Count) != e.Statuses[200] {
				t.Errorf("%s: %v", e.Path, e.Statuses)
			}
		}
		if r.All.Count != answers || answers == 0 {
			t.Errorf("%d answers of all endpoints, %d of each together", r.All.Count, answers)
		}
	})
	t.Run("churn", func(t *testing.T) {
		var r loadgen.ChurnReport
		mustBench(t, &r, "churn", "--loops", "4", "--duration", "300ms")
		if r.Cycles == 0 || r.Failed != 0 {
			t.Errorf("got %+v, want cycles and no failure", r)
		}
	})
	t.Run("hostile", func(t *testing.T) {
		var r loadgen.HostileReport
		mustBench(t, &r, "hostile", "--kind", "deaf", "--connections", "3", "--duration", "200ms")
		if r.Beside == nil || r.Beside.Answered == 0 || r.Ratio == 0 {
			t.Errorf("got %+v, want the polite miner to be served", r)
		}
	})
	t.Run("table", func(t *testing.T) {
		var r benchTable
		mustBench(t, &r, "table", "--runs", "2", "--duration", "200ms", "--most", "20", "--only", "saturated")
		if len(r.Rows) != 6 || len(r.Rows[0].Values) != 2 || r.Rows[0].Median == 0 || r.Machine.Cores == 0 {
			t.Errorf("got %+v", r)
		}
	})
}

// TestBenchSeesLostShares holds a log against more shares than it has.
func TestBenchSeesLostShares(t *testing.T) {
	withoutRace(t)
	for _, c := range []struct {
		name string
		more uint64 // promised than the pool was given
		want error
	}{{"none lost", 0, nil}, {"one lost", 1, errShortLog}} {
		t.Run(c.name, func(t *testing.T) {
			s, err := startBenchServer(t.Context(), benchServerOptions{difficulty: 1e-9, sync: "os", program: mustBinary(t)})
			if err != nil {
				t.Fatal(err)
			}
			r, err := loadgen.Shares(t.Context(), s.target(), loadgen.SharesOptions{
				Connections: 2, Window: 2, Kind: loadgen.KindReal, Duration: 200 * time.Millisecond,
			})
			if err != nil {
				t.Fatal(errors.Join(err, s.finish(0)))
			}
			if err := s.finish(r.Accepted + c.more); !errors.Is(err, c.want) {
				t.Errorf("%d accepted and %d more: got %v, want %v", r.Accepted, c.more, err, c.want)
			}
		})
	}
}

func TestBenchRefusesForeignServers(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		says string
	}{
		{"not asked", []string{"--addr", "192.0.2.1:3333"}, "--i-run-this-pool --host HOST"},
		{"asked once", []string{"--addr", "192.0.2.1:3333", "--i-run-this-pool"}, "not on this machine"},
		{"host alone", []string{"--addr", "192.0.2.1:3333", "--host", "192.0.2.1"}, "not on this machine"},
		{"another host", []string{"--addr", "192.0.2.1:3333", "--i-run-this-pool", "--host", "192.0.2.2"}, "not on this machine"},
		{"no server", []string{"--i-run-this-pool"}, "--addr"},
		{"too much", []string{"--connections", "1000000", "--addr", "127.0.0.1:1"}, "allowed are 1 to 100000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := exec.CommandContext(t.Context(), mustBinary(t), append([]string{"bench", "shares"}, c.args...)...).CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), c.says) {
				t.Errorf("got %v and %q, want exit code 2 and %q", err, out, c.says)
			}
		})
	}
}
