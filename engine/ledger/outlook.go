package ledger

import (
	"bytes"
	"fmt"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// OutlookWhole is the reward that the parts of an Outlook are of.
const OutlookWhole = 1 << 60

// Outlook is how a block would be divided if it were found now, and what accounts
// are to get besides. Accounts are numbered from 0, in the order in which they were
// first seen. It is read only: parts of it are shared.
type Outlook struct {
	Position sharelog.Position // up to where the log is counted in it
	Scheme   string
	Finder   bool   // a block goes to its finder: Parts are each account's if it is that
	Reward   uint64 // of the chain's newest job
	Accounts []string
	Parts    []uint64 // of OutlookWhole
	Carries  []int64  // as Balance.Carry, without blocks that are only received; accounts beyond its end have none
}

// Outlook is how a block of a chain would be divided now. It is for a coinbase
// that pays accounts itself: the scheme must be able to tell ahead (ErrNotAhead).
// ErrNotFound is a chain that no terms were written for yet. It may wait for a
// commit; while it looks, nothing is folded.
func (l *Ledger) Outlook(pool, chain string) (*Outlook, error) {
	l.moneyMu.Lock()
	defer l.moneyMu.Unlock()
	at := l.Position()
	if err := l.remember(at); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	line := l.money.lines[name{pool: pool, account: chain}]
	if line == nil {
		return nil, ErrNotFound
	}
	scheme, ok := line.scheme.(reward.Previewer)
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNotAhead, line.terms.Scheme)
	}
	if line.carries == nil {
		if err := l.loadCarries(line); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
	}
	names := l.money.names[pool]
	o := &Outlook{
		Position: at, Scheme: line.terms.Scheme, Finder: line.terms.Scheme == "solo", Reward: line.last.Reward,
		Accounts: names[:len(names):len(names)], Parts: make([]uint64, len(names)), Carries: line.carries,
	}
	if !o.Finder {
		for _, c := range scheme.Preview(reward.Block{Reward: OutlookWhole}).Credits {
			o.Parts[c.Account-1] = c.Amount
		}
		return o, nil
	}
	for i := range o.Parts {
		a := reward.Account(i + 1)
		for _, c := range scheme.Preview(reward.Block{Reward: OutlookWhole, Finder: a}).Credits {
			o.Parts[i] = c.Amount
		}
	}
	return o, nil
}

// loadCarries reads what the accounts of a line carry. It is kept until a balance
// of the line changes.
func (l *Ledger) loadCarries(line *line) error {
	carries := make([]int64, len(l.money.names[line.pool]))
	prefix := key(line.pool, line.chain)
	err := l.db.View(func(tx store.Tx) error {
		c := tx.Bucket(bucketBalances).Cursor()
		for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
			if len(k) == len(prefix) {
				continue // the operator's
			}
			n := l.money.numbers[name{pool: line.pool, account: lastName(k)}]
			if n == 0 {
				return fmt.Errorf("%w: balance of %q, which has no number", ErrDamaged, k)
			}
			var b Balance
			if err := b.parse(v); err != nil {
				return err
			}
			carries[n-1] = b.Carry()
		}
		return lessReceived(tx, line, carries)
	})
	if err == nil {
		line.carries = carries
	}
	return err
}

// lessReceived takes out of the carries what blocks mean to them that are not known
// to be on the chain: most of them never will be, when there are many.
func lessReceived(tx store.Tx, line *line, carries []int64) error {
	prefix := key(line.chain)
	c := tx.Bucket(bucketReceived).Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		raw := tx.Bucket(bucketCredits).Get(k)
		if string(v) != line.pool || raw == nil {
			continue
		}
		split, _, err := parseSplit(raw)
		if err != nil {
			return err
		}
		for _, one := range split.Credits {
			carries[one.Account-1] -= int64(one.Amount)
		}
		paid, err := coinbaseAt(tx, k)
		if err != nil {
			return err
		}
		for _, one := range paid.Credits {
			carries[one.Account-1] += int64(one.Amount)
		}
	}
	return nil
}
