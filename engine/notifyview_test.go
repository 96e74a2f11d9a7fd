package engine

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/notify"
)

// What a running engine says to those who tell people.
func TestNotices(t *testing.T) {
	const address = "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn"
	r := mustRun(t, Config{Coins: map[string]CoinConfig{"parent": mustParent(t)}, Pools: map[string]configs.Pool{"p": testPool("parent", address)}})
	source := r.engine.Notices()
	<-source.Ready()
	if got, _, err := source.Best("p", ""); got != 0 || err != nil {
		t.Errorf("best share before the first: got %v, %v", got, err)
	}
	c := mustClient(t, r.addr, "sha256d", address+".rig1")
	begin := time.Now().Truncate(time.Second)
	solved := map[string]bool{}
	for len(solved) == 0 {
		s, err := c.Solve(address + ".rig1")
		if err != nil {
			t.Fatal(err)
		}
		answer, err := c.Call("mining.submit", s.Params...)
		if err != nil {
			t.Fatal(err)
		}
		if answer.OK() && s.Meets(0) {
			solved[s.BlockHash()] = true
		}
	}

	var told notify.Block
	for told.State != "received" && told.State != "accepted" {
		select {
		case ev := <-r.events:
			if b, ok := NoticeBlock(ev); ok && solved[b.HashText] {
				told = b
			}
		case <-time.After(30 * time.Second):
			t.Fatal("no event of a block")
		}
	}
	if told.Pool != "p" || told.Chain != "parent" || told.Account != address || told.Worker != "rig1" || told.Changed.Before(begin) {
		t.Errorf("event: got %+v", told)
	}
	if _, ok := NoticeBlock(Event{Kind: EventJob}); ok {
		t.Error("a job is no block")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	all, err := source.Blocks(ctx, begin, 10) // it waits for the ledger to have it
	if err != nil || !slices.ContainsFunc(all, func(x notify.Block) bool { return x.Hash == told.Hash }) {
		t.Errorf("blocks: got %+v, %v", all, err)
	}
	b, err := source.Block(ctx, told.Chain, told.Hash)
	if err != nil {
		t.Fatal(err)
	}
	if b.HashText != coins.Hash(told.Hash).String() || b.Account != address || b.Worker != "rig1" || !strings.HasSuffix(b.Reward, " BTC") || b.Effort <= 0 ||
		b.Received.Before(b.Found) || b.Found.Before(begin) || b.Changed.Before(b.Found) {
		t.Errorf("block: got %+v", b)
	}
	if none, err := source.Blocks(ctx, time.Now().Add(time.Hour), 10); len(none) != 0 || err != nil {
		t.Errorf("blocks of the future: got %+v, %v", none, err)
	}
	everybody := func(string, string) bool { return true }
	if w := source.Workers(everybody); len(w) != 1 || w[0].Name != "rig1" || w[0].Pool != "p" || w[0].Last.Before(begin) {
		t.Errorf("workers: got %+v", w)
	}
	if w := source.Workers(func(pool, account string) bool { return account != address }); len(w) != 0 {
		t.Errorf("workers of others: got %+v", w)
	}
	for _, account := range []string{"", address} {
		if got, at, err := source.Best("p", account); got <= 0 || at.Before(begin) || err != nil {
			t.Errorf("best share of %q: got %v at %v, %v", account, got, at, err)
		}
	}
	s := source.Look()
	if len(s.Pools) != 1 || s.Pools[0] != (notify.Pool{Name: "p"}) || len(s.Coins) != 1 || s.Coins[0].Name != "parent" || len(s.Coins[0].Nodes) != 1 || s.Ledger != "" {
		t.Errorf("look: got %+v", s)
	}
	r.engine.pools[0].stats.logFailing.Store(true)
	if s := source.Look().Pools[0]; s.ShareLog == "" || s.NoWork != "" {
		t.Errorf("share log fails: got %+v", s)
	}
	r.engine.pools[0].stats.logFailing.Store(false)
	if p, err := source.Payments(10); len(p) != 0 || err != nil {
		t.Errorf("payments: got %+v, %v", p, err)
	}
}
