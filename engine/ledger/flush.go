package ledger

import (
	"bytes"
	"fmt"
	"slices"
)

func byKey(rows []*totalsRow) {
	slices.SortFunc(rows, func(a, b *totalsRow) int { return bytes.Compare(a.key, b.key) })
}

// wait has a row be flushed before its next record of another minute than that at a
// time, together with others: records of the same minute change nothing that Flush
// moves, or add to it.
func (f *fold) wait(row *totalsRow, at int64) {
	if row.due {
		return
	}
	row.due, row.dueAt = true, minute(at)
	f.due = append(f.due, row)
}

// flushBefore flushes all rows that wait where one of them is about to get a record
// that it must be flushed before.
func (f *fold) flushBefore(row *totalsRow, at int64) error {
	if !row.due || row.dueAt == minute(at) {
		return nil
	}
	byKey(f.due)
	for chunk := range slices.Chunk(f.due, aheadRows) {
		f.readLevels(chunk)
		for _, row := range chunk {
			if err := f.flush(row); err != nil {
				return err
			}
			row.due = false
		}
	}
	f.due = f.due[:0]
	return nil
}

func minute(at int64) int64 { return at / 60_000 }

func (f *fold) flush(row *totalsRow) error {
	if err := row.live.Flush(levelRows{f.tx, row.key}); err != nil {
		return fmt.Errorf("%w: %s %q: %w", ErrDamaged, row.bucket, row.key, err)
	}
	return nil
}
