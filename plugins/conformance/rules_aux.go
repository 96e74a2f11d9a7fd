package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/chain"
)

func auxRules() []rule {
	return []rule{
		of(coins.RoleAux, "aux-fields", "aux work's fields have their lengths and ranges, and its target belongs to its bits", tryAuxFields),
		of(coins.RoleAux, "aux-parent-tips", "the parent's tips are read, and give new work where work depends on them", tryParentTips),
	}
}

// checkAux is what the engine asks of aux work, and what only a test can afford
// to.
func (s *suite) checkAux(w *coins.AuxWork) error {
	if err := chain.CheckAux(w); err != nil {
		return err
	}
	wrong := errors.Join(badText("node", w.Node), badText("source", w.Source))
	missing := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = errors.Join(wrong, fmt.Errorf(format, args...))
		}
	}
	missing(len(w.Opaque) <= bigMessage, "opaque has %d bytes, at most %d: it is kept in every job", len(w.Opaque), bigMessage)
	if w.Bits != 0 {
		target, err := algos.FromBits(w.Bits)
		missing(err == nil && target == w.Target, "target %x does not belong to bits %08x, want %s (%v)", w.Target, w.Bits, target, err)
	}
	if w.Slot == nil {
		return wrong
	}
	missing(w.Slot.ChainID <= 0xffff, "chain id %d does not fit a block version", w.Slot.ChainID)
	if info := s.coin.Info(); info.HasChainID {
		missing(w.Slot.ChainID == info.ChainID, "the slot is for chain id %d, the coin's is %d", w.Slot.ChainID, info.ChainID)
	}
	return wrong
}

func tryAuxFields(ctx context.Context, s *suite) error {
	_, err := auxStream().present(ctx, s)
	return err
}

// tryParentTips tells a stream two tips. It must take both, go on, and where work
// depends on the parent send new work after each.
func tryParentTips(ctx context.Context, s *suite) error {
	aux, err := as[coins.Aux](ctx, s)
	if err != nil {
		return err
	}
	k := auxStream()
	tips := make(chan coins.ParentTip)
	st := start(ctx, func(ctx context.Context, out chan<- *coins.AuxWork) error { return aux.AuxWork(ctx, tips, out) }, nil)
	defer func() { _ = st.stop(s.limits.Cancel) }()
	w, err := st.next(ctx, k.first(s.limits))
	if err != nil {
		return err
	}
	for i := range byte(2) {
		tip := coins.ParentTip{Hash: coins.Hash{1 + i, 0xc0}, Height: 1000 + uint64(i)}
		if !w.DependsOnParent {
			if err := offer(ctx, st, tips, tip); err != nil {
				return fmt.Errorf("after the parent's tip %d: %w", i+1, err)
			}
			continue
		}
		next, err := tellTip(ctx, s, st, tips, tip)
		if err != nil {
			return fmt.Errorf("the work depends on the parent's tip, but after tip %d: %w", i+1, err)
		}
		if next.ID <= w.ID {
			return fmt.Errorf("the work after the parent's tip %d has id %d, the one before it %d", i+1, next.ID, w.ID)
		}
		w = next
	}
	return nil
}

// offer tells a stream that need not read it a tip: it must not end of it.
func offer(ctx context.Context, st *stream[*coins.AuxWork], tips chan<- coins.ParentTip, tip coins.ParentTip) error {
	end := time.NewTimer(unread)
	defer end.Stop()
	for {
		select {
		case tips <- tip:
			tips = nil
		case _, open := <-st.out:
			if !open {
				return errChannelClosed
			}
		case st.why = <-st.ended:
			st.over = true
			return st.endError()
		case <-end.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// tellTip tells a stream a tip and waits for work that is made after it.
func tellTip(ctx context.Context, s *suite, st *stream[*coins.AuxWork], tips chan<- coins.ParentTip, tip coins.ParentTip) (*coins.AuxWork, error) {
	late := time.NewTimer(s.limits.Work)
	defer late.Stop()
	for told := false; ; {
		select {
		case tips <- tip:
			tips, told = nil, true
		case w, open := <-st.out:
			switch {
			case !open:
				return nil, errChannelClosed
			case told:
				return w, s.checkAux(w)
			}
		case st.why = <-st.ended:
			st.over = true
			return nil, st.endError()
		case <-late.C:
			if !told {
				return nil, fmt.Errorf("the tip was not read within %v", s.limits.Work)
			}
			return nil, fmt.Errorf("no new work came within %v", s.limits.Work)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
