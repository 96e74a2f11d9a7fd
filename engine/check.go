package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/stratum"
)

// checkTimeout bounds each question that a check asks a coin that is open.
const checkTimeout = 20 * time.Second

// coinOpenTimeout bounds the opening of a coin. Coins in processes of their own have
// limits for each step of it, which are shorter in sum and say more.
const coinOpenTimeout = 150 * time.Second

// Problem is something wrong with a configuration, by the key that is to blame.
type Problem struct {
	Key     string // "pools.btc.address", "coins.bitcoin.settings.nodes[0].url"
	Message string

	// Awaits is the coin that could not be asked now, since its program is slow,
	// crashes or does not answer: a running engine tries it again and again, while
	// the others mine. Empty for what stays wrong until somebody changes it.
	Awaits string
}

// Check opens every coin of cfg, asks no node, and returns everything that is
// wrong with the coins' settings and with how the pools combine them. It waits for
// the coins as long as a running engine does.
func Check(ctx context.Context, cfg Config) []Problem {
	return CheckWithin(ctx, cfg, coinOpenTimeout)
}

// CheckWithin is Check for who cannot wait: coins that are not open after so long
// are awaited.
func CheckWithin(ctx context.Context, cfg Config, patience time.Duration) []Problem {
	c := &checker{drivers: map[string]coins.Info{}, infos: map[string]coins.CoinInfo{}, opened: map[string]coins.Coin{}}
	defer c.close()
	c.openAll(ctx, cfg.Coins, patience)
	for _, name := range sortedKeys(cfg.Pools) {
		c.pool(ctx, "pools."+name, cfg.Pools[name], cfg)
	}
	return c.problems
}

type checker struct {
	problems []Problem
	drivers  map[string]coins.Info     // of every coin whose driver says what it is
	infos    map[string]coins.CoinInfo // of every coin of which so much is known
	opened   map[string]coins.Coin
}

func (c *checker) addf(key, format string, args ...any) {
	c.problems = append(c.problems, Problem{Key: key, Message: fmt.Sprintf(format, args...)})
}

// awaits notes what a coin could not be asked.
func (c *checker) awaits(coin, key, format string, args ...any) {
	c.problems = append(c.problems, Problem{Key: key, Message: fmt.Sprintf(format, args...), Awaits: coin})
}

// settled is an error of opening a coin that knows whether trying again is in vain
// until somebody changes the configuration or a file that it names.
type settled interface {
	error
	Settled() bool
}

func (c *checker) close() {
	for _, coin := range c.opened {
		_ = coin.Close() // nothing was done with it that closing could spoil
	}
}

// openAll opens the coins, all at the same time, and notes what they say in the order
// of their names.
func (c *checker) openAll(ctx context.Context, configured map[string]CoinConfig, patience time.Duration) {
	type result struct {
		coin coins.Coin
		err  error
	}
	names := sortedKeys(configured)
	results := make([]result, len(names))
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var group sync.WaitGroup
	for i, name := range names {
		group.Go(func() {
			cfg := configured[name]
			results[i].coin, results[i].err = cfg.Driver.Open(ctx, cfg.Settings)
		})
	}
	group.Wait()
	for i, name := range names {
		c.open(name, configured[name], results[i].coin, results[i].err)
	}
}

func (c *checker) open(name string, cfg CoinConfig, coin coins.Coin, err error) {
	var list coins.Problems
	switch {
	case errors.As(err, &list):
		for _, p := range list {
			c.addf(settingsKey(name, p.Path), "%s", p.Message)
		}
		c.describe(name, cfg.Driver)
	case err != nil: // a driver that cannot be started has nothing to say
		key := "coins." + name + ".driver"
		if final := settled(nil); errors.As(err, &final) && final.Settled() {
			c.addf(key, "%v", err)
			return
		}
		c.awaits(name, key, "%v", err)
	default:
		c.describe(name, cfg.Driver)
		c.opened[name], c.infos[name] = coin, coin.Info()
	}
}

// describe notes what a driver says of its coin without settings, unless the
// algorithm is itself a setting.
func (c *checker) describe(name string, d coins.Driver) {
	info := d.Describe()
	c.drivers[name] = info
	if !bytes.Contains(info.Schema, []byte(`"algorithm"`)) {
		c.infos[name] = info.Coin
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
	if driver, ok := c.drivers[p.Parent]; ok && !driver.Has(coins.RoleParent) {
		c.addf(key+".parent", "%s makes no block templates, so it cannot be a parent; use it under aux", p.Parent)
		return
	}
	info, known := c.infos[p.Parent]
	describe := func() coins.Info { return c.drivers[p.Parent] }
	if _, err := algorithmOf(p.Parent, info, describe); known && err != nil {
		c.addf(key+".parent", "%v", err)
	}
	if known {
		for _, f := range faults(p, info) {
			c.addf(key+"."+f.key, "%s", f.text)
		}
		if dialectFor(info) == stratum.SHA3x && p.Address != "" {
			if other := otherAddress(p, cfg.Coins[p.Parent].Settings); other != "" {
				c.addf(key+".address", "is not the address in coins.%s.settings, %s, which every block pays; expected the same", p.Parent, other)
			}
		}
	}
	c.aux(key, p, info, known)
	c.amounts(key, p)
	if parent, ok := c.opened[p.Parent]; ok && p.Address != "" {
		c.address(ctx, key+".address", p.Parent, parent, p.Address)
	}
}

func (c *checker) address(ctx context.Context, key, name string, parent coins.Coin, address string) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	got, err := parent.ValidateAddress(ctx, address)
	switch {
	case err != nil:
		c.awaits(name, key, "%q could not be checked: %v", address, err)
	case !got.Valid:
		c.addf(key, "%q cannot be paid: %s", address, got.Reason)
	}
}

// aux checks the auxiliary chains of a pool against its parent and each other.
func (c *checker) aux(key string, p configs.Pool, parent coins.CoinInfo, parentKnown bool) {
	byID := map[uint32]string{}
	for i, a := range p.Aux {
		at := fmt.Sprintf("%s.aux[%d]", key, i)
		if driver, ok := c.drivers[a.Coin]; ok && !driver.Has(coins.RoleAux) {
			c.addf(at, "%s takes no proof of a parent's work, so it cannot be merge-mined", a.Coin)
			continue
		}
		info, known := c.infos[a.Coin]
		if known && parentKnown {
			for _, text := range mismatches(p.Parent, parent, a.Coin, info) {
				c.addf(at, "%s", text)
			}
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
