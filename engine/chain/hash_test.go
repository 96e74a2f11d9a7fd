package chain

import (
	"context"
	"errors"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
)

// hashingCoin hashes, or does what the test says.
type hashingCoin struct {
	coins.Coin
	do func(out []coins.Hash) error
}

func (c hashingCoin) HashBatch(_ context.Context, _ int, _, _ []byte, out []coins.Hash) error {
	return c.do(out)
}

// deadCoin is one whose process is gone.
type deadCoin struct{ hashingCoin }

func (deadCoin) Done() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

func TestHashBatchAsksTheCoinThatIsOpen(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		coin coins.Coin // nil for none
		want error
	}{
		"works":     {hashingCoin{do: func(out []coins.Hash) error { out[0] = coins.Hash{7}; return nil }}, nil},
		"none open": {nil, ErrDown},
		"gone":      {deadCoin{hashingCoin{do: func([]coins.Hash) error { return broken }}}, ErrDown},
		"no hasher": {struct{ coins.Coin }{}, ErrRole},
		"fails":     {hashingCoin{do: func([]coins.Hash) error { return broken }}, broken},
		"panics":    {hashingCoin{do: func([]coins.Hash) error { panic("no") }}, ErrPanic},
	} {
		t.Run(name, func(t *testing.T) {
			r := New("toy", nil, coins.Settings{}, Options{})
			if c.coin != nil {
				r.current = &session{coin: c.coin}
			}
			out := make([]coins.Hash, 1)
			err := r.HashBatch(t.Context(), 4, []byte("head"), nil, out)
			if !errors.Is(err, c.want) || c.want == nil && (err != nil || out[0] != coins.Hash{7}) {
				t.Errorf("got %v, %v; want %v", out, err, c.want)
			}
		})
	}
}
