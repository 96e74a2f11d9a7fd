package convert_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/configs/convert"
)

// mcPool is a pool of miningcore's.
func mcPool(id, coin, host string, port int, scheme string, pays bool) string {
	return fmt.Sprintf(`{"id": %q, "enabled": true, "coin": %q, "address": "x", "ports": {"%d": {"difficulty": 1}},
	  "daemons": [{"host": %q, "port": 8332, "user": "u", "password": "p"}],
	  "paymentProcessing": {"enabled": %t, "minimumPayment": 0.1, "payoutScheme": %q}}`, id, coin, port, host, pays, scheme)
}

func mustMiningcore(t *testing.T, pools ...string) *convert.Result {
	t.Helper()
	got, err := convert.Convert("f", []byte(`{"paymentProcessing": {"enabled": true}, "pools": [`+strings.Join(pools, ",")+`]}`), convert.Options{Node: "regtest"})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Pools of one coin on one node are pools of one coin here, too: two coins would pay
// from one wallet, each without knowing what the other has spent.
func TestPoolsShareACoin(t *testing.T) {
	for name, c := range map[string]struct {
		pools   []string
		coins   []string          // all of them
		wallets []string          // those that pay
		parents map[string]string // of each pool
		paying  []string          // pools with payouts
		left    string
	}{
		"SOLO and PPLNS on one node": {
			pools:   []string{mcPool("a", "bitcoin", "127.0.0.1", 3333, "PPLNS", true), mcPool("b", "bitcoin", "LocalHost", 3334, "SOLO", true)},
			coins:   []string{"bitcoin"},
			wallets: []string{"bitcoin"},
			parents: map[string]string{"a": "bitcoin", "b": "bitcoin"},
			paying:  []string{"a", "b"},
		},
		"only the second one pays": {
			pools:   []string{mcPool("a", "bitcoin", "h", 3333, "PPLNS", false), mcPool("b", "bitcoin", "h", 3334, "SOLO", true)},
			coins:   []string{"bitcoin"},
			wallets: []string{"bitcoin"},
			parents: map[string]string{"a": "bitcoin", "b": "bitcoin"},
			paying:  []string{"b"},
		},
		"two nodes": {
			pools:   []string{mcPool("a", "bitcoin", "h", 3333, "PPLNS", true), mcPool("b", "bitcoin", "i", 3334, "SOLO", true)},
			coins:   []string{"bitcoin", "bitcoin-2"},
			wallets: []string{"bitcoin", "bitcoin-2"},
			parents: map[string]string{"a": "bitcoin", "b": "bitcoin-2"},
			paying:  []string{"a", "b"},
		},
		"two algorithms on one node": {
			pools:   []string{mcPool("a", "digibyte-sha256", "h", 3333, "PPLNS", true), mcPool("b", "digibyte-scrypt", "h", 3334, "PPLNS", true)},
			coins:   []string{"digibyte", "digibyte-2"},
			wallets: []string{"digibyte"},
			parents: map[string]string{"a": "digibyte", "b": "digibyte-2"},
			paying:  []string{"a"},
			left:    "# pools[1].paymentProcessing: the wallet of its node pays the miners of [coins.digibyte]",
		},
		"another password": {
			pools:   []string{mcPool("a", "bitcoin", "h", 3333, "PPLNS", true), strings.Replace(mcPool("b", "bitcoin", "h", 3334, "SOLO", true), `"p"`, `"q"`, 1)},
			coins:   []string{"bitcoin"},
			wallets: []string{"bitcoin"},
			parents: map[string]string{"a": "bitcoin", "b": "bitcoin"},
			paying:  []string{"a", "b"},
			left:    "# pools[1].daemons[0]: the pool shares [coins.bitcoin] with pools[0], whose user and password are used",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := mustMiningcore(t, c.pools...)
			cfg := mustParse(t, got.TOML)
			var coins, wallets, paying []string
			for name, coin := range cfg.Coins {
				coins = append(coins, name)
				if coin.Settings["wallet"] != nil {
					wallets = append(wallets, name)
				}
			}
			for name, p := range cfg.Pools {
				if p.Parent != c.parents[name] {
					t.Errorf("pool %s mines %s, want %s", name, p.Parent, c.parents[name])
				}
				if p.Payouts != nil {
					paying = append(paying, name)
				}
			}
			slices.Sort(coins)
			slices.Sort(wallets)
			slices.Sort(paying)
			if len(cfg.Pools) != len(c.parents) || !slices.Equal(coins, c.coins) || !slices.Equal(wallets, c.wallets) || !slices.Equal(paying, c.paying) {
				t.Errorf("got %d pools, coins %q, wallets of %q, payouts of %q; want %d, %q, %q, %q", len(cfg.Pools), coins, wallets, paying, len(c.parents), c.coins, c.wallets, c.paying)
			}
			if !strings.Contains(got.TOML, c.left) {
				t.Errorf("%q is not said in:\n%s", c.left, got.TOML)
			}
		})
	}
}

// miningcore runs no pool that does not say so.
func TestPoolsThatDoNotRun(t *testing.T) {
	got := mustMiningcore(t, mcPool("a", "bitcoin", "h", 3333, "PPLNS", true), strings.Replace(mcPool("b", "bitcoin", "h", 3334, "SOLO", true), `"enabled": true,`, "", 1))
	if cfg := mustParse(t, got.TOML); len(cfg.Pools) != 1 || !strings.Contains(got.TOML, `# pools[1]: pool "b" is not enabled`) {
		t.Errorf("got\n%s", got.TOML)
	}
	_, err := convert.Convert("f", []byte(`{"pools": [{"id": "a", "coin": "bitcoin"}, {"id": "b", "coin": "monero", "enabled": true}]}`), convert.Options{})
	for _, want := range []string{`pool "a" is not enabled`, `no driver here mines "monero"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

// The first versions of miningcore had the coin in a table.
func TestOldNamesOfCoins(t *testing.T) {
	got := mustMiningcore(t, strings.Replace(mcPool("a", "X", "h", 3333, "PPLNS", true), `"coin": "X"`, `"coin": {"type": "ltc"}`, 1))
	if cfg := mustParse(t, got.TOML); cfg.Coins["litecoin"].Driver != "litecoin" {
		t.Errorf("got\n%s", got.TOML)
	}
}
