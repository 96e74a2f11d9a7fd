package bitcoinlike

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
)

const node = `"nodes":[{"url":"http://127.0.0.1:9332","user":"u","password":"p"}]`

func open(t *testing.T, network, members string) (coins.Coin, error) {
	t.Helper()
	c, err := New(nil).Open(t.Context(), coins.Settings{Instance: "x", Network: network, JSON: []byte("{" + node + "," + members + "}")})
	if err == nil {
		t.Cleanup(func() { c.Close() })
	}
	return c, err
}

func TestDescription(t *testing.T) {
	const genesis = `"genesis":"000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"`
	one := [32]byte{1: 0xff}
	for _, tt := range []struct {
		name, network, members string
		want                   coins.CoinInfo
	}{
		{"a symbol and prefixes are enough", "", `"symbol":"FRK","p2pkh":[35],"p2sh":[95]`, coins.CoinInfo{
			Symbol: "FRK", Name: "FRK", Network: "main", Algorithm: "sha256d", DifficultyOne: algos.DiffOneBitcoin,
			BlockTime: 600e9, Maturity: 100, Decimals: 8, VersionMask: 0x1fffe000, ExampleAddress: "F",
		}},
		{"all that can be said", "main", `"symbol":"FRK","name":"Fork","algorithm":"scrypt","difficulty_one":"00ff` + strings.Repeat("0", 60) + `",
			"block_time":"90s","maturity":240,"decimals":4,"hrp":"frk","version_mask":0,` + genesis, coins.CoinInfo{
			Symbol: "FRK", Name: "Fork", Network: "main", Algorithm: "scrypt", DifficultyOne: one,
			BlockTime: 90e9, Maturity: 240, Decimals: 4, ExampleAddress: "frk1q",
		}},
		{"scrypt counts as scrypt does", "test", `"symbol":"FRK","algorithm":"scrypt"`, coins.CoinInfo{
			Symbol: "FRK", Name: "FRK", Network: "test", Algorithm: "scrypt", DifficultyOne: algos.DiffOneScrypt,
			BlockTime: 600e9, Maturity: 100, Decimals: 8, VersionMask: 0x1fffe000, ExampleAddress: "mfWx",
		}},
		{"CashAddr", "main", `"symbol":"FRK","cashaddr":"fork","segwit":false`, coins.CoinInfo{
			Symbol: "FRK", Name: "FRK", Network: "main", Algorithm: "sha256d", DifficultyOne: algos.DiffOneBitcoin,
			BlockTime: 600e9, Maturity: 100, Decimals: 8, VersionMask: 0x1fffe000, ExampleAddress: "fork:q",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := open(t, tt.network, tt.members)
			if err != nil {
				t.Fatal(err)
			}
			got := c.Info()
			if p, err := c.ValidateAddress(t.Context(), got.ExampleAddress); err != nil || !p.Valid {
				t.Errorf("example address %q: got %+v, %v", got.ExampleAddress, p, err)
			}
			if !strings.HasPrefix(got.ExampleAddress, tt.want.ExampleAddress) {
				t.Errorf("example address: got %s, want %s...", got.ExampleAddress, tt.want.ExampleAddress)
			}
			got.ExampleAddress = tt.want.ExampleAddress
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// A chain takes the address forms that are described, and no other.
func TestOnlyDescribedAddresses(t *testing.T) {
	for _, tt := range []struct {
		name, members, address string
		valid                  bool
		says                   string
	}{
		{"key of the chain", `"p2pkh":[0,5],"p2sh":[22]`, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", true, ""},
		{"key of its older form", `"p2pkh":[35,0],"p2sh":[22]`, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", true, ""},
		{"script", `"p2pkh":[35],"p2sh":[5]`, "3P14159f73E4gFr7JterCCQh9QjiTjiZrG", true, ""},
		{"bech32", `"hrp":"bc"`, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", true, ""},
		{"no key where only bech32 is described", `"hrp":"frk"`, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", false, "belongs to Bitcoin main, expected FRK main"},
		{"no key where only scripts are", `"p2sh":[5]`, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", false, "belongs to Bitcoin main"},
		{"no bech32 where none is described", `"p2pkh":[0]`, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", false, "belongs to Bitcoin main"},
		{"no CashAddr", `"p2pkh":[0]`, "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", false, "belongs to Bitcoin Cash main"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := open(t, "main", `"symbol":"FRK",`+tt.members)
			if err != nil {
				t.Fatal(err)
			}
			p, err := c.ValidateAddress(t.Context(), tt.address)
			if err != nil || p.Valid != tt.valid || !strings.Contains(p.Reason, tt.says) {
				t.Errorf("got %+v, %v; want valid %t, %q", p, err, tt.valid, tt.says)
			}
		})
	}
}

func TestProblemsAreListedAtOnce(t *testing.T) {
	const prefixes = `"symbol":"FRK","p2pkh":[35],"p2sh":[95],`
	for _, tt := range []struct {
		name, network, members string
		want                   []string // a problem each, "path: text" in part
	}{
		{"nothing described", "main", `"poll":"1s"`, []string{"symbol: is missing", "p2pkh: is missing: no form of address"}},
		{"unknown network and keys", "moon", `"symbol":"FRK","simbol":"F"`, []string{`network "moon" is not known`, `simbol: unknown key, did you mean "symbol"?`}},
		{"algorithm of other headers", "main", prefixes + `"algorithm":"sha3x"`, []string{`algorithm: "sha3x" does not hash the headers of Bitcoin's form`}},
		{"algorithm of nobody", "main", prefixes + `"algorithm":"x11"`, []string{"algorithm: unknown algorithm"}},
		{"many at once", "main", `"symbol":"","p2pkh":[256,35,35],"p2sh":[-1,35],"hrp":"FRK","cashaddr":"a:","block_time":"0s","decimals":30,"genesis":"00",
			"version_mask":4026531840,"difficulty_one":"00","coinbase_version":0,"algorithm":""`, []string{
			"symbol: is empty", "p2pkh[0]: 256 is out of range", "p2pkh[2]: 35 stands there twice", "p2sh[0]: -1 is out of range",
			"p2sh[0]: 35 is also a version byte of p2pkh", `hrp: "FRK" is no prefix`, `cashaddr: "a:" is no prefix`, "block_time: must be longer",
			"decimals: 30 is too many", "genesis: ", "version_mask: 0xf0000000 has bits of the upper three", "difficulty_one: is no target",
			"coinbase_version: is 0", "algorithm: unknown algorithm",
		}},
		{"difficulty one of 0", "main", prefixes + `"difficulty_one":"` + strings.Repeat("0", 64) + `"`, []string{"difficulty_one: is no target"}},
		{"rules against the chain", "main", prefixes + `"segwit":false,"mweb":true,"rules":["segwit","","!csv"]`, []string{
			"mweb: needs segwit", "rules[0]: is segwit, which the chain does not have", `rules[1]: "" is not the name`, `rules[2]: "!csv" is not the name`}},
		{"mweb named and not there", "main", prefixes + `"rules":["mweb"]`, []string{"rules[0]: is mweb, which the chain does not have"}},
		{"payload of a common member", "main", prefixes + `"coinbase_payload":"transactions"`, []string{`coinbase_payload: "transactions" is a member`}},
		{"payload without a version", "main", prefixes + `"coinbase_payload":"p","coinbase_payload_version":0`, []string{"coinbase_payload_version: is 0"}},
		{"outputs", "main", prefixes + `"outputs":[{},{"field":"a..b","value":"v","script":"s","to":"x"},{"field":"rules","value":"v","address":"a"},
			{"field":"dev","script":"s"},{"value":"coinbasevalue","script":"s"},{"field":"dev","valeu":"v","script":"s"}]`, []string{
			"outputs[0].field: is missing, and so is value", "outputs[0]: has 0 of script, address and to",
			`outputs[1].field: "a..b" has an empty part`, "outputs[1]: has 2 of script, address and to", `outputs[1].to: "x" cannot be paid`,
			`outputs[2].field: "rules" is a member`, "outputs[3].value: is missing: field cannot be both", `outputs[4].value: "coinbasevalue" is a member`,
			`outputs[5].valeu: unknown key, did you mean "value"?`}},
		{"the same output twice", "main", prefixes + `"outputs":[{"field":"dev","value":"v","script":"s"},{"field":"dev","value":"v","script":"s"}]`,
			[]string{"outputs[1]: is the same as outputs[0]"}},
		{"fund to an address of another coin", "main", prefixes + `"outputs":[{"field":"fund","to":"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"}]`,
			[]string{`outputs[0].to: "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa" cannot be paid: address belongs to Bitcoin main, expected FRK main`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(t, tt.network, tt.members)
			var got coins.Problems
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want problems", err)
			}
			lines := strings.Split(got.Error(), "\n")
			for _, w := range tt.want {
				if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, w) }) {
					t.Errorf("got %q, want a problem %q", lines, w)
				}
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	info := New(nil).Describe()
	if info.Driver != "bitcoinlike" || !slices.Equal(info.Networks, []string{"main", "test", "regtest"}) || !info.Has(coins.RoleParent) {
		t.Errorf("got %+v", info)
	}
	for _, key := range []string{"p2pkh", "cashaddr", "version_mask", "difficulty_one", "coinbase_payload", "outputs", "on_top"} {
		if !strings.Contains(string(info.Schema), `"`+key+`"`) {
			t.Errorf("the schema lacks %s", key)
		}
	}
}
