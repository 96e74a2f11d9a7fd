package nodes

import (
	"context"
	"fmt"

	"github.com/motherlode-pool/motherlode/coins"
)

// Relay hands a block that one node took to all others, in the background: the
// sooner the network has it, the fewer rivals it meets. What becomes of it is
// only logged.
func (s *Set) Relay(ctx context.Context, node string, hash coins.Hash) {
	var from *member
	var others []*member
	for _, m := range s.targets() {
		if m.name == node {
			from = m
		} else {
			others = append(others, m)
		}
	}
	if from == nil || len(others) == 0 {
		return
	}
	// A closed set has nobody to wait for it.
	_ = s.spawn(func() {
		ctx, cancel := s.lasting(ctx)
		defer cancel()
		s.relay(ctx, from, others, hash)
	})
}

// relay fetches the block and gives it to the others, each on its own.
func (s *Set) relay(ctx context.Context, from *member, others []*member, hash coins.Hash) {
	// Older nodes know no other form of the parameter than a truth value.
	var block string
	if err := from.urgent.Call(ctx, &block, "getblock", hash.String(), false); err != nil {
		s.log.Warn("block is not relayed", "hash", hash.String(), "node", from.name, "error", err)
		return
	}
	for _, m := range others {
		_ = s.spawn(func() {
			ctx, cancel := s.lasting(ctx)
			defer cancel()
			a := submit(ctx, m, block)
			if a.err == nil && a.rank <= rankStale {
				a.err = fmt.Errorf("it says %q", a.verdict.Reason)
			}
			if a.err != nil {
				s.log.Warn("block is not relayed", "hash", hash.String(), "node", m.name, "error", a.err)
				return
			}
			s.log.Debug("block relayed", "hash", hash.String(), "node", m.name, "verdict", a.verdict.Code.String())
		})
	}
}
