package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// mustFoundBefore puts a mature block of an account's into a data folder.
func mustFoundBefore(t *testing.T, data, pool, chain, account string, reward uint64) {
	t.Helper()
	log, err := sharelog.Open(filepath.Join(data, "shares"), sharelog.Options{Sync: "os"})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	now := time.Now().UnixMilli()
	var b sharelog.Batch
	b.Terms(&sharelog.Terms{Pool: pool, Chain: chain, Scheme: "solo", Payout: "pool", Time: now})
	b.Share(&sharelog.Share{Pool: pool, Account: account, Difficulty: 1, Time: now})
	b.Block(&sharelog.Block{Pool: pool, Chain: chain, Hash: [32]byte{7}, State: "mature", Account: account, Reward: reward, Time: now})
	if err := log.Append(&b); err != nil {
		t.Fatal(err)
	}
}

// TestAddingPayments: a pool that has mined for its own address owes nobody anything.
// Payments that are added begin with all of it, so that check and reload say how much,
// and nothing is paid before that was seen.
func TestAddingPayments(t *testing.T) {
	dir, err := os.MkdirTemp("", "mldue") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	node := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: 0x207fffff})
	data, file := filepath.Join(dir, "d"), filepath.Join(dir, "m.toml")
	text := fmt.Sprintf(operatedConfig, data, node.URL(), demoAddress, mustFreePort(t))
	text = strings.NewReplacer(`"pplns"`, `"solo"`, "[coins.parent.settings]\n", "[coins.parent.settings]\nwallet = \"w\"\n").Replace(text)
	write := func(more string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text+more), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := func(code int, args []string, parts ...string) {
		t.Helper()
		out, got := runBinary(t, args...)
		out = strings.Join(strings.Fields(out), " ")
		if got != code {
			t.Errorf("%q: exit code %d, want %d; it printed\n%s", args, got, code, out)
		}
		for _, p := range parts {
			without := strings.TrimPrefix(p, "no: ")
			if strings.Contains(out, without) != (p == without) {
				t.Errorf("%q printed\n%s\nwant %q", args, out, p)
			}
		}
	}
	const (
		pays  = "[pools.p.payouts]\nevery = \"744h\"\n[pools.p.payouts.chains.parent]\nminimum = \"1000\"\n"
		owed  = "payments begin with all that was found before them: 2.62500000 BTC, of 1 account"
		chain = "pools.p.payouts.chains.parent: "
	)
	trial := strings.Replace(pays, "every", "dry_run = true\nevery", 1)

	write("")
	mustFoundBefore(t, data, "p", "parent", demoAddress, 262500000)
	p := mustStart(t, "run", file)
	poll(t, "the pool to know what was found", 60*time.Second, func() bool {
		out, _ := runBinary(t, "account", file, demoAddress)
		return strings.Contains(out, "2.62500000 BTC")
	})
	notOwed := []string{"chain immature owed being paid paid not paid here", "parent 0.00000000 BTC 0.00000000 BTC 0.00000000 BTC 0.00000000 BTC 2.62500000 BTC"}
	want(0, []string{"account", file, demoAddress}, notOwed...)
	want(0, []string{"check", file}, "is right", "no: "+owed)

	write(pays)
	want(0, []string{"check", file}, "warning: "+file, chain+owed+", whether they were paid by other means or were never to be paid; begin with dry_run = true")
	want(2, []string{"reload", file}, "nothing was changed", chain+owed)
	want(2, []string{"reload", file, "--restart"}, "nothing was changed", chain+owed)
	want(0, []string{"account", file, demoAddress}, notOwed...)

	write(trial)
	want(0, []string{"check", file}, chain+owed+"; dry_run pays nothing yet")
	want(0, []string{"reload", file}, "warning: ", chain+owed+"; dry_run pays nothing yet", "pools.p.payouts: in force")
	want(0, []string{"account", file, demoAddress}, "no: not paid here", "parent 0.00000000 BTC 2.62500000 BTC 0.00000000 BTC 0.00000000 BTC")
	want(0, []string{"check", file}, "no: "+owed)

	write(pays)
	want(0, []string{"check", file}, chain+owed+"; the next round pays that")
	want(0, []string{"reload", file}, chain+owed+"; the next round pays that", "pools.p.payouts.dry_run: in force")
	want(0, []string{"check", file}, "no: "+owed)
	p.stop()

	again := mustStart(t, "run", file) // nothing was paid yet
	poll(t, "the start to say what payments begin with", 60*time.Second, func() bool {
		return strings.Contains(again.log.String(), "payments begin with what is owed of all blocks before")
	})
}
