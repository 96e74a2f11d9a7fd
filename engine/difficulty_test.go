package engine

import (
	"slices"
	"testing"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/vardiff"
)

func TestDifficultySuitsTheAlgorithm(t *testing.T) {
	for _, c := range []struct {
		name, algorithm string
		one             algos.Target
		l               configs.Listen
		want            vardiff.Profile
	}{
		{"bitcoin", "sha256d", algos.DiffOneBitcoin, configs.DefaultListen(),
			vardiff.Profile{Start: 8192, Min: 1, SharesPerMinute: 18, NiceHashMin: 524_288}},
		{"litecoin", "scrypt", algos.DiffOneScrypt, configs.Listen{Profile: "low"},
			vardiff.Profile{Start: 16, Min: 0.01, SharesPerMinute: 6, NiceHashMin: 524_288}},
		{"tari", "sha3x", algos.DiffOneSHA3x, configs.DefaultListen(),
			vardiff.Profile{Start: 4e9, Min: 1e6, SharesPerMinute: 18}},
		{"scrypt counted as Bitcoin does", "scrypt", algos.DiffOneBitcoin, configs.Listen{Profile: "rental"},
			vardiff.Profile{Start: 8, Min: 1, SharesPerMinute: 12, NiceHashMin: 8}},
		{"of a plugin", "randomx", algos.DiffOneSHA3x, configs.DefaultListen(),
			vardiff.Profile{Start: 1e5, Min: 1e3, SharesPerMinute: 18}},
		{"what is configured wins", "sha256d", algos.DiffOneBitcoin,
			configs.Listen{Profile: "rental", Difficulty: configs.Difficulty{Start: 5, Min: 4, Max: 6, TargetSharesPerMinute: 7, NiceHashMin: 8}},
			vardiff.Profile{Start: 5, Min: 4, Max: 6, SharesPerMinute: 7, NiceHashMin: 8}},
		{"a start alone takes the minimum along", "sha256d", algos.DiffOneBitcoin,
			configs.Listen{Difficulty: configs.Difficulty{Start: 1e-10}},
			vardiff.Profile{Start: 1e-10, Min: 1e-10, SharesPerMinute: 18, NiceHashMin: 524_288}},
	} {
		if got := listenDifficulty(c.l, c.algorithm, c.one); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

// The configuration knows the names of the profiles without importing them.
func TestProfilesHaveTheNamesOfTheConfiguration(t *testing.T) {
	cfg := configs.Default()
	cfg.Coins["c"] = configs.Coin{Driver: "bitcoin"}
	for _, name := range append(vardiff.Names(), "") {
		p := testPool("c", "x")
		p.Listen[0].Address, p.Listen[0].Profile = "127.0.0.1:3333", name
		cfg.Pools["p"] = p
		if err := cfg.Validate(); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	if !slices.Contains(vardiff.Names(), configs.DefaultListen().Profile) {
		t.Errorf("the default, %q, is no profile", configs.DefaultListen().Profile)
	}
}
