package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// runBinary runs the program to its end and returns what it printed and its
// exit code.
func runBinary(t *testing.T, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, mustBinary(t), args...).CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("motherlode %q does not end; it printed:\n%s", args, out)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		return string(out), exit.ExitCode()
	}
	return string(out), 0
}

const wrongFile = `
data_dir = "data"
[http]
lisen = "127.0.0.1:0"
[coins.btc]
driver = "bitcoin"
network = "regtest"
  [coins.btc.settings]
  nodes = [{ url = "ftp://127.0.0.1:1", user = "u" }]
[coins.nmc]
driver = "namecoin"
network = "regtest"
  [coins.nmc.settings]
  nodes = [{ url = "http://127.0.0.1:1", user = "u", password = "p" }]
  address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
[pools.a]
parent = "btc"
aux = ["nmc", "namecoim"]
address = 7
  [[pools.a.listen]]
  address = "127.0.0.1:3333"
[pools.b]
parent = "nmc"
address = "x"
  [[pools.b.listen]]
  address = "0.0.0.0:3333"
  tls = { cert = "nowhere.pem", key = "nowhere.key" }
`

// TestCheckListsEverythingAtOnce feeds one file with a fault of every sort.
func TestCheckListsEverythingAtOnce(t *testing.T) {
	withoutRace(t)
	file := mustWrite(t, wrongFile)
	out, code := runBinary(t, "check", file)
	if code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	for name, want := range map[string][]string{
		"unknown key":                {":4: http.lisen: unknown key", "listen"},
		"scheme of a node":           {":9: coins.btc.settings.nodes[0].url:", "must start with http://"},
		"address of another network": {":15: coins.nmc.settings.address:", "Bitcoin main"},
		"unknown coin":               {":18: pools.a.aux[1]", "namecoim"},
		"wrong type":                 {":19: pools.a.address:", "expected"},
		"two pools on one port":      {"3333"},
		"aux chain as a parent":      {":23: pools.b.parent: nmc makes no block templates"},
		"certificate":                {":27: pools.b.listen[0].tls", "nowhere.pem"},
	} {
		if !hasLineWith(out, want) {
			t.Errorf("%s: no line with %q", name, want)
		}
	}
	run, code := runBinary(t, "run", file)
	if code != 2 {
		t.Errorf("run: exit code %d, want 2", code)
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, file) && !strings.Contains(run, strings.TrimSpace(line)) {
			t.Errorf("run does not say %s", line)
		}
	}
	if t.Failed() {
		t.Log("\n" + out)
	}
}

// TestCheckFindsDuplicateIDsThatOnlyNodesKnow has two chains of one id.
func TestCheckFindsDuplicateIDsThatOnlyNodesKnow(t *testing.T) {
	withoutRace(t)
	parent := mustSim(t, simchain.Config{Name: "parent", Parent: true})
	one, two := mustSim(t, simchain.Config{Name: "one", ChainID: 6}), mustSim(t, simchain.Config{Name: "two", ChainID: 6})
	file := mustWrite(t, killConfig(t.TempDir(), "127.0.0.1:0", parent, one, two))
	out, code := runBinary(t, "check", "--nodes", file)
	if code != 2 || !hasLineWith(out, []string{"pools.p.aux[1]", "chain id 6"}) {
		t.Errorf("exit code %d, printed:\n%s", code, out)
	}
}

// TestCheckFindsWhatCoinsSayOfEachOther has right settings, wrongly combined.
func TestCheckFindsWhatCoinsSayOfEachOther(t *testing.T) {
	withoutRace(t)
	t.Parallel()
	const coin = `
[coins.%]
driver = "auxpow"
network = "regtest"
  [coins.%.settings]
  symbol = "X"
  algorithm = "ALGO"
  chain_id = ID
  nodes = [{ url = "http://127.0.0.1:1", user = "u", password = "p" }]
  address = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"
`
	aux := func(name, algo, id string) string {
		return strings.NewReplacer("%", name, "ALGO", algo, "ID", id).Replace(coin)
	}
	file := mustWrite(t, `
[coins.btc]
driver = "bitcoin"
network = "regtest"
  [coins.btc.settings]
  nodes = [{ url = "http://127.0.0.1:1", user = "u", password = "p" }]
`+aux("one", "sha256d", "16")+aux("two", "sha256d", "16")+aux("scr", "scrypt", "98")+aux("fractal", "sha256d", "8228")+`
[pools.a]
parent = "btc"
aux = ["one", "two", "scr", "fractal"]
address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
  [[pools.a.listen]]
  address = "127.0.0.1:0"
  [pools.a.payouts]
  [pools.a.payouts.chains.btc]
  minimum = "0.000000015"
  fee_rate = "0.00001"
  max_fee = "0.123456789"
[pools.b]
parent = "one"
address = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"
  [[pools.b.listen]]
  address = "127.0.0.1:0"
[pools.c]
parent = "btc"
address = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"
payout = "coinbase"
  [pools.c.coinbase]
  minimum = "99999999999"
  [[pools.c.listen]]
  address = "127.0.0.1:1"
`)
	out, code := runBinary(t, "check", file)
	if code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	for _, want := range []string{
		"pools.a.aux[1]: two has chain id 16, and so has one",
		"pools.a.aux[2]: scr is mined by scrypt",
		"pools.a.aux[3]: fractal has chain id 0x2024",
		"pools.a.address: ",
		"pools.b.parent: one makes no block templates",
		`pools.a.payouts.chains.btc.minimum: "0.000000015" is no amount of a coin with 8 decimals`,
		`pools.a.payouts.chains.btc.max_fee: "0.123456789" is no amount`,
		`pools.c.coinbase.minimum: "99999999999" is no amount`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("missing %q", want)
		}
	}
	if t.Failed() {
		t.Log("\n" + out)
	}

	run, code := runBinary(t, "run", file)
	if code != 2 || !strings.Contains(run, "two has chain id 16, and so has one") {
		t.Errorf("run: exit code %d, printed:\n%s", code, run)
	}
}

