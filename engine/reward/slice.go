package reward

import (
	"encoding/binary"
	"slices"

	"github.com/motherlode-pool/motherlode/engine/work"
)

// slice is the work of a stretch of shares by account, in the order of accounts.
type slice struct {
	total   work.Work
	weights []weight
}

// open is the slice that shares are being added to. Accounts are dense, so it is
// an array and a list of who is in it.
type open struct {
	total work.Work
	by    []work.Work
	in    []Account
}

func (o *open) add(a Account, w work.Work) {
	if w.IsZero() {
		return
	}
	if int(a) >= len(o.by) {
		o.by = append(o.by, make([]work.Work, max(int(a)+1-len(o.by), len(o.by)))...)
	}
	if o.by[a].IsZero() {
		o.in = append(o.in, a)
	}
	o.by[a] = o.by[a].Add(w)
	o.total = o.total.Add(w)
}

// take is what was added, and leaves o empty.
func (o *open) take() slice {
	s := slice{total: o.total, weights: o.weights()}
	for _, a := range o.in {
		o.by[a] = work.Work{}
	}
	o.in, o.total = o.in[:0], work.Work{}
	return s
}

// weights is what was added, in the order of accounts. Where many are in, looking
// at all costs less than sorting.
func (o *open) weights() []weight {
	all := make([]weight, 0, len(o.in))
	if len(o.in) > len(o.by)/8 {
		for a, w := range o.by {
			if !w.IsZero() {
				all = append(all, weight{Account(a), w})
			}
		}
		return all
	}
	slices.Sort(o.in)
	for _, a := range o.in {
		all = append(all, weight{a, o.by[a]})
	}
	return all
}

// put adds a slice that was closed.
func (o *open) put(s *slice) {
	for _, w := range s.weights {
		o.add(w.account, w.work)
	}
}

// putPart adds what counts of a slice when only part of its work does.
func (o *open) putPart(s *slice, part work.Work) {
	for _, w := range s.weights {
		o.add(w.account, work.Part(w.work, part, s.total))
	}
}

const errSlice = damage("a slice of the window does not fit its layout")

type damage string

// Error returns the text.
func (e damage) Error() string { return string(e) }

// A slice is stored as varints: number of weights, then for each the distance of
// its account from the one before, and hi and lo of its work.
func (s *slice) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(s.weights)))
	last := Account(0)
	for _, w := range s.weights {
		b = binary.AppendUvarint(b, uint64(w.account-last))
		b = w.work.Append(b)
		last = w.account
	}
	return b
}

// parse is the inverse of append.
func (s *slice) parse(b []byte) error {
	bad := false
	u := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			bad = true
			return 0
		}
		b = b[n:]
		return v
	}
	*s = slice{}
	last := Account(0)
	for n := u(); n > 0 && !bad; n-- {
		w := weight{last + Account(u()), work.Work{Hi: u(), Lo: u()}}
		if bad || w.account <= last || w.work.IsZero() {
			return errSlice
		}
		last = w.account
		s.weights = append(s.weights, w)
		s.total = s.total.Add(w.work)
	}
	if bad || len(b) > 0 {
		return errSlice
	}
	return nil
}
