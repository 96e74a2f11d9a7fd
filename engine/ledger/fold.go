package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/stats"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// saveEvery is how far the log may grow, in bytes, before the schemes are stored
// again: what is behind is replayed at the start.
const saveEvery = 8 << 20

// name says whose totals a row holds.
type name struct{ pool, account, worker string }

// totalsRow is a row that is held until the end of the transaction.
type totalsRow struct {
	Totals
	bucket   []byte
	key      []byte
	up       *totalsRow     // of the account, of the pool
	number   reward.Account // of an account
	balances []*balanceRow  // of an account, by line of its pool, as needed
	live     stats.Live
	due      bool  // it waits to be flushed
	dueAt    int64 // the minute of the record since which it does
}

// fold is one transaction: rows are read when first needed and written once.
type fold struct {
	tx         store.Tx
	money      *money
	workers    map[name]*totalsRow
	upper      map[name]*totalsRow // accounts, and pools under an empty account
	rounds     map[name]*round     // by pool and chain
	balances   map[holder]*balanceRow
	roundsRead map[string]bool          // pools whose rounds are all there
	starts     map[string]*stats.Rounds // by pool
	counts     bool                     // the statistics are folded as well
	rows       int
	save       bool // the schemes are to be stored with this transaction

	due   []*totalsRow // that wait to be flushed; see wait
	ahead *ahead

	tail func(at sharelog.Position) ([]byte, error) // of the log; nil where it is not noted
}

func newFold(tx store.Tx, m *money) *fold {
	return &fold{
		tx: tx, money: m, workers: map[name]*totalsRow{}, upper: map[name]*totalsRow{}, rounds: map[name]*round{}, roundsRead: map[string]bool{},
		balances: map[holder]*balanceRow{}, starts: map[string]*stats.Rounds{}, counts: true,
	}
}

// step folds what the log has, up to the bounds of one transaction, and commits
// it. It reports whether there may be more at once.
func (l *Ledger) step(r *sharelog.Reader) (more bool, err error) {
	l.moneyMu.Lock()
	defer l.moneyMu.Unlock()
	start := l.Position()
	if err := l.remember(start); err != nil {
		return false, err
	}
	defer func() {
		if err != nil {
			l.money = nil // it may be ahead of the database
		}
	}()
	at := start
	folded := false // what fails afterwards is the database's
	err = l.update(func(tx store.Tx) error {
		f := newFold(tx, l.money)
		f.counts, f.tail = l.counted == start, l.tailAt
		f.ahead = f.newAhead(l.shares, start)
		defer f.ahead.close()
		for n := 0; ; n++ {
			if n >= maxRecords || f.full() {
				more = true
				break
			}
			f.ahead.look(f)
			rec, pos, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			if err := f.record(&rec); err != nil {
				return fmt.Errorf("record before position %d: %w", pos, err)
			}
			at = pos
		}
		if at == start {
			return errNothing
		}
		err := f.commit(at)
		folded = err == nil
		return err
	})
	switch {
	case errors.Is(err, errNothing):
		return false, nil
	case err != nil && folded:
		return false, fmt.Errorf("%w: %w", errWrite, err)
	case err != nil:
		return false, err
	}
	l.committed(at, l.counted == start)
	return more, nil
}

const (
	errNothing Error = "nothing to fold" // rolls an empty transaction back
	errWrite   Error = "database cannot be written"
)

// full reports whether a transaction has as many rows as it may. Where each row is held
// twice, as it was read and as it is sent, they are fewer.
func (f *fold) full() bool {
	if f.ahead != nil {
		return f.rows >= maxRowsAhead
	}
	return f.rows >= maxRows
}

