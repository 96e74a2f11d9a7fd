package configs

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the expected messages of testdata/bad anew")

// mustRead reads a file of this folder.
func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mustGlob(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
	}
	return paths
}

func mustParse(t testing.TB, text string) *Config {
	t.Helper()
	c, err := Parse("test.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestGood(t *testing.T) {
	for _, path := range append(mustGlob(t, "testdata/good/*.toml"), mustGlob(t, "*.toml")...) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			if _, err := Load(path); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBad(t *testing.T) {
	for _, path := range mustGlob(t, "testdata/bad/*.toml") {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			_, err := Parse(name, mustRead(t, path))
			if err == nil {
				t.Fatal("got no error")
			}
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %T, want Problems", err)
			}
			for _, p := range problems {
				if p.File != name {
					t.Errorf("problem without file: %v", p)
				}
			}
			golden := strings.TrimSuffix(path, ".toml") + ".txt"
			got := err.Error() + "\n"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(mustRead(t, golden)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestLoadMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.toml")
	c, err := Load(path)
	if c != nil || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, %v; want nil and an error that names the file", c, err)
	}
}

func TestDefaults(t *testing.T) {
	c := mustParse(t, string(mustRead(t, "testdata/good/smallest.toml")))
	p := c.Pools["btc"]
	if want := DefaultPool(); p.Reward != want.Reward || p.Refresh != want.Refresh || p.Extranonce2 != want.Extranonce2 ||
		p.Tag != want.Tag || p.MaxMiners != want.MaxMiners {
		t.Errorf("pool: got %+v, want the rest as in %+v", p, want)
	}
	if want := (Difficulty{}); len(p.Listen) != 1 || p.Listen[0].Difficulty != want || p.Listen[0].Profile != "normal" {
		t.Errorf("listen: got %+v, want what the profile normal has", p.Listen)
	}
	if want := Default(); c.DataDir != want.DataDir || c.HTTP != want.HTTP || c.Log != want.Log || c.ShareLog != want.ShareLog {
		t.Errorf("got %+v, want %+v", c, want)
	}
}

func TestEverything(t *testing.T) {
	c := mustParse(t, string(mustRead(t, "testdata/good/everything.toml")))
	if c.DataDir != "d" || c.HTTP.Listen != "" || !c.HTTP.WorkerMetrics || !c.HTTP.ShareLog || c.Log != (Log{"debug", "json"}) || c.ShareLog.Sync != "disk" {
		t.Errorf("got %+v", c)
	}
	if b := c.Coins["bitcoin"]; b.Isolate == nil || *b.Isolate || b.MTLS == nil || !*b.MTLS || b.Network != "regtest" {
		t.Errorf("bitcoin: got %+v", b)
	}
	if a := c.Coins["a-1"]; a.Isolate != nil || a.MTLS == nil || *a.MTLS || a.SHA256 == "" {
		t.Errorf("a-1: got %+v", a)
	}
	p := c.Pools["p"]
	if len(p.Aux) != 2 || p.Aux[0] != (Aux{Coin: "a-1", Cap: true}) || p.Aux[1] != (Aux{Coin: "b_2"}) {
		t.Errorf("aux: got %+v", p.Aux)
	}
	if p.StaleAfter.D() != 90*time.Second || p.AuxCoalesce.D() != 250*time.Millisecond || p.StaleGrace != 0 {
		t.Errorf("durations: got %+v", p)
	}
	if want := (Difficulty{0.5, 1e-10, 4, 0.5, 1e6, true}); len(p.Listen) != 3 || p.Listen[0].Difficulty != want {
		t.Errorf("listen: got %+v, want difficulty %+v first", p.Listen, want)
	} else if p.Listen[1].TLS == nil || *p.Listen[1].TLS != (TLS{"c", "k"}) || p.Listen[2].TLS != nil || p.Listen[0].Protocol != "" || p.Listen[2].Protocol != "sha3x" {
		t.Errorf("tls and protocol: got %+v", p.Listen)
	}
	if d := c.Pools["q"].Listen[0].Difficulty; d != (Difficulty{Max: 2048}) || c.Pools["q"].Listen[0].Profile != "rental" {
		t.Errorf("q: got %+v, want max 2048 and the rest of the profile rental", c.Pools["q"].Listen[0])
	}
}

func TestWarnings(t *testing.T) {
	c := mustParse(t, `[coins.bitcoin]
driver = "bitcoin"
[coins.spare]
driver = "namecoin"
[pools.btc]
parent = "bitcoin"
address = "x"
reward = "pplns"
fee_bps = 50
listen = [{ address = ":1" }]
`)
	want := []string{
		`test.toml:3: coins.spare: is used by no pool`,
		`test.toml:8: pools.btc.reward: "pplns": what each account is owed is counted exactly, and nobody is paid for bitcoin: see [pools.btc.payouts]`,
	}
	if got := c.Warnings(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A configuration made by a program has no file; its problems say so.
func TestValidateWithoutFile(t *testing.T) {
	c := Default()
	got := c.Validate()
	const want = "coins: no coin is configured; expected a table like [coins.bitcoin]\n" +
		"pools: no pool is configured; expected a table like [pools.btc]"
	if got == nil || got.Error() != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestSettingsJSON(t *testing.T) {
	c := mustParse(t, string(mustRead(t, "testdata/good/smallest.toml"))+`
[coins.bitcoin.settings]
big   = 9007199254740993
float = 1e21
whole = 2.0
text  = "ü<\n"
yes   = true
when  = 1979-05-27T07:32:00.5Z
zoned = 1979-05-27T00:32:00-07:00
local = 1979-05-27T07:32:00
date  = 1979-05-27
time  = 07:32:00
list  = [1, "a", [], {}]
[[coins.bitcoin.settings.nodes]]
url = "x"
`)
	got, err := c.Coins["bitcoin"].SettingsJSON()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"big":9007199254740993,"date":"1979-05-27","float":1e+21,"list":[1,"a",[],{}],` +
		`"local":"1979-05-27T07:32:00","nodes":[{"url":"x"}],"text":"ü\u003c\n","time":"07:32:00",` +
		`"when":"1979-05-27T07:32:00.5Z","whole":2,"yes":true,"zoned":"1979-05-27T00:32:00-07:00"}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, err := (Coin{}).SettingsJSON(); string(got) != "{}" || err != nil {
		t.Errorf("no settings: got %s, %v; want {}", got, err)
	}
}
