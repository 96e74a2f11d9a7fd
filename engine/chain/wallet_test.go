package chain

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// payingCoin is a coin with a wallet that hangs, and with an opinion of messages.
type payingCoin struct {
	*fakeCoin
	opinion error
}

var (
	_ coins.Keeper          = payingCoin{}
	_ coins.MessageVerifier = payingCoin{}
)

func hang(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }

func (payingCoin) Funds(ctx context.Context) (uint64, error)        { return 0, hang(ctx) }
func (payingCoin) Reserve(ctx context.Context, open [][]byte) error { return hang(ctx) }
func (payingCoin) Send(ctx context.Context, raw []byte) error       { return hang(ctx) }
func (payingCoin) Prepare(ctx context.Context, _ []coins.Payment, _ coins.FeePolicy) (coins.PreparedPayment, error) {
	return coins.PreparedPayment{}, hang(ctx)
}
func (payingCoin) PaymentStatus(ctx context.Context, _ []byte, _ []coins.Payment) (coins.PaymentStatus, error) {
	return coins.PaymentStatus{}, hang(ctx)
}

func (payingCoin) Kept(ctx context.Context, _ []byte) ([]int, bool, error) {
	return nil, true, hang(ctx)
}

func (c payingCoin) VerifyMessage(ctx context.Context, address, message, signature string) error {
	if c.opinion == nil && signature == "hangs" {
		return hang(ctx)
	}
	return c.opinion
}

// walletCalls are all of a Runner's.
var walletCalls = map[string]func(context.Context, *Runner) error{
	"funds":   func(ctx context.Context, r *Runner) error { _, err := r.Funds(ctx); return err },
	"reserve": func(ctx context.Context, r *Runner) error { return r.Reserve(ctx, nil) },
	"prepare": func(ctx context.Context, r *Runner) error {
		_, err := r.Prepare(ctx, nil, coins.FeePolicy{})
		return err
	},
	"send": func(ctx context.Context, r *Runner) error { return r.Send(ctx, nil) },
	"change": func(ctx context.Context, r *Runner) error {
		_, known, err := r.Kept(ctx, nil)
		if known {
			return errors.New("it is known")
		}
		return err
	},
	"payment status": func(ctx context.Context, r *Runner) error { _, err := r.PaymentStatus(ctx, nil, nil); return err },
}

// A wallet that hangs holds nothing up for ever, and one that is not there is
// told apart from a coin that is down.
func TestWalletThatHangs(t *testing.T) {
	for name, ask := range walletCalls {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := startPaying(t, nil)
				defer g.stop()
				begin := time.Now()
				if err := ask(t.Context(), g.r); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != DefaultWalletTimeout {
					t.Errorf("got %v after %v, want the deadline after %v", err, time.Since(begin), DefaultWalletTimeout)
				}
			})
			synctest.Test(t, func(t *testing.T) {
				g := start(t, Options{}, coins.RoleParent)
				defer g.stop()
				<-g.r.Opened()
				if err := ask(t.Context(), g.r); !errors.Is(err, ErrRole) {
					t.Errorf("no wallet: got %v, want %v", err, ErrRole)
				}
				if err := g.r.VerifyMessage(t.Context(), "", "", ""); !errors.Is(err, ErrRole) {
					t.Errorf("no verifier: got %v, want %v", err, ErrRole)
				}
			})
		})
	}
}

func startPaying(t *testing.T, opinion error) *rig {
	g := &rig{t: t, done: make(chan error, 1)}
	g.driver = &fakeDriver{roles: []coins.Role{coins.RoleParent}, make: func(int) (coins.Coin, error) {
		c := newFakeCoin()
		g.add(c)
		return payingCoin{c, opinion}, nil
	}}
	g.run(Options{})
	<-g.r.Opened()
	return g
}

// The coin's answer about a message comes back as it is; trouble says whose.
func TestVerifyMessage(t *testing.T) {
	for name, tt := range map[string]struct {
		opinion   error
		signature string
		want      error
		says      string
	}{
		"good":    {nil, "", nil, ""},
		"bad":     {fmt.Errorf("%w: toy", coins.ErrBadSignature), "", coins.ErrBadSignature, string(coins.ErrBadSignature) + ": toy"},
		"trouble": {errKilled, "", errKilled, "coin fake: verify message: killed"},
		"hangs":   {nil, "hangs", context.DeadlineExceeded, "coin fake: verify message: context deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := startPaying(t, tt.opinion)
				defer g.stop()
				err := g.r.VerifyMessage(t.Context(), "a", "m", tt.signature)
				if !errors.Is(err, tt.want) || err != nil && err.Error() != tt.says {
					t.Errorf("got %v, want %q", err, tt.says)
				}
			})
		})
	}
}
