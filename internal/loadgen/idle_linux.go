package loadgen

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"
)

// settle is how long the last job's stragglers are waited for.
const settle = 2 * time.Second

// Idle connects, holds still and stamps the arrival of every clean job.
func Idle(ctx context.Context, t Target, o IdleOptions) (*IdleReport, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := raiseFiles(o.Connections); err != nil {
		return nil, err
	}
	l, err := newLoop(ctx, t)
	if err != nil {
		return nil, err
	}
	defer l.close()
	l.light, l.stamped = true, true
	if o.Say == nil {
		o.Say = func(string) {}
	}
	r := &idleRun{l: l, o: o, rounds: map[string]*round{}}
	l.onJob = r.job
	return r.run(ctx)
}

// round collects one job's arrivals, in nanoseconds of the real-time clock.
type round struct {
	job     string
	trigger int64
	at      []int64
}

type idleRun struct {
	l      *loop
	o      IdleOptions
	rounds map[string]*round
	order  []*round
	user   int // arrivals stamped by the return of the read

	trigger int64 // time of the newest one
}

func (r *idleRun) job(_ *conn, raw []byte, at int64, kernel bool) {
	if !bytes.Contains(raw, wordTrue) {
		return // not clean: the only word in the line that is no text
	}
	if !kernel {
		r.user++
	}
	id := jobID(raw)
	seen := r.rounds[string(id)]
	if seen == nil {
		seen = &round{job: string(id), trigger: r.trigger, at: make([]int64, 0, r.o.Connections)}
		r.rounds[seen.job] = seen
		r.order = append(r.order, seen)
	}
	seen.at = append(seen.at, at)
}

// jobID is the first parameter's text.
func jobID(raw []byte) []byte {
	v := after(raw, []byte(`"params"`))
	if i := bytes.IndexByte(v, '"'); i >= 0 {
		v = v[i+1:]
		if end := bytes.IndexByte(v, '"'); end >= 0 {
			return v[:end]
		}
	}
	return nil
}

func (r *idleRun) run(ctx context.Context) (*IdleReport, error) {
	l, p := r.l, &IdleReport{Mode: "idle", Connections: r.o.Connections, Seconds: r.o.Duration.Seconds()}
	p.RSSBefore, _ = ProcessRSS(l.target.PID)
	joining, start := startUsage(l.target.PID), l.clock()
	if err := l.openAll(ctx, r.o.Connections, r.o.Say); err != nil {
		return nil, err
	}
	p.ConnectedIn = float64(l.clock()-start) / 1e9
	p.HandshakeCPU = joining.stop().ServerCPU / float64(r.o.Connections) * 1e3
	use := startUsage(l.target.PID)
	if err := r.hold(ctx); err != nil {
		return nil, err
	}
	p.Usage = use.stop()
	p.RSSAfter = p.ServerBytes
	if l.target.PID != 0 {
		p.BytesEach = float64(p.RSSAfter-p.RSSBefore) / float64(r.o.Connections)
	}
	p.Stamps = StampKernel
	if r.user > 0 {
		p.Stamps = StampEpoll
	}
	for _, seen := range r.order {
		p.Rounds = append(p.Rounds, seen.summary())
	}
	return p, nil
}

// hold keeps still until the time is over, with new blocks in between.
func (r *idleRun) hold(ctx context.Context) error {
	l := r.l
	start := l.clock()
	end := start + int64(r.o.Duration)
	next, said := start+int64(r.o.Every), start
	fired := make(chan error, 1)
	under := false
	for l.now < end || under {
		if err := l.turn(ctx); err != nil {
			return err
		}
		if r.o.Trigger != nil && !under && l.now >= next && l.now < end-int64(min(settle, r.o.Duration/2)) {
			next += int64(r.o.Every)
			r.trigger, under = time.Now().UnixNano(), true
			go func() { fired <- r.o.Trigger(ctx) }()
		}
		select {
		case err := <-fired:
			under = false
			if err != nil {
				return fmt.Errorf("making a new block: %w", err)
			}
		default:
		}
		if l.now-said > int64(time.Second) {
			said = l.now
			r.o.Say(fmt.Sprintf("%3.0f s  %d connections hold still, %d clean jobs", float64(l.now-start)/1e9, r.o.Connections, len(r.order)))
		}
	}
	return nil
}

func (s *round) summary() Round {
	slices.Sort(s.at)
	ms := func(ns int64) float64 { return float64(ns) / 1e6 }
	first := s.at[0]
	at := func(q float64) float64 { return ms(s.at[min(int(q*float64(len(s.at))), len(s.at)-1)] - first) }
	r := Round{Job: s.job, Clients: len(s.at), P50: at(0.5), P99: at(0.99), Last: at(1), First: time.Unix(0, first)}
	if s.trigger != 0 {
		r.TriggerMS = ms(first - s.trigger)
	}
	return r
}
