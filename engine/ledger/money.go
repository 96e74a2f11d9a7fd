package ledger

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/engine/work"
)

// line is one chain of a pool: how its rewards are divided.
type line struct {
	pool, chain string
	terms       sharelog.Terms
	scheme      reward.Scheme
	last        reward.Chain // as the newest job that has it says
	off         bool         // the pool's newest job has it not
	carries     []int64      // see Outlook; read only; nil where balances have changed
}

// lineRow is a line as it is stored.
type lineRow struct {
	sharelog.Terms
	Last reward.Chain
	Off  bool `json:",omitempty"`
}

// money is what the ledger holds in memory between transactions: the schemes with
// their windows, and the numbers of accounts. It is a function of the log, and
// made again from the database after a transaction that failed.
type money struct {
	lines   map[name]*line // by pool and chain
	pools   map[string][]*line
	numbers map[name]reward.Account // by pool and account
	names   map[string][]string     // by pool; the account of number n is at n-1
	given   map[string]*gifts       // by pool
	saved   sharelog.Position       // up to where the schemes are stored
}

func newMoney() *money {
	return &money{lines: map[name]*line{}, pools: map[string][]*line{}, numbers: map[name]reward.Account{}, names: map[string][]string{}, given: map[string]*gifts{}}
}

// loadMoney reads the schemes as they were saved, which is behind the ledger's
// position.
func loadMoney(tx store.Tx) (*money, error) {
	m := newMoney()
	err := tx.Bucket(bucketNumbers).ForEach(func(k, v []byte) error {
		pool, n, ok := splitNumber(k)
		if !ok || int(n) != len(m.names[pool])+1 {
			return fmt.Errorf("%w: number of account %q", ErrDamaged, v)
		}
		m.names[pool] = append(m.names[pool], string(v))
		m.numbers[name{pool: pool, account: string(v)}] = n
		return nil
	})
	if err = errors.Join(err, m.loadGifts(tx)); err != nil {
		return nil, err
	}
	err = tx.Bucket(bucketTerms).ForEach(func(_, v []byte) error {
		var row lineRow
		if err := json.Unmarshal(v, &row); err != nil {
			return fmt.Errorf("%w: terms: %w", ErrDamaged, err)
		}
		t := &row.Terms
		l, err := m.open(t)
		if err != nil {
			return err
		}
		l.last, l.off = row.Last, row.Off
		if err := l.scheme.Load(schemeRows{tx.Bucket(bucketSchemes), key(t.Pool, t.Chain)}); err != nil {
			return fmt.Errorf("%w: %s of %s in %s: %w", ErrDamaged, t.Scheme, t.Chain, t.Pool, err)
		}
		return nil
	})
	if raw := tx.Bucket(bucketMeta).Get(keySchemes); raw != nil && err == nil {
		m.saved, err = parsePosition(raw)
	}
	return m, err
}

// open adds the line that t is about.
func (m *money) open(t *sharelog.Terms) (*line, error) {
	scheme, err := reward.New(t.Scheme, m.rewardTerms(t))
	if err != nil {
		return nil, err
	}
	l := &line{pool: t.Pool, chain: t.Chain, terms: *t, scheme: scheme}
	m.lines[name{pool: t.Pool, account: t.Chain}] = l
	m.pools[t.Pool] = append(m.pools[t.Pool], l)
	return l, nil
}

// rewardTerms are the terms as a scheme takes them. Where the coinbase has paid the
// finder itself there is nothing left to give away.
func (m *money) rewardTerms(t *sharelog.Terms) reward.Terms {
	out := reward.Terms{FeeBPS: int(t.FeeBPS), Window: float64(t.Window) / 1e6}
	if t.Payout != "miner" {
		out.Donation = m.gifts(t.Pool).of
	}
	return out
}

