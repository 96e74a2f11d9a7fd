package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// What a wallet is asked to pay where a rule has it pay: to the coin's example
// address, where nobody owns it. The settings are of a test network.
const (
	trialAmount = 1_000_000 // base units, above what nodes take for dust
	trialRate   = 100_000   // base units per 1000 virtual bytes: what the strictest nodes relay
)

func walletRules() []rule {
	return []rule{
		of(coins.RoleWallet, "wallet-funds", "the wallet says what it can spend, or refuses by kind", tryFunds),
		of(coins.RoleWallet, "wallet-refusals", "payments that cannot be made are refused by kind", tryWalletRefusals),
		of(coins.RoleWallet, "wallet-garbage", "bytes that are no transaction are neither sent nor found", tryWalletGarbage),
		of(coins.RoleWallet, "wallet-pays", "what is prepared is not sent; what is sent, twice too, is found", tryWalletPays),
	}
}

// purse is the coin as a wallet, and what it has. Without a wallet in the settings
// there is nothing to try: then ok is false and a note says so.
func (s *suite) purse(ctx context.Context) (w coins.Wallet, funds uint64, ok bool, err error) {
	if w, err = as[coins.Wallet](ctx, s); err != nil {
		return nil, 0, false, err
	}
	funds, err = call(ctx, s, w.Funds)
	switch {
	case errors.Is(err, coins.ErrNoWallet):
		s.note("the settings name no wallet, so that only its absence was looked at")
		return w, 0, false, nil
	case err != nil:
		return w, 0, false, fmt.Errorf("asked for its funds: %w", err)
	}
	return w, funds, true, nil
}

func tryFunds(ctx context.Context, s *suite) error {
	_, _, _, err := s.purse(ctx)
	var refusal coins.WalletError
	if errors.As(err, &refusal) {
		s.note("it refuses: %v", err)
		return nil
	}
	return err
}

// prepare makes one call of Prepare.
func (s *suite) prepare(ctx context.Context, w coins.Wallet, fee coins.FeePolicy, payments ...coins.Payment) (coins.PreparedPayment, error) {
	return call(ctx, s, func(ctx context.Context) (coins.PreparedPayment, error) { return w.Prepare(ctx, payments, fee) })
}

func tryWalletRefusals(ctx context.Context, s *suite) error {
	w, funds, _, err := s.purse(ctx)
	if err != nil {
		return err
	}
	to := w.Info().ExampleAddress
	if good := s.goodAddresses(w); to == "" && len(good) > 0 {
		to = good[0]
	}
	var wrong []error
	for what, payments := range map[string][]coins.Payment{
		"to what is no address":  {{Address: badAddresses[3], Amount: trialAmount}},
		"of nothing":             {{Address: to}},
		"twice to one address":   {{Address: to, Amount: trialAmount}, {Address: to, Amount: trialAmount}},
		"of more than there is":  {{Address: to, Amount: funds + trialAmount}},
		"of nothing, to nowhere": {{}},
	} {
		_, err := s.prepare(ctx, w, coins.FeePolicy{Rate: trialRate}, payments...)
		var refusal coins.WalletError
		switch {
		case err == nil:
			wrong = append(wrong, fmt.Errorf("a payment %s was prepared", what))
		case !errors.As(err, &refusal):
			wrong = append(wrong, fmt.Errorf("a payment %s: an error, which means that nobody knows; want a refusal of a kind: %w", what, err))
		}
	}
	return errors.Join(wrong...)
}

func tryWalletGarbage(ctx context.Context, s *suite) error {
	w, _, _, err := s.purse(ctx)
	if err != nil {
		return err
	}
	garbage := []byte("no transaction")
	_, err = call(ctx, s, func(ctx context.Context) (struct{}, error) { return struct{}{}, w.Send(ctx, garbage) })
	if err == nil {
		return errors.New("what is no transaction was sent, Send says: a payment that is lost would count as sent")
	}
	st, err := s.paymentStatus(ctx, w, garbage)
	if err == nil && st.State != coins.PaymentUnknown {
		return fmt.Errorf("the status of what is no transaction is %q, want %q or an error", st.State, coins.PaymentUnknown)
	}
	return nil
}

func (s *suite) paymentStatus(ctx context.Context, w coins.Wallet, raw []byte, payments ...coins.Payment) (coins.PaymentStatus, error) {
	return call(ctx, s, func(ctx context.Context) (coins.PaymentStatus, error) { return w.PaymentStatus(ctx, raw, payments) })
}

// tryWalletPays makes a payment, where the wallet has the means.
func tryWalletPays(ctx context.Context, s *suite) error {
	w, funds, ok, err := s.purse(ctx)
	if err != nil || !ok {
		return err
	}
	to := w.Info().ExampleAddress
	if funds < 10*trialAmount || to == "" {
		s.note("the wallet has %d and the coin names %q as an example, which is too little to try", funds, to)
		return nil
	}
	p := coins.Payment{Address: to, Amount: trialAmount}
	tx, err := s.prepare(ctx, w, coins.FeePolicy{Rate: trialRate}, p)
	if err != nil {
		return fmt.Errorf("preparing a payment: %w", err)
	}
	if tx.TxID == "" || len(tx.Raw) == 0 {
		return fmt.Errorf("a prepared payment of %d bytes with the id %q", len(tx.Raw), tx.TxID)
	}
	st, err := s.paymentStatus(ctx, w, tx.Raw, p)
	if err != nil {
		return fmt.Errorf("asked for the payment's status: %w", err)
	}
	if st.State != coins.PaymentUnknown {
		return fmt.Errorf("a payment that was only prepared is %q, want %q: Prepare must not send", st.State, coins.PaymentUnknown)
	}
	reserve := func(ctx context.Context) (struct{}, error) { return struct{}{}, w.Reserve(ctx, [][]byte{tx.Raw}) }
	send := func(ctx context.Context) (struct{}, error) { return struct{}{}, w.Send(ctx, tx.Raw) }
	for _, step := range []struct {
		name string
		do   func(context.Context) (struct{}, error)
	}{{"Reserve", reserve}, {"Reserve, again", reserve}, {"Send", send}, {"Send, the same bytes again", send}} {
		if _, err := call(ctx, s, step.do); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return s.within(ctx, s.limits.Work, func() error {
		st, err := s.paymentStatus(ctx, w, tx.Raw, p)
		if err == nil && st.State != coins.PaymentInMempool && st.State != coins.PaymentMined {
			err = fmt.Errorf("a payment that was sent is %q", st.State)
		}
		return err
	})
}

// within tries f until it succeeds or limit is over.
func (s *suite) within(ctx context.Context, limit time.Duration, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}
