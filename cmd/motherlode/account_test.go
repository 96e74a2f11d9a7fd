package main

import (
	"bytes"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/motherlode-pool/motherlode/engine/control"
)

// What coinbases pay is a column where they pay miners, and only there.
func TestBalancesArePrinted(t *testing.T) {
	units := map[string]control.Unit{"c": {Symbol: "LTC", Decimals: 2}, "aux": {Symbol: "DOGE", Decimals: 2}}
	show := func(all ...control.Balance) string {
		var b bytes.Buffer
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		printBalances(w, all, units)
		w.Flush()
		return b.String()
	}
	aux := control.Balance{Chain: "aux", Owed: -5, Paid: 300}
	if got, want := show(aux), `  chain  immature   owed        being paid  paid
  aux    0.00 DOGE  -0.05 DOGE  0.00 DOGE   3.00 DOGE
`; got != want {
		t.Errorf("a wallet pays: got\n%s\nwant\n%s", got, want)
	}
	if got, want := show(control.Balance{Chain: "c", Immature: 100, InCoinbases: 130, Carried: -30}, aux), `  chain  immature   owed        being paid  paid       in coinbases  carried
  c      1.00 LTC   0.00 LTC    0.00 LTC    0.00 LTC   1.30 LTC      -0.30 LTC
  aux    0.00 DOGE  -0.05 DOGE  0.00 DOGE   3.00 DOGE  0.00 DOGE     0.00 DOGE
`; got != want {
		t.Errorf("coinbases pay: got\n%s\nwant\n%s", got, want)
	}
	if got := show(); strings.TrimSpace(got) != "" {
		t.Errorf("nothing: got %q", got)
	}
}
