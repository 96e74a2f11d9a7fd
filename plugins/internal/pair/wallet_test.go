package pair

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/client"
	"github.com/motherlode-pool/motherlode/plugins/internal/fakecoin"
)

// payer is a fake coin that can pay and judges messages; what it answers is the
// test's.
type payer struct {
	fakecoin.Driver
	roles []coins.Role

	mu sync.Mutex
	mood
	asked []any // the arguments of the last call
}

// mood is what the payer does in every call.
type mood struct {
	fault error
	panic bool
	hang  bool
}

func (p *payer) is(m mood) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mood = m
}

func (p *payer) last() any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func newPayer() *payer {
	return &payer{roles: []coins.Role{coins.RoleParent, coins.RoleWallet, coins.RoleMessageVerifier}}
}

func (p *payer) Describe() coins.Info {
	info := p.Driver.Describe()
	info.Roles = p.roles
	return info
}

func (p *payer) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	c, err := p.Driver.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	return &paying{c.(*fakecoin.Coin), p}, nil
}

type paying struct {
	*fakecoin.Coin
	p *payer
}

// answer notes what was asked and does what the test wants.
func (c *paying) answer(ctx context.Context, asked ...any) error {
	c.p.mu.Lock()
	c.p.asked = asked
	m := c.p.mood
	c.p.mu.Unlock()
	if m.panic {
		panic("asked to panic")
	}
	if m.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return m.fault
}

func (c *paying) Funds(ctx context.Context) (uint64, error) { return 1 << 63, c.answer(ctx) }
func (c *paying) Reserve(ctx context.Context, open [][]byte) error {
	return c.answer(ctx, open)
}
func (c *paying) Prepare(ctx context.Context, payments []coins.Payment, fee coins.FeePolicy) (coins.PreparedPayment, error) {
	return prepared, c.answer(ctx, payments, fee)
}
func (c *paying) Send(ctx context.Context, raw []byte) error { return c.answer(ctx, raw) }
func (c *paying) PaymentStatus(ctx context.Context, raw []byte, payments []coins.Payment) (coins.PaymentStatus, error) {
	return state, c.answer(ctx, raw, payments)
}
func (c *paying) VerifyMessage(ctx context.Context, address, message, signature string) error {
	return c.answer(ctx, address, message, signature)
}

var (
	prepared = coins.PreparedPayment{TxID: "id", Raw: []byte{1, 2}, Fee: 3}
	state    = coins.PaymentStatus{State: coins.PaymentConflicted, Confirmations: 7, By: "other", Same: 1}
	payments = []coins.Payment{{Address: "a", Amount: 1}, {Address: "b", Amount: 1<<64 - 1}}
	fee      = coins.FeePolicy{Rate: 5, Blocks: 6, Max: 7}
	raws     = [][]byte{{1}, {2, 3}}
)

// calls are all that need the two roles: each with what it asks and what it is
// told.
var calls = map[string]struct {
	ask         func(context.Context, coins.Coin) (any, error)
	asked, told any
}{
	"funds": {func(ctx context.Context, c coins.Coin) (any, error) { return c.(coins.Wallet).Funds(ctx) }, []any(nil), uint64(1 << 63)},
	"reserve": {func(ctx context.Context, c coins.Coin) (any, error) { return nil, c.(coins.Wallet).Reserve(ctx, raws) },
		[]any{raws}, nil},
	"prepare": {func(ctx context.Context, c coins.Coin) (any, error) {
		return c.(coins.Wallet).Prepare(ctx, payments, fee)
	},
		[]any{payments, fee}, prepared},
	"send": {func(ctx context.Context, c coins.Coin) (any, error) { return nil, c.(coins.Wallet).Send(ctx, raws[1]) },
		[]any{raws[1]}, nil},
	"payment status": {func(ctx context.Context, c coins.Coin) (any, error) {
		return c.(coins.Wallet).PaymentStatus(ctx, raws[1], payments)
	}, []any{raws[1], payments}, state},
	"verify message": {func(ctx context.Context, c coins.Coin) (any, error) {
		return nil, c.(coins.MessageVerifier).VerifyMessage(ctx, "a\xff", "m\xff\x00", "s")
	}, []any{"a\uFFFD", "m\xff\x00", "s"}, nil},
}

func mustOpen(t *testing.T, p *payer) coins.Coin {
	t.Helper()
	c, err := New(p).Open(t.Context(), coins.Settings{Network: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Arguments and answers cross unchanged; so do refusals, of the call's own kind,
// and trouble stays trouble.
func TestWalletsAndMessagesAcrossTheWire(t *testing.T) {
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			p := newPayer()
			c := mustOpen(t, p)
			told, err := call.ask(t.Context(), c)
			if err != nil || !reflect.DeepEqual(told, call.told) || !reflect.DeepEqual(p.last(), call.asked) {
				t.Errorf("asked %v, told %v, %v; want %v, %v", p.last(), told, err, call.asked, call.told)
			}

			var refusal error = coins.ErrWalletPoor
			if name == "verify message" {
				refusal = coins.ErrBadSignature
			}
			refusal = fmt.Errorf("%w: it has 1", refusal)
			p.is(mood{fault: refusal})
			_, err = call.ask(t.Context(), c)
			if !errors.Is(err, errors.Unwrap(refusal)) || errors.Is(err, client.ErrCoin) || err.Error() != refusal.Error() {
				t.Errorf("refused: got %v, want %v", err, refusal)
			}
			p.is(mood{fault: errors.New("node is down")})
			_, err = call.ask(t.Context(), c)
			if !errors.Is(err, client.ErrCoin) || !strings.Contains(err.Error(), "node is down") || coins.FaultOf(err) != coins.NoFault {
				t.Errorf("trouble: got %v, want %v", err, client.ErrCoin)
			}
			p.is(mood{panic: true})
			if _, err = call.ask(t.Context(), c); !errors.Is(err, client.ErrCoin) || coins.FaultOf(err) != coins.Crash {
				t.Errorf("panic: got %v, want %v, a crash", err, client.ErrCoin)
			}
			p.is(mood{hang: true})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			if _, err = call.ask(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("hangs: got %v, want its deadline", err)
			}
			end := time.AfterFunc(20*time.Millisecond, func() { _ = c.Close() })
			defer end.Stop()
			if _, err = call.ask(t.Context(), c); !errors.Is(err, ErrClosed) {
				t.Errorf("the other end is gone in the midst of it: got %v, want %v", err, ErrClosed)
			}
		})
	}
}

// Powers that are not announced are not there, whatever the coin could.
func TestUnannouncedWalletsAreNotThere(t *testing.T) {
	p := newPayer()
	p.roles = []coins.Role{coins.RoleParent}
	c := mustOpen(t, p)
	if _, ok := c.(coins.Wallet); ok {
		t.Error("it is a wallet")
	}
	if _, ok := c.(coins.MessageVerifier); ok {
		t.Error("it is a verifier of messages")
	}

	for _, role := range []coins.Role{coins.RoleWallet, coins.RoleMessageVerifier} {
		_, err := New(&fakecoin.Driver{Announce: []coins.Role{role}}).Open(t.Context(), coins.Settings{})
		if err == nil || !strings.Contains(err.Error(), string(role)) {
			t.Errorf("announced without being there: got %v, want an error about %s", err, role)
		}
	}
	if got := New(newPayer()).Describe().Roles; !slices.Equal(got, newPayer().roles) {
		t.Errorf("announced: got %v, want %v", got, newPayer().roles)
	}
}
