package tari

import (
	"context"
	"log/slog"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// coin is an open coin.
type coin struct {
	driver  *Driver
	log     *slog.Logger
	info    coins.CoinInfo
	network network
	set     *set
	request *tarirpc.GetNewBlockTemplateWithCoinbasesRequest // never changed
	memory  memory

	refresh, timeout, maxAge, patience, holdOff time.Duration
}

var _ coins.Parent = (*coin)(nil)

// newCoin makes a coin of checked settings, without network.
func newCoin(d *Driver, n network, conf Settings, log *slog.Logger) (*coin, error) {
	set, err := newSet(conf.Nodes, time.Duration(conf.Poll), log)
	if err != nil {
		return nil, err
	}
	c := &coin{
		driver: d, log: log, info: coinInfo(n, conf.Maturity), network: n, set: set,
		request: request(conf.Address, conf.Tag),
		refresh: time.Duration(conf.Refresh), timeout: time.Duration(conf.Timeout), maxAge: time.Duration(conf.MaxTemplateAge),
		patience: d.patience, holdOff: d.holdOff,
	}
	if c.patience == 0 {
		c.patience = defaultPatience
	}
	if c.holdOff == 0 {
		c.holdOff = defaultHoldOff
	}
	return c, nil
}

// request asks for a block that pays everything to one address. Its amount is
// not hidden, which makes the output small and the payment easy to audit.
func request(address, tag string) *tarirpc.GetNewBlockTemplateWithCoinbasesRequest {
	return &tarirpc.GetNewBlockTemplateWithCoinbasesRequest{
		Algo: &tarirpc.PowAlgo{PowAlgo: tarirpc.PowAlgo_POW_ALGOS_SHA3X},
		Coinbases: []*tarirpc.NewBlockCoinbase{{
			Address: address, Value: 1, RevealedValueProof: true, CoinbaseExtra: []byte(tag),
		}},
	}
}

// Info says what the settings made of the coin.
func (c *coin) Info() coins.CoinInfo { return c.info }

// Close ends all streams and calls.
func (c *coin) Close() error { return c.set.close() }

// ValidateAddress decides about an address by its text alone.
func (c *coin) ValidateAddress(_ context.Context, address string) (coins.Payee, error) {
	return validate(c.network, address), nil
}
