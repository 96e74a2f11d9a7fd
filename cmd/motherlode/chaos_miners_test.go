package main

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/testminer"
)

// chaosEvery is when each miner's next share is due, whatever the pool does.
const chaosEvery = 40 * time.Millisecond

// openLoad is a number of miners whose shares are due at fixed times. A share
// that is due while its miner still waits for an answer is sent late, and its
// latency counts from when it was due: a pool that stands still for a second is
// seen by all the shares of that second.
type openLoad struct {
	addr  string
	phase atomic.Int64
	stop  chan struct{}
	group sync.WaitGroup

	mu        sync.Mutex
	sent      map[shareKey]bool
	accepted  map[shareKey]bool
	refused   map[string]int
	failures  []error
	latencies [][]time.Duration // by phase
}

func mustLoad(t *testing.T, addr string, miners, phases int) *openLoad {
	t.Helper()
	l := &openLoad{
		addr: addr, stop: make(chan struct{}), sent: map[shareKey]bool{}, accepted: map[shareKey]bool{}, refused: map[string]int{},
		latencies: make([][]time.Duration, phases),
	}
	begin := time.Now().Add(time.Second)
	for i := range miners {
		user := fmt.Sprintf("%s.rig%d", demoAddress, i)
		c := mustConnect(t, addr, user)
		first := begin.Add(chaosEvery * time.Duration(i) / time.Duration(miners))
		l.group.Go(func() {
			if err := l.mine(c, user, first); err != nil {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.failures = append(l.failures, err)
			}
		})
	}
	return l
}

// mine submits a share every chaosEvery from first on, until stop.
func (l *openLoad) mine(c *testminer.Client, user string, first time.Time) error {
	wait := time.NewTimer(0)
	defer wait.Stop()
	for due := first; ; due = due.Add(chaosEvery) {
		wait.Reset(max(time.Until(due), 0))
		select {
		case <-wait.C:
		case <-l.stop:
			return nil
		}
		phase := l.phase.Load()
		s, err := c.Solve(user)
		if err != nil {
			return err
		}
		key := keyOf(s)
		l.mu.Lock()
		l.sent[key] = true
		l.mu.Unlock()
		r, err := c.Call("mining.submit", s.Params...)
		if err != nil {
			return err
		}
		took := time.Since(due)
		l.mu.Lock()
		if r.OK() {
			l.accepted[key] = true
		} else {
			l.refused[r.String()]++
		}
		l.latencies[phase] = append(l.latencies[phase], took)
		l.mu.Unlock()
	}
}

// end stops the miners, once each has the answer to its last share.
func (l *openLoad) end() {
	close(l.stop)
	l.group.Wait()
}

// problem says what went wrong so far; empty for nothing.
func (l *openLoad) problem() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.failures) > 0 || len(l.refused) > 0 {
		return fmt.Sprintf("refused %v, lost connections %v", l.refused, l.failures)
	}
	return ""
}

// line describes the answers of one phase.
func (l *openLoad) line(phase int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Clone(l.latencies[phase])
	if len(all) == 0 {
		return "no shares"
	}
	slices.Sort(all)
	at := func(q float64) time.Duration { return all[int(q*float64(len(all)-1))].Round(10 * time.Microsecond) }
	return fmt.Sprintf("%5d shares   p50 %8v   p99 %8v   max %8v", len(all), at(0.5), at(0.99), at(1))
}
