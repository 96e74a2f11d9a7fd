package ledger

import (
	"bytes"
	"slices"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/stats"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// How much is read ahead at a time, from a database that can.
const (
	aheadRecords  = 2048 // of the log
	aheadRows     = 1024 // of statistics, which are up to some KiB each
	aheadBalances = 8192
	maxRowsAhead  = 8_000 // maxRows, where rows are read ahead
)

// ahead looks into the log before the fold comes there, and has the database read
// the rows that records are going to change. It is nil where that is of no use.
type ahead struct {
	store.Ahead
	log  *sharelog.Reader
	left int // records until it looks again
}

// newAhead looks from a position on; close ends it.
func (f *fold) newAhead(log *sharelog.Log, at sharelog.Position) *ahead {
	rows, ok := f.tx.(store.Ahead)
	if !ok {
		return nil
	}
	return &ahead{Ahead: rows, log: log.Read(at)}
}

func (a *ahead) close() {
	if a != nil {
		_ = a.log.Close() // it was only read
	}
}

// look is called before each record.
func (a *ahead) look(f *fold) {
	if a == nil {
		return
	}
	if a.left--; a.left >= 0 {
		return
	}
	a.left = aheadRecords - 1
	var accounts, workers, balances [][]byte
	for range aheadRecords {
		rec, _, err := a.log.Next()
		if err != nil {
			break // who folds meets it
		}
		var n name
		switch rec.Kind {
		case sharelog.KindShare:
			n = name{rec.Share.Pool, rec.Share.Account, rec.Share.Worker}
		case sharelog.KindRejects:
			n = name{rec.Rejects.Pool, rec.Rejects.Account, rec.Rejects.Worker}
		default:
			continue
		}
		if _, ok := f.workers[n]; ok {
			continue
		}
		workers = append(workers, key(n.pool, n.account, n.worker))
		if _, ok := f.upper[above(n)]; ok {
			continue
		}
		if k := key(n.pool, n.account); len(accounts) == 0 || !bytes.Equal(k, accounts[len(accounts)-1]) {
			accounts = append(accounts, k)
			balances = f.appendEarning(balances, n)
		}
	}
	a.read(bucketWorkers, workers)
	a.read(bucketAccounts, accounts)
	a.read(bucketBalances, balances)
}

func (a *ahead) read(bucket []byte, keys [][]byte) {
	if len(keys) > 0 {
		a.ReadAhead(bucket, keys)
	}
}

// appendEarning adds the balances that a share of an account changes at once.
func (f *fold) appendEarning(keys [][]byte, n name) [][]byte {
	for _, l := range f.money.pools[n.pool] {
		if !l.off && reward.PerShare(l.terms.Scheme) {
			keys = append(keys, key(l.pool, l.chain, n.account))
		}
	}
	return keys
}

// readLevels has the database read what flushing the rows is going to read, level by
// level: whether a row is needed depends on the one before.
func (f *fold) readLevels(rows []*totalsRow) {
	to, ok := f.tx.(store.Ahead)
	if !ok {
		return
	}
	for level := stats.Minutes; level < stats.Levels && len(rows) > 0; level++ {
		var keys [][]byte
		var next []*totalsRow
		for _, row := range rows {
			var before []byte
			if level > stats.Minutes {
				before = levelRows{f.tx, row.key}.Get(level - 1)
			}
			if row.live.Reads(level, before) {
				keys, next = append(keys, row.key), append(next, row)
			}
		}
		if len(keys) > 0 {
			to.ReadAhead(bucketLevels[level], keys)
		}
		rows = next
	}
}

// readBalances reads the balances of many accounts.
func (f *fold) readBalances(l *line, credits []reward.Credit) error {
	to, ok := f.tx.(store.Ahead)
	if !ok || len(credits) < 2 {
		return nil // each when it is needed
	}
	for chunk := range slices.Chunk(credits, aheadBalances) {
		var keys [][]byte
		for _, c := range chunk {
			if f.balances[holder{l, c.Account}] == nil {
				keys = append(keys, f.balanceKey(l, c.Account))
			}
		}
		if len(keys) == 0 {
			continue
		}
		to.ReadAhead(bucketBalances, keys)
		for _, c := range chunk {
			if _, err := f.balance(l, c.Account); err != nil {
				return err
			}
		}
	}
	return nil
}
