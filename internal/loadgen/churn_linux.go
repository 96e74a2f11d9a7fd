package loadgen

import (
	"context"
	"fmt"
	"time"
)

// churnSources are the source addresses that churn takes in turn, so that ports
// which the system still holds back do not slow it.
const churnSources = 16

// Churn connects, subscribes, authorizes, waits for the first job and leaves,
// over and over.
func Churn(ctx context.Context, t Target, o ChurnOptions) (*ChurnReport, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := raiseFiles(o.Loops); err != nil {
		return nil, err
	}
	l, err := newLoop(ctx, t)
	if err != nil {
		return nil, err
	}
	defer l.close()
	l.light, l.sources = true, churnSources
	p := &ChurnReport{Mode: "churn", Loops: o.Loops, Seconds: o.Duration.Seconds()}
	end := l.clock() + int64(o.Duration)
	var hist Histogram
	open := 0
	l.onReady = func(c *conn) {
		c.close()
		open--
		if l.clock() <= end {
			p.Cycles++
			hist.Add(time.Duration(l.now - c.started))
		}
	}
	var lastErr error
	l.onGone = func(_ *conn, err error) {
		open--
		p.Failed++
		lastErr = err
	}
	use, said, before := startUsage(t.PID), l.now, uint64(0)
	for l.now < end {
		for ; open < o.Loops && l.now < end; open++ {
			if _, err := l.open(); err != nil {
				return nil, err
			}
		}
		if err := l.turn(ctx); err != nil {
			return nil, err
		}
		if p.Failed > 100 && p.Cycles == 0 {
			return nil, fmt.Errorf("%w: no handshake of %d succeeds: %w", ErrServer, p.Failed, lastErr)
		}
		if o.Say != nil && l.now-said > int64(time.Second) {
			o.Say(fmt.Sprintf("%d cycles/s, %d failed", p.Cycles-before, p.Failed))
			said, before = l.now, p.Cycles
		}
	}
	p.Usage = use.stop()
	p.PerSecond = float64(p.Cycles) / p.Seconds
	p.Handshake = hist.Summary()
	if p.Cycles > 0 {
		p.CPUEach = p.ServerCPU / float64(p.Cycles) * 1e3
	}
	return p, nil
}
