package conformance

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/chain"
)

// bigMessage is a block of a size that the wire must let pass.
const bigMessage = 8 << 20

func blockRules() []rule {
	return []rule{
		of(coins.RoleParent, "block-garbage", "a block of garbage is rejected, as a value with a reason", tryGarbageBlock),
		of(coins.RoleParent, "block-8mib", "a block of 8 MiB arrives", tryBigBlock),
		of(coins.RoleParent, "block-no-work", "a block without enough work is rejected", tryBlockWithoutWork),
		of(coins.RoleParent, "block-accepted", "a solved block is received", tryBlockAccepted),
		of(coins.RoleParent, "block-again", "the same block again is a duplicate, or received", tryBlockAgain),
		of(coins.RoleParent, "block-status", "a received block is on the best chain with a confirmation", tryBlockStatus),
		of(coins.RoleParent, "template-next", "after a block there is a template on top of it, with a greater id and height", tryTemplateNext),
		of(coins.RoleParent, "template-ids", "the ids of templates grow", tryTemplateIDs),
	}
}

// submitBlock gives the shared coin a block and checks the form of its verdict.
func (s *suite) submitBlock(ctx context.Context, b *coins.Block) (coins.Verdict, error) {
	p, err := as[coins.Parent](ctx, s)
	if err != nil {
		return coins.Verdict{}, err
	}
	v, err := call(ctx, s, func(ctx context.Context) (coins.Verdict, error) { return p.SubmitBlock(ctx, b) })
	if err != nil {
		return v, fmt.Errorf("SubmitBlock returned an error, which means that the outcome is unknown: %w", err)
	}
	return v, checkVerdict(v)
}

func checkVerdict(v coins.Verdict) error {
	return errors.Join(chain.CheckVerdict(v), badText("the verdict's reason", v.Reason), badText("the verdict's node", v.Node))
}

// rejected demands a refusal.
func rejected(v coins.Verdict, err error) error {
	switch {
	case err != nil:
		return err
	case v.Code != coins.Rejected:
		return fmt.Errorf("the verdict is %s %q, want rejected", v.Code, v.Reason)
	case v.Reason == "":
		return errors.New("it is rejected without a reason; hand on the node's own words")
	}
	return nil
}

// garbageBlock is a block that is none.
func garbageBlock(t *coins.Template, size int) *coins.Block {
	raw := make([]byte, size)
	for i := range raw {
		raw[i] = byte(i>>8 ^ i*7 | 1)
	}
	b := &coins.Block{TemplateID: t.ID, Height: t.Height, PrevHash: t.PrevHash, Raw: raw, Hash: sha256.Sum256(raw)}
	if t.Blob != nil {
		b.Opaque = t.Blob.Opaque
	}
	return b
}

func tryGarbageBlock(ctx context.Context, s *suite) error {
	t, err := s.rawTemplate(ctx)
	if err != nil {
		return err
	}
	for _, size := range []int{0, 1, 79, 1000} {
		if err := rejected(s.submitBlock(ctx, garbageBlock(t, size))); err != nil {
			return fmt.Errorf("%d bytes: %w", size, err)
		}
	}
	return nil
}

func tryBigBlock(ctx context.Context, s *suite) error {
	t, err := s.rawTemplate(ctx)
	if err != nil {
		return err
	}
	if err := rejected(s.submitBlock(ctx, garbageBlock(t, bigMessage))); err != nil {
		return tooBig(err)
	}
	return nil
}

// tooBig says what most likely keeps a big message out.
func tooBig(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("8 MiB of garbage: %w", err)
	}
	return fmt.Errorf("8 MiB of garbage: %w; gRPC takes no more than 4 MiB unless its server is told to (64 MiB)", err)
}

// minerOf makes a miner of the present template.
func (s *suite) minerOf(ctx context.Context, t *coins.Template) (*miner, error) {
	coin, err := s.opened(ctx)
	if err != nil {
		return nil, err
	}
	spec := s.jobSpec(coin)
	return s.newMiner(ctx, coin, &spec, t, nil)
}

func tryBlockWithoutWork(ctx context.Context, s *suite) error {
	t, err := templateStream().present(ctx, s)
	if err != nil {
		return err
	}
	m, err := s.minerOf(ctx, t)
	if err != nil {
		return err
	}
	if algos.Target(t.Target).Work() < 1.001 {
		s.note("every hash is good enough for this target")
		return nil
	}
	target := algos.Target(t.Target)
	if err := m.find(ctx, s.limits.Mine, 1, func(h *[32]byte) bool { return !target.Meets(h) }); err != nil {
		return err
	}
	return rejected(s.submitBlock(ctx, m.block()))
}

// solution is a block of ours on the chain.
type solution struct {
	template *coins.Template
	block    *coins.Block
	next     *coins.Template // what the stream said after it
	nextErr  error
}

// solution mines a block, once for all rules.
func (s *suite) solution(ctx context.Context) (*solution, error) {
	return s.solved.get(func() (*solution, error) { return s.solve(ctx) })
}

// solve mines and submits a block. Where somebody else is faster it tries again.
func (s *suite) solve(ctx context.Context) (*solution, error) {
	k := templateStream()
	st, err := k.open(ctx, s)
	if err != nil {
		return nil, err
	}
	defer func() { _ = st.stop(s.limits.Cancel) }()
	t, err := st.next(ctx, s.limits.Work)
	for try := 0; err == nil; try++ {
		if err = k.check(s, t); err != nil {
			break
		}
		var m *miner
		if m, err = s.minerOf(ctx, t); err != nil {
			break
		}
		target := algos.Target(t.Target)
		if err = m.find(ctx, s.limits.Mine, target.Work(), target.Meets); err != nil {
			break
		}
		sol := &solution{template: t, block: m.block()}
		var v coins.Verdict
		if v, err = s.submitBlock(ctx, sol.block); err != nil {
			break
		}
		if v.Code == coins.Received {
			sol.next, sol.nextErr = after(ctx, st, s.limits.Work, t, func(n *coins.Template) coins.Hash { return n.PrevHash })
			return sol, nil
		}
		if err = fmt.Errorf("the verdict about a solved block is %s %q, want received", v.Code, v.Reason); v.Code != coins.Stale || try == 2 {
			break
		}
		t, err = after(ctx, st, s.limits.Work, t, func(n *coins.Template) coins.Hash { return n.PrevHash })
	}
	return nil, err
}

