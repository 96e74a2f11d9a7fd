package wallet

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// Codes of Core-like wallets.
const (
	codeType         = -3  // an option that this node does not have
	codeWallet       = -4  // among others: insufficient funds, no fee estimate
	codeFunds        = -6  // insufficient funds
	codeUnlockNeeded = -13 // the wallet is locked
	codeNoWallet     = -18 // no such wallet is loaded
	codeWhichWallet  = -19 // several are loaded and none was named
	codeInChain      = -27 // the transaction is in the chain already
)

// tidyTimeout is for unlocking inputs after a failure, when the caller's time
// may be over.
const tidyTimeout = 10 * time.Second

// Funds asks by getbalance.
func (w *Wallet) Funds(ctx context.Context) (uint64, error) {
	if w.node == nil {
		return 0, coins.ErrNoWallet
	}
	var n json.Number
	if err := w.call(ctx, &n, "getbalance"); err != nil {
		return 0, err
	}
	return parse(n, w.cfg.Decimals)
}

// Prepare makes, funds, signs and checks a transaction. On an error its inputs
// are unlocked.
func (w *Wallet) Prepare(ctx context.Context, payments []coins.Payment, fee coins.FeePolicy) (p coins.PreparedPayment, err error) {
	if err := w.check(ctx); err != nil {
		return p, err
	}
	outputs := make(map[string]json.Number, len(payments))
	for _, q := range payments {
		if _, twice := outputs[q.Address]; twice || q.Amount == 0 || !w.cfg.Decode(q.Address).Valid {
			return p, fmt.Errorf("%w: %q is there twice, is given nothing or is no address of this network", coins.ErrPayment, q.Address)
		}
		outputs[q.Address] = format(q.Amount, w.cfg.Decimals)
	}
	var bare string
	if err := w.call(ctx, &bare, "createrawtransaction", []any{}, outputs); err != nil {
		return p, refused(err)
	}
	funded, err := w.fund(ctx, bare, fee)
	if err != nil {
		return p, refused(w.poor(ctx, payments, err))
	}
	defer func() {
		if err != nil {
			tidy, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTimeout)
			defer cancel()
			err = errors.Join(err, w.unlock(tidy, funded.Hex))
		}
	}()
	if p.Fee, err = parse(funded.Fee, w.cfg.Decimals); err != nil {
		return p, err
	}
	if fee.Max > 0 && p.Fee > fee.Max {
		return p, fmt.Errorf("%w: the wallet would pay %s, at most %s is allowed", coins.ErrWalletFee, funded.Fee, format(fee.Max, w.cfg.Decimals))
	}
	signed, err := w.sign(ctx, funded.Hex)
	if err != nil {
		return p, err
	}
	if p.TxID, err = w.verify(ctx, signed, payments); err != nil {
		return p, err
	}
	if err = w.acceptable(ctx, signed); err != nil {
		return p, err
	}
	p.Raw, err = hex.DecodeString(signed)
	return p, err
}

type funding struct {
	Hex string      `json:"hex"`
	Fee json.Number `json:"fee"`
}

// fund has the wallet choose and lock inputs. Old forks do not know all options.
func (w *Wallet) fund(ctx context.Context, bare string, fee coins.FeePolicy) (f funding, err error) {
	options := map[string]any{"lockUnspents": true, "replaceable": false}
	switch {
	case fee.Rate > 0:
		options["feeRate"] = format(fee.Rate, w.cfg.Decimals)
	case fee.Blocks > 0:
		options["conf_target"] = fee.Blocks
	}
	err = w.call(ctx, &f, "fundrawtransaction", bare, options)
	if e := rpc.AsNodeError(err); e != nil && e.Code == codeType {
		delete(options, "replaceable")
		delete(options, "conf_target")
		err = w.call(ctx, &f, "fundrawtransaction", bare, options)
	}
	return f, err
}

// poor says how much is missing, where that is why funding failed.
func (w *Wallet) poor(ctx context.Context, payments []coins.Payment, err error) error {
	e := rpc.AsNodeError(err)
	if e == nil || e.Code != codeWallet && e.Code != codeFunds {
		return err
	}
	var sum uint64
	for _, p := range payments {
		sum += p.Amount
	}
	have, failed := w.Funds(ctx)
	if failed != nil || have > sum {
		return err // something else, or nobody knows
	}
	return fmt.Errorf("%w: it has %s, the payments are %s and the fee comes on top: %w",
		coins.ErrWalletPoor, format(have, w.cfg.Decimals), format(sum, w.cfg.Decimals), err)
}

