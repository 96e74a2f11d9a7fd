package engine

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/notify"
	"github.com/motherlode-pool/motherlode/engine/submit"
)

// notifyView is what notifications are made of.
type notifyView struct{ e *Engine }

var _ notify.Source = notifyView{}

// Notices is what notifications are made of. It may be asked once Ready is closed,
// also after Run has ended.
func (e *Engine) Notices() notify.Source { return notifyView{e} }

// NoticeBlock is an event of a block for notify.Notifier.Block; false for any other.
func NoticeBlock(ev Event) (notify.Block, bool) {
	if ev.Kind != EventBlock {
		return notify.Block{}, false
	}
	// The ledger has more; this is for when it cannot be asked. It keeps milliseconds.
	at := ev.Time.Truncate(time.Millisecond)
	account, worker, _ := strings.Cut(ev.Worker, ".")
	return notify.Block{
		Chain: ev.Chain, Pool: ev.Pool, Hash: ev.Hash, HashText: ev.Hash.String(), Height: ev.Height, State: ev.State,
		Account: account, Worker: worker, Found: at, Changed: at, Reason: ev.Reason, Node: ev.Node,
	}, true
}

func (v notifyView) Ready() <-chan struct{} { return v.e.ready }

func (v notifyView) Look() notify.Snapshot {
	var out notify.Snapshot
	now := time.Now()
	for _, p := range v.e.pools {
		row := notify.Pool{Name: p.name}
		switch problem := p.problem(now); {
		case p.stats.logFailing.Load():
			row.ShareLog = problem
		case problem == "" && !p.opened.Load():
			row.NoWork = "its parent is not open yet"
		default:
			row.NoWork = problem
		}
		out.Pools = append(out.Pools, row)
	}
	for _, name := range sortedKeys(v.e.runners) {
		c := coinView(v.e.runners[name])
		row := notify.Coin{Name: name, State: c.State, Message: c.Message}
		if c.Parked != nil {
			row.Parked = c.Parked.Reason + "; " + c.Parked.WhatToDo
		}
		for _, n := range c.Nodes {
			row.Nodes = append(row.Nodes, notify.Node{Name: n.Node, State: n.State, Message: n.Message})
		}
		out.Coins = append(out.Coins, row)
	}
	if err := v.e.ledger.Trouble(); err != nil {
		out.Ledger = err.Error()
	}
	return out
}

func (v notifyView) Workers(wanted func(pool, account string) bool) []notify.Worker {
	out := []notify.Worker{}
	for _, p := range v.e.pools {
		if !p.opened.Load() {
			continue
		}
		for _, w := range p.accounts.memories.all() {
			if wanted(p.name, w.account) {
				out = append(out, notify.Worker{Pool: p.name, Account: w.account, Name: w.worker, Last: time.Unix(w.lastUse.Load(), 0)})
			}
		}
	}
	return out
}

func (v notifyView) Block(ctx context.Context, chain string, hash [32]byte) (notify.Block, error) {
	if err := v.e.ledger.Sync(ctx, v.e.shareLog.End()); err != nil {
		return notify.Block{}, err
	}
	b, err := v.e.ledger.Block(chain, hash)
	if err != nil {
		return notify.Block{}, err
	}
	return v.block(&b), nil
}

// blocksPage is how many blocks are read at one time.
const blocksPage = 500

func (v notifyView) Blocks(ctx context.Context, since time.Time, limit int) (out []notify.Block, err error) {
	// What was logged before a crash may not be counted yet, and nothing may happen to
	// such a block for hours.
	if err := v.e.ledger.Sync(ctx, v.e.shareLog.End()); err != nil {
		return nil, err
	}
	for before := uint64(0); len(out) < limit; {
		page, err := v.e.ledger.Blocks(ledger.Filter{}, before, blocksPage)
		if err != nil {
			return nil, err
		}
		for i := range page {
			if page[i].Found < since.UnixMilli() || len(out) >= limit {
				return out, nil
			}
			out = append(out, v.block(&page[i]))
			before = page[i].Seq
		}
		if len(page) < blocksPage {
			break
		}
	}
	return out, nil
}

func (v notifyView) block(b *ledger.Block) notify.Block {
	out := notify.Block{
		Chain: b.Chain, Pool: b.Pool, Hash: b.Hash, HashText: coins.Hash(b.Hash).String(), Height: b.Height, State: b.State,
		Account: b.Account, Worker: b.Worker, Found: time.UnixMilli(b.Found), Changed: time.UnixMilli(b.Changed),
	}
	if b.Reward > 0 {
		out.Reward = v.e.amount(b.Chain, b.Reward)
	}
	if b.Network > 0 {
		out.Effort = b.Ratio()
	}
	for _, change := range b.History {
		if change.State == submit.Received.String() && out.Received.IsZero() {
			out.Received = time.UnixMilli(change.Time)
		}
		if change.State == b.State {
			out.Reason, out.Node = change.Reason, change.Node
		}
	}
	return out
}

func (v notifyView) Payments(limit int) ([]notify.Payment, error) {
	rows, err := v.e.ledger.Payments(ledger.PaymentFilter{}, 0, limit)
	if err != nil {
		return nil, err
	}
	out := make([]notify.Payment, 0, len(rows))
	for i := range rows {
		p := &rows[i]
		out = append(out, notify.Payment{
			ID: p.ID, Pool: p.Pool, Chain: p.Chain, State: p.State, TxID: p.TxID, Amount: v.e.amount(p.Chain, p.Amount()),
			Accounts: len(p.Outputs), Changed: time.UnixMilli(p.Changed), Reason: p.Reason,
		})
	}
	return out, nil
}

func (v notifyView) Best(pool, account string) (difficulty float64, at time.Time, err error) {
	var t ledger.Totals
	if account == "" {
		t, err = v.e.ledger.Pool(pool)
	} else {
		t, err = v.e.ledger.Account(pool, account)
	}
	if errors.Is(err, ledger.ErrNotFound) {
		return 0, time.Time{}, nil
	}
	return t.Best, time.UnixMilli(t.BestTime), err
}
