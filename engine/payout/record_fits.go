package payout

import (
	"context"
	"fmt"
	"slices"
)

// What a wallet says of an output.
const (
	WasKept = "change"
	WasSent = "sent"
)

// keeper is a Wallet that may know its change; see coins.Keeper.
type keeper interface {
	Kept(ctx context.Context, raw []byte) (outputs []int, known bool, err error)
}

// kept asks the wallet which of the outputs to nobody whom the log knows is its change.
func (p *Payer) kept(ctx context.Context, w Wallet, raw []byte, out *Recording) error {
	k, ok := w.(keeper)
	if !ok || len(out.Others) == 0 {
		return nil
	}
	outputs, known, err := k.Kept(ctx, raw)
	if err != nil || !known {
		return err
	}
	for i := range out.Others {
		out.Others[i].Said = WasSent
		if slices.Contains(outputs, out.Others[i].Output) {
			out.Others[i].Said = WasKept
		}
	}
	return nil
}

// fits refuses what is no payment of the pool, and, unless beyond is said, what pays
// more than the log knows to be owed, or others.
func (r *Recording) fits(o *RecordOrder) error {
	meant := func(other OtherOut) bool { return o.Change != nil && other.Output == *o.Change }
	isChange := func(other OtherOut) bool { return meant(other) || o.Change == nil && other.Said == WasKept }
	switch {
	case len(r.Lines) == 0:
		return fmt.Errorf("%w: it pays no account of pool %s", ErrRecord, r.Pool)
	case len(r.Lines) > maxAccounts:
		return fmt.Errorf("%w: it pays %d accounts, a payment pays %d at most", ErrRecord, len(r.Lines), maxAccounts)
	case o.Change != nil && !slices.ContainsFunc(r.Others, meant):
		return fmt.Errorf("%w: output %d is not its change: it pays an account, or is not there", ErrRecord, *o.Change)
	case o.Beyond:
		return nil
	case slices.ContainsFunc(r.Others, func(other OtherOut) bool { return meant(other) && other.Said == WasSent }):
		return fmt.Errorf("%w: the wallet says that it has sent output %d to somebody, so it is not the change; an account that has another address now would be paid again: "+
			"set its address back to that one first", ErrRecord, *o.Change)
	case len(r.Others) > 1:
		return fmt.Errorf("%w: %d of its outputs pay nobody whom the log knows at this address; a payment has one such output, the change", ErrRecord, len(r.Others))
	case len(r.Others) == 1 && !isChange(r.Others[0]):
		n := r.Others[0].Output
		if r.Others[0].Said == WasSent {
			return fmt.Errorf("%w: the wallet says that it has sent output %d to somebody, and the log knows nobody at this address; an account that has another address now would be paid again: "+
				"set its address back to that one first", ErrRecord, n)
		}
		return fmt.Errorf("%w: output %d pays nobody whom the log knows at this address; if it paid an account that has another address now, the account would be paid again. "+
			"Look at the \"details\" of gettransaction: if no entry has \"vout\": %d, it is the change; say so with --change %d. Otherwise set the account's address back to that one first", ErrRecord, n, n, n)
	}
	for _, l := range r.Lines {
		if l.Owed < 0 || l.Amount > uint64(l.Owed) {
			return fmt.Errorf("%w: it pays %s to %q, which is owed %s by the log", ErrRecord, Text(l.Amount, r.Decimals), l.Account, signed(l.Owed, r.Decimals))
		}
	}
	return nil
}
