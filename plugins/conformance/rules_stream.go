package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/chain"
)

// unread is how long a stream is left alone before it is cancelled, so that it
// is by then at the sending of its first value.
const unread = 200 * time.Millisecond

// kind is one of the three kinds of streams.
type kind[T any] struct {
	name  string // "template"
	role  coins.Role
	first func(Limits) time.Duration                                       // until the first value
	of    func(context.Context, *suite, coins.Coin) (streamFunc[T], error) // the method
	check func(*suite, T) error                                            // one value
	tip   func(T) string                                                   // that in which two streams agree
	ids   func(*suite) *idLog                                              // nil for values without ids
	id    func(T) uint64
}

type streamFunc[T any] = func(context.Context, chan<- T) error

func healthStream() kind[coins.Health] {
	return kind[coins.Health]{
		name:  "health",
		first: func(l Limits) time.Duration { return l.Health },
		of: func(_ context.Context, _ *suite, c coins.Coin) (streamFunc[coins.Health], error) {
			return c.Health, nil
		},
		check: func(_ *suite, h coins.Health) error { return checkHealth(h) },
		tip:   func(h coins.Health) string { return "state " + h.State.String() },
	}
}

func templateStream() kind[*coins.Template] {
	return kind[*coins.Template]{
		name:  "template",
		role:  coins.RoleParent,
		first: func(l Limits) time.Duration { return l.Work },
		of: func(_ context.Context, _ *suite, c coins.Coin) (streamFunc[*coins.Template], error) {
			p, ok := c.(coins.Parent)
			if !ok {
				return nil, fmt.Errorf("not tried: the coin is no coins.Parent, see rule %q", ruleRoles)
			}
			return p.Templates, nil
		},
		check: func(s *suite, t *coins.Template) error { return s.checkTemplate(t) },
		tip:   func(t *coins.Template) string { return fmt.Sprintf("height %d on top of %s", t.Height, t.PrevHash) },
		ids:   func(s *suite) *idLog { return &s.ids.template },
		id:    func(t *coins.Template) uint64 { return t.ID },
	}
}

func auxStream() kind[*coins.AuxWork] {
	return kind[*coins.AuxWork]{
		name:  "aux",
		role:  coins.RoleAux,
		first: func(l Limits) time.Duration { return l.Work },
		of: func(_ context.Context, _ *suite, c coins.Coin) (streamFunc[*coins.AuxWork], error) {
			a, ok := c.(coins.Aux)
			if !ok {
				return nil, fmt.Errorf("not tried: the coin is no coins.Aux, see rule %q", ruleRoles)
			}
			return func(ctx context.Context, out chan<- *coins.AuxWork) error {
				return a.AuxWork(ctx, make(chan coins.ParentTip), out)
			}, nil
		},
		check: func(s *suite, w *coins.AuxWork) error { return s.checkAux(w) },
		tip:   func(w *coins.AuxWork) string { return fmt.Sprintf("height %d on top of %s", w.Height, w.PrevHash) },
		ids:   func(s *suite) *idLog { return &s.ids.work },
		id:    func(w *coins.AuxWork) uint64 { return w.ID },
	}
}

// streamRules are those of every kind of stream.
func streamRules[T any](k kind[T]) []rule {
	return []rule{
		of(k.role, k.name+"-first", "the stream of "+k.plural()+" sends the present state first, in time, and in good form", k.tryFirst),
		of(k.role, k.name+"-agree", "two streams of "+k.plural()+" at the same time agree", k.tryAgree),
		of(k.role, k.name+"-cancel", "the stream of "+k.plural()+" ends when it is cancelled, also while nobody reads", k.tryCancel),
		releaseRule(k),
	}
}

func (k kind[T]) plural() string {
	switch k.name {
	case "template":
		return "templates"
	case "aux":
		return "aux work"
	}
	return k.name
}

