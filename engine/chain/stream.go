package chain

import (
	"context"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// stream is one stream of a session: where its messages come from, what is
// demanded of them, and where they go.
type stream[T any] struct {
	source func(context.Context, chan<- T) error
	check  func(T) error // of every message, in order
	take   func(T)       // of those that pass the gate; the latest wins
	size   func(T) int   // in bytes, roughly
	flow   *flow
	paces  []pace
}

// streamOf is the stream of a role; nil for a role without one.
func (r *Runner) streamOf(s *session, role coins.Role, info coins.CoinInfo) (run func(), err error) {
	switch role {
	case coins.RoleParent:
		p, ok := s.coin.(coins.Parent)
		if !ok {
			return nil, fmt.Errorf("%w: announced %s", ErrRole, role)
		}
		s.parent = true
		return func() {
			s.streams.Go(func() { r.checkBranches(s) })
			r.templatesOf(s, p, info).run(s)
		}, nil
	case coins.RoleAux:
		a, ok := s.coin.(coins.Aux)
		if !ok {
			return nil, fmt.Errorf("%w: announced %s", ErrRole, role)
		}
		return func() { r.auxOf(s, a).run(s) }, nil
	}
	return nil, nil
}

func (r *Runner) templatesOf(s *session, p coins.Parent, info coins.CoinInfo) *stream[*coins.Template] {
	var order sequence
	return &stream[*coins.Template]{
		source: p.Templates, flow: &r.flows.templates, paces: workPace,
		check: func(t *coins.Template) error {
			if err := checkTemplate(t, info); err != nil {
				return err
			}
			if err := order.next(t.ID, t.Height); err != nil {
				return err
			}
			s.worked.Store(true)
			return nil
		},
		take: func(t *coins.Template) { r.gotTemplate(s, t) },
		size: func(t *coins.Template) int {
			if t == nil || t.Tree == nil {
				return 0
			}
			return len(t.Tree.TxBlob) + len(t.Tree.Trailer)
		},
	}
}

func (r *Runner) auxOf(s *session, a coins.Aux) *stream[*coins.AuxWork] {
	var order sequence
	return &stream[*coins.AuxWork]{
		flow: &r.flows.aux, paces: auxPace,
		source: func(ctx context.Context, out chan<- *coins.AuxWork) error { return a.AuxWork(ctx, s.parents, out) },
		check: func(w *coins.AuxWork) error {
			if err := checkAux(w); err != nil {
				return err
			}
			if err := order.next(w.ID, w.Height); err != nil {
				return err
			}
			s.worked.Store(true)
			return nil
		},
		take: func(w *coins.AuxWork) { r.gotAux(s, w) },
		size: func(w *coins.AuxWork) int {
			if w == nil {
				return 0
			}
			return len(w.Opaque)
		},
	}
}

func (r *Runner) healthOf(s *session) *stream[coins.Health] {
	return &stream[coins.Health]{
		source: s.coin.Health, flow: &r.flows.health, paces: statePace, check: checkHealth,
		take: func(h coins.Health) { r.gotHealth(s, h) },
		size: func(h coins.Health) int { return len(h.Message) + 64*len(h.Nodes) },
	}
}

// run takes what the stream sends until both it and the session are over.
// Whatever ends the stream ends the session. A coin that sends what a chain
// needs is never made to wait for more than a check and a lock; one that sends
// more than the gate reads is.
func (t *stream[T]) run(s *session) {
	out := make(chan T)
	ended := make(chan error, 1)
	s.streams.Go(func() {
		var err error
		defer func() { ended <- err }()
		defer recovered(&err)
		if err = t.source(s.ctx, out); err == nil {
			err = ErrEnded
		}
	})

	fail := func(err error) { s.end(fmt.Errorf("%s: %w", t.flow.stream, err)) }
	g := newGate(t.paces, time.Now())
	wake := time.NewTimer(0)
	defer wake.Stop()
	var held T // the latest that has not passed
	holding := false
	done := s.ctx.Done()
	for {
		now := time.Now()
		if holding && done != nil && g.passIn(now) == 0 {
			g.passed()
			t.take(held)
			holding = false
		}
		in, pause := out, time.Duration(0)
		if done != nil {
			var read bool
			if read, pause = g.rest(now, holding); !read {
				in = nil
				t.flow.hold(now)
			}
		}
		if wake.Stop(); pause > 0 {
			wake.Reset(pause)
		}
		select {
		case msg := <-in:
			if s.ctx.Err() != nil {
				continue // drained, so that a coin that ignores its context can end
			}
			t.flow.got(time.Now(), holding)
			g.got(t.size(msg))
			if err := t.check(msg); err != nil {
				fail(err)
				continue
			}
			held, holding = msg, true
		case <-wake.C:
		case <-done:
			done = nil // from here on all is drained
		case err := <-ended:
			fail(err)
			return
		}
	}
}
