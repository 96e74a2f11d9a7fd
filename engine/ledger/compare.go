package ledger

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// shownOfAKind is of how many rows of one kind the differences are told in words, and how
// many of one row.
const shownOfAKind = 20

// Comparison is how a ledger and its share log agree.
type Comparison struct {
	Position sharelog.Position `json:"position"` // of the ledger
	Records  uint64            `json:"records"`  // of the log, up to there
	Kinds    []Kind            `json:"kinds"`
	Rows     uint64            `json:"rows"` // of all kinds, those of the log
	Differ   uint64            `json:"differ"`

	// Differences are the first ones of each kind.
	Differences []Difference `json:"differences"`

	// NoStatistics says that they were not compared: an upgrade is still making them.
	NoStatistics bool `json:"no_statistics,omitempty"`

	// NoEffort is the number of blocks of a version that did not note what they cost
	// by the difficulty of its time, which was not compared.
	NoEffort uint64 `json:"no_effort,omitempty"`
}

// Kind counts the rows of one kind.
type Kind struct {
	Name   string `json:"name"`
	Rows   uint64 `json:"rows"`   // by the log
	Differ uint64 `json:"differ"` // that are not the same, lack, or are too many
}

// Compare folds the share log from its first record up to where a ledger is, of which it
// is given a Copy, and compares every row. Scratch is an empty database for that. Errors:
// ErrCopy, ErrLogGone where the start of the log was retired, ErrLogLost, ErrSchema,
// ErrOlder, and those of the log, of scratch and of ctx.
//
// It finds what has changed in a ledger since it was written. What was folded wrong is
// folded wrong again; package audit computes anew what money there is.
func Compare(ctx context.Context, copied io.Reader, log Source, scratch store.Store) (*Comparison, error) {
	c, err := newCopyReader(copied)
	if err != nil {
		return nil, err
	}
	switch {
	case c.head.schema > schema:
		return nil, fmt.Errorf("%w: its schema is %d, this version knows %d", ErrSchema, c.head.schema, schema)
	case c.head.schema < schema:
		return nil, fmt.Errorf("%w: its schema is %d; the next start of the pool brings it up to date", ErrOlder, c.head.schema)
	}
	r := newReplay(scratch, log, &c.head)
	if err := r.run(ctx); err != nil {
		return nil, err
	}
	return r.compare(ctx, c)
}

// compare walks over the rows of a copy and of what was replayed.
func (r *replay) compare(ctx context.Context, c *copyReader) (*Comparison, error) {
	out := &Comparison{Position: c.head.position, Records: r.records, NoStatistics: c.head.counted < c.head.position}
	err := r.db.View(func(tx store.Tx) error {
		m := &merger{copied: c, log: r.log, words: &words{tx: tx, names: r.money.names}, out: out, kinds: map[string]*Kind{}}
		return m.run(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// merger walks over a copy and a replayed ledger at once.
type merger struct {
	copied *copyReader
	log    Source
	words  *words
	out    *Comparison
	kinds  map[string]*Kind
	more   bool // copied has a row
}

func (m *merger) run(ctx context.Context, tx store.Tx) (err error) {
	if m.more, err = m.copied.next(); err != nil {
		return err
	}
	err = tx.ForEach(func(bucket []byte, b store.Bucket) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return b.ForEach(func(k, v []byte) error {
			if err := m.rest(bucket, k); err != nil {
				return err
			}
			if !m.more || !bytes.Equal(m.copied.bucket, bucket) || !bytes.Equal(m.copied.key, k) {
				return m.row(bucket, k, v, nil)
			}
			if err := m.row(bucket, k, v, m.copied.value); err != nil {
				return err
			}
			m.more, err = m.copied.next()
			return err
		})
	})
	if err == nil {
		err = m.rest(nil, nil)
	}
	m.count(kindMeta)
	for i := range kinds {
		m.count(kinds[i].name)
	}
	m.count(otherKind.name)
	return err
}

// count adds what was found of a kind.
func (m *merger) count(name string) {
	if k := m.kinds[name]; k != nil {
		m.out.Kinds = append(m.out.Kinds, *k)
		m.out.Rows, m.out.Differ = m.out.Rows+k.Rows, m.out.Differ+k.Differ
	}
}

// rest takes the rows of the copy that come before a key of a bucket, and that the log
// does not give; all where bucket is nil.
func (m *merger) rest(bucket, k []byte) (err error) {
	for m.more {
		n := bytes.Compare(m.copied.bucket, bucket)
		if bucket != nil && (n > 0 || n == 0 && bytes.Compare(m.copied.key, k) >= 0) {
			return nil
		}
		if err := m.row(m.copied.bucket, m.copied.key, nil, m.copied.value); err != nil {
			return err
		}
		if m.more, err = m.copied.next(); err != nil {
			return err
		}
	}
	return nil
}

// row compares a row by the log with the ledger's; nil is none.
func (m *merger) row(bucket, k, log, ledger []byte) error {
	if bytes.Equal(bucket, bucketMeta) {
		return m.meta(k, ledger)
	}
	kind := kindOf(bucket)
	if kind.statistics && m.out.NoStatistics {
		return nil
	}
	count := m.kinds[kind.name]
	if count == nil {
		count = &Kind{Name: kind.name}
		m.kinds[kind.name] = count
	}
	if log != nil {
		count.Rows++
	}
	if log != nil && ledger != nil && (bytes.Equal(log, ledger) || kind.name == kindBalance && sameBalance(log, ledger)) {
		return nil
	}
	all := m.words.differences(bucket, k, log, ledger)
	if m.out.NoStatistics {
		all = slices.DeleteFunc(all, func(d Difference) bool { return d.Field == fieldLive })
	}
	if len(all) == 1 && bytes.Equal(bucket, bucketBlocks) && all[0].Field == "Rounds" && all[0].Ledger == nothing {
		m.out.NoEffort++
		return nil
	}
	if len(all) == 0 {
		return nil
	}
	if count.Differ++; count.Differ <= shownOfAKind {
		m.out.Differences = append(m.out.Differences, all[:min(len(all), shownOfAKind)]...)
	}
	return nil
}

// sameBalance reports whether two rows have the same amounts: one that has not changed since
// an older schema ends sooner.
func sameBalance(log, ledger []byte) bool {
	var a, b Balance
	return a.parse(log) == nil && b.parse(ledger) == nil && a == b
}

// meta compares what the ledger has noted of the end of the log; where it is, is where
// the log was folded to.
func (m *merger) meta(k, ledger []byte) error {
	if !bytes.Equal(k, keyTail) || len(ledger) == 0 {
		return nil
	}
	tail, err := tailOf(m.log, m.out.Position)
	if err != nil {
		return err
	}
	if bytes.Equal(tail, ledger) {
		return nil
	}
	m.kinds[kindMeta] = &Kind{Name: kindMeta, Differ: 1}
	m.out.Differences = append(m.out.Differences, Difference{
		Kind: kindMeta, Field: fmt.Sprintf("end of the log before position %d, which says whose log it is", m.out.Position),
		Log: hex.EncodeToString(tail), Ledger: hex.EncodeToString(ledger),
	})
	return nil
}
