package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/job"
)

func proofRules() []rule {
	return []rule{
		of(coins.RoleAux, "aux-garbage", "a proof of garbage is rejected, as a value with a reason", tryGarbageProof),
		of(coins.RoleAux, "aux-8mib", "a proof of 8 MiB arrives", tryBigProof),
		of(coins.RoleAux, "aux-no-work", "a proof without enough work is rejected", tryProofWithoutWork),
		of(coins.RoleAux, "aux-broken-branch", "a proof whose branch is broken is rejected", tryBrokenBranch),
		of(coins.RoleAux, "aux-opaque", "a proof with other opaque bytes is answered with a verdict", tryOpaque),
		of(coins.RoleAux, "aux-accepted", "a solved proof is received", tryAuxAccepted),
		of(coins.RoleAux, "aux-again", "the same proof again is a duplicate, or received", tryAuxAgain),
		of(coins.RoleAux, "aux-status", "a received aux block is on the best chain with a confirmation", tryAuxStatus),
		of(coins.RoleAux, "aux-next", "after an aux block there is work on top of it, with a greater id and height", tryAuxNext),
		of(coins.RoleAux, "aux-ids", "the ids of aux work grow", tryAuxIDs),
	}
}

// submitAux gives the shared coin a proof and checks the form of its verdict.
func (s *suite) submitAux(ctx context.Context, p *coins.AuxProof) (coins.Verdict, error) {
	a, err := as[coins.Aux](ctx, s)
	if err != nil {
		return coins.Verdict{}, err
	}
	v, err := call(ctx, s, func(ctx context.Context) (coins.Verdict, error) { return a.SubmitAux(ctx, p) })
	if err != nil {
		return v, fmt.Errorf("SubmitAux returned an error, which means that the outcome is unknown: %w", err)
	}
	return v, checkVerdict(v)
}

// garbageProof has the right lengths where the wire demands them, and no sense.
func garbageProof(w *coins.AuxWork, size int) *coins.AuxProof {
	return &coins.AuxProof{
		WorkID: w.ID, Node: w.Node, Hash: w.Hash, Height: w.Height, Opaque: w.Opaque,
		ParentHeader: make([]byte, 80), Coinbase: make([]byte, size), CoinbaseStripped: make([]byte, size), TxCount: 1,
	}
}

func tryGarbageProof(ctx context.Context, s *suite) error {
	w, err := auxStream().present(ctx, s)
	if err != nil {
		return err
	}
	for _, size := range []int{0, 1, 100} {
		if err := rejected(s.submitAux(ctx, garbageProof(w, size))); err != nil {
			return fmt.Errorf("a coinbase of %d bytes, all zero: %w", size, err)
		}
	}
	return nil
}

func tryBigProof(ctx context.Context, s *suite) error {
	w, err := auxStream().present(ctx, s)
	if err != nil {
		return err
	}
	if err := rejected(s.submitAux(ctx, garbageProof(w, bigMessage/2))); err != nil {
		return tooBig(err)
	}
	return nil
}

// workFor is a stream of aux work, told of the parent's tip, and its first work.
func (s *suite) workFor(ctx context.Context) (*stream[*coins.AuxWork], *coins.AuxWork, error) {
	aux, err := as[coins.Aux](ctx, s)
	if err != nil {
		return nil, nil, err
	}
	k := auxStream()
	note := s.ids.work.follow()
	tips := make(chan coins.ParentTip)
	st := start(ctx, func(ctx context.Context, out chan<- *coins.AuxWork) error { return aux.AuxWork(ctx, tips, out) },
		func(w *coins.AuxWork) { note(w.ID, k.tip(w)) })
	w, err := st.next(ctx, k.first(s.limits))
	if err == nil && w.DependsOnParent {
		w, err = tellTip(ctx, s, st, tips, parentTip)
	}
	if err == nil {
		err = s.checkAux(w)
	}
	if err != nil {
		_ = st.stop(s.limits.Cancel)
	}
	return st, w, err
}

// auxMiner makes a job that commits to the work.
func (s *suite) auxMiner(ctx context.Context, w *coins.AuxWork) (*miner, error) {
	coin, err := s.opened(ctx)
	if err != nil {
		return nil, err
	}
	spec, err := s.auxSpec(coin, w)
	if err != nil {
		return nil, err
	}
	m, err := s.newMiner(ctx, coin, &spec, parentTemplate(w), []job.Work{{Chain: 0, Work: w}})
	if err == nil && len(m.job.Aux) != 1 {
		err = errors.New("the engine leaves the chain out of its job: what may follow the commitment is too little")
	}
	return m, err
}

// prove mines for the work, good or not, and makes the proof.
func (s *suite) prove(ctx context.Context, w *coins.AuxWork, good bool) (*coins.AuxProof, error) {
	m, err := s.auxMiner(ctx, w)
	if err != nil {
		return nil, err
	}
	target, work := algos.Target(w.Target), 1.0
	if good {
		work = target.Work()
	}
	if err := m.find(ctx, s.limits.Mine, work, func(h *[32]byte) bool { return target.Meets(h) == good }); err != nil {
		return nil, err
	}
	p, err := m.job.Proof(0, m.variant, &m.nonces)
	if err != nil {
		return nil, fmt.Errorf("the engine's own check of the proof: %w", err)
	}
	return p, nil
}

