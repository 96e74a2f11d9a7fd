package conformance

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// tight is a deadline that a call over the network cannot meet.
const tight = 50 * time.Millisecond

func callRules() []rule {
	return []rule{
		every("block-unknown", "a block that nobody has is unknown, and no error", tryUnknownBlock),
		every("deadlines", "every call returns by its deadline, and when it is cancelled", tryDeadlines),
		every("calls-release", "calls that ran out of time leave nothing behind, so that any number can follow", tryCallsRelease),
		every("concurrent-calls", "calls at the same time get the answers that they get alone", tryConcurrent),
	}
}

// randomHash is the hash of no block.
func randomHash() (h coins.Hash, err error) {
	_, err = rand.Read(h[:])
	return h, err
}

func tryUnknownBlock(ctx context.Context, s *suite) error {
	for _, height := range []uint64{0, 1, 1 << 30} {
		hash, err := randomHash()
		if err != nil {
			return err
		}
		st, err := s.status(ctx, hash, height)
		if err != nil {
			return err
		}
		if st.State != coins.BlockUnknown {
			return fmt.Errorf("a random hash at height %d is %s, want unknown", height, st.State)
		}
	}
	return nil
}

// callsOf are a coin's unary calls by the roles that it announces. Hash is of no
// block.
func (s *suite) callsOf(coin coins.Coin, hash coins.Hash) map[string]func(context.Context) error {
	list := map[string]func(context.Context) error{
		"ValidateAddress": func(ctx context.Context) error {
			_, err := coin.ValidateAddress(ctx, "an address")
			return err
		},
		"BlockStatus": func(ctx context.Context) error {
			_, err := coin.BlockStatus(ctx, hash, 1)
			return err
		},
	}
	if p, ok := coin.(coins.Parent); ok && s.info.Has(coins.RoleParent) {
		list["SubmitBlock"] = func(ctx context.Context) error {
			_, err := p.SubmitBlock(ctx, garbageBlock(&coins.Template{ID: 1, Height: 1}, 1000))
			return err
		}
	}
	if a, ok := coin.(coins.Aux); ok && s.info.Has(coins.RoleAux) {
		list["SubmitAux"] = func(ctx context.Context) error {
			_, err := a.SubmitAux(ctx, garbageProof(&coins.AuxWork{ID: 1, Hash: hash, Height: 1}, 100))
			return err
		}
	}
	if h, ok := coin.(coins.Hasher); ok && s.info.Has(coins.RoleHasher) {
		list["HashBatch"] = func(ctx context.Context) error {
			return h.HashBatch(ctx, headerSize, make([]byte, 64*headerSize), make([]byte, h.Info().HashParam), make([]coins.Hash, 64))
		}
	}
	if w, ok := coin.(coins.Wallet); ok && s.info.Has(coins.RoleWallet) {
		list["Funds"] = func(ctx context.Context) error {
			_, err := w.Funds(ctx)
			return err
		}
		list["PaymentStatus"] = func(ctx context.Context) error {
			_, err := w.PaymentStatus(ctx, hash[:], nil)
			return err
		}
	}
	if v, ok := coin.(coins.MessageVerifier); ok && s.info.Has(coins.RoleMessageVerifier) {
		list["VerifyMessage"] = func(ctx context.Context) error { return v.VerifyMessage(ctx, "an address", "a message", "a signature") }
	}
	return list
}

// tryDeadlines looks at the time alone: an answer that was quick enough is as
// good as an error.
func tryDeadlines(ctx context.Context, s *suite) error {
	coin, err := s.opened(ctx)
	if err != nil {
		return err
	}
	hash, err := randomHash()
	if err != nil {
		return err
	}
	var wrong []error
	for name, f := range s.callsOf(coin, hash) {
		over, cancel := context.WithCancel(ctx)
		cancel()
		if err := s.punctual(over, f); err != nil {
			wrong = append(wrong, fmt.Errorf("%s, cancelled before it was called: %w", name, err))
		}
		soon, cancel := context.WithTimeout(ctx, tight)
		if err := s.punctual(soon, f); err != nil {
			wrong = append(wrong, fmt.Errorf("%s, with a deadline in %v: %w", name, tight, err))
		}
		cancel()
	}
	return errors.Join(wrong...)
}

// punctual demands that f, called with ctx, returns soon after the end of that.
func (s *suite) punctual(ctx context.Context, f func(context.Context) error) error {
	done := make(chan error, 1)
	go func() { done <- caught(func() error { _ = f(ctx); return nil }) }()
	late := time.NewTimer(tight + s.limits.Cancel)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		return fmt.Errorf("it has not returned %v later", s.limits.Cancel)
	}
}

func tryConcurrent(ctx context.Context, s *suite) error {
	const callers = 16
	coin, err := s.opened(ctx)
	if err != nil {
		return err
	}
	hash, err := randomHash()
	if err != nil {
		return err
	}
	addresses := append(append([]string{}, badAddresses[:4]...), s.goodAddresses(coin)...)
	var want []coins.Payee
	for _, a := range addresses {
		p, err := s.validate(ctx, coin, a)
		if err != nil {
			return err
		}
		want = append(want, p)
	}
	wrong := make([]error, callers)
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			i := c % len(addresses)
			p, err := s.validate(ctx, coin, addresses[i])
			if err == nil && !reflect.DeepEqual(p, want[i]) {
				err = fmt.Errorf("ValidateAddress of %q: got %+v, alone it was %+v", addresses[i], p, want[i])
			}
			st, statusErr := s.status(ctx, hash, 0)
			if statusErr == nil && st.State != coins.BlockUnknown {
				statusErr = fmt.Errorf("BlockStatus of a random hash: %s", st.State)
			}
			wrong[c] = errors.Join(err, statusErr)
		})
	}
	wg.Wait()
	return errors.Join(wrong...)
}
