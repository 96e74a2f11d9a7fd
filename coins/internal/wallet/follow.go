package wallet

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// searchBack is how many blocks are searched for a transaction that spent the
// input of another: days on any chain.
const searchBack = 4000

// outpoint names an output that a transaction spends.
type outpoint struct {
	TxID string `json:"txid"`
	Vout uint32 `json:"vout"`
}

// transaction is what decoderawtransaction says.
type transaction struct {
	TxID string     `json:"txid"`
	Vin  []outpoint `json:"vin"`
	Vout []struct {
		Value  json.Number `json:"value"`
		Script struct {
			Hex string `json:"hex"`
		} `json:"scriptPubKey"`
	} `json:"vout"`
}

// hidden reports whether it spends what is no output of a transaction.
func (t *transaction) hidden() bool {
	return len(t.Vin) == 0 || slices.ContainsFunc(t.Vin, func(o outpoint) bool { return o.TxID == "" })
}

func (w *Wallet) decode(ctx context.Context, raw string) (*transaction, error) {
	var tx transaction
	return &tx, w.call(ctx, &tx, "decoderawtransaction", raw)
}

// compare counts the payments that a transaction makes, and its other outputs.
func (w *Wallet) compare(tx *transaction, payments []coins.Payment) (same, others int) {
	wanted := map[output]int{}
	for _, p := range payments {
		wanted[w.outputOf(p)]++
	}
	for _, o := range w.outputs(tx) {
		if wanted[o] == 0 {
			others++
			continue
		}
		wanted[o]--
		same++
	}
	return same, others
}

// output is what a transaction pays to whom.
type output struct {
	script string // hex
	amount uint64
}

func (w *Wallet) outputOf(p coins.Payment) output {
	return output{hex.EncodeToString(w.cfg.Decode(p.Address).Script), p.Amount}
}

// outputs are those of a transaction. One with an amount that cannot be read has no
// script, and is like none that is asked for.
func (w *Wallet) outputs(tx *transaction) (all []output) {
	for _, out := range tx.Vout {
		o := output{script: out.Script.Hex}
		var err error
		if o.amount, err = parse(out.Value, w.cfg.Decimals); err != nil {
			o = output{}
		}
		all = append(all, o)
	}
	return all
}

// Send broadcasts by sendrawtransaction.
func (w *Wallet) Send(ctx context.Context, raw []byte) error {
	if err := w.check(ctx); err != nil {
		return err
	}
	text := hex.EncodeToString(raw)
	err := w.call(ctx, nil, "sendrawtransaction", text)
	e := rpc.AsNodeError(err)
	if e == nil || e.Code == codeInChain {
		if e != nil {
			return nil
		}
		return err
	}
	// Nodes have many words for "I have it already": look.
	tx, failed := w.decode(ctx, text)
	if failed != nil {
		return errors.Join(err, failed)
	}
	st, failed := w.find(ctx, tx.TxID)
	if failed == nil && (st.State == coins.PaymentInMempool || st.State == coins.PaymentMined) {
		return nil
	}
	return err
}

// PaymentStatus asks by gettransaction.
func (w *Wallet) PaymentStatus(ctx context.Context, raw []byte, payments []coins.Payment) (coins.PaymentStatus, error) {
	if err := w.check(ctx); err != nil {
		return coins.PaymentStatus{}, err
	}
	tx, err := w.decode(ctx, hex.EncodeToString(raw))
	if err != nil {
		return coins.PaymentStatus{}, err
	}
	st, err := w.find(ctx, tx.TxID)
	if err != nil || st.State != coins.PaymentUnknown {
		return st, err
	}
	return w.conflict(ctx, tx, payments)
}

// known is what gettransaction says.
type known struct {
	Confirmations int64        `json:"confirmations"`
	Generated     bool         `json:"generated"` // a block's reward
	Hex           string       `json:"hex"`
	Fee           *json.Number `json:"fee"` // of what the wallet has spent an input for
	Details       []detail     `json:"details"`
	Rivals        []string     `json:"walletconflicts"` // others of the wallet that spend an input of it
}

