package pair

import (
	"context"
	"errors"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/client"
	"github.com/motherlode-pool/motherlode/plugins/internal/fakecoin"
)

// lost opens coins whose streams all end with why.
type lost struct {
	fakecoin.Driver
	why error
}

func (d *lost) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	c, err := d.Driver.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	return &lostCoin{c.(*fakecoin.Coin), d.why}, nil
}

type lostCoin struct {
	*fakecoin.Coin
	why error
}

func (c *lostCoin) Templates(context.Context, chan<- *coins.Template) error { return c.why }
func (c *lostCoin) Health(context.Context, chan<- coins.Health) error       { return c.why }
func (c *lostCoin) AuxWork(context.Context, <-chan coins.ParentTip, chan<- *coins.AuxWork) error {
	return c.why
}

// The end of a stream is told in the coin's own words. Which stream it was says who
// reads it, once.
func TestEndOfAStreamDoesNotNameIt(t *testing.T) {
	c, err := New(&lost{why: errors.New("no node answers")}).Open(t.Context(), coins.Settings{Instance: "i", Network: "regtest", JSON: []byte(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const want = "coin failed: no node answers"
	for name, err := range map[string]error{
		"templates": c.(coins.Parent).Templates(t.Context(), make(chan *coins.Template)),
		"aux work":  c.(coins.Aux).AuxWork(t.Context(), make(chan coins.ParentTip), make(chan *coins.AuxWork)),
		"health":    c.Health(t.Context(), make(chan coins.Health)),
	} {
		if !errors.Is(err, client.ErrCoin) || err.Error() != want {
			t.Errorf("%s: got %q, want %q", name, err, want)
		}
	}
}
