package nodes

import (
	"context"
	"fmt"
)

// Urgent asks one node, by its name, and never waits for calls other than
// submissions. The error is as Call's.
func (s *Set) Urgent(ctx context.Context, node string, out any, method string, params ...any) error {
	for _, m := range s.members {
		if m.name == node {
			return m.urgent.Call(ctx, out, method, params...)
		}
	}
	return fmt.Errorf("%w: %s", ErrUnknown, node)
}

// Chain asks one node, by its name, for its best chain. The error is as Call's.
func (s *Set) Chain(ctx context.Context, node string) (Chain, error) {
	return s.cfg.Dialect.Chain(ctx, func(ctx context.Context, out any, method string, params ...any) error {
		return s.Call(ctx, node, out, method, params...)
	})
}

// WorkFailed notes for the health report why a node gives no work; nil when it
// does. Templates notes it itself.
func (s *Set) WorkFailed(node string, err error) {
	for _, m := range s.members {
		if m.name == node {
			s.update(m, func(st *State) { st.WorkErr = err })
		}
	}
}
