package loadgen

import (
	"context"
	"fmt"
	"time"
)

// drain is how long late answers are waited for.
const drain = 5 * time.Second

// Shares connects, submits for the duration and reports. The error is ErrServer
// when the server drops a connection meanwhile.
func Shares(ctx context.Context, t Target, o SharesOptions) (*SharesReport, error) {
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
	r := newSharesRun(l, o)
	if err := l.openAll(ctx, o.Connections, r.say); err != nil {
		return nil, err
	}
	if err := r.measure(ctx); err != nil {
		return nil, err
	}
	return r.finish(), nil
}

// sharesRun is one run of Shares on a loop.
type sharesRun struct {
	l      *loop
	o      SharesOptions
	say    func(string)
	report SharesReport
	hist   Histogram
	honest bool
	start  int64
	end    int64
	usage  *usage

	interval float64 // between submissions, ns
	sent     uint64  // at the fixed rate, overruns included
}

func newSharesRun(l *loop, o SharesOptions) *sharesRun {
	r := &sharesRun{l: l, o: o, say: o.Say, honest: o.Kind == KindReal}
	if r.say == nil {
		r.say = func(string) {}
	}
	r.report = SharesReport{
		Mode: "shares", Kind: o.Kind, Connections: o.Connections, Rate: o.Rate,
		Seconds: o.Duration.Seconds(), Refused: map[int]uint64{},
	}
	if o.Rate == 0 {
		r.report.Window = o.Window
	}
	l.onAnswer = r.answered
	l.onJob = func(*conn, []byte, int64, bool) { r.report.Jobs++ }
	return r
}

// answered counts an answer and sends the next.
func (r *sharesRun) answered(c *conn, sent int64, a *line) {
	r.hist.Add(time.Duration(r.l.now - sent))
	switch {
	case a.ok:
		r.report.Accepted++
	default:
		r.report.Refused[a.code]++
	}
	if r.l.now > r.end {
		r.report.Late++
		return
	}
	r.report.Answered++
	if r.o.Rate == 0 {
		r.send(c, r.l.now)
	}
}

// send submits on one connection; it is written by flushing it.
func (r *sharesRun) send(c *conn, at int64) {
	if c.submit(r.honest, at) {
		r.report.Sent++
	}
}

// measure sends until the end and waits for what is still to be answered.
func (r *sharesRun) measure(ctx context.Context) error {
	l := r.l
	for _, c := range l.conns {
		c.slots = make([]int64, 0, max(r.o.Window, 4))
		if !c.mine(r.honest) {
			return l.err
		}
	}
	if r.o.Began != nil {
		r.o.Began()
	}
	r.usage = startUsage(l.target.PID)
	r.start = l.clock() + 1
	r.end = r.start + int64(r.o.Duration)
	if r.o.Rate > 0 {
		r.interval = 1e9 / r.o.Rate
		l.onTimer = r.due
		if err := l.every(max(time.Duration(r.interval), 100*time.Microsecond)); err != nil {
			return err
		}
	} else {
		for _, c := range l.conns {
			for range r.o.Window {
				r.send(c, l.clock())
			}
			c.flush()
		}
	}
	next, before := r.start+int64(time.Second), uint64(0)
	for l.now < r.end {
		if err := l.turn(ctx); err != nil {
			return err
		}
		if l.now > next {
			r.say(fmt.Sprintf("%3.0f s  %d answers/s  accepted %d  refused %d", float64(l.now-r.start)/1e9,
				r.report.Answered-before, r.report.Accepted, r.report.refused()))
			next, before = next+int64(time.Second), r.report.Answered
		}
	}
	r.report.Usage = r.usage.stop()
	patience := r.o.patience
	if patience == 0 {
		patience = drain
	}
	for l.clock() < r.end+int64(patience) && r.waiting() > 0 {
		if err := l.turn(ctx); err != nil {
			return err
		}
	}
	return nil
}

// due sends everything whose time has come at the fixed rate.
func (r *sharesRun) due() {
	l := r.l
	for {
		at := r.start + int64(float64(r.sent)*r.interval)
		if at > l.clock() || at >= r.end {
			return
		}
		c := l.conns[r.sent%uint64(len(l.conns))]
		r.sent++
		if c == nil || c.inFlight() >= MaxWindow {
			r.report.Overrun++
			continue
		}
		r.send(c, at)
		c.flush()
		if c.fd >= 0 && len(c.share) == 0 {
			c.mine(r.honest) // for its next turn, while nothing waits for it
		}
	}
}

func (r *sharesRun) waiting() (n int) {
	for _, c := range r.l.conns {
		if c != nil {
			n += c.inFlight()
		}
	}
	return n
}

// finish puts the report together.
func (r *sharesRun) finish() *SharesReport {
	p := &r.report
	p.PerSecond = float64(p.Answered) / p.Seconds
	p.Unanswered = uint64(r.waiting())
	p.Latency = r.hist.Summary()
	for i, c := range r.l.conns {
		if c == nil {
			continue
		}
		if i == 0 || c.answered < p.Least {
			p.Least = c.answered
		}
		p.Most = max(p.Most, c.answered)
		if r.honest {
			p.HashesEach = c.job.tries()
		}
	}
	if p.Answered > 0 {
		p.CPUPer100k = p.ServerCPU / float64(p.Answered) * 1e5
	}
	return p
}
