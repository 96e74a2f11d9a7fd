package ledger

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"sort"
)

// Totals are stored as varints (unsigned, times zigzag) in this order:
//
//	accepted | work hi | work lo | rejected work hi | lo | bits of best |
//	best time | first seen | last seen | number of reasons, then for each
//	length | reason | count, reasons sorted
//
// What follows in the row belongs to the statistics.
func (t *Totals) append(b []byte) []byte {
	for _, v := range []uint64{t.Accepted, t.Work.Hi, t.Work.Lo, t.RejectedWork.Hi, t.RejectedWork.Lo, math.Float64bits(t.Best)} {
		b = binary.AppendUvarint(b, v)
	}
	for _, v := range []int64{t.BestTime, t.FirstSeen, t.LastSeen} {
		b = binary.AppendVarint(b, v)
	}
	reasons := make([]string, 0, len(t.Rejected))
	for r := range t.Rejected {
		reasons = append(reasons, r)
	}
	sort.Strings(reasons)
	b = binary.AppendUvarint(b, uint64(len(reasons)))
	for _, r := range reasons {
		b = binary.AppendUvarint(b, uint64(len(r)))
		b = append(b, r...)
		b = binary.AppendUvarint(b, t.Rejected[r])
	}
	return b
}

// parse is the inverse of append; it returns what follows in the row.
func (t *Totals) parse(raw []byte) ([]byte, error) {
	r := bytes.NewReader(raw)
	var bad error
	u := func() uint64 {
		v, err := binary.ReadUvarint(r)
		if err != nil {
			bad = err
		}
		return v
	}
	i := func() int64 {
		v, err := binary.ReadVarint(r)
		if err != nil {
			bad = err
		}
		return v
	}
	*t = Totals{Accepted: u(), Work: Work{Hi: u(), Lo: u()}, RejectedWork: Work{Hi: u(), Lo: u()}, Best: math.Float64frombits(u()),
		BestTime: i(), FirstSeen: i(), LastSeen: i()}
	for n := u(); n > 0 && bad == nil; n-- {
		size := u()
		if size > uint64(r.Len()) {
			return nil, fmt.Errorf("%w: totals are cut short", ErrDamaged)
		}
		reason := make([]byte, size)
		r.Read(reason)
		if t.Rejected == nil {
			t.Rejected = make(map[string]uint64)
		}
		t.Rejected[string(reason)] = u()
	}
	if bad != nil {
		return nil, fmt.Errorf("%w: totals do not fit their layout", ErrDamaged)
	}
	return raw[len(raw)-r.Len():], nil
}

// key joins names so that keys sort as the names do and no name can run into
// the next: 00 within a name becomes 00 ff, and 00 01 ends it.
func key(names ...string) []byte {
	var k []byte
	for _, n := range names {
		for i := range len(n) {
			k = append(k, n[i])
			if n[i] == 0 {
				k = append(k, 0xff)
			}
		}
		k = append(k, 0, 1)
	}
	return k
}

// lastName is the last of the names that key joined.
func lastName(k []byte) string {
	parts := bytes.Split(k, []byte{0, 1})
	if len(parts) < 2 {
		return ""
	}
	return string(bytes.ReplaceAll(parts[len(parts)-2], []byte{0, 0xff}, []byte{0}))
}

func blockKey(chain string, hash *[32]byte) []byte { return append(key(chain), hash[:]...) }

func u64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }
