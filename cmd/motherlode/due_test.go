package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// mustFoundBefore puts a mature block of an account's into a data folder, and one of
// 100000 units that is not.
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
	b.Block(&sharelog.Block{Pool: pool, Chain: chain, Hash: [32]byte{8}, State: "accepted", Account: account, Reward: 100000, Time: now})
	if err := log.Append(&b); err != nil {
		t.Fatal(err)
	}
}

// TestAddingPayments: a pool that has mined for its own address owes nobody anything.
// Payments that are added begin with all of it, so that check and reload say how much,
// and nothing is paid before that was seen.
func TestAddingPayments(t *testing.T) {
	t.Parallel()
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
		owed  = "payments begin with all that was found before them: 2.62500000 BTC owed and 0.00100000 BTC immature, of 1 account"
		chain = "pools.p.payouts.chains.parent: "
	)
	trial := strings.Replace(pays, "every", "dry_run = true\nevery", 1)

	write("")
	mustFoundBefore(t, data, "p", "parent", demoAddress, 262500000)
	p := mustStart(t, "run", file)
	poll(t, "the pool to know what was found", 60*time.Second, func() bool {
		out, _ := runBinary(t, "account", file, demoAddress)
		return strings.Contains(out, "2.62600000 BTC")
	})
	notOwed := []string{"chain immature owed being paid paid not paid here", "parent 0.00100000 BTC 0.00000000 BTC 0.00000000 BTC 0.00000000 BTC 2.62600000 BTC"}
	want(0, []string{"account", file, demoAddress}, notOwed...)
	want(0, []string{"check", file}, "is right", "no: "+owed)
	refused := func() {
		t.Helper()
		write(pays)
		want(0, []string{"check", file}, "warning: "+file, chain+owed+", whether they were paid by other means or were never to be paid; begin with dry_run = true")
		want(2, []string{"reload", file}, "nothing was changed", chain+owed)
		want(2, []string{"reload", file, "--restart"}, "nothing was changed", chain+owed)
	}
	refused()
	want(0, []string{"account", file, demoAddress}, notOwed...)

	write(trial)
	want(0, []string{"check", file}, chain+owed+"; dry_run pays nothing yet")
	want(0, []string{"reload", file}, "warning: ", chain+owed+"; dry_run pays nothing yet", "pools.p.payouts: in force")
	want(0, []string{"account", file, demoAddress}, "no: not paid here", "parent 0.00100000 BTC 2.62500000 BTC 0.00000000 BTC 0.00000000 BTC")
	want(0, []string{"check", file}, "no: "+owed)

	write(pays)
	want(0, []string{"check", file}, chain+owed+"; the next round pays what is owed, later ones what is immature")
	want(0, []string{"reload", file}, chain+owed+"; the next round pays what is owed", "pools.p.payouts.dry_run: in force")
	want(0, []string{"check", file}, "no: "+owed)

	// Out with the pool and in again: that is no way around it.
	all := text
	text = strings.ReplaceAll(all, "pools.p", "pools.b")
	write("")
	want(0, []string{"reload", file, "--restart"}, "pools.b: in force when the pools have restarted")
	poll(t, "the other pool to run", 60*time.Second, func() bool {
		var dues []engine.Due
		return strings.Contains(p.log.String(), `"msg":"difficulty of a port","pool":"b"`) && control.NewClient(data).Get(t.Context(), "/due", nil, &dues) == nil
	})
	text = all
	refused()
	p.stop()

	again := mustStart(t, "run", file) // nothing was paid yet
	poll(t, "the start to say what payments begin with", 60*time.Second, func() bool {
		return strings.Contains(again.log.String(), "payments begin with what is owed of all blocks before")
	})
}

// TestBeginning: what is owed and what is immature are both said, before payments that no
// plan in force makes.
func TestBeginning(t *testing.T) {
	due := func(owed, immature uint64, paying engine.Paying, last int64) engine.Due {
		return engine.Due{Pool: "p", Chain: "c", Accounts: 2, Amount: owed, Text: fmt.Sprint(owed, " C"), Immature: immature, ImmatureText: fmt.Sprint(immature, " C"), Paying: paying, Last: last}
	}
	const begin = "payments begin with all that was found before them: "
	for name, c := range map[string]struct {
		due   engine.Due
		trial bool
		want  string // "" for nothing
		grave bool
	}{
		"nothing found":           {due(0, 0, engine.PaysNobody, 0), false, "", false},
		"owed":                    {due(5, 0, engine.PaysNobody, 0), false, begin + "5 C owed and 0 C immature, of 2 accounts, whether they were paid by other means or were never to be paid; begin with", true},
		"immature":                {due(0, 7, engine.PaysNobody, 0), false, begin + "0 C owed and 7 C immature, of 2 accounts, whether", true},
		"immature, a trial":       {due(0, 7, engine.PaysNobody, 0), true, begin + "0 C owed and 7 C immature, of 2 accounts; dry_run pays nothing yet", false},
		"taken up again":          {due(5, 7, engine.PaysNobody, 1234567890000), false, "since payments were taken out (the last was made 2009-02-13 23:31 UTC) or not; begin with dry_run = true", true},
		"taken up again, a trial": {due(5, 7, engine.PaysNobody, 1234567890000), true, begin + "5 C owed and 7 C immature, of 2 accounts; dry_run pays nothing yet", false},
		"a trial ends":            {due(0, 7, engine.PaysTrial, 0), false, begin + "0 C owed and 7 C immature, of 2 accounts; the next round pays what is owed", false},
		"a trial goes on":         {due(5, 7, engine.PaysTrial, 0), true, "", false},
		"in force":                {due(5, 7, engine.Pays, 0), false, "", false},
		"in force, now a trial":   {due(5, 7, engine.Pays, 1), true, "", false},
		"of another pool":         {engine.Due{Pool: "q", Chain: "c", Amount: 5, Paying: engine.PaysNobody}, false, "", false},
		"of another chain":        {engine.Due{Pool: "p", Chain: "d", Amount: 5, Paying: engine.PaysNobody}, false, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			next := &configs.Config{Pools: map[string]configs.Pool{"p": {Payouts: &configs.Payouts{DryRun: c.trial, Chains: map[string]configs.PayoutChain{"c": {}}}}}}
			all, grave := beginning(next, []engine.Due{c.due})
			text := ""
			for _, p := range all {
				text += p.String()
			}
			if (c.want == "") != (text == "") || !strings.Contains(text, c.want) {
				t.Errorf("got %q, want %q", text, c.want)
			}
			if (len(grave) > 0) != c.grave {
				t.Errorf("refused: got %q, want %t", grave, c.grave)
			}
		})
	}
}
