package stats

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/motherlode-pool/motherlode/engine/work"
)

// A tally is a byte of flags, then a varint for each that is set in this order,
// the work as appendWork has it:
//
//	1 accepted | 2 work | 4 stale | 8 duplicate | 16 low | 32 invalid
const (
	hasAccepted = 1 << iota
	hasWork
	hasRefused // and the next three
	flagsEnd   = hasRefused << classes
)

func (t *Tally) append(b []byte) []byte {
	at := len(b)
	b = append(b, 0)
	if t.Accepted != 0 {
		b[at] |= hasAccepted
		b = binary.AppendUvarint(b, t.Accepted)
	}
	if !t.Work.IsZero() {
		b[at] |= hasWork
		b = appendWork(b, t.Work)
	}
	for c, n := range t.Refused {
		if n != 0 {
			b[at] |= hasRefused << c
			b = binary.AppendUvarint(b, n)
		}
	}
	return b
}

// appendWork appends work above zero. Difficulties are short numbers far above
// the unit of work, so it is the number of zero bits at the end and what is before
// them: a byte, 128 added where a varint of the upper 64 bits follows that of the
// lower.
func appendWork(b []byte, w work.Work) []byte {
	zeros := bits.TrailingZeros64(w.Lo)
	if w.Lo == 0 {
		zeros = 64 + bits.TrailingZeros64(w.Hi)
	}
	hi, lo := w.Hi, w.Lo
	if zeros >= 64 {
		hi, lo = 0, hi>>(zeros-64)
	} else {
		lo = lo>>zeros | hi<<(64-zeros) // a shift by 64 gives 0
		hi >>= zeros
	}
	if hi == 0 {
		return binary.AppendUvarint(append(b, byte(zeros)), lo)
	}
	return binary.AppendUvarint(binary.AppendUvarint(append(b, byte(zeros)|0x80), lo), hi)
}

// reader takes values off a row; bad stays set once a value was cut short.
type reader struct {
	raw []byte
	bad bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.raw)
	if n <= 0 {
		r.bad, r.raw = true, nil
		return 0
	}
	r.raw = r.raw[n:]
	return v
}

func (r *reader) byte() byte {
	if len(r.raw) == 0 {
		r.bad = true
		return 0
	}
	v := r.raw[0]
	r.raw = r.raw[1:]
	return v
}

func (r *reader) u32() uint32 {
	if len(r.raw) < 4 {
		r.bad, r.raw = true, nil
		return 0
	}
	v := binary.BigEndian.Uint32(r.raw)
	r.raw = r.raw[4:]
	return v
}

func (r *reader) u64() uint64 { return uint64(r.u32())<<32 | uint64(r.u32()) }

func (r *reader) work() work.Work {
	zeros := r.byte()
	w := work.Work{Lo: r.uvarint()}
	if zeros&0x80 != 0 {
		w.Hi = r.uvarint()
		zeros &^= 0x80
	}
	if zeros >= 64 {
		return work.Work{Hi: w.Lo << (zeros - 64)}
	}
	return work.Work{Hi: w.Hi<<zeros | w.Lo>>(64-zeros), Lo: w.Lo << zeros}
}

func (r *reader) tally() (t Tally) {
	flags := r.byte()
	if flags >= flagsEnd {
		r.bad = true
	}
	if flags&hasAccepted != 0 {
		t.Accepted = r.uvarint()
	}
	if flags&hasWork != 0 {
		t.Work = r.work()
	}
	for c := range t.Refused {
		if flags&(hasRefused<<c) != 0 {
			t.Refused[c] = r.uvarint()
		}
	}
	return t
}

// Append appends what Parse reads:
//
//	u32 minute of the clock, big-endian | tally of that minute | tally of the
//	one before | number of bests, then for each generation | u64 bits of the
//	float64, big-endian
//
// Of a Live that has seen nothing it appends nothing. Flush comes first.
func (l *Live) Append(b []byte) []byte {
	if !l.begun {
		return b
	}
	b = binary.BigEndian.AppendUint32(b, l.clock)
	b = l.before.append(l.now.append(b))
	b = binary.AppendUvarint(b, uint64(len(l.bests)))
	for _, s := range l.bests {
		b = binary.AppendUvarint(b, s.generation)
		b = binary.BigEndian.AppendUint64(b, math.Float64bits(s.achieved))
	}
	return b
}

// Parse makes the Live that Append has stored, with the given bounds. Errors are
// ErrDamaged.
func (l *Live) Parse(raw []byte, keep *Keep) error {
	*l = Live{keep: keep}
	if len(raw) == 0 {
		return nil
	}
	r := reader{raw: raw}
	l.begun, l.clock, l.now, l.before = true, r.u32(), r.tally(), r.tally()
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		l.bests = append(l.bests, best{r.uvarint(), math.Float64frombits(r.u64())})
	}
	if r.bad || len(r.raw) > 0 {
		return fmt.Errorf("%w: the present minute does not fit its layout", ErrDamaged)
	}
	return nil
}
