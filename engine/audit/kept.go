package audit

import (
	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// passing is a block while its records go by.
type passing struct {
	state string
	seq   uint64 // tells blocks apart; from 1
	round []byte // the shares that it has divided, where they may come back
	spans []span // where they are
}

// keep notes the shares that a block is about to divide, of a scheme in which they
// count for no other.
func (l *line) keep(x *passing, to sharelog.Position) {
	if s, ok := l.scheme.(reward.Returner); ok {
		x.round, x.spans = s.Round(), l.spans(l.total, to)
	}
}

// divided starts the next round.
func (l *line) divided() { l.round, l.returned = l.total, nil }

// nothing reports whether nobody gets anything of a block in a state.
func nothing(state string) bool {
	switch state {
	case "orphaned", "refused", "rejected", "stale", "lost":
		return true
	}
	return false
}

// move follows a block into another state: the shares of one that comes to
// nothing go on with the present round, and are its own again when it is back,
// unless another block has divided them. Those of a mature block are its own for
// good.
func (l *line) move(x *passing, state string) error {
	was, is := nothing(x.state), nothing(state)
	matures := state == "mature" && x.state != "mature"
	x.state = state
	if s, ok := l.scheme.(reward.Returner); ok && was != is {
		if is && x.round != nil {
			if err := s.Return(x.seq, x.round); err != nil {
				return err
			}
			if l.returned == nil {
				l.returned = map[uint64][]span{}
			}
			l.returned[x.seq], x.round = x.spans, nil
		} else if was {
			if round := s.Take(x.seq); round != nil {
				x.round = round
			}
			delete(l.returned, x.seq)
		}
	}
	if matures {
		x.round, x.spans = nil, nil
	}
	return nil
}
