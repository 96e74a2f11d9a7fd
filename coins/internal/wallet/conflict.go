package wallet

import (
	"context"
	"slices"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// maxLine is how many unmined transactions a payment may stand on, directly or not,
// before it is no longer asked what became of them. Nodes keep 25 in the mempool.
const maxLine = 100

// line is a transaction and the unmined ones of the wallet on whose outputs it stands:
// all of them must be mined, or it never is.
type line struct {
	ids    map[string]bool
	inputs map[outpoint]bool
	rivals []string       // transactions that the wallet knows to spend the same
	made   map[output]int // what those beneath it pay
	broken bool           // an input of one is no unspent output of the chain
	known  bool           // the wallet knows the transaction itself
}

// conflict looks for the mined transaction that has spent an input of tx, or of one
// that tx stands on: either way tx can never be mined. The inputs are the wallet's, so
// it is one of the wallet's. Of several it is the one that makes most of the payments,
// then the deepest.
func (w *Wallet) conflict(ctx context.Context, tx *transaction, payments []coins.Payment) (st coins.PaymentStatus, err error) {
	none := coins.PaymentStatus{State: coins.PaymentUnknown}
	l, err := w.lineOf(ctx, tx)
	if err != nil || !l.broken {
		return none, err
	}
	if !l.known {
		if st, err := w.inChain(ctx, tx); err != nil || st.State == coins.PaymentMined {
			return st, err
		}
	}
	recent, err := w.recent(ctx)
	if err != nil {
		return none, err
	}
	st = none
	seen := map[string]bool{}
	for _, id := range append(l.rivals, recent...) {
		if l.ids[id] || seen[id] {
			continue
		}
		seen[id] = true
		k, other, err := w.look(ctx, id)
		if err != nil {
			return none, err
		}
		if k == nil || k.Confirmations <= 0 || !slices.ContainsFunc(other.Vin, func(o outpoint) bool { return l.inputs[o] }) {
			continue
		}
		same := w.instead(l, other, payments)
		depth := uint64(k.Confirmations)
		if st.State != coins.PaymentConflicted || same > st.Same || same == st.Same && depth > st.Confirmations {
			st = coins.PaymentStatus{State: coins.PaymentConflicted, Confirmations: depth, By: id, Same: same}
		}
	}
	return st, nil
}

// inChain looks for outputs of a transaction that are not spent yet, where the wallet
// does not know it: another wallet has taken the place of the one that has sent it.
func (w *Wallet) inChain(ctx context.Context, tx *transaction) (coins.PaymentStatus, error) {
	for n := range tx.Vout {
		var out *struct {
			Confirmations int64 `json:"confirmations"`
		}
		if err := w.call(ctx, &out, "gettxout", tx.TxID, n, false); err != nil {
			return coins.PaymentStatus{}, err
		}
		if out != nil && out.Confirmations > 0 {
			return coins.PaymentStatus{State: coins.PaymentMined, Confirmations: uint64(out.Confirmations), By: coins.ByOthers}, nil
		}
	}
	return coins.PaymentStatus{State: coins.PaymentUnknown}, nil
}

// lineOf follows tx down to what is in the chain.
func (w *Wallet) lineOf(ctx context.Context, tx *transaction) (*line, error) {
	l := &line{ids: map[string]bool{tx.TxID: true}, inputs: map[outpoint]bool{}, made: map[output]int{}}
	k, _, err := w.look(ctx, tx.TxID)
	if err != nil {
		return nil, err
	}
	if k != nil {
		l.known, l.rivals = true, k.Rivals
	}
	for next := []*transaction{tx}; len(next) > 0 && len(l.ids) <= maxLine; next = next[1:] {
		for _, in := range next[0].Vin {
			if in.TxID == "" || l.inputs[in] {
				continue // a block's reward, or seen already
			}
			l.inputs[in] = true
			raw, err := w.node.CallRaw(ctx, "gettxout", in.TxID, in.Vout, false)
			if err != nil {
				return nil, err
			}
			if string(raw) != "null" || l.ids[in.TxID] {
				continue
			}
			k, below, err := w.look(ctx, in.TxID)
			switch {
			case err != nil:
				return nil, err
			case k == nil || k.Confirmations > 0:
				l.broken = true
				continue
			}
			l.ids[in.TxID] = true
			l.rivals = append(l.rivals, k.Rivals...)
			for _, o := range w.outputs(below) {
				l.made[o]++
			}
			next = append(next, below)
		}
	}
	return l, nil
}

// look is what the wallet knows of a transaction; nil where it does not know it.
func (w *Wallet) look(ctx context.Context, id string) (*known, *transaction, error) {
	var k known
	err := w.call(ctx, &k, "gettransaction", id)
	if e := rpc.AsNodeError(err); e != nil && e.Code == rpc.CodeNotFound {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	tx, err := w.decode(ctx, k.Hex)
	return &k, tx, err
}

// instead counts the payments that another transaction makes in the place of the one
// that the line leads to. What it pays in the place of those beneath counts for them:
// two payments may give the same to the same address.
func (w *Wallet) instead(l *line, other *transaction, payments []coins.Payment) int {
	left := map[output]int{}
	for _, o := range w.outputs(other) {
		left[o]++
	}
	for o, n := range l.made {
		left[o] = max(0, left[o]-n)
	}
	same := 0
	for _, p := range payments {
		if o := w.outputOf(p); left[o] > 0 {
			left[o]--
			same++
		}
	}
	return same
}