func (f *fold) record(rec *sharelog.Record) error {
	switch rec.Kind {
	case sharelog.KindShare:
		return f.share(rec.Share)
	case sharelog.KindRejects:
		return f.rejects(rec.Rejects)
	case sharelog.KindJob:
		return errors.Join(f.countJob(rec.Job), f.job(rec.Job))
	case sharelog.KindBlock:
		return errors.Join(f.countBlock(rec.Block), f.block(rec.Block))
	case sharelog.KindTerms:
		return f.terms(rec.Terms)
	case sharelog.KindPayment:
		return f.payment(rec.Payment)
	case sharelog.KindCoinbase:
		return f.coinbase(rec.Coinbase)
	case sharelog.KindSettings:
		return f.settings(rec.Settings)
	}
	return fmt.Errorf("kind %d is unknown", rec.Kind)
}

func (f *fold) share(s *sharelog.Share) error {
	row, err := f.worker(name{s.Pool, s.Account, s.Worker})
	if err != nil {
		return err
	}
	work := WorkOf(s.Difficulty)
	if err := f.earn(s.Pool, row.up, work); err != nil {
		return err
	}
	for up := row; up != nil; up = up.up {
		up.share(s.Time, work, s.Achieved)
	}
	return f.countShare(row, s, work)
}

func (f *fold) rejects(r *sharelog.Rejects) error {
	row, err := f.worker(name{r.Pool, r.Account, r.Worker})
	if err != nil {
		return err
	}
	work := WorkOf(r.Work)
	for up := row; up != nil; up = up.up {
		up.reject(r.Time, r.Reason, r.Count, work)
	}
	return f.countRejects(row, r)
}

// worker is the row of a worker, with those above it.
func (f *fold) worker(n name) (*totalsRow, error) {
	if row, ok := f.workers[n]; ok {
		return row, nil
	}
	pool, err := f.pool(n.pool)
	if err != nil {
		return nil, err
	}
	account, ok := f.upper[above(n)]
	if !ok {
		if account, err = f.load(bucketAccounts, key(n.pool, n.account), pool); err != nil {
			return nil, err
		}
		if account.number, err = f.number(n.pool, n.account); err != nil {
			return nil, err
		}
		f.upper[above(n)] = account
	}
	row, err := f.load(bucketWorkers, key(n.pool, n.account, n.worker), account)
	if err == nil {
		f.workers[n] = row
	}
	return row, err
}

// above is under which name the account of a worker is in upper. A worker field of one
// byte that no pool row has keeps accounts apart from pools, also an account without
// a name.
func above(n name) name { return name{n.pool, n.account, "a"} }

func (f *fold) pool(pool string) (*totalsRow, error) {
	n := name{pool: pool}
	if row, ok := f.upper[n]; ok {
		return row, nil
	}
	row, err := f.load(bucketPools, key(pool), nil)
	if err == nil {
		f.upper[n] = row
	}
	return row, err
}

func (f *fold) load(bucket, k []byte, up *totalsRow) (*totalsRow, error) {
	row := &totalsRow{bucket: bucket, key: k, up: up}
	f.rows++
	if err := row.load(f.tx.Bucket(bucket).Get(k)); err != nil {
		return nil, fmt.Errorf("%s %q: %w", bucket, k, err)
	}
	return row, nil
}

// commit writes the rows and the position.
func (f *fold) commit(at sharelog.Position) error {
	if err := errors.Join(f.saveTotals(), f.saveStarts()); err != nil {
		return err
	}
	if f.counts {
		if err := f.tx.Bucket(bucketMeta).Put(keyCounted, u64(uint64(at))); err != nil {
			return err
		}
	}
	for h, row := range f.balances {
		h.line.carries = nil
		if err := f.tx.Bucket(bucketBalances).Put(row.key, row.append(nil)); err != nil {
			return err
		}
	}
	if f.save || at-f.money.saved > saveEvery {
		if err := f.saveSchemes(at); err != nil {
			return err
		}
	}
	for n, r := range f.rounds {
		if err := f.put(bucketRounds, key(n.pool, n.account), r); err != nil {
			return err
		}
	}
	return errors.Join(f.noteTail(at), f.tx.Bucket(bucketMeta).Put(keyPosition, u64(uint64(at))))
}

func (f *fold) put(bucket, k []byte, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return f.tx.Bucket(bucket).Put(k, raw)
}
