package wallet

import (
	"context"
	"slices"
	"strings"

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
	lost   []string       // rewards beneath that are in no block of the chain, hex
	known  bool           // the wallet knows the transaction itself
}

// conflict looks for the mined transaction that has spent an input of tx, or of one
// that tx stands on: either way tx can never be mined. The inputs are the wallet's, so
// it is one of the wallet's. Of several it is the one that makes most of the payments,
// then one that pays their addresses something else, then the deepest. Where there is
// none, the chain may have dropped a reward that tx stands on.
func (w *Wallet) conflict(ctx context.Context, tx *transaction, payments []coins.Payment) (st coins.PaymentStatus, err error) {
	none := coins.PaymentStatus{State: coins.PaymentUnknown}
	l, err := w.lineOf(ctx, tx)
	if err != nil || !l.broken && len(l.lost) == 0 {
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
	seen, waiting := map[string]bool{}, false
	for _, id := range append(l.rivals, recent...) {
		if l.ids[id] || seen[id] {
			continue
		}
		seen[id] = true
		k, other, err := w.look(ctx, id)
		if err != nil {
			return none, err
		}
		if k == nil || k.Confirmations < 0 || !slices.ContainsFunc(other.Vin, func(o outpoint) bool { return l.inputs[o] }) {
			continue
		}
		if k.Confirmations == 0 {
			rival, err := w.find(ctx, id)
			if err != nil {
				return none, err
			}
			waiting = waiting || rival.State != coins.PaymentUnknown
			continue
		}
		same, altered := w.instead(l, other, payments)
		one := coins.PaymentStatus{State: coins.PaymentConflicted, Confirmations: uint64(k.Confirmations), By: id, Same: same}
		if altered && same == 0 {
			one.By = coins.ByAltered + id
		}
		if st.State != coins.PaymentConflicted || before(&one, &st) {
			st = one
		}
	}
	if waiting && st.Same < len(payments) {
		st.Confirmations = 0 // what is mined does not tell what becomes of the payments
	}
	if st.State == coins.PaymentConflicted || waiting {
		return st, nil
	}
	return w.lost(ctx, l)
}

// before reports whether a says more of what became of a payment than b.
func before(a, b *coins.PaymentStatus) bool {
	if a.Same != b.Same {
		return a.Same > b.Same
	}
	first, second := strings.HasPrefix(a.By, coins.ByAltered), strings.HasPrefix(b.By, coins.ByAltered)
	if first != second {
		return first
	}
	return a.Confirmations > b.Confirmations
}

// lost looks whether the chain has dropped a reward that a line stands on: one of them
// is enough.
func (w *Wallet) lost(ctx context.Context, l *line) (st coins.PaymentStatus, err error) {
	st.State = coins.PaymentUnknown
	for _, raw := range l.lost {
		ahead, ok, err := w.dropped(ctx, raw)
		if err != nil {
			return coins.PaymentStatus{State: coins.PaymentUnknown}, err
		}
		if ok {
			st = coins.PaymentStatus{State: coins.PaymentConflicted, Confirmations: max(st.Confirmations, ahead), By: coins.ByDropped}
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
			case k.Generated:
				l.lost = append(l.lost, k.Hex)
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
// two payments may give the same to the same address. altered: it pays an address of
// the others something else, as one does whose owner had its fee taken from the payments.
func (w *Wallet) instead(l *line, other *transaction, payments []coins.Payment) (same int, altered bool) {
	left := map[output]int{}
	for _, o := range w.outputs(other) {
		left[o]++
	}
	for o, n := range l.made {
		left[o] = max(0, left[o]-n)
	}
	missing := map[string]bool{}
	for _, p := range payments {
		o := w.outputOf(p)
		if left[o] == 0 {
			missing[o.script] = true
			continue
		}
		left[o]--
		same++
	}
	for o, n := range left {
		altered = altered || n > 0 && missing[o.script]
	}
	return same, altered
}
