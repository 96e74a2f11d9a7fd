package family

import (
	"errors"
	"slices"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
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

func TestGenesisPanicsOnATypo(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	Genesis("00")
}
