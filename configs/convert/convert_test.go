package convert_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/configs/convert"
)

var update = flag.Bool("update", false, "write the golden files")

func mustConvert(t *testing.T, file string, o convert.Options) *convert.Result {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	got, err := convert.Convert(file, data, o)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func mustParse(t *testing.T, text string) *configs.Config {
	t.Helper()
	cfg, err := configs.Parse("converted", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return cfg
}

// TestGolden: the whole of what comes out, to be looked at when it changes; and the
// program takes it.
func TestGolden(t *testing.T) {
	for name, c := range map[string]struct {
		file   string
		format convert.Format
		o      convert.Options
	}{
		"ckpool":      {"ckpool.conf", convert.CKPool, convert.Options{}},
		"ckpool-solo": {"ckpool.conf", convert.CKPool, convert.Options{Solo: true, Node: "test"}},
		"miningcore":  {"miningcore.json", convert.Miningcore, convert.Options{Node: "regtest"}},
		"public-pool": {"public-pool.env", convert.PublicPool, convert.Options{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := mustConvert(t, c.file, c.o)
			if got.Format != c.format {
				t.Errorf("taken for %s, want %s", got.Format, c.format)
			}
			golden := filepath.Join("testdata", name+".toml")
			if *update {
				if err := os.WriteFile(golden, []byte(got.TOML), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got.TOML != string(want) {
				t.Errorf("differs from %s:\n%s", golden, got.TOML)
			}
			mustParse(t, got.TOML)
		})
	}
}

// TestEveryKeyIsAnsweredFor: a value of the source that is neither in the TOML nor
// named is money or a password that somebody looks for in vain.
func TestEveryKeyIsAnsweredFor(t *testing.T) {
	for file, unknown := range map[string]string{"ckpool.conf": "somefork.deep[1]", "public-pool.env": "NEW_KEY"} {
		got := mustConvert(t, file, convert.Options{})
		found := false
		for _, n := range got.Left {
			found = found || n.Key == unknown
			if !strings.Contains(got.TOML, "# "+n.Key+": ") {
				t.Errorf("%s: %s is left out, and the TOML does not say so", file, n.Key)
			}
		}
		if !found {
			t.Errorf("%s: %s is nowhere", file, unknown)
		}
	}
	got := mustConvert(t, "miningcore.json", convert.Options{})
	for _, key := range []string{
		"pools[2]: pool \"xmr1\"", "pools[3]: pool \"nmc1\"", "pools[4]: pool \"off\"", "persistence: ", "notifications: ", "banning: ", "logging: ",
		"paymentProcessing.shareRecoveryFile: ", "pools[0].banning: ", "pools[0].ports.3043.tlsPfxFile: ", "pools[0].rewardRecipients[1].address: ",
	} {
		if !strings.Contains(got.TOML, "# "+key) {
			t.Errorf("%q is not named", key)
		}
	}
	for _, word := range []string{"mailword", "dbword", "pfxword", "moneroword"} {
		if strings.Contains(got.TOML, word) {
			t.Errorf("the password %q is of nothing that is used, and stands in the TOML", word)
		}
	}
}

func TestWhatIsCarriedOver(t *testing.T) {
	ck := mustParse(t, mustConvert(t, "ckpool.conf", convert.Options{}).TOML)
	p := ck.Pools["ckpool"]
	if p.Payout != "pool" || p.Address == "" || p.Tag != "/mined by the pool with a ve" || p.Extranonce2 != 6 || p.MaxMiners != 2000 || len(p.Listen) != 2 {
		t.Errorf("ckpool: %+v", p)
	}
	if a, b := p.Listen[0].Difficulty, p.Listen[1].Difficulty; a.Start != 64 || a.Min != 2 || a.Max != 100000 || b.Start != 100000 {
		t.Errorf("ckpool: difficulties %+v, %+v; the second begins at highdiff, cut to maxdiff", a, b)
	}
	if solo := mustParse(t, mustConvert(t, "ckpool.conf", convert.Options{Solo: true}).TOML).Pools["ckpool"]; solo.Payout != "miner" || solo.Address != "" {
		t.Errorf("ckpool -B: %+v", solo)
	}

	mc := mustParse(t, mustConvert(t, "miningcore.json", convert.Options{}).TOML)
	p = mc.Pools["ltc-1"]
	if p.Reward != "pplns" || p.PPLNSWindow != 1.5 || p.FeeBPS != 150 || p.Payouts == nil || !p.Payouts.DryRun || p.Payouts.Chains["litecoin"].Minimum != "0.00005" {
		t.Errorf("miningcore: %+v, payouts %+v", p, p.Payouts)
	}
	if a, b := p.Listen[0], p.Listen[1]; a.Difficulty.TargetSharesPerMinute != 4 || a.Difficulty.Min != 512 || !b.Difficulty.Fixed || b.Difficulty.Start != 65536 || len(b.ProxyFrom) != 1 {
		t.Errorf("miningcore: ports %+v, %+v", a, b)
	}
	if p := mc.Pools["btc1"]; p.Payouts != nil || p.Reward != "pplns" {
		t.Errorf("miningcore: the pool without payments: %+v", p)
	}

	pp := mustParse(t, mustConvert(t, "public-pool.env", convert.Options{}).TOML)
	p = pp.Pools["public-pool"]
	if p.Payout != "miner" || p.FeeBPS != 150 || p.Listen[0].Address != "0.0.0.0:3335" || pp.Coins["bitcoin"].Network != "regtest" || pp.HTTP.Listen != "127.0.0.1:3334" {
		t.Errorf("public-pool: %+v", pp)
	}
	settings, err := pp.Coins["bitcoin"].SettingsJSON()
	for _, want := range []string{`"http://192.168.1.100:18443"`, `"s3cret # not a comment"`, `"tcp://192.168.1.100:3000"`} {
		if err != nil || !strings.Contains(string(settings), want) {
			t.Errorf("public-pool: no %s in %s, %v", want, settings, err)
		}
	}
}

func TestPasswordsAreWarnedOf(t *testing.T) {
	for file, key := range map[string]string{"ckpool.conf": "btcd[0].pass", "miningcore.json": "pools[0].daemons[0].password", "public-pool.env": "BITCOIN_RPC_PASSWORD"} {
		found := false
		for _, n := range mustConvert(t, file, convert.Options{}).Carried {
			found = found || n.Key == key && strings.Contains(n.Text, "chmod 600")
		}
		if !found {
			t.Errorf("%s: no warning of %s", file, key)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":            {"", convert.ErrFormat},
		"another program's":  {`{"a": 1}`, convert.ErrFormat},
		"cut short":          {`{"btcd": [`, convert.ErrFormat},
		"prose":              {"hello there", convert.ErrFormat},
		"too deep":           {`{"btcd": ` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}", convert.ErrFormat},
		"a proxy":            {`{"proxy": [{"url": "a:1"}], "btcaddress": "x"}`, convert.ErrNothing},
		"no coin of ours":    {`{"pools": [{"id": "m", "coin": "monero"}]}`, convert.ErrNothing},
		"no pool is enabled": {`{"pools": [{"id": "m", "coin": "bitcoin", "enabled": false}]}`, convert.ErrNothing},
	} {
		if _, err := convert.Convert("f", []byte(c.text), convert.Options{}); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// FuzzConvert: whatever comes in, what comes out is TOML with one value for each key.
func FuzzConvert(f *testing.F) {
	for _, file := range []string{"ckpool.conf", "miningcore.json", "public-pool.env"} {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data), false)
	}
	f.Add("{\"btcd\":[{\"url\":\"a\\u007f\\n\"}],\"serverurl\":[\"a:1\",\"a:1\"]} /*", true)
	f.Fuzz(func(t *testing.T, text string, solo bool) {
		got, err := convert.Convert("x\n= 1", []byte(text), convert.Options{Solo: solo})
		if err != nil {
			return
		}
		if cfg, err := configs.Parse("f", []byte(got.TOML)); cfg == nil {
			t.Fatalf("no TOML: %v\n%s", err, got.TOML)
		}
	})
}
