package family

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
	"github.com/motherlode-pool/motherlode/coins/internal/gbt"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/coins/internal/signedmessage"
	"github.com/motherlode-pool/motherlode/coins/internal/wallet"
)

// opTrue is the script that the coinbase of a proposal pays to.
var opTrue = []byte{0x51}

// coin is an open coin.
type coin struct {
	*wallet.Wallet
	signedmessage.Verifier

	chain   Chain
	network Network
	info    coins.CoinInfo
	propose bool
	set     *nodes.Set
	nextID  func() uint64
}

var (
	_ coins.Parent = (*coin)(nil)
	_ coins.Wallet = (*coin)(nil)

	_ coins.MessageVerifier = (*coin)(nil)
)

func (c *coin) Info() coins.CoinInfo { return c.info }

func (c *coin) Close() error {
	c.CloseWallet()
	return c.set.Close()
}

func (c *coin) Health(ctx context.Context, out chan<- coins.Health) error {
	return c.set.Health(ctx, out)
}

func (c *coin) ValidateAddress(_ context.Context, a string) (coins.Payee, error) {
	return address.Decode(c.network.Address, a), nil
}

func (c *coin) BlockStatus(ctx context.Context, hash coins.Hash, _ uint64) (coins.BlockStatus, error) {
	return c.set.BlockStatus(ctx, hash)
}

func (c *coin) SubmitBlock(ctx context.Context, b *coins.Block) (coins.Verdict, error) {
	return c.set.Submit(ctx, b.Raw)
}

func (c *coin) Templates(ctx context.Context, out chan<- *coins.Template) error {
	return c.set.Templates(ctx, c.source(), func(ctx context.Context, t *coins.Template) error {
		select {
		case out <- t:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
}

// source says how this coin's templates are asked for, decoded and tested.
func (c *coin) source() nodes.TemplateSource {
	rules := c.chain.Rules
	if rules == nil {
		rules = nodes.Rules
	}
	rules = append(slices.Clone(rules), c.network.Rules...)
	src := nodes.TemplateSource{
		Request: map[string]any{
			"rules":        rules,
			"capabilities": []string{"coinbasevalue", "proposal"},
		},
		Params: c.chain.Params,
		Rules:  rules,
		Decode: func(result json.RawMessage) (*gbt.Template, error) {
			return gbt.Decode(result, c.options())
		},
		NextID: c.nextID,
	}
	if c.propose {
		src.Propose = func(t *coins.Template) []byte { return block.StandIn(t, opTrue) }
	}
	if schedule := c.network.Schedule; schedule != (gbt.Schedule{}) {
		src.Empty = func(last *coins.Template, tip gbt.Tip) *coins.Template {
			return schedule.Empty(last, tip, time.Now())
		}
	}
	return src
}

// options are what the decoder must know of the coin.
func (c *coin) options() gbt.Options {
	return gbt.Options{
		Witness:         c.chain.Witness,
		MWEB:            c.chain.MWEB,
		VersionMask:     c.info.VersionMask,
		VersionBits:     c.chain.VersionBits,
		Rules:           c.chain.Rules,
		CoinbaseVersion: c.chain.CoinbaseVersion,
		Required:        c.chain.Required,
		Payload:         c.chain.Payload,
	}
}
