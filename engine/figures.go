package engine

import (
	"cmp"
	"errors"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/chain"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/status"
	"github.com/motherlode-pool/motherlode/engine/submit"
	"github.com/motherlode-pool/motherlode/internal/histogram"
	"github.com/motherlode-pool/motherlode/stratum"
)

const (
	figuresEvery = 5 * time.Second    // the ledger is asked for figures no more often
	figuresPage  = 1000               // rows of one answer of the ledger
	settledAge   = 7 * 24 * time.Hour // a block that did not change for so long counts as it is
)

// rateSpans are the spans that hash rates are told over.
var rateSpans = []struct {
	name string
	span time.Duration
}{{"10m", 10 * time.Minute}, {"1h", time.Hour}, {"24h", 24 * time.Hour}}

// figures are numbers that the ledger has to be asked for, kept for a few seconds,
// and what need not be counted again. The zero value is ready.
type figures struct {
	mu       sync.Mutex
	at       time.Time
	rates    map[string]map[string]float64 // by pool and span
	blocks   tally
	payments tally
	oldest   time.Time // of the payments that are not final; zero without one
}

// tally counts rows of the ledger by pool, chain and state. The rows up to a number
// will not change any more and are counted for good.
type tally struct {
	upTo    uint64
	settled map[status.Kind]uint64
	now     map[status.Kind]uint64
}

// tallied is one row as a tally counts it.
type tallied struct {
	number  uint64
	kind    status.Kind
	settled bool
}

// count counts the rows that are not settled, newest first, of which read returns
// those before a number.
func (t *tally) count(read func(before uint64) ([]tallied, error)) error {
	var open []tallied
	for before := uint64(0); ; {
		page, err := read(before)
		if err != nil {
			return err
		}
		done := len(page) < figuresPage
		for _, row := range page {
			if row.number <= t.upTo {
				done = true
				break
			}
			open = append(open, row)
		}
		if done {
			break
		}
		before = open[len(open)-1].number
	}
	if t.settled == nil {
		t.settled = map[status.Kind]uint64{}
	}
	slices.Reverse(open)
	for len(open) > 0 && open[0].settled {
		t.settled[open[0].kind]++
		t.upTo = open[0].number
		open = open[1:]
	}
	t.now = maps.Clone(t.settled)
	for _, row := range open {
		t.now[row.kind]++
	}
	return nil
}

// refreshFigures asks the ledger where the figures are old.
func (e *Engine) refreshFigures(now time.Time) error {
	f := &e.figures
	if now.Sub(f.at) < figuresEvery && !f.at.After(now) {
		return nil
	}
	f.at = now
	err := f.blocks.count(func(before uint64) (rows []tallied, err error) {
		page, err := e.ledger.Blocks(ledger.Filter{}, before, figuresPage)
		for i := range page {
			b := &page[i]
			rows = append(rows, tallied{b.Seq, status.Kind{Pool: b.Pool, Chain: b.Chain, State: b.State},
				now.Sub(time.UnixMilli(b.Changed)) > settledAge})
		}
		return rows, err
	})
	f.oldest = time.Time{}
	err = errors.Join(err, f.payments.count(func(before uint64) (rows []tallied, err error) {
		page, err := e.ledger.Payments(ledger.PaymentFilter{}, before, figuresPage)
		for i := range page {
			p := &page[i]
			if !p.Final() {
				f.oldest = time.UnixMilli(p.Made) // they come newest first
			}
			rows = append(rows, tallied{p.ID, status.Kind{Pool: p.Pool, Chain: p.Chain, State: p.State}, p.Final()})
		}
		return rows, err
	}))
	f.rates = map[string]map[string]float64{}
	for _, p := range e.pools {
		rates := map[string]float64{}
		f.rates[p.name] = rates
		s, known := e.ledger.PoolStatistics(p.name)
		if known != nil && !errors.Is(known, ledger.ErrNotFound) {
			err = errors.Join(err, known)
			continue // not known, which is not 0
		}
		for _, r := range rateSpans {
			rates[r.name] = 0
			if known == nil && p.opened.Load() {
				rates[r.name] = s.Series.HashRate(now, r.span, hashesOf(p.diffOne))
			}
		}
	}
	return err
}

// hashesOf is how many hashes a difficulty of 1 takes on average: 2^256 by one more
// than its target.
func hashesOf(one algos.Target) float64 {
	target := 0.0
	for _, b := range one {
		target = target*256 + float64(b)
	}
	return math.Ldexp(1, 256) / (target + 1)
}

// figuresView adds what the ledger counts, and the words that series are named by.
func (e *Engine) figuresView(v *status.View) {
	v.Known = status.Known{
		Outcomes: submit.Outcomes(), BlockStates: submit.States(),
		PaymentStates: []string{ledger.Prepared, ledger.Sent, ledger.Confirmed, ledger.Failed},
	}
	for _, r := range stratum.Reasons() {
		v.Known.Results = append(v.Known.Results, r.String())
	}
	for _, r := range stratum.CloseReasons() {
		v.Known.CloseReasons = append(v.Known.CloseReasons, r.String())
	}
	for _, b := range chain.TimingBounds {
		v.Known.NewsBounds = append(v.Known.NewsBounds, b.Seconds())
	}
	for _, b := range histogram.Bounds {
		v.Known.TimeBounds = append(v.Known.TimeBounds, b.Seconds())
	}
	v.Fsyncs = countsView(e.shareLog.Fsyncs())

	f := &e.figures
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := e.refreshFigures(v.Now); err != nil {
		e.log.Error("figures could not be read from the ledger", "error", err)
		v.LedgerUnread, v.LedgerProblem = true, cmp.Or(v.LedgerProblem, err.Error())
		f.at = time.Time{}
	}
	// The maps are made anew at each refresh and never written to afterwards.
	v.BlocksBy, v.PaymentsBy, v.OldestPayment = f.blocks.now, f.payments.now, f.oldest
	for i := range v.Pools {
		v.Pools[i].HashRates = f.rates[v.Pools[i].Name]
	}
}

// came is when a template came; zero where a newer one has come since.
func (p *pool) came(t *coins.Template) time.Time {
	if latest, at := p.parent.Latest(); latest == t {
		return at
	}
	return time.Time{}
}

// paceView adds how fast miners get work, and by which port they came.
func (p *pool) paceView(v *status.Pool) {
	first, last := p.server.Pace()
	v.ToFirst, v.ToLast = countsView(first), countsView(last)
	v.Answers = countsView(p.server.Answers())
	v.Declared, v.Declaring = p.server.Declared()
	v.HashesPerWork = hashesOf(p.diffOne)
	for _, port := range p.server.Ports() {
		v.Ports = append(v.Ports, status.Port{Address: port.Address, Sessions: port.Live})
	}
}

// countsView has classes also where nothing was counted yet.
func countsView(c histogram.Counts) *status.Times {
	v := &status.Times{Count: c.Count, Sum: c.Sum, Classes: map[float64]uint64{}}
	for i, bound := range histogram.Bounds {
		v.Classes[bound.Seconds()] = c.Up[i]
	}
	return v
}
