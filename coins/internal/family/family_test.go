package family

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
	"github.com/motherlode-pool/motherlode/coins/internal/gbt"
)

func chain() Chain {
	return Chain{
		Driver: "fake",
		Coin:   coins.CoinInfo{Symbol: "FAK", Name: "Fake"},
		Networks: []Network{
			{Name: "main", Address: address.BitcoinMain},
			{Name: "regtest", Address: address.BitcoinRegtest, Solitary: true},
		},
	}
}

const good = `{"nodes":[{"url":"http://127.0.0.1:1","user":"u","password":"p"}]}`

func TestOpen(t *testing.T) {
	for _, tt := range []struct{ name, network, json, want string }{
		{"main by default", "", good, "main"},
		{"by name", "regtest", good, "regtest"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := New(chain(), nil).Open(t.Context(), coins.Settings{Network: tt.network, JSON: []byte(tt.json)})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if got := c.Info().Network; got != tt.want {
				t.Errorf("network: got %s, want %s", got, tt.want)
			}
			if _, ok := c.(coins.Parent); !ok {
				t.Error("not a parent")
			}
			if _, ok := c.(coins.Aux); ok {
				t.Error("an aux coin, which is not announced")
			}
		})
	}
}

func TestOpenListsAllProblems(t *testing.T) {
	_, err := New(chain(), nil).Open(t.Context(), coins.Settings{Network: "moon", JSON: []byte(`{"nodes":[{}],"x":1}`)})
	var problems coins.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want Problems", err)
	}
	var paths []string
	for _, p := range problems {
		paths = append(paths, p.Path)
	}
	for _, want := range []string{"", "nodes[0].url", "nodes[0]", "x"} {
		if !slices.Contains(paths, want) {
			t.Errorf("got problems at %q, want one at %q", paths, want)
		}
	}
}

func TestAddressesAreOfTheNetwork(t *testing.T) {
	c, err := New(chain(), nil).Open(t.Context(), coins.Settings{Network: "regtest", JSON: []byte(good)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if p, err := c.ValidateAddress(t.Context(), "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"); err != nil || !p.Valid {
		t.Errorf("got %+v, %v, want it valid", p, err)
	}
	if p, err := c.ValidateAddress(t.Context(), "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"); err != nil || p.Valid || p.Reason == "" {
		t.Errorf("got %+v, %v, want a refusal with a reason", p, err)
	}
}

func TestIDsGrowOverReopening(t *testing.T) {
	d := New(chain(), nil)
	var last uint64
	for range 3 {
		c, err := d.Open(t.Context(), coins.Settings{JSON: []byte(good)})
		if err != nil {
			t.Fatal(err)
		}
		if id := c.(*coin).source().NextID(); id <= last {
			t.Errorf("id %d after %d", id, last)
		} else {
			last = id
		}
		c.Close()
	}
}

// A chain of several algorithms has a setting for them, and the others do not.
func TestLanes(t *testing.T) {
	ch := chain()
	ch.Lanes = []Lane{
		{Algorithm: "sha256d", BlockTime: 5, VersionBits: gbt.Bits{Mask: 0xf00, Value: 0x200}, Param: "one"},
		{Algorithm: "scrypt", BlockTime: 7, DifficultyOne: [32]byte{1}, VersionBits: gbt.Bits{Mask: 0xf00}, Param: "two"},
	}
	d := New(ch, nil)
	if got := d.Describe(); got.Coin.Algorithm != "sha256d" || !strings.Contains(string(got.Schema), `"algorithm"`) {
		t.Errorf("describe: got %+v", got)
	}
	if strings.Contains(string(New(chain(), nil).Describe().Schema), `"algorithm"`) {
		t.Error("a chain of one algorithm has a setting for it")
	}
	text := strings.TrimSuffix(good, "}") + `,"algorithm":"scrypt"}`
	opened, err := d.Open(t.Context(), coins.Settings{JSON: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if got := opened.Info(); got.Algorithm != "scrypt" || got.BlockTime != 7 || got.DifficultyOne != [32]byte{1} {
		t.Errorf("info: got %+v", got)
	}
	c := opened.(*coin)
	if src := c.source(); !slices.Equal(src.Params, []any{"two"}) || c.options().VersionBits.Mask != 0xf00 || c.options().VersionBits.Value != 0 {
		t.Errorf("source: got %v, %+v", src.Params, c.options())
	}

	_, err = d.Open(t.Context(), coins.Settings{JSON: []byte(strings.Replace(text, "scrypt", "x11", 1))})
	if err == nil || !strings.Contains(err.Error(), `algorithm: "x11" is not mined here, expected one of sha256d, scrypt`) {
		t.Errorf("unknown algorithm: got %v", err)
	}
}

// What a request names: the family's rules unless the chain has its own, then the
// network's; the same for proposals.
func TestRulesOfRequests(t *testing.T) {
	for _, tt := range []struct {
		name        string
		rules, nets []string
		want        []string
	}{
		{"the family's", nil, nil, []string{"mweb", "segwit"}},
		{"and the network's", nil, []string{"signet"}, []string{"mweb", "segwit", "signet"}},
		{"none", []string{}, nil, []string{}},
		{"the chain's own", []string{"own"}, []string{"net"}, []string{"own", "net"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &coin{chain: Chain{Rules: tt.rules}, network: Network{Rules: tt.nets}}
			src := c.source()
			if got := src.Request.(map[string]any)["rules"].([]string); got == nil || !slices.Equal(got, tt.want) || !slices.Equal(src.Rules, got) {
				t.Errorf("got %v, proposals %v, want %v", got, src.Rules, tt.want)
			}
		})
	}
}

// Where the schedule is certain, an empty template goes ahead of the full one.
func TestEmptyTemplates(t *testing.T) {
	last := &coins.Template{
		Height: 7, Reward: 50, PrevHash: coins.Hash{6},
		Tree: &coins.CoinbaseTree{Bits: 0x207fffff},
	}
	tip := gbt.Tip{Hash: coins.Hash{7}, Prev: coins.Hash{6}, Height: 7, Bits: 0x207fffff, MedianTime: 1}
	c := &coin{network: Network{Schedule: gbt.Schedule{Subsidy: 50, Halving: 100}}}
	if got := c.source().Empty(last, tip); got == nil || got.Height != 8 || got.PrevHash != tip.Hash || got.Reward != 50 {
		t.Errorf("got %+v, want the block after the tip", got)
	}
	if c.network.Schedule = (gbt.Schedule{}); c.source().Empty != nil {
		t.Error("a network without a schedule makes empty templates")
	}
}

func TestExampleAddressIsOfTheNetwork(t *testing.T) {
	d := New(chain(), nil)
	c, err := d.Open(t.Context(), coins.Settings{Network: "regtest", JSON: []byte(good)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if p, err := c.ValidateAddress(t.Context(), c.Info().ExampleAddress); err != nil || !p.Valid {
		t.Errorf("%q: got %+v, %v", c.Info().ExampleAddress, p, err)
	}
	if main := d.Describe().Coin.ExampleAddress; !strings.HasPrefix(main, "bc1") {
		t.Errorf("describe: got %q, want one of the main network", main)
	}
}

func TestGenesisPanicsOnATypo(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	Genesis("00")
}