// wrongUse is a call and what it must print; its exit code is 2, but 1 for a
// plugin, which only a pool can start.
type wrongUse struct {
	args []string
	want string
}

func (w wrongUse) code() int {
	if len(w.args) == 3 && w.args[2] == "bitcoin" {
		return 1
	}
	return 2
}

func TestWrongUseIsExplained(t *testing.T) {
	for name, c := range map[string]wrongUse{
		"no such command":     {[]string{"mine"}, "there is no command \"mine\"; did you mean \"miner\"?"},
		"no such flag":        {[]string{"check", "--node", "x"}, "unknown flag: --node"},
		"no such file":        {[]string{"run", "nowhere.toml"}, "nowhere.toml"},
		"address missing":     {[]string{"solo", "--node", "http://u:p@127.0.0.1:1"}, "--address is missing"},
		"node is no URL":      {[]string{"solo", "--node", "127.0.0.1", "--address", "x"}, "--node"},
		"foreign address":     {[]string{"solo", "--network", "main", "--node", "http://u:p@127.0.0.1:1", "--address", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"}, "expected Bitcoin main"},
		"plugin from a shell": {[]string{"plugin", "serve", "bitcoin"}, "the pool\nstarts it"},
		"no such plugin":      {[]string{"plugin", "serve", "nonsense"}, "no built-in driver"},
		"nothing to run":      {[]string{"run"}, "accepts 1 arg"},
		"no node":             {[]string{"solo", "--address", "x"}, "--node is missing"},
		"nobody mines":        {[]string{"miner", "127.0.0.1:1"}, "--user is missing"},
		"merge-mined alone":   {[]string{"solo", "--coin", "namecoin", "--node", "http://u:p@127.0.0.1:1", "--address", "x"}, "--coin: namecoin"},
		"page of solo":        {[]string{"solo", "--http", "nonsense", "--node", "http://u:p@127.0.0.1:1", "--address", "x"}, "--http: "},
		"network of solo":     {[]string{"solo", "--network", "mainnet", "--node", "http://u:p@127.0.0.1:1", "--address", "x"}, "--network: network \"mainnet\" is not known"},
		"blocks of the demo":  {[]string{"demo", "--blocks", "0"}, "--blocks"},
		"token of the demo":   {[]string{"demo", "--operator-token", "short"}, "--operator-token: expected"},
		"page of the demo":    {[]string{"demo", "--http", "127.0.0.1:99999"}, "--http: "},
	} {
		t.Run(name, func(t *testing.T) {
			out, code := runBinary(t, c.args...)
			if wantCode := c.code(); code != wantCode || !strings.Contains(out, c.want) {
				t.Errorf("exit code %d, printed %q; want %d and an error with %q", code, out, wantCode, c.want)
			}
		})
	}
}

// TestCheckAsksTheNodes has a good node, one that is down, one with another
// password, and an auxiliary chain whose node says another chain id.
func TestCheckAsksTheNodes(t *testing.T) {
	withoutRace(t)
	good := mustSim(t, simchain.Config{Name: "good", Parent: true})
	locked := mustSim(t, simchain.Config{Name: "locked", Parent: true})
	other := mustSim(t, simchain.Config{Name: "other", ChainID: 7})
	file := mustWrite(t, fmt.Sprintf(`
[coins.btc]
driver = "bitcoin"
network = "regtest"
  [coins.btc.settings]
  nodes = [
    { url = %q, user = "u", password = "p" },
    { url = "http://127.0.0.1:1", user = "u", password = "p" },
    { url = %q, user = "u", password = "another" },
  ]
[coins.aux]
driver = "auxpow"
network = "regtest"
  [coins.aux.settings]
  symbol = "X"
  chain_id = 5
  nodes = [{ url = %q, user = "u", password = "p" }]
  address = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"
[pools.a]
parent = "btc"
aux = ["aux"]
address = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"
  [[pools.a.listen]]
  address = "127.0.0.1:0"
  [pools.a.payouts]
  [pools.a.payouts.chains.btc]
  minimum = "0.1"
`, good.URL(), locked.URL(), other.URL()))
	if out, code := runBinary(t, "check", file); code != 0 {
		t.Fatalf("without --nodes: exit code %d\n%s", code, out)
	}
	out, code := runBinary(t, "check", "--nodes", file)
	if code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	for name, want := range map[string][]string{
		"node that is down":    {":8: coins.btc.settings.nodes[1]: 127.0.0.1:1 is down", "refused"},
		"wrong credentials":    {":9: coins.btc.settings.nodes[2]: ", "refuses the user name and password"},
		"chain id of the node": {":17: coins.aux.settings.nodes[0]", "says 7", "has 5"},
		"good node":            {good.Addr() + " ", "ready"},
		"no wallet":            {"pools.a.payouts.chains.btc: btc cannot be paid: ", "coin has no wallet to pay from"},
	} {
		if !hasLineWith(out, want) {
			t.Errorf("%s: no line with %q", name, want)
		}
	}
	if strings.Contains(out, "another\"") {
		t.Error("the password is printed")
	}
	if t.Failed() {
		t.Log("\n" + out)
	}
}

func hasLineWith(out string, parts []string) bool {
	for line := range strings.Lines(out) {
		all := true
		for _, p := range parts {
			all = all && strings.Contains(line, p)
		}
		if all {
			return true
		}
	}
	return false
}
