package tari

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/motherlode-pool/motherlode/coins"
)

// fetch asks a node for a template, in the background.
func (st *stream) fetch(ctx context.Context, i int, s state) {
	c := st.coin
	ctx, st.cancel = context.WithTimeout(ctx, c.timeout)
	st.asked, st.since, st.seen[i] = i, time.Now(), s.tip
	go func() {
		f := fetched{node: i, state: s}
		m := c.set.members[i]
		r, err := m.api.GetNewBlockTemplateWithCoinbases(ctx, c.request)
		if f.err = m.called("GetNewBlockTemplateWithCoinbases", err); err == nil {
			if f.work, err = decode(r, c.network); err != nil {
				f.err = fmt.Errorf("template of %s: %w", m.name, err)
			}
		}
		st.fetched <- f
	}()
}

// failed leaves a node alone for a while that gave no template, and says why
// unless that is nothing but a moment's.
func (st *stream) failed(f fetched, now time.Time) {
	pause, passing := againLater, false
	switch {
	case errors.Is(f.err, ErrNetwork):
		pause = againSeldom
	case timedOut(f.err) && now.Sub(st.since) >= slowFetch:
		if states, _ := st.coin.set.look(); st.choose(states, now, f.node) >= 0 {
			pause = slowPause
		}
	case tipMoved(f.err):
		pause, passing = againSoon, true
		for range st.fails[f.node] {
			pause = min(2*pause, againLater)
		}
	}
	st.fails[f.node]++
	st.seen[f.node] = coins.Hash{}
	st.barred[f.node] = now.Add(pause)
	m := st.coin.set.members[f.node]
	if unanswered(f.err) || passing {
		m.nudge()
	}
	if !passing || pause == againLater {
		st.coin.set.update(m, func(s *state) { s.workErr = f.err })
	}
}

// tipMoved reports whether a node gave no template only because its tip moved
// while it made one, or its mempool has not followed yet.
func tipMoved(err error) bool {
	var e *nodeError
	if !errors.As(err, &e) {
		return false
	}
	switch e.code {
	case codes.FailedPrecondition: // its details say CannotCalculateNonTipMmr
		return true
	case codes.InvalidArgument:
		return strings.HasPrefix(e.text, "Expected new block template")
	}
	return strings.Contains(e.text, "Mempool out of sync")
}