// after reads a stream until the work builds on another tip than old does.
func after[W any](ctx context.Context, st *stream[W], limit time.Duration, old W, tip func(W) coins.Hash) (W, error) {
	for end := time.Now().Add(limit); ; {
		w, err := st.next(ctx, time.Until(end))
		if err != nil {
			return w, fmt.Errorf("no work on a new tip: %w", err)
		}
		if tip(w) != tip(old) {
			return w, nil
		}
	}
}

func tryBlockAccepted(ctx context.Context, s *suite) error {
	_, err := s.solution(ctx)
	return err
}

// mined is solution for the rules that look at what came of it.
func (s *suite) mined(ctx context.Context) (*solution, error) {
	sol, err := s.solution(ctx)
	if err != nil {
		return nil, errors.New("not tried: no block could be mined, see rule \"block-accepted\"")
	}
	return sol, nil
}

// known demands that a submission counts as done.
func known(v coins.Verdict, err error) error {
	if err == nil && v.Code != coins.Duplicate && v.Code != coins.Received {
		err = fmt.Errorf("the verdict about the same submission again is %s %q, want duplicate or received", v.Code, v.Reason)
	}
	return err
}

func tryBlockAgain(ctx context.Context, s *suite) error {
	sol, err := s.mined(ctx)
	if err != nil {
		return err
	}
	return known(s.submitBlock(ctx, sol.block))
}

func tryBlockStatus(ctx context.Context, s *suite) error {
	sol, err := s.mined(ctx)
	if err != nil {
		return err
	}
	return s.onBestChain(ctx, sol.block.Hash, sol.block.Height)
}

// status looks a block up and checks the answer's form.
func (s *suite) status(ctx context.Context, hash coins.Hash, height uint64) (coins.BlockStatus, error) {
	coin, err := s.opened(ctx)
	if err != nil {
		return coins.BlockStatus{}, err
	}
	st, err := call(ctx, s, func(ctx context.Context) (coins.BlockStatus, error) { return coin.BlockStatus(ctx, hash, height) })
	if err != nil {
		return st, fmt.Errorf("BlockStatus returned an error, which means that nobody could be asked: %w", err)
	}
	return st, errors.Join(chain.CheckStatus(st), badText("node", st.Node))
}

// onBestChain waits for a block to be on the best chain, by its hash alone and
// with its height for a hint.
func (s *suite) onBestChain(ctx context.Context, hash coins.Hash, height uint64) error {
	end := time.Now().Add(s.limits.Work)
	for _, hint := range []uint64{0, height} {
		for {
			st, err := s.status(ctx, hash, hint)
			if err != nil {
				return err
			}
			if st.State == coins.BlockBestChain && st.Height == height {
				break
			}
			if time.Now().After(end) {
				return fmt.Errorf("with height %d for a hint, block %s is %s with %d confirmations at height %d, want the best chain at %d",
					hint, hash, st.State, st.Confirmations, st.Height, height)
			}
			if err := pause(ctx, 20*time.Millisecond); err != nil {
				return err
			}
		}
	}
	return nil
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func tryTemplateNext(ctx context.Context, s *suite) error {
	sol, err := s.mined(ctx)
	if err != nil {
		return err
	}
	if sol.nextErr != nil {
		return sol.nextErr
	}
	if err := s.checkTemplate(sol.next); err != nil {
		return err
	}
	return follows(sol.template.ID, sol.next.ID, sol.template.Height, sol.next.Height)
}

// follows holds the work after a block against the work before it.
func follows(id, nextID, height, nextHeight uint64) error {
	var wrong []string
	if nextID <= id {
		wrong = append(wrong, fmt.Sprintf("its id is %d after %d, want a greater one", nextID, id))
	}
	if nextHeight <= height {
		wrong = append(wrong, fmt.Sprintf("its height is %d after %d, want a greater one", nextHeight, height))
	}
	if wrong != nil {
		return fmt.Errorf("the work after a block: %s", strings.Join(wrong, "; "))
	}
	return nil
}

func tryTemplateIDs(ctx context.Context, s *suite) error { return tryIDs(ctx, s, templateStream()) }

// tryIDs looks at the ids of all that was sent so far, of two more streams, and
// of the work after a foreign block where the caller can make one.
func tryIDs[W any](ctx context.Context, s *suite, k kind[W]) error {
	if _, err := k.present(ctx, s); err != nil {
		return err
	}
	st, err := k.open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { _ = st.stop(s.limits.Cancel) }()
	now, err := st.next(ctx, k.first(s.limits))
	if err != nil {
		return err
	}
	if s.cfg.Advance != nil {
		if err := s.cfg.Advance(ctx); err != nil {
			return fmt.Errorf("Config.Advance: %w", err)
		}
		was := k.tip(now)
		for end := time.Now().Add(s.limits.Work); k.tip(now) == was; {
			if now, err = st.next(ctx, time.Until(end)); err != nil {
				return fmt.Errorf("after a block of somebody else: %w", err)
			}
		}
	}
	s.note("%d seen", k.ids(s).seen)
	return k.ids(s).err()
}
