package bitcoincash

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/family/familytest"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/simchain/simtest"
)

// plain is a chain like Bitcoin Cash: no witness data, sorted transactions.
func plain() simchain.Config {
	return simchain.Config{
		Name: "cash", Parent: true, Dialect: simchain.Dogecoin, Algorithm: simchain.SHA256d,
		Fork: simchain.Fork{Sorted: true},
	}
}

func TestDescribe(t *testing.T) {
	info := New(nil).Describe()
	if info.Driver != "bitcoincash" || !info.Has(coins.RoleParent) || info.Coin.Algorithm != "sha256d" || info.Coin.Symbol != "BCH" {
		t.Errorf("got %+v", info)
	}
	if want := []string{"main", "test3", "test4", "chipnet", "scalenet", "regtest"}; !slices.Equal(info.Networks, want) {
		t.Errorf("networks: got %v, want %v", info.Networks, want)
	}
	if !strings.HasPrefix(info.Coin.ExampleAddress, "bitcoincash:q") {
		t.Errorf("example address: got %s", info.Coin.ExampleAddress)
	}
}

// Networks that share their first block are told apart by another.
func TestNetworksDiffer(t *testing.T) {
	for i, a := range networks() {
		for _, b := range networks()[:i] {
			if len(a.Genesis) > 0 && slices.Equal(a.Genesis, b.Genesis) && a.Fork == b.Fork {
				t.Errorf("%s and %s cannot be told apart", a.Name, b.Name)
			}
		}
	}
}

func TestAddressesOfTheNetworks(t *testing.T) {
	for name, prefix := range map[string]string{
		"main": "bitcoincash", "test3": "bchtest", "test4": "bchtest", "chipnet": "bchtest", "scalenet": "bchtest", "regtest": "bchreg",
	} {
		c, err := New(nil).Open(t.Context(), coins.Settings{Network: name, JSON: []byte(`{"nodes":[{"url":"http://127.0.0.1:1","user":"u","password":"p"}]}`)})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		example := c.Info().ExampleAddress
		if p, err := c.ValidateAddress(t.Context(), example); err != nil || !p.Valid || !strings.HasPrefix(example, prefix+":") {
			t.Errorf("%s: %s: got %+v, %v", name, example, p, err)
		}
		p, err := c.ValidateAddress(t.Context(), "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
		if err != nil || p.Valid || !strings.Contains(p.Reason, "belongs to Bitcoin main, expected Bitcoin Cash "+name) {
			t.Errorf("%s: Bitcoin's address: got %+v, %v", name, p, err)
		}
	}
}

// Blocks of heights 1 to 17, then one whose sorted transactions are not in the
// order in which they spend each other, on a node that refuses any other order
// and all witness data.
func TestMinesWithoutSegwitInTheNodesOrder(t *testing.T) {
	n := simtest.MustStart(t, plain())
	c := familytest.MustOpen(t, New(nil), n.URL(), nil)
	s := familytest.MustStream(t, c)
	familytest.MustMine(t, c, s, "sha256d", 17)

	ids := n.InjectFake(20, 1000)
	tmpl := s.Next(t, func(tmpl *coins.Template) bool { return tmpl.Height == 18 && tmpl.Tree.TxCount == len(ids) })
	if tmpl.Fees != 20*1000 || tmpl.Tree.WitnessReserved != nil || len(tmpl.Tree.Outputs) != 0 {
		t.Errorf("template: got fees %d, reserved %x, outputs %v; want no trace of segwit", tmpl.Fees, tmpl.Tree.WitnessReserved, tmpl.Tree.Outputs)
	}
	b := familytest.Solve(t, tmpl, "sha256d", 0)
	familytest.MustTake(t, c, b)
	if bytes.Contains(b.Raw, []byte{0xaa, 0x21, 0xa9, 0xed}) {
		t.Error("the block commits to witness data")
	}
}

// A node that demands segwit is Bitcoin's, whatever its first block.
func TestNodeWithSegwitGivesNoWork(t *testing.T) {
	n := simtest.MustStart(t, simchain.Config{Parent: true})
	c := familytest.MustOpen(t, New(nil), n.URL(), nil)
	familytest.MustRefuse(t, c, "must be called with the segwit rule")
}
