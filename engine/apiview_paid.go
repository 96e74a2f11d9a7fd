package engine

import (
	"sort"
	"sync"

	"github.com/motherlode-pool/motherlode/engine/ledger"
)

// paid knows the numbers of all payments by pool and chain, which never change, so
// that a page of those of one chain looks at these alone. The zero value is ready.
type paid struct {
	mu   sync.Mutex
	upTo uint64                            // the newest that is known
	of   map[ledger.PaymentFilter][]uint64 // rising
}

// page are payments that a filter takes, newest first: at most limit of those with
// a number below before; 0 starts at the newest.
func (p *paid) page(l *ledger.Ledger, f ledger.PaymentFilter, before uint64, limit int) ([]ledger.Payment, error) {
	if f == (ledger.PaymentFilter{}) {
		return l.Payments(f, before, limit)
	}
	numbers, err := p.numbers(l, f)
	if err != nil {
		return nil, err
	}
	if before > 0 {
		numbers = numbers[:sort.Search(len(numbers), func(i int) bool { return numbers[i] >= before })]
	}
	var rows []ledger.Payment
	for i := len(numbers) - 1; i >= 0 && len(rows) < limit; i-- {
		row, err := l.Payments(ledger.PaymentFilter{}, numbers[i]+1, 1)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row...)
	}
	return rows, nil
}

// numbers are those that a filter takes, once the newest payments are known.
func (p *paid) numbers(l *ledger.Ledger, f ledger.PaymentFilter) ([]uint64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var later []ledger.Payment // newest first
	for before, few, done := uint64(0), 1, false; !done; few = min(few*10, figuresPage) {
		rows, err := l.Payments(ledger.PaymentFilter{}, before, few) // there is seldom more than one that is new
		if err != nil {
			return nil, err
		}
		done = len(rows) < few
		for i := range rows {
			if rows[i].ID <= p.upTo {
				done = true
				break
			}
			before = rows[i].ID
			later = append(later, ledger.Payment{ID: rows[i].ID, Pool: rows[i].Pool, Chain: rows[i].Chain})
		}
	}
	if p.of == nil {
		p.of = map[ledger.PaymentFilter][]uint64{}
	}
	for i := len(later) - 1; i >= 0; i-- {
		r := &later[i]
		for _, of := range []ledger.PaymentFilter{{Pool: r.Pool}, {Chain: r.Chain}, {Pool: r.Pool, Chain: r.Chain}} {
			p.of[of] = append(p.of[of], r.ID)
		}
		p.upTo = r.ID
	}
	return p.of[f], nil
}