// detail is an output that the wallet has sent, or received, or both.
type detail struct {
	Category string `json:"category"`
	Vout     *int   `json:"vout"`
}

// by is ByOthers of a transaction for which the wallet has spent nothing: it bears no
// fee of it, and lists what it received and nothing that it sent.
func (k *known) by() string {
	sent := slices.ContainsFunc(k.Details, func(d detail) bool { return d.Category == "send" })
	if k.Fee == nil && len(k.Details) > 0 && !sent {
		return coins.ByOthers
	}
	return ""
}

// find looks for a transaction in the wallet and the mempool.
func (w *Wallet) find(ctx context.Context, txid string) (coins.PaymentStatus, error) {
	none := coins.PaymentStatus{State: coins.PaymentUnknown}
	var k known
	err := w.call(ctx, &k, "gettransaction", txid)
	if e := rpc.AsNodeError(err); e != nil && e.Code == rpc.CodeNotFound {
		return none, nil
	}
	switch {
	case err != nil:
		return coins.PaymentStatus{}, err
	case k.Confirmations > 0:
		return coins.PaymentStatus{State: coins.PaymentMined, Confirmations: uint64(k.Confirmations), By: k.by()}, nil
	case k.Confirmations < 0:
		return none, nil
	}
	err = w.call(ctx, nil, "getmempoolentry", txid)
	switch e := rpc.AsNodeError(err); {
	case err == nil:
		return coins.PaymentStatus{State: coins.PaymentInMempool, By: k.by()}, nil
	case e != nil && e.Code == rpc.CodeNotFound:
		return none, nil
	}
	return coins.PaymentStatus{}, err
}

// recent lists the mined transactions by which the wallet has spent something of
// late, by their ids.
func (w *Wallet) recent(ctx context.Context) ([]string, error) {
	var height uint64
	if err := w.call(ctx, &height, "getblockcount"); err != nil {
		return nil, err
	}
	var from string
	if err := w.call(ctx, &from, "getblockhash", height-min(height, searchBack)); err != nil {
		return nil, err
	}
	var list struct {
		Transactions []struct {
			TxID          string `json:"txid"`
			Category      string `json:"category"`
			Confirmations int64  `json:"confirmations"`
		} `json:"transactions"`
	}
	if err := w.call(ctx, &list, "listsinceblock", from); err != nil {
		return nil, err
	}
	var ids []string
	seen := map[string]bool{}
	for _, t := range list.Transactions {
		if t.Category == "send" && t.Confirmations > 0 && !seen[t.TxID] {
			seen[t.TxID] = true
			ids = append(ids, t.TxID)
		}
	}
	return ids, nil
}

// Reserve compares by listlockunspent and changes by lockunspent.
func (w *Wallet) Reserve(ctx context.Context, open [][]byte) error {
	if err := w.check(ctx); err != nil {
		return err
	}
	keep := map[outpoint]bool{}
	for _, raw := range open {
		tx, err := w.decode(ctx, hex.EncodeToString(raw))
		if err != nil {
			return err
		}
		for _, in := range tx.Vin {
			keep[in] = true
		}
	}
	var locked []outpoint
	if err := w.call(ctx, &locked, "listlockunspent"); err != nil {
		return err
	}
	for _, o := range locked {
		if keep[o] {
			delete(keep, o)
			continue
		}
		if err := w.call(ctx, nil, "lockunspent", true, []outpoint{o}); err != nil {
			return err
		}
	}
	for o := range keep {
		// What is spent already cannot be locked, and need not be.
		err := w.call(ctx, nil, "lockunspent", false, []outpoint{o})
		if err != nil && rpc.AsNodeError(err) == nil {
			return err
		}
	}
	return nil
}

// unlock gives up the inputs of a transaction that will not be sent.
func (w *Wallet) unlock(ctx context.Context, raw string) error {
	tx, err := w.decode(ctx, raw)
	if err != nil {
		return err
	}
	return w.call(ctx, nil, "lockunspent", true, tx.Vin)
}
