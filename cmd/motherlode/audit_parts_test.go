package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// What a coinbase pays by itself is beside the parts, also to whom it pays what was
// carried and who has no part of the block.
func TestAuditShowsCoinbases(t *testing.T) {
	dir := t.TempDir()
	log, err := sharelog.Open(filepath.Join(dir, "shares"), sharelog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b sharelog.Batch
	b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "prop", FeeBPS: 1000, Payout: "coinbase"})
	block := func(n byte, operator uint64, outputs ...sharelog.CoinbaseOutput) {
		hash := [32]byte{31: n}
		if operator > 0 {
			b.Coinbase(&sharelog.Coinbase{Pool: "p", Chain: "c", Hash: hash, Operator: operator, Outputs: outputs})
		}
		b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: hash, State: "accepted", Account: "alice", Reward: 1000})
	}
	b.Share(&sharelog.Share{Pool: "p", Account: "carol", Difficulty: 1})
	block(0xa1, 1000)
	b.Share(&sharelog.Share{Pool: "p", Account: "alice", Difficulty: 1})
	b.Share(&sharelog.Share{Pool: "p", Account: "bob", Difficulty: 2})
	block(0xa2, 430, sharelog.CoinbaseOutput{Account: "carol", Amount: 250}, sharelog.CoinbaseOutput{Account: "alice", Amount: 320})
	b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "solo", FeeBPS: 1000, Payout: "miner"})
	b.Share(&sharelog.Share{Pool: "p", Account: "alice", Difficulty: 1})
	block(0xa3, 0)
	if err := log.Append(&b); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, args string
		want       []string // lines, blanks apart
		not        string
	}{
		{"before anybody was known", "--block a1", []string{"coinbase pays 0 accounts 0 base units by itself, and the operator 1000", "carol 1 100.0000 900 0 ", "(all) 1000 1000"}, ""},
		{"carried", "--block a2", []string{
			"coinbase pays 2 accounts 570 base units by itself, and the operator 430",
			"account work percent part coinbase pays | of all blocks: immature earned paid sending owed",
			"alice 1 33.3333 300 320 ", "bob 2 66.6667 600 0 ", "carol 0 0 0 250 ", "(operator) 100 430 ", "(all) 1000 1000",
		}, ""},
		{"of an account that has no part", "--block a2 --account carol", []string{"carol 0 0 0 250 "}, "alice 1"},
		{"of an account that has neither", "--block a2 --account dan", []string{"dan 0 0 0 0 "}, "alice 1"},
		{"pays the parts", "--block a3", []string{"coinbase pays the parts by itself, as they are", "account work percent part | of all blocks:"}, "coinbase pays |"},
	} {
		out, code := auditProcess(t, dir, append([]string{"audit", "--chain", "c", "--log", "shares"}, strings.Fields(c.args)...)...)
		plain := ""
		for _, l := range strings.Split(out, "\n") {
			plain += strings.Join(strings.Fields(l), " ") + " \n"
		}
		for _, w := range c.want {
			if code != 0 || !strings.Contains(plain, w) {
				t.Errorf("%s: exit code %d, it printed\n%s\nwant %q in it", c.name, code, out, w)
			}
		}
		if c.not != "" && strings.Contains(plain, c.not) {
			t.Errorf("%s: it printed\n%s\nwith %q in it", c.name, out, c.not)
		}
	}
}
