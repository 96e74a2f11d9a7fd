package rsk

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
)

// The vectors are those of EIP-1191.
func TestAddress(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		id   uint64
		want string // reason; empty for valid
	}{
		"main":             {"0x5aaEB6053f3e94c9b9a09f33669435E7ef1bEAeD", 30, ""},
		"test":             {"0x5aAeb6053F3e94c9b9A09F33669435E7EF1BEaEd", 31, ""},
		"lower case":       {"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", 30, ""},
		"upper case":       {"0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", 30, ""},
		"another network":  {"0x5aAeb6053F3e94c9b9A09F33669435E7EF1BEaEd", 30, "test network"},
		"Ethereum's":       {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", 30, "Ethereum"},
		"mistyped":         {"0x5aaEB6053f3e94c9b9a09f33669435E7ef1bEAeE", 30, "mistyped"},
		"one digit less":   {"0x5aaEB6053f3e94c9b9a09f33669435E7ef1bEAe", 30, "40 hex digits"},
		"without 0x":       {"5aaEB6053f3e94c9b9a09f33669435E7ef1bEAeD", 30, "40 hex digits"},
		"of another chain": {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", 30, "40 hex digits"},
		"empty":            {"", 30, "40 hex digits"},
	} {
		t.Run(name, func(t *testing.T) {
			p := parse(c.text, c.id)
			if p.Valid != (c.want == "") || !strings.Contains(p.Reason, c.want) {
				t.Errorf("got %+v, want %q", p, c.want)
			}
			if p.Valid && (len(p.Script) != 20 || parse(p.Address, c.id).Address != p.Address) {
				t.Errorf("canonical form %q with script %x", p.Address, p.Script)
			}
		})
	}
	for _, n := range networks {
		if p := parse(coinInfo(n).ExampleAddress, n.id); !p.Valid {
			t.Errorf("example address of %s: %s", n.name, p.Reason)
		}
	}
}

func TestSettingsProblems(t *testing.T) {
	for name, c := range map[string]struct{ network, json, path, want string }{
		"no nodes":         {"", `{}`, "nodes", "missing"},
		"empty list":       {"", `{"nodes":[]}`, "nodes", "is empty"},
		"unknown key":      {"", `{"nodes":[{"url":"http://a:1"}],"pol":"1s"}`, "pol", "poll"},
		"bad url":          {"", `{"nodes":[{"url":"a:1"}]}`, "nodes[0].url", "not the address"},
		"no port":          {"", `{"nodes":[{"url":"http://a"}]}`, "nodes[0].url", "not the address"},
		"twice":            {"", `{"nodes":[{"url":"http://a:1"},{"url":"http://a:1"}]}`, "nodes[1].url", "same node"},
		"poll too fast":    {"", `{"nodes":[{"url":"http://a:1"}],"poll":"1ms"}`, "poll", "out of range"},
		"no submissions":   {"", `{"nodes":[{"url":"http://a:1"}],"max_submits":0}`, "max_submits", "out of range"},
		"unknown network":  {"moon", `{"nodes":[{"url":"http://a:1"}]}`, "", "main, test, regtest"},
		"ca without https": {"", `{"nodes":[{"url":"http://a:1","ca":"x"}]}`, "nodes[0].ca", "https"},
		"two credentials":  {"", `{"nodes":[{"url":"http://u:p@a:1","user":"u"}]}`, "nodes[0].url", "give them once"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(nil).Open(t.Context(), coins.Settings{Network: c.network, JSON: []byte(c.json)})
			var problems coins.Problems
			if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Path != c.path || !strings.Contains(problems[0].Message, c.want) {
				t.Errorf("got %q, want one problem of %q with %q", err, c.path, c.want)
			}
		})
	}
}

func TestDecodeWork(t *testing.T) {
	const hash, parent = "0xe6b0aa2b3b5b4b3f8f9e1a5a4c7d8e9f00112233445566778899aabbccddeeff", "0x01"
	good := func() rawWork {
		return rawWork{Hash: hash, Parent: hash, Target: "0x" + strings.Repeat("0", 10) + strings.Repeat("f", 54), Fees: "12", Notify: true}
	}
	for name, c := range map[string]struct {
		change func(*rawWork)
		want   string
	}{
		"good":         {func(*rawWork) {}, ""},
		"short hash":   {func(r *rawWork) { r.Hash = "0x00" }, "blockHashForMergedMining"},
		"short parent": {func(r *rawWork) { r.Parent = parent }, "parentBlockHash"},
		"short target": {func(r *rawWork) { r.Target = "0xff" }, "target"},
		"target zero":  {func(r *rawWork) { r.Target = strings.Repeat("0", 64) }, "target is zero"},
	} {
		t.Run(name, func(t *testing.T) {
			r := good()
			c.change(&r)
			w, err := r.decode()
			if (err == nil) != (c.want == "") || err != nil && (!errors.Is(err, ErrReply) || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %+v, %v, want %q", w, err, c.want)
			}
		})
	}
	for text, want := range map[string]uint64{
		"0": 0, "21000999999999": 21000, "999999999": 0, "0x174876e800": 100, "": 0, "x": 0, "-1": 0, "-99999999999": 0,
		"21000000000000000000000000": 21_000_000_000_000_000, "9999999999999999999999999999999": math.MaxUint64,
	} {
		if got := amount(text); got != want {
			t.Errorf("amount(%q): got %d, want %d", text, got, want)
		}
	}
}

func TestImportedWords(t *testing.T) {
	for text, want := range map[string]coins.VerdictCode{
		"0x494d504f525445445f42455354": coins.Received, // IMPORTED_BEST, as rskj writes it
		"IMPORTED_NOT_BEST":            coins.Received,
		"0x4558495354":                 coins.Duplicate, // EXIST
		"NO_PARENT":                    coins.Stale,
		"INVALID_BLOCK":                coins.Rejected,
		"":                             coins.Rejected,
	} {
		if got := imported(text).Code; got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
