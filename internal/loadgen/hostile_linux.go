package loadgen

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// How hostile connections behave.
const (
	hostileLead  = time.Second            // they begin so long before the polite miner
	comeBack     = 50 * time.Millisecond  // after they were dropped
	pushAtOnce   = 64                     // lines written at once by those that never read
	slowByte     = 100 * time.Millisecond // between two bytes
	halfLineSize = 900
)

// Hostile measures a polite miner alone and beside hostile connections.
func Hostile(ctx context.Context, t Target, o HostileOptions) (*HostileReport, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := raiseFiles(o.Connections); err != nil {
		return nil, err
	}
	p := &HostileReport{Mode: "hostile", Kind: o.Kind, Connections: o.Connections}
	polite := SharesOptions{Connections: 1, Window: 1, Kind: o.Shares, Duration: o.Duration, Say: o.Say}
	var err error
	if p.Alone, err = Shares(ctx, t, polite); err != nil {
		return nil, err
	}
	p.RSSBefore, _ = ProcessRSS(t.PID)
	l, err := newLoop(ctx, t)
	if err != nil {
		return nil, err
	}
	h := &hostileRun{l: l, o: o, report: p}
	h.hook()
	hostileCtx, stop := context.WithCancel(ctx)
	defer stop()
	var group sync.WaitGroup
	var failed error
	group.Go(func() {
		defer stop()
		failed = h.run(hostileCtx)
	})
	select {
	case <-time.After(min(hostileLead, o.Duration)):
		p.Beside, err = Shares(hostileCtx, t, polite)
	case <-hostileCtx.Done():
		err = hostileCtx.Err()
	}
	stop()
	group.Wait()
	l.close()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case failed != nil && !errors.Is(failed, context.Canceled):
		return nil, failed
	case err != nil:
		p.ShutOut = err.Error()
	default:
		p.Ratio = p.Beside.PerSecond / max(p.Alone.PerSecond, 1e-9)
	}
	return p, nil
}

// hostileRun is the hostile side; it has a goroutine and a loop of its own.
type hostileRun struct {
	l      *loop
	o      HostileOptions
	report *HostileReport
	back   []int64 // times at which dropped connections come back
}

// hook says what the connections do.
func (h *hostileRun) hook() {
	l := h.l
	l.onGone = func(*conn, error) {
		h.report.Dropped++
		h.back = append(h.back, l.clock()+int64(comeBack))
	}
	switch h.o.Kind {
	case Flood:
		l.onReady = func(c *conn) {
			for range floodWindow {
				h.submit(c)
			}
		}
		l.onAnswer = func(c *conn, _ int64, a *line) {
			h.report.Answered++
			if a.ok {
				h.report.Accepted++
			}
			h.submit(c)
		}
	case Deaf:
		l.onReady = func(c *conn) {
			c.deaf, c.pushing = true, true
			c.watch()
		}
		l.onWrite = func(c *conn) {
			if !c.pushing {
				return
			}
			for range pushAtOnce {
				if c.fd < 0 || !h.submit(c) {
					return
				}
				c.slots, c.freeSlot = c.slots[:0], c.freeSlot[:0] // no answer is waited for
			}
			c.flush()
		}
	case Garbage:
		l.onWrite = func(c *conn) { h.write(c, noise(400)) }
	case HalfLine:
		l.onWrite = func(c *conn) {
			if c.pushing {
				h.write(c, append([]byte(`{"id":1,"method":"`), make([]byte, halfLineSize)...))
				c.pushing = false
				c.watch()
			}
		}
	}
}

// submit sends one share or what looks like one.
func (h *hostileRun) submit(c *conn) bool {
	before := len(c.out)
	ok := c.submit(h.o.Shares == KindReal, h.l.now+1)
	h.report.Sent += uint64(max(len(c.out)-before, 0))
	return ok
}

// write sends bytes that are no request.
func (h *hostileRun) write(c *conn, b []byte) {
	c.out = append(c.out, b...)
	h.report.Sent += uint64(len(b))
	c.flush()
}

// noise is a line of n printable and other bytes.
func noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		if b[i] = byte(rand.Uint32()); b[i] == '\n' {
			b[i] = '{'
		}
	}
	return append(b, '\n')
}

func (h *hostileRun) run(ctx context.Context) error {
	l := h.l
	for range h.o.Connections {
		h.back = append(h.back, 0)
	}
	sampled, dripped := int64(0), int64(0)
	for {
		waiting := h.back[:0]
		for _, at := range h.back {
			if at > l.clock() {
				waiting = append(waiting, at)
				continue
			}
			c, err := l.open()
			if err != nil {
				waiting = append(waiting, l.now+int64(comeBack))
				continue
			}
			c.raw = h.o.Kind == Garbage || h.o.Kind == HalfLine || h.o.Kind == Slow
			c.pushing = c.raw && h.o.Kind != Slow
		}
		h.back = waiting
		if err := l.turn(ctx); err != nil {
			return err
		}
		if h.o.Kind == Slow && l.now-dripped > int64(slowByte) {
			dripped = l.now
			h.drip()
		}
		if l.now-sampled > int64(100*time.Millisecond) {
			sampled = l.now
			rss, _ := ProcessRSS(l.target.PID)
			h.report.RSSPeak = max(h.report.RSSPeak, rss)
		}
	}
}

// drip sends one byte on every connection.
func (h *hostileRun) drip() {
	text := appendRequest(nil, idSubscribe, "mining.subscribe", string(make([]byte, 100)))
	for _, c := range h.l.conns {
		if c != nil && c.phase != connecting {
			h.write(c, text[c.en2%uint64(len(text)-1):][:1])
			c.en2++
		}
	}
}
