package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
)

// pick is one of several.
func pick[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

// some are a part of all, in any order.
func some(r *rand.Rand, all ...string) (names []string) {
	for _, i := range r.Perm(len(all))[:r.IntN(len(all)+1)] {
		names = append(names, all[i])
	}
	return names
}

// randomConfig has few names and few values, so that two of them have much in common.
func randomConfig(r *rand.Rand) *configs.Config {
	c := configs.Default()
	coins := []string{"a", "b", "c", "d"}
	for _, name := range coins {
		c.Coins[name] = configs.Coin{Driver: pick(r, "bitcoin", "bitcoin", "bitcoin", "namecoin"), Settings: map[string]any{"wallet": pick(r, "w", "w", "w", "v"), "nodes": []any{"n"}}}
	}
	for _, name := range append([]string{"p"}, some(r, "q")...) {
		p := configs.DefaultPool()
		p.Parent = pick(r, "a", "a", "a", "b")
		p.Reward, p.Payout = pick(r, "solo", "pplns", "pplns", "prop"), pick(r, "pool", "pool", "coinbase")
		p.FeeBPS, p.PPLNSWindow, p.Address = r.IntN(3), pick[float64](r, 1, 2), pick(r, "x", "x", "y")
		p.Limits.Burst = r.IntN(3)
		for _, coin := range some(r, "c", "d") {
			p.Aux = append(p.Aux, configs.Aux{Coin: coin, Cap: pick(r, true, false), Reward: pick(r, "", "pps", "prop")})
		}
		for _, address := range append([]string{":1"}, some(r, ":2", ":3")...) {
			l := configs.Listen{Address: address, Profile: pick(r, "low", "normal"), Protocol: pick(r, "", "", "sha3x")}
			l.Difficulty.Start = float64(r.IntN(3))
			p.Listen = append(p.Listen, l)
		}
		r.Shuffle(len(p.Listen), func(i, j int) { p.Listen[i], p.Listen[j] = p.Listen[j], p.Listen[i] })
		if paid := some(r, append(some(r, "c", "d"), p.Parent)...); len(paid) > 0 {
			o := configs.DefaultPayouts()
			o.DryRun, o.Chains = pick(r, true, false), map[string]configs.PayoutChain{}
			for _, coin := range paid {
				o.Chains[coin] = configs.PayoutChain{Minimum: pick(r, "1", "2")}
			}
			p.Payouts = &o
		}
		c.Pools[name] = p
	}
	for _, name := range some(r, "h", "i", "j") {
		c.Hooks = append(c.Hooks, configs.Hook{Name: name, Kind: pick(r, "ntfy", "webhook"), URL: pick(r, "u", "v")})
	}
	return &c
}

// whatHolds is all that a configuration says together of a chain, of a port and of a
// hook, as text by their names. Places in lists are not in it.
func whatHolds(c *configs.Config) map[string]string {
	all := map[string]string{}
	put := func(key string, v ...any) { all[key] = fmt.Sprintf("%+v", v) }
	for name, p := range c.Pools {
		terms := func(coin, reward string) {
			put("terms "+name+" "+coin, p.Parent, p.Payout == "coinbase", reward, p.FeeBPS, p.PPLNSWindow)
		}
		terms(p.Parent, p.Reward)
		for _, a := range p.Aux {
			reward := p.Reward
			if a.Reward != "" {
				reward = a.Reward
			}
			terms(a.Coin, reward)
		}
		for _, l := range p.Listen {
			put("port "+name+" "+l.Address, p.Parent, c.Coins[p.Parent].Driver, l.Protocol, l.Profile, l.Difficulty)
		}
		for coin, chain := range paidChains(p) {
			put("payments "+name+" "+coin, p.Payout, p.Address, c.Coins[coin], p.Payouts.DryRun, chain)
		}
	}
	for _, h := range c.Hooks {
		put("hook "+h.Name, h)
	}
	return all
}

func paidChains(p configs.Pool) map[string]configs.PayoutChain {
	if p.Payouts == nil {
		return nil
	}
	return p.Payouts.Chains
}

// A reload never mixes: what holds of a chain, of a port or of a hook afterwards is
// what the old file or what the new file says of the same one. What is said to be in
// force is, what needs a restart is not, and with nothing left all is as in the new
// file.
func TestReloadNeverMixes(t *testing.T) {
	for seed := range uint64(2_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		running, next := randomConfig(r), randomConfig(r)
		if pick(r, true, false) { // alike, but for little
			next = randomConfig(rand.New(rand.NewPCG(seed, 1)))
			changeOne(r, next)
		}
		was := mustText(t, running)
		merged, applied, rest := mergeLive(running, next)
		if mustText(t, running) != was {
			t.Fatalf("seed %d: the running configuration was changed", seed)
		}
		old, now, wanted := whatHolds(running), whatHolds(merged), whatHolds(next)
		for key, got := range now {
			if got != old[key] && got != wanted[key] {
				t.Fatalf("seed %d: %s:\ngot      %s\nold file %s\nnew file %s\nin force: %q\nrestart:  %q", seed, key, got, old[key], wanted[key], applied, rest)
			}
		}
		for key := range old {
			if _, ok := now[key]; !ok && wanted[key] != "" {
				t.Fatalf("seed %d: %s is in both files, and gone", seed, key)
			}
		}
		if len(rest) == 0 && !reflect.DeepEqual(now, wanted) {
			t.Fatalf("seed %d: no restart is needed, and it is not as in the new file:\ngot  %v\nwant %v", seed, now, wanted)
		}
		if len(applied) == 0 && !reflect.DeepEqual(now, old) {
			t.Fatalf("seed %d: nothing is in force, and it is not as it was", seed)
		}
		if _, again, still := mergeLive(merged, next); len(again) > 0 || !reflect.DeepEqual(still, rest) {
			t.Fatalf("seed %d: a second time: %q in force, %q needs a restart; before: %q", seed, again, still, rest)
		}
	}
}

// changeOne changes a pool's order and one thing more.
func changeOne(r *rand.Rand, c *configs.Config) {
	p := c.Pools["p"]
	r.Shuffle(len(p.Listen), func(i, j int) { p.Listen[i], p.Listen[j] = p.Listen[j], p.Listen[i] })
	r.Shuffle(len(p.Aux), func(i, j int) { p.Aux[i], p.Aux[j] = p.Aux[j], p.Aux[i] })
	r.Shuffle(len(c.Hooks), func(i, j int) { c.Hooks[i], c.Hooks[j] = c.Hooks[j], c.Hooks[i] })
	switch r.IntN(5) {
	case 0:
		p.FeeBPS = r.IntN(3)
	case 1:
		p.Listen[0].Difficulty.Start = 7
	case 2:
		if len(p.Aux) > 0 {
			p.Aux[0].Reward = "fpps"
		}
	case 3:
		p.Reward = pick(r, "solo", "pplns")
	}
	c.Pools["p"] = p
}

func mustText(t *testing.T, c *configs.Config) string {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every list of tables in a configuration has names, so that none is compared by
// places.
func TestEveryListHasNames(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var look func(reflect.Type, string)
	look = func(x reflect.Type, path string) {
		if seen[x] {
			return
		}
		seen[x] = true
		switch x.Kind() {
		case reflect.Struct:
			for i := range x.NumField() {
				if key := x.Field(i).Tag.Get("toml"); key != "" {
					look(x.Field(i).Type, path+"."+key)
				}
			}
		case reflect.Slice:
			if x.Elem().Kind() == reflect.Struct {
				if _, ok := entryName(reflect.Zero(x.Elem())); !ok {
					t.Errorf("%s: its entries have no name", path)
				}
			}
			look(x.Elem(), path+"[]")
		case reflect.Map, reflect.Pointer:
			look(x.Elem(), path+".*")
		}
	}
	look(reflect.TypeFor[configs.Config](), "")
	if !seen[reflect.TypeFor[configs.Listen]()] {
		t.Error("the lists were not found")
	}
}
