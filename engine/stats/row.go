package stats

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Level says how long a time one entry of a row is.
type Level uint8

// The levels; slots of the first three count from 1970, UTC.
const (
	Minutes Level = iota
	Hours
	Days
	Older // one entry, slot 0
	Levels
)

// seconds is the length of a slot.
func (l Level) seconds() int64 {
	switch l {
	case Minutes:
		return 60
	case Hours:
		return 3600
	}
	return 86400
}

// above is the slot of the next level that a slot is in.
func (l Level) above(slot uint32) uint32 {
	switch l {
	case Minutes:
		return slot / 60
	case Hours:
		return slot / 24
	}
	return 0
}

// Keep is how much of a series each level holds.
type Keep struct {
	Minutes uint32 // in whole hours before the present one
	Hours   uint32 // in whole days before the present one
	Days    int    // in days on which something was done
}

// entry is what was done in one slot.
type entry struct {
	slot uint32
	Tally
}

// A row is the entries of one level, oldest first:
//
//	u32 first slot | u32 last slot, big-endian | tally, then for each further
//	one the distance of its slot from the one before, varint | tally
const (
	rowHead    = 8
	entrySize  = 16 // bytes of an entry, at most as a rule
	smallEntry = 5  // and at least
)

// bounds are the first and the last slot of a row; an empty row has none.
func bounds(raw []byte) (first, last uint32, err error) {
	if len(raw) < rowHead {
		return 0, 0, fmt.Errorf("%w: a row has %d bytes", ErrDamaged, len(raw))
	}
	return binary.BigEndian.Uint32(raw), binary.BigEndian.Uint32(raw[4:]), nil
}

func parseRow(raw []byte) ([]entry, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	first, last, err := bounds(raw)
	if err != nil {
		return nil, err
	}
	r := reader{raw: raw[rowHead:]}
	at, gap := uint64(first), uint64(0)
	out := make([]entry, 0, len(raw)/smallEntry+1)
	for {
		out = append(out, entry{uint32(at), r.tally()})
		if len(r.raw) == 0 || r.bad {
			break
		}
		gap = r.uvarint()
		if at += gap; gap == 0 || gap > math.MaxUint32 || at > uint64(last) {
			r.bad = true
		}
	}
	if r.bad || at != uint64(last) {
		return nil, fmt.Errorf("%w: a row does not fit its layout", ErrDamaged)
	}
	return out, nil
}

// appendEntries adds entries that come after those of the row, by slot.
func appendEntries(raw []byte, add []entry) []byte {
	if len(add) == 0 {
		return raw
	}
	last := add[0].slot
	if len(raw) == 0 {
		raw = binary.BigEndian.AppendUint32(raw, last)
		raw = binary.BigEndian.AppendUint32(raw, last)
		raw, add = add[0].append(raw), add[1:]
	} else {
		last = binary.BigEndian.Uint32(raw[4:])
	}
	for i := range add {
		raw = binary.AppendUvarint(raw, uint64(add[i].slot-last))
		raw = add[i].append(raw)
		last = add[i].slot
	}
	binary.BigEndian.PutUint32(raw[4:], last)
	return raw
}

// inOrder sorts by slot and makes one entry of those of the same slot.
func inOrder(all []entry) []entry {
	slices.SortStableFunc(all, func(a, b entry) int { return cmp.Compare(a.slot, b.slot) })
	out := all[:0]
	for i := range all {
		if n := len(out); n > 0 && out[n-1].slot == all[i].slot {
			out[n-1].Add(&all[i].Tally)
			continue
		}
		out = append(out, all[i])
	}
	return out
}

// outside reports whether a slot has left its level as the clock stands. A slot
// behind the clock's hour or day has left it too: the clock was set back.
func (k *Keep) outside(l Level, slot, clock uint32) bool {
	switch l {
	case Minutes:
		return beyond(slot/60, clock/60, k.Minutes)
	case Hours:
		return beyond(slot/24, clock/(60*24), k.Hours)
	}
	return false
}

func beyond(slot, now, keep uint32) bool { return slot > now || now-slot > keep }

// take adds entries to a row and takes those off that have left the level. The
// row is nil where nothing is left. Entries of add are in order.
func (k *Keep) take(l Level, raw []byte, add []entry, clock uint32) (row []byte, gone []entry, changed bool, err error) {
	quick := l != Days && (len(add) == 0 || !k.outside(l, add[0].slot, clock) && !k.outside(l, add[len(add)-1].slot, clock))
	if len(raw) > 0 && quick {
		first, last, err := bounds(raw)
		if err != nil {
			return nil, nil, false, err
		}
		quick = (len(add) == 0 || add[0].slot > last) && !k.outside(l, first, clock) && !k.outside(l, last, clock)
	}
	if quick {
		if len(add) == 0 {
			return raw, nil, false, nil
		}
		row = append(make([]byte, 0, len(raw)+rowHead+len(add)*entrySize), raw...) // the database owns raw
		return appendEntries(row, add), nil, true, nil
	}

	all, err := parseRow(raw)
	if err != nil {
		return nil, nil, false, err
	}
	all = inOrder(append(all, add...))
	keep := make([]entry, 0, len(all))
	for i := range all {
		if k.outside(l, all[i].slot, clock) || l == Days && len(all)-i > k.Days {
			gone = append(gone, entry{l.above(all[i].slot), all[i].Tally})
		} else {
			keep = append(keep, all[i])
		}
	}
	return appendEntries(nil, keep), inOrder(gone), true, nil
}
