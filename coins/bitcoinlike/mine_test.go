package bitcoinlike

import (
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins/internal/family/familytest"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/simchain/simtest"
)

// Forks that settings alone describe are mined on nodes that refuse every block
// which breaks their rules.
func TestMinesDescribedForks(t *testing.T) {
	const payee = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"
	script := append(append([]byte{0x76, 0xa9, 0x14}, make([]byte, 20)...), 0x88, 0xac) // what payee stands for
	fund := simchain.Fund{Field: "devfund", Value: 700_000_000, Script: script, Payee: payee}
	onTop := fund
	onTop.OnTop = true
	type table = map[string]any
	for _, tt := range []struct {
		name     string
		chain    simchain.Config
		settings table
	}{
		{"plain", simchain.Config{}, table{}},
		{"scrypt", simchain.Config{Algorithm: simchain.Scrypt}, table{"algorithm": "scrypt"}},
		{"no segwit", simchain.Config{Dialect: simchain.Dogecoin, Algorithm: simchain.SHA256d}, table{"segwit": false, "version_mask": 0}},
		{"segwit described, not active by the node's rules", simchain.Config{Dialect: simchain.Dogecoin, Algorithm: simchain.SHA256d}, table{}},
		{"fund, by script", simchain.Config{Fork: simchain.Fork{Fund: &fund}}, table{
			"outputs": []table{{"field": "devfund", "value": "value", "script": "script"}}}},
		{"fund, by address", simchain.Config{Fork: simchain.Fork{Fund: &fund}}, table{
			"outputs": []table{{"field": "devfund", "value": "value", "address": "payee"}}}},
		{"fund, to a fixed address", simchain.Config{Fork: simchain.Fork{Fund: &fund}}, table{
			"outputs": []table{{"field": "devfund.value", "to": payee}}}},
		{"fund on top of the value", simchain.Config{Fork: simchain.Fork{Fund: &onTop}}, table{
			"outputs": []table{{"field": "devfund", "value": "value", "script": "script", "on_top": true}}}},
		{"payload", simchain.Config{Fork: simchain.Fork{Payload: true}}, table{"coinbase_payload": "coinbase_payload"}},
		{"all together, without segwit", simchain.Config{
			Dialect: simchain.Dogecoin, Algorithm: simchain.Scrypt, Fork: simchain.Fork{Payload: true, Fund: &onTop, Sorted: true},
		}, table{
			"algorithm": "scrypt", "segwit": false, "coinbase_payload": "coinbase_payload", "cashaddr": "fork", "p2pkh": []int{0x6f},
			"outputs": []table{{"field": "devfund", "value": "value", "address": "payee", "on_top": true}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.chain.Name, tt.chain.Parent = "fork", true
			n := simtest.MustStart(t, tt.chain)
			tt.settings["symbol"] = "FRK"
			c := familytest.MustOpen(t, New(nil), n.URL(), tt.settings)
			n.InjectFake(5, 1000)
			familytest.MustMine(t, c, familytest.MustStream(t, c), c.Info().Algorithm, 3)
			if n.Height() != 3 {
				t.Errorf("height %d, want 3", n.Height())
			}
		})
	}
}

// What is described wrongly is found out by the first template: by what it
// lacks, or by the node's own test of the block that it makes.
func TestWrongDescriptions(t *testing.T) {
	type table = map[string]any
	fund := &simchain.Fund{Field: "devfund", Value: 700, Script: []byte{0x53}}
	for _, tt := range []struct {
		name     string
		fork     simchain.Fork
		settings table
		says     string
	}{
		{"a fund that is not there", simchain.Fork{}, table{
			"outputs": []table{{"field": "devfund", "value": "value", "script": "script"}}}, "template lacks a field: devfund"},
		{"a fund that nobody described", simchain.Fork{Fund: fund}, table{}, "bad-cb-payee"},
		{"a fund said to be on top that is not", simchain.Fork{Fund: fund}, table{
			"outputs": []table{{"field": "devfund", "value": "value", "script": "script", "on_top": true}}}, "bad-cb-amount"},
		{"a payload that nobody described", simchain.Fork{Payload: true}, table{}, "bad-cbtx-payload"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := simtest.MustStart(t, simchain.Config{Parent: true, Fork: tt.fork})
			tt.settings["symbol"] = "FRK"
			c := familytest.MustOpen(t, New(nil), n.URL(), tt.settings)
			familytest.MustSay(t, c, tt.says)
		})
	}
}

// The node of another chain is refused by its first block.
func TestGenesisOfAnotherChain(t *testing.T) {
	n := simtest.MustStart(t, simchain.Config{Parent: true})
	c := familytest.MustOpen(t, New(nil), n.URL(), map[string]any{"symbol": "FRK", "genesis": strings.Repeat("12", 32)})
	familytest.MustRefuse(t, c, "which is not FRK regtest")
}
