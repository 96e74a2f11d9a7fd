package chain

import (
	"context"
	"errors"
	"fmt"

	"github.com/motherlode-pool/motherlode/coins"
)

// wallet is the coin that is open now, as a wallet. ErrDown when none is, and
// ErrRole when it cannot pay.
func (r *Runner) wallet() (coins.Wallet, error) {
	w, err := open[coins.Wallet](r)
	if errors.Is(err, ErrRole) {
		err = fmt.Errorf("%w %q: it cannot pay, and its chain must be taken out of the pool's payouts", err, coins.RoleWallet)
	}
	return w, err
}

// Funds asks the coin that is open now what it can spend. An error of this and
// of the calls below is ErrDown when no coin is open, ErrRole when it has no
// wallet, context.DeadlineExceeded when it hangs, or the coin's own.
func (r *Runner) Funds(ctx context.Context) (n uint64, err error) {
	defer r.called(ctx)()
	w, err := r.wallet()
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.o.WalletTimeout)
	defer cancel()
	defer recovered(&err)
	n, err = w.Funds(ctx)
	return n, r.wrap("funds", err)
}

// Reserve has the inputs of transactions kept, and no others.
func (r *Runner) Reserve(ctx context.Context, keep [][]byte) (err error) {
	defer r.called(ctx)()
	w, err := r.wallet()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, r.o.WalletTimeout)
	defer cancel()
	defer recovered(&err)
	return r.wrap("reserve inputs", w.Reserve(ctx, keep))
}

// Prepare has a transaction signed that is not sent.
func (r *Runner) Prepare(ctx context.Context, payments []coins.Payment, fee coins.FeePolicy) (p coins.PreparedPayment, err error) {
	defer r.called(ctx)()
	w, err := r.wallet()
	if err != nil {
		return p, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.o.WalletTimeout)
	defer cancel()
	defer recovered(&err)
	p, err = w.Prepare(ctx, payments, fee)
	if err == nil && (p.TxID == "" || len(p.Raw) == 0) {
		err = fmt.Errorf("%w: a transaction without id or bytes", ErrBadWork)
	}
	return p, r.wrap("prepare payment", err)
}

// Send has a transaction broadcast. After an error it may have been.
func (r *Runner) Send(ctx context.Context, raw []byte) (err error) {
	defer r.called(ctx)()
	w, err := r.wallet()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, r.o.WalletTimeout)
	defer cancel()
	defer recovered(&err)
	return r.wrap("send payment", w.Send(ctx, raw))
}

// PaymentStatus asks what became of a transaction.
func (r *Runner) PaymentStatus(ctx context.Context, raw []byte, payments []coins.Payment) (st coins.PaymentStatus, err error) {
	defer r.called(ctx)()
	w, err := r.wallet()
	if err != nil {
		return st, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.o.WalletTimeout)
	defer cancel()
	defer recovered(&err)
	st, err = w.PaymentStatus(ctx, raw, payments)
	if err == nil && (st.State < coins.PaymentUnknown || st.State > coins.PaymentConflicted) {
		err = fmt.Errorf("%w: payment status %d", ErrBadWork, st.State)
	}
	return st, r.wrap("payment status", err)
}

// Kept asks which outputs of a transaction are the wallet's change. known is false where
// the coin cannot tell.
func (r *Runner) Kept(ctx context.Context, raw []byte) (outputs []int, known bool, err error) {
	defer r.called(ctx)()
	w, err := r.wallet()
	if err != nil {
		return nil, false, err
	}
	k, ok := w.(coins.Keeper)
	if !ok {
		return nil, false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.o.WalletTimeout)
	defer cancel()
	defer recovered(&err)
	outputs, known, err = k.Kept(ctx, raw)
	return outputs, known && err == nil, r.wrap("change of a payment", err)
}

func (r *Runner) wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("coin %s: %s: %w", r.name, what, err)
}
