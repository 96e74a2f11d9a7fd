package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
)

// checkTimeout bounds each question that a check asks a coin.
const checkTimeout = 20 * time.Second

// Problem is something wrong with a configuration, by the key that is to blame.
type Problem struct {
	Key     string // "pools.btc.address", "coins.bitcoin.settings.nodes[0].url"
	Message string
}

// Check opens every coin of cfg, asks no node, and returns everything that is
// wrong with the coins' settings and with how the pools combine them.
func Check(ctx context.Context, cfg Config) []Problem {
	c := &checker{infos: map[string]coins.CoinInfo{}, opened: map[string]coins.Coin{}}
	defer c.close()
	for _, name := range sortedKeys(cfg.Coins) {
		c.open(ctx, name, cfg.Coins[name])
	}
	for _, name := range sortedKeys(cfg.Pools) {
		c.pool(ctx, "pools."+name, cfg.Pools[name], cfg)
	}
	return c.problems
}

type checker struct {
	problems []Problem
	infos    map[string]coins.CoinInfo
	opened   map[string]coins.Coin
}

func (c *checker) addf(key, format string, args ...any) {
	c.problems = append(c.problems, Problem{key, fmt.Sprintf(format, args...)})
}

func (c *checker) close() {
	for _, coin := range c.opened {
		_ = coin.Close() // nothing was done with it that closing could spoil
	}
}

func (c *checker) open(ctx context.Context, name string, cfg CoinConfig) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	coin, err := cfg.Driver.Open(ctx, cfg.Settings)
	var list coins.Problems
	switch {
	case errors.As(err, &list):
		for _, p := range list {
			c.addf(settingsKey(name, p.Path), "%s", p.Message)
		}
	case err != nil:
		c.addf("coins."+name+".driver", "%v", err)
	default:
		c.opened[name], c.infos[name] = coin, coin.Info()
	}
}

// settingsKey is the key of a settings path. A driver refuses a network by the
// path "network", which is a key of the coin itself.
func settingsKey(coin, path string) string {
	switch path {
	case "":
		return "coins." + coin + ".settings"
	case "network":
		return "coins." + coin + ".network"
	}
	return "coins." + coin + ".settings." + path
}

func (c *checker) pool(ctx context.Context, key string, p configs.Pool, cfg Config) {
	parent, ok := c.opened[p.Parent]
	if !ok {
		return // said already
	}
	if _, ok := parent.(coins.Parent); !ok {
		c.addf(key+".parent", "%s makes no block templates, so it cannot be a parent; use it under aux", p.Parent)
		return
	}
	info := c.infos[p.Parent]
	if _, err := algos.ByName(info.Algorithm); err != nil {
		c.addf(key+".parent", "%s is mined by %q: %v", p.Parent, info.Algorithm, err)
	}
	c.aux(key, p, info)
	if p.Address != "" {
		c.address(ctx, key+".address", parent, p.Address)
	}
}

func (c *checker) address(ctx context.Context, key string, parent coins.Coin, address string) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	got, err := parent.ValidateAddress(ctx, address)
	switch {
	case err != nil:
		c.addf(key, "%q could not be checked: %v", address, err)
	case !got.Valid:
		c.addf(key, "%q cannot be paid: %s", address, got.Reason)
	}
}

// aux checks the auxiliary chains of a pool against its parent and each other.
func (c *checker) aux(key string, p configs.Pool, parent coins.CoinInfo) {
	byID := map[uint32]string{}
	for i, a := range p.Aux {
		at := fmt.Sprintf("%s.aux[%d]", key, i)
		coin, ok := c.opened[a.Coin]
		if !ok {
			continue
		}
		if _, ok := coin.(coins.Aux); !ok {
			c.addf(at, "%s takes no proof of a parent's work, so it cannot be merge-mined", a.Coin)
			continue
		}
		info := c.infos[a.Coin]
		for _, text := range mismatches(p.Parent, parent, a.Coin, info) {
			c.addf(at, "%s", text)
		}
		if !info.HasChainID {
			continue
		}
		if other, taken := byID[info.ChainID]; taken {
			c.addf(at, "%s has chain id %d, and so has %s: they cannot share a merged-mining tree", a.Coin, info.ChainID, other)
		}
		byID[info.ChainID] = a.Coin
	}
}
