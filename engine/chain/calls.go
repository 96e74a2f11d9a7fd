package chain

import (
	"context"
	"fmt"

	"github.com/motherlode-pool/motherlode/coins"
)

// SubmitBlock hands b to the coin that is open now. ErrDown when none is, and
// ErrRole when it is no parent; any error means that the outcome is unknown.
func (r *Runner) SubmitBlock(ctx context.Context, b *coins.Block) (v coins.Verdict, err error) {
	defer r.called(ctx)()
	p, err := open[coins.Parent](r)
	if err != nil {
		return coins.Verdict{}, err
	}
	defer recovered(&err)
	v, err = p.SubmitBlock(ctx, b)
	if err != nil {
		return coins.Verdict{}, fmt.Errorf("coin %s: submit block: %w", r.name, err)
	}
	return v, checkVerdict(v)
}

// SubmitAux hands p to the coin that is open now. Errors as with SubmitBlock.
func (r *Runner) SubmitAux(ctx context.Context, p *coins.AuxProof) (v coins.Verdict, err error) {
	defer r.called(ctx)()
	a, err := open[coins.Aux](r)
	if err != nil {
		return coins.Verdict{}, err
	}
	defer recovered(&err)
	v, err = a.SubmitAux(ctx, p)
	if err != nil {
		return coins.Verdict{}, fmt.Errorf("coin %s: submit aux: %w", r.name, err)
	}
	return v, checkVerdict(v)
}

// BlockStatus asks the coin that is open now for a block. ErrDown when none is.
func (r *Runner) BlockStatus(ctx context.Context, hash coins.Hash, height uint64) (st coins.BlockStatus, err error) {
	defer r.called(ctx)()
	c, err := open[coins.Coin](r)
	if err != nil {
		return coins.BlockStatus{}, err
	}
	defer recovered(&err)
	st, err = c.BlockStatus(ctx, hash, height)
	if err != nil {
		return coins.BlockStatus{}, fmt.Errorf("coin %s: block status: %w", r.name, err)
	}
	return st, checkStatus(st)
}

// ValidateAddress asks the coin that is open now whether it can pay address. A
// bad address is a Payee with Valid false. ErrDown when no coin is open.
func (r *Runner) ValidateAddress(ctx context.Context, address string) (p coins.Payee, err error) {
	c, err := open[coins.Coin](r)
	if err != nil {
		return coins.Payee{}, err
	}
	defer recovered(&err)
	p, err = c.ValidateAddress(ctx, address)
	if err != nil {
		return coins.Payee{}, fmt.Errorf("coin %s: validate address: %w", r.name, err)
	}
	return p, checkPayee(p)
}

// open is the coin that is open now, as a T.
func open[T coins.Coin](r *Runner) (T, error) {
	var none T
	r.mu.Lock()
	s := r.current
	r.mu.Unlock()
	if s == nil {
		return none, fmt.Errorf("coin %s: %w", r.name, ErrDown)
	}
	c, ok := s.coin.(T)
	if !ok {
		return none, fmt.Errorf("coin %s: %w", r.name, ErrRole)
	}
	return c, nil
}