// refused makes the node's word against a transaction, such as an amount that is
// too small, an ErrPayment. What is no fault of the payments stays as it is.
func refused(err error) error {
	var kind coins.WalletError
	e := rpc.AsNodeError(err)
	if e == nil || errors.As(err, &kind) || e.Code != codeWallet && e.Code != rpc.CodeInvalidParam && e.Code != rpc.CodeNotFound {
		return err
	}
	if noFault(e.Message) {
		return err
	}
	return fmt.Errorf("%w: %w", coins.ErrPayment, err)
}

// noFault reports whether nodes say so of the wallet, the fee or the mempool, whoever is
// paid: then none is made of other payments either.
func noFault(message string) bool {
	message = strings.ToLower(message)
	return slices.ContainsFunc([]string{
		"insufficient funds", "fee estimation", "keypool",
		// fee_rate of the operator's, or the node's limits. "Fee exceeds maximum" is not: it
		// goes by the transaction's size, which may be one payment's.
		"fee-exceeded", "absurdly-high-fee", "fee rate", "fee not met",
		"mempool-chain", "mempool chain", "rejected by the mempool", // on too many that are not mined
		"mempool full",
	}, func(words string) bool { return strings.Contains(message, words) })
}

func (w *Wallet) sign(ctx context.Context, funded string) (string, error) {
	var signed struct {
		Hex      string          `json:"hex"`
		Complete bool            `json:"complete"`
		Errors   json.RawMessage `json:"errors"`
	}
	err := w.call(ctx, &signed, "signrawtransactionwithwallet", funded)
	if e := rpc.AsNodeError(err); e != nil && e.Code == rpc.CodeMethodNotFound {
		err = w.call(ctx, &signed, "signrawtransaction", funded)
	}
	if err != nil {
		return "", err
	}
	if !signed.Complete {
		return "", fmt.Errorf("%w: wallet has not signed all inputs: %.500s", coins.ErrPayment, signed.Errors)
	}
	return signed.Hex, nil
}

// verify makes sure that a signed transaction makes exactly the payments, and
// has one output more at most. It returns its id.
func (w *Wallet) verify(ctx context.Context, signed string, payments []coins.Payment) (string, error) {
	tx, err := w.decode(ctx, signed)
	if err != nil {
		return "", err
	}
	same, others := w.compare(tx, payments)
	if same != len(payments) || others > 1 || tx.hidden() {
		return "", fmt.Errorf("%w: the wallet's transaction makes %d of %d payments, has %d other outputs, and hidden coins: %t",
			coins.ErrPayment, same, len(payments), others, tx.hidden())
	}
	return tx.TxID, nil
}

// acceptable asks the mempool, where the node can say beforehand.
func (w *Wallet) acceptable(ctx context.Context, signed string) error {
	var answers []struct {
		Allowed bool   `json:"allowed"`
		Reason  string `json:"reject-reason"`
	}
	err := w.call(ctx, &answers, "testmempoolaccept", []string{signed})
	if e := rpc.AsNodeError(err); e != nil && e.Code == rpc.CodeMethodNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if len(answers) == 1 && !answers[0].Allowed && noFault(answers[0].Reason) {
		return fmt.Errorf("the node would not relay any transaction like this now: %s", answers[0].Reason)
	}
	if len(answers) != 1 || !answers[0].Allowed {
		return fmt.Errorf("%w: the node would not relay the transaction: %+v", coins.ErrPayment, answers)
	}
	return nil
}

// check makes sure that the node answers and is of the network.
func (w *Wallet) check(ctx context.Context) error {
	if w.node == nil {
		return coins.ErrNoWallet
	}
	if len(w.cfg.Genesis) == 0 {
		return nil
	}
	var printed string
	if err := w.call(ctx, &printed, "getblockhash", 0); err != nil {
		return err
	}
	first, err := coins.ParseHash(printed)
	if err != nil {
		return err
	}
	if !slices.Contains(w.cfg.Genesis, first) {
		return fmt.Errorf("%w: the first block of %s is %s", coins.ErrWalletNetwork, w.node.Node(), first)
	}
	return nil
}

// call asks the node and says what to do about common faults.
func (w *Wallet) call(ctx context.Context, out any, method string, params ...any) error {
	err := w.node.Call(ctx, out, method, params...)
	e := rpc.AsNodeError(err)
	switch {
	case e == nil:
		return err
	case e.Code == codeUnlockNeeded:
		return fmt.Errorf("%w: %w", coins.ErrWalletLocked, err)
	case e.Code == codeNoWallet || e.Code == codeWhichWallet:
		return fmt.Errorf("wallet %q is not loaded at %s: %w", w.cfg.Wallet, w.node.Node(), err)
	}
	return err
}
