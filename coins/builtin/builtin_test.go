package builtin

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
)

// Every built-in driver describes itself completely, and agrees with itself.
func TestDrivers(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range Drivers() {
		info := d.Describe()
		t.Run(info.Driver, func(t *testing.T) {
			if info.Driver == "" || info.Version == "" || info.Summary == "" || len(info.Roles) == 0 || len(info.Networks) == 0 {
				t.Errorf("incomplete: %+v", info)
			}
			if seen[info.Driver] {
				t.Errorf("two drivers are called %q", info.Driver)
			}
			seen[info.Driver] = true
			if !json.Valid(info.Schema) {
				t.Errorf("schema is not JSON: %s", info.Schema)
			}
			if _, err := algos.ByName(info.Coin.Algorithm); err != nil && !info.Has(coins.RoleHasher) {
				t.Error(err)
			}
			if info.Coin.DifficultyOne == [32]byte{} || info.Coin.Network != info.Networks[0] {
				t.Errorf("coin: got %+v", info.Coin)
			}
			again, ok := Lookup(info.Driver)
			if !ok || again.Describe().Driver != info.Driver {
				t.Errorf("Lookup(%q) finds another", info.Driver)
			}
			var problems coins.Problems
			_, err := d.Open(t.Context(), coins.Settings{Instance: "x", JSON: []byte(`{"nonsense":1}`)})
			if !errors.As(err, &problems) || len(problems) < 2 {
				t.Errorf("settings of nonsense: got %v, want all problems", err)
			}
		})
	}
	if !seen["bitcoin"] || !seen["litecoin"] {
		t.Error("bitcoin or litecoin is missing")
	}
	if d, ok := Lookup("nope"); ok {
		t.Errorf("Lookup of an unknown name finds %v", d)
	}
}
