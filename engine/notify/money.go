package notify

import (
	"fmt"
	"strconv"
	"time"
)

const (
	paymentsPage = 100
	bestEvery    = 10 * time.Minute // a best share of one name is told no more often
	maxAccounts  = 200              // whose best shares are asked for
)

// payments tells of payments that were sent or failed.
func (n *Notifier) payments(now time.Time) {
	if !n.wanted(PaymentSent) && !n.wanted(PaymentFailed) {
		return
	}
	rows, err := n.o.Source.Payments(paymentsPage)
	if err != nil {
		n.log.Debug("payments cannot be read now", "error", err)
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := len(rows) - 1; i >= 0; i-- {
		n.payment(now, &rows[i])
	}
}

func (n *Notifier) payment(now time.Time, p *Payment) {
	old, known := n.memory.Payments[p.ID]
	if known && old == p.State || !known && p.Changed.Before(n.memory.Since) {
		return
	}
	sent := p.State == "sent" || p.State == "confirmed"
	switch {
	case sent && old != "sent" && old != "confirmed":
		n.tell(now, paymentNotice(p, PaymentSent))
	case p.State == "failed":
		n.tell(now, paymentNotice(p, PaymentFailed))
	}
	n.memory.Payments[p.ID] = p.State
	n.dirty = true
}

func paymentNotice(p *Payment, kind Kind) Notice {
	out := Notice{
		ID: idOf(string(kind), strconv.FormatUint(p.ID, 10)), Kind: kind, Time: p.Changed, Pool: p.Pool, Chain: p.Chain,
		Payment: p.ID, Amount: p.Amount, TxID: p.TxID, Reason: p.Reason,
	}
	who := fmt.Sprintf("%d accounts", p.Accounts)
	if p.Accounts == 1 {
		who = "1 account"
	}
	if kind == PaymentSent {
		out.Title = fmt.Sprintf("Payment %d of pool %s: %s sent to %s", p.ID, p.Pool, p.Amount, who)
		out.Text = out.Title + ", transaction " + p.TxID
		return out
	}
	out.Title = fmt.Sprintf("Payment %d of pool %s failed: %s to %s", p.ID, p.Pool, p.Amount, who)
	out.Text = out.Title + "; the amounts are owed again"
	if p.Reason != "" {
		out.Text += ": " + p.Reason
	}
	return out
}

// bests tells of new best shares.
func (n *Notifier) bests(now time.Time) {
	if n.wanted(BestShare) {
		for pool := range n.poolsGood {
			n.best(now, pool, "", BestShare)
		}
	}
	if !n.wanted(AccountBest) {
		return
	}
	asked := 0
	for _, h := range n.hooks {
		if !h.hears(AccountBest) {
			continue
		}
		for _, account := range h.Accounts {
			for pool := range n.poolsGood {
				if asked++; asked <= maxAccounts && account != "*" {
					n.best(now, pool, account, AccountBest)
				}
			}
		}
	}
}

func (n *Notifier) best(now time.Time, pool, account string, kind Kind) {
	difficulty, at, err := n.o.Source.Best(pool, account)
	if err != nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	key := pool + " " + account
	told, known := n.memory.Bests[key]
	switch {
	case !known:
		n.memory.Bests[key] = toldBest{Difficulty: difficulty}
		n.dirty = true
		return
	case difficulty <= told.Difficulty || now.Sub(told.At) < bestEvery:
		return
	}
	n.memory.Bests[key] = toldBest{difficulty, now}
	whose := "pool " + pool
	if account != "" {
		whose = short(account) + " in pool " + pool
	}
	out := Notice{
		ID: idOf(string(kind), key, strconv.FormatFloat(difficulty, 'g', -1, 64)), Kind: kind, Time: at, Pool: pool, Account: account,
		Difficulty: difficulty, Title: fmt.Sprintf("New best share of %s: %s", whose, difficultyText(difficulty)),
	}
	out.Text = out.Title
	if told.Difficulty > 0 {
		out.Text += ", was " + difficultyText(told.Difficulty)
	}
	n.tell(now, out)
}