// open starts a stream of the shared coin; its ids are noted.
func (k kind[T]) open(ctx context.Context, s *suite) (*stream[T], error) {
	coin, err := s.opened(ctx)
	if err != nil {
		return nil, err
	}
	run, err := k.of(ctx, s, coin)
	if err != nil {
		return nil, err
	}
	var heed func(T)
	if k.ids != nil {
		note := k.ids(s).follow()
		heed = func(v T) { note(k.id(v), k.tip(v)) }
	}
	return start(ctx, run, heed), nil
}

// present is the first value of a new stream that is stopped again.
func (k kind[T]) present(ctx context.Context, s *suite) (v T, err error) {
	st, err := k.open(ctx, s)
	if err != nil {
		return v, err
	}
	defer func() { _ = st.stop(s.limits.Cancel) }()
	if v, err = st.next(ctx, k.first(s.limits)); err != nil {
		return v, fmt.Errorf("the stream of %s sends no present state: %w", k.plural(), err)
	}
	return v, k.check(s, v)
}

func (k kind[T]) tryFirst(ctx context.Context, s *suite) error {
	_, err := k.present(ctx, s)
	return err
}

// tryAgree reads two streams until both have said the same last.
func (k kind[T]) tryAgree(ctx context.Context, s *suite) error {
	var streams [2]*stream[T]
	var tips [2]string
	for i := range streams {
		st, err := k.open(ctx, s)
		if err != nil {
			return err
		}
		streams[i] = st
		defer func() { _ = st.stop(s.limits.Cancel) }()
	}
	for i, st := range streams {
		v, err := st.next(ctx, k.first(s.limits))
		if err != nil {
			return fmt.Errorf("stream %d of two: %w", i+1, err)
		}
		tips[i] = k.tip(v)
	}
	for end := time.Now().Add(s.limits.Work); tips[0] != tips[1]; {
		if time.Now().After(end) {
			return fmt.Errorf("one stream says %s, the other %s", tips[0], tips[1])
		}
		for i, st := range streams {
			v, err := st.next(ctx, 50*time.Millisecond)
			if err == nil {
				tips[i] = k.tip(v)
			} else if st.over {
				return fmt.Errorf("stream %d of two: %w", i+1, err)
			}
		}
	}
	return nil
}

// tryCancel cancels a stream that waits for news, and one that nobody reads.
func (k kind[T]) tryCancel(ctx context.Context, s *suite) error {
	idle, err := k.open(ctx, s)
	if err != nil {
		return err
	}
	if _, err := idle.next(ctx, k.first(s.limits)); err != nil {
		return err
	}
	if err := idle.stop(s.limits.Cancel); err != nil {
		return fmt.Errorf("a stream that waits for news was cancelled: %w", err)
	}
	stuck, err := k.open(ctx, s)
	if err != nil {
		return err
	}
	if err := stuck.wait(unread, nil); err == nil {
		return stuck.endError()
	}
	stuck.cancel()
	if err := stuck.wait(s.limits.Cancel, nil); err != nil {
		return fmt.Errorf("a stream that nobody reads was cancelled: %w; select on the context wherever the stream sends", err)
	}
	return nil
}

func checkHealth(h coins.Health) error {
	if err := chain.CheckHealth(h); err != nil {
		return err
	}
	wrong := badText("message", h.Message)
	for i, n := range h.Nodes {
		at := fmt.Sprintf("node %d: ", i)
		if n.State < coins.HealthStarting || n.State > coins.HealthReady {
			wrong = errors.Join(wrong, fmt.Errorf("%sstate %d is not known", at, n.State))
		}
		if n.Peers < 0 {
			wrong = errors.Join(wrong, fmt.Errorf("%s%d peers", at, n.Peers))
		}
		wrong = errors.Join(wrong, badText(at+"name", n.Node), badText(at+"message", n.Message), badText(at+"version", n.Version))
	}
	return wrong
}
