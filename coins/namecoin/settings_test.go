package namecoin

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
)

func TestSettingsProblemsAreListedAtOnce(t *testing.T) {
	const node = `"nodes":[{"url":"http://127.0.0.1:8336","user":"u","password":"p"}]`
	tests := []struct {
		name    string
		driver  coins.Driver
		network string
		json    string
		want    []string // each in one problem, "path: text"
	}{
		{"all is well", New(nil), "", `{` + node + `,"address":"N2pGWAh65TWpWmEFrFssRQkQubbczJSKi9"}`, nil},
		{"no address, unknown key, mode", New(nil), "", `{` + node + `,"adress":"x","mode":"magic"}`,
			[]string{`adress: unknown key, did you mean "address"?`, `mode: "magic" is not known`, "address: is missing: this chain's blocks need an address of Namecoin main"}},
		{"address of another network", New(nil), "main", `{` + node + `,"address":"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"}`,
			[]string{"belongs to Bitcoin main, expected Namecoin main"}},
		{"no nodes", New(nil), "", `{"address":"N2pGWAh65TWpWmEFrFssRQkQubbczJSKi9"}`, []string{"nodes: is missing"}},
		{"the wallet needs no address", New(nil), "", `{` + node + `,"mode":"getauxblock"}`, nil},
		{"unknown network", New(nil), "moon", `{` + node + `}`, []string{`network: "moon" is not known`}},
		{"a key of the generic driver", NewDogecoin(nil), "regtest", `{` + node + `,"address":"` + testAddress + `","chain_id":5}`,
			[]string{"chain_id: unknown key"}},
		{"generic main without versions", NewGeneric(nil), "main", `{` + node + `,"symbol":"X","address":"x"}`,
			[]string{"p2pkh: is missing", "p2sh: is missing"}},
		{"generic out of range", NewGeneric(nil), "regtest", `{` + node + `,"symbol":"X","address":"` + testAddress + `","chain_id":70000,"p2sh":256,"algorithm":"x11"}`,
			[]string{"chain_id: 70000 is out of range", "p2sh: 256 is out of range", "algorithm: unknown algorithm"}},
		{"a mode that does not serve", NewSyscoin(nil), "regtest", `{` + node + `,"address":"` + testAddress + `","mode":"template"}`,
			[]string{"mode: template does not serve this chain, expected auto or createauxblock"}},
		{"a mode that serves", NewElastos(nil), "", `{` + node + `,"address":"` + elastosAddress + `","mode":"createauxblock"}`, nil},
		{"generic, unknown dialect", NewGeneric(nil), "regtest", `{` + node + `,"symbol":"X","address":"` + testAddress + `","dialect":"latin"}`,
			[]string{`dialect: "latin" is not known, expected core or elastos`}},
		{"generic, a dialect without the parent's tip", NewGeneric(nil), "regtest", `{` + node + `,"symbol":"X","address":"` + testAddress + `","dialect":"elastos","parent_tip":true}`,
			[]string{"parent_tip: nodes of the dialect elastos cannot be told"}},
		{"generic, symbol missing", NewGeneric(nil), "regtest", `{` + node + `,"address":"` + testAddress + `"}`, []string{"symbol: is missing"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := tt.driver.Open(t.Context(), coins.Settings{Instance: "x", Network: tt.network, JSON: []byte(tt.json)})
			if len(tt.want) == 0 {
				if err != nil {
					t.Fatal(err)
				}
				c.Close()
				return
			}
			var got coins.Problems
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want problems", err)
			}
			lines := strings.Split(got.Error(), "\n")
			for _, w := range tt.want {
				if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, w) }) {
					t.Errorf("got %q, want a problem with %q", lines, w)
				}
			}
		})
	}
}