// replay feeds a record that was folded before to the schemes alone.
func (m *money) replay(rec *sharelog.Record) {
	switch rec.Kind {
	case sharelog.KindShare:
		s := rec.Share
		n := m.numbers[name{pool: s.Pool, account: s.Account}]
		for _, l := range m.pools[s.Pool] {
			if l.off {
				continue
			}
			l.scheme.Share(n, work.Of(s.Difficulty))
		}
	case sharelog.KindJob:
		m.job(rec.Job)
	}
}

// job tells the schemes of their chains. A share counts for a chain only while the
// pool's newest job has it; before the first job nothing says that it has not.
func (m *money) job(j *sharelog.Job) {
	for _, l := range m.pools[j.Pool] {
		l.off = true
	}
	for i := range j.Chains {
		c := &j.Chains[i]
		if l := m.lines[name{pool: j.Pool, account: c.Name}]; l != nil {
			l.off = false
			l.last = reward.Chain{Network: work.Of(c.Difficulty), Height: c.Height, Reward: c.Reward, Fees: c.Fees}
			l.scheme.Job(l.last)
		}
	}
}

// number is the number of an account, given now if it is new.
func (f *fold) number(pool, account string) (reward.Account, error) {
	m := f.money
	n := name{pool: pool, account: account}
	if a, ok := m.numbers[n]; ok {
		return a, nil
	}
	m.names[pool] = append(m.names[pool], account)
	a := reward.Account(len(m.names[pool]))
	m.numbers[n] = a
	return a, f.tx.Bucket(bucketNumbers).Put(numberKey(pool, a), []byte(account))
}

// terms takes other terms for a chain. A scheme of another name starts with the
// shares that come after.
func (f *fold) terms(t *sharelog.Terms) error {
	l := f.money.lines[name{pool: t.Pool, account: t.Chain}]
	switch {
	case l == nil:
		if _, err := f.money.open(t); err != nil {
			return err
		}
	case l.terms.Scheme != t.Scheme:
		scheme, err := reward.New(t.Scheme, f.money.rewardTerms(t))
		if err != nil {
			return err
		}
		if err := f.dropRows(bucketSchemes, key(t.Pool, t.Chain)); err != nil {
			return err
		}
		l.scheme, l.terms = scheme, *t
		l.scheme.Job(l.last)
	default:
		l.terms = *t
		l.scheme.Terms(f.money.rewardTerms(t))
	}
	f.save = true // so that terms are never replayed
	return nil
}

// dropRows deletes the rows whose keys start with prefix.
func (f *fold) dropRows(bucket, prefix []byte) error {
	rows := schemeRows{f.tx.Bucket(bucket), prefix}
	var all []uint64
	err := rows.Each(func(k uint64, _ []byte) error {
		all = append(all, k)
		return nil
	})
	for _, k := range all {
		if err == nil {
			err = rows.Delete(k)
		}
	}
	return err
}

// saveSchemes stores what the schemes need to go on from at.
func (f *fold) saveSchemes(at sharelog.Position) error {
	for _, l := range f.money.lines {
		if err := f.put(bucketTerms, key(l.pool, l.chain), lineRow{l.terms, l.last, l.off}); err != nil {
			return err
		}
		if err := l.scheme.Save(schemeRows{f.tx.Bucket(bucketSchemes), key(l.pool, l.chain)}); err != nil {
			return err
		}
	}
	f.money.saved = at
	return f.tx.Bucket(bucketMeta).Put(keySchemes, u64(uint64(at)))
}

// remember makes the memory of the schemes, as they are at position at, where
// there is none.
func (l *Ledger) remember(at sharelog.Position) error {
	if l.money != nil {
		return nil
	}
	var m *money
	err := l.db.View(func(tx store.Tx) (err error) {
		m, err = loadMoney(tx)
		return err
	})
	if err != nil {
		return err
	}
	r := l.shares.Read(m.saved)
	defer r.Close()
	for pos := m.saved; pos < at; {
		rec, next, err := r.Next()
		if err != nil {
			return fmt.Errorf("replaying shares from %d to %d: %w", m.saved, at, err)
		}
		m.replay(&rec)
		pos = next
	}
	l.money = m
	return nil
}
