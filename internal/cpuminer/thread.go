package cpuminer

import (
	"context"
	"encoding/binary"
	"time"
)

// countEvery is how many hashes a thread does between two looks at the clock
// and the shared counter: far below a second of the slowest algorithm.
const countEvery = 64

// thread hashes whatever work there is until ctx is done.
func (m *Miner) thread(ctx context.Context) {
	pace := pacer{}
	if m.cfg.RateLimit > 0 {
		pace.rate = m.cfg.RateLimit / float64(m.cfg.Threads)
	}
	var r roll
	for ctx.Err() == nil {
		w, changed := m.current()
		if w == nil || w.over.Load() || !w.next(&r) {
			select {
			case <-changed:
			case <-ctx.Done():
			}
			continue
		}
		m.hash(ctx, w, &r, &pace)
	}
}

// hash tries the nonces of one roll.
func (m *Miner) hash(ctx context.Context, w *work, r *roll, pace *pacer) {
	var sum [32]byte
	step := uint64(countEvery)
	if pace.rate > 0 {
		step = max(1, min(step, uint64(pace.rate/20)))
	}
	for nonce := uint64(0); nonce < r.nonces; {
		now := time.Now()
		ntime := w.timeAt(now)
		binary.LittleEndian.PutUint32(r.header[68:], ntime)
		begin := nonce
		for end := min(nonce+step, r.nonces); nonce < end && !w.over.Load(); nonce++ {
			binary.LittleEndian.PutUint32(r.header[76:], uint32(nonce))
			w.alg.Sum(&sum, r.header[:], nil)
			if w.target.Meets(&sum) && !m.report(ctx, w, r, ntime, uint32(nonce), sum) {
				break
			}
		}
		m.hashes.Add(nonce - begin)
		if w.over.Load() || ctx.Err() != nil {
			return
		}
		pace.wait(ctx, w, nonce-begin, now)
	}
}

// found is a share on its way to the connection.
type found struct {
	work  *work
	share Share
}

// report hands a share over, and waits while the window of submissions is full.
// It is false when the share has become worthless first.
func (m *Miner) report(ctx context.Context, w *work, r *roll, ntime, nonce uint32, sum [32]byte) bool {
	f := found{w, w.share(r, ntime, nonce, sum)}
	select {
	case m.found <- f:
		return true
	case <-w.era:
	case <-ctx.Done():
	}
	return false
}

// pacer holds a thread at a rate.
type pacer struct {
	rate float64   // hashes per second; 0: none
	due  time.Time // when the hashes so far should have been done
}

// wait waits until n more hashes, begun at start, are due. It makes up for a
// delay of at most a tenth of a second.
func (p *pacer) wait(ctx context.Context, w *work, n uint64, start time.Time) {
	if p.rate <= 0 {
		return
	}
	if floor := start.Add(-100 * time.Millisecond); p.due.Before(floor) {
		p.due = floor
	}
	p.due = p.due.Add(time.Duration(float64(n) / p.rate * float64(time.Second)))
	d := time.Until(p.due)
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.done:
	case <-ctx.Done():
	}
}