func tryProofWithoutWork(ctx context.Context, s *suite) error {
	st, w, err := s.workFor(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = st.stop(s.limits.Cancel) }()
	if algos.Target(w.Target).Work() < 1.001 {
		s.note("every hash is good enough for this target")
		return nil
	}
	p, err := s.prove(ctx, w, false)
	if err != nil {
		return err
	}
	return rejected(s.submitAux(ctx, p))
}

func tryBrokenBranch(ctx context.Context, s *suite) error {
	st, w, err := s.workFor(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = st.stop(s.limits.Cancel) }()
	p, err := s.prove(ctx, w, true)
	if err != nil {
		return err
	}
	broken := *p
	broken.Branch = slices.Clone(p.Branch)
	broken.Branch[0][7] ^= 1
	if err := rejected(s.submitAux(ctx, &broken)); err != nil {
		return fmt.Errorf("the coinbase's branch with a wrong bit: %w", err)
	}
	if len(p.ChainBranch) > 0 {
		broken = *p
		broken.ChainBranch = slices.Clone(p.ChainBranch)
		broken.ChainBranch[0][7] ^= 1
		if err := rejected(s.submitAux(ctx, &broken)); err != nil {
			return fmt.Errorf("the chain's branch with a wrong bit: %w", err)
		}
	}
	return nil
}

// tryOpaque submits proofs of too little work, so that nothing comes of them,
// with opaque bytes that are not those of the work.
func tryOpaque(ctx context.Context, s *suite) error {
	st, w, err := s.workFor(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = st.stop(s.limits.Cancel) }()
	p, err := s.prove(ctx, w, algos.Target(w.Target).Work() < 1.001)
	if err != nil {
		return err
	}
	spoilt := slices.Clone(w.Opaque)
	if len(spoilt) > 0 {
		spoilt[len(spoilt)/2] ^= 1
	}
	for name, opaque := range map[string][]byte{
		"none": nil, "a wrong bit": spoilt, "cut short": w.Opaque[:len(w.Opaque)/2], "garbage": make([]byte, 1000),
	} {
		p.Opaque = opaque
		if _, err := s.submitAux(ctx, p); err != nil {
			return fmt.Errorf("opaque bytes: %s: %w", name, err)
		}
	}
	return nil
}

// provenWork is an aux block of ours on its chain.
type provenWork struct {
	work    *coins.AuxWork
	proof   *coins.AuxProof
	next    *coins.AuxWork
	nextErr error
}

// proof mines an aux block, once for all rules.
func (s *suite) proof(ctx context.Context) (*provenWork, error) {
	return s.proven.get(func() (*provenWork, error) { return s.solveAux(ctx) })
}

// solveAux proves and submits. Where somebody else is faster it tries again.
func (s *suite) solveAux(ctx context.Context) (*provenWork, error) {
	const tries = 3
	var stale error
	for range tries {
		got, v, err := s.solveAuxOnce(ctx)
		switch {
		case err != nil:
			return nil, err
		case v.Code == coins.Received:
			return got, nil
		}
		stale = fmt.Errorf("the verdict about a solved proof is %s %q, want received", v.Code, v.Reason)
		if v.Code != coins.Stale {
			break
		}
	}
	return nil, stale
}

func (s *suite) solveAuxOnce(ctx context.Context) (*provenWork, coins.Verdict, error) {
	st, w, err := s.workFor(ctx)
	if err != nil {
		return nil, coins.Verdict{}, err
	}
	defer func() { _ = st.stop(s.limits.Cancel) }()
	p, err := s.prove(ctx, w, true)
	if err != nil {
		return nil, coins.Verdict{}, err
	}
	v, err := s.submitAux(ctx, p)
	if err != nil || v.Code != coins.Received {
		return nil, v, err
	}
	got := &provenWork{work: w, proof: p}
	got.next, got.nextErr = after(ctx, st, s.limits.Work, w, func(n *coins.AuxWork) coins.Hash { return n.PrevHash })
	return got, v, nil
}

func tryAuxAccepted(ctx context.Context, s *suite) error {
	_, err := s.proof(ctx)
	return err
}

// minedAux is proof for the rules that look at what came of it.
func (s *suite) minedAux(ctx context.Context) (*provenWork, error) {
	got, err := s.proof(ctx)
	if err != nil {
		return nil, errors.New("not tried: no aux block could be mined, see rule \"aux-accepted\"")
	}
	return got, nil
}

func tryAuxAgain(ctx context.Context, s *suite) error {
	got, err := s.minedAux(ctx)
	if err != nil {
		return err
	}
	return known(s.submitAux(ctx, got.proof))
}

func tryAuxStatus(ctx context.Context, s *suite) error {
	got, err := s.minedAux(ctx)
	if err != nil {
		return err
	}
	return s.onBestChain(ctx, got.work.Hash, got.work.Height)
}

func tryAuxNext(ctx context.Context, s *suite) error {
	got, err := s.minedAux(ctx)
	if err != nil {
		return err
	}
	if got.nextErr != nil {
		return got.nextErr
	}
	if err := s.checkAux(got.next); err != nil {
		return err
	}
	return follows(got.work.ID, got.next.ID, got.work.Height, got.next.Height)
}

func tryAuxIDs(ctx context.Context, s *suite) error { return tryIDs(ctx, s, auxStream()) }
