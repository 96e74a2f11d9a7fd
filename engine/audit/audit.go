package audit

import (
	"context"
	"slices"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// Run computes what a query asks for and calls f with each block, in the order of
// finding; an error of f ends it. Errors are of this package, of the log, and of
// ctx.
func Run(ctx context.Context, log Log, q Query, f func(*Block) error) (*Result, error) {
	s, err := newSurvey(ctx, log, q)
	if err != nil {
		return nil, err
	}
	r := &run{survey: s, pools: map[string]*pool{}, passed: map[[32]byte]*passing{}, opened: map[[32]byte]bool{}, before: log.Start(), each: f, out: &Result{Start: log.Start(), End: s.end, Whole: log.Start() == 0, Beyond: s.beyond}}
	for name := range s.pools {
		r.pools[name] = newPool(name)
	}
	kinds := []sharelog.Kind{
		sharelog.KindShare, sharelog.KindRejects, sharelog.KindJob, sharelog.KindBlock, sharelog.KindTerms,
		sharelog.KindPayment, sharelog.KindSettings, sharelog.KindCoinbase,
	}
	if r.out.Unknown, err = each(ctx, log, log.Start(), s.end, kinds, r.record); err != nil {
		return nil, err
	}
	if err := r.single(ctx, log); err != nil {
		return nil, err
	}
	r.sums()
	return r.out, nil
}

// run is the second reading.
type run struct {
	*survey
	pools  map[string]*pool
	before sharelog.Position     // behind the record before
	passed map[[32]byte]*passing // blocks that were seen
	opened map[[32]byte]bool     // blocks whose coinbase was seen
	one    *Block                // that was asked for by itself
	each   func(*Block) error
	out    *Result
}

func (r *run) record(rec *sharelog.Record, pos sharelog.Position) error {
	err := r.take(rec)
	r.before = pos
	return err
}

func (r *run) take(rec *sharelog.Record) error {
	switch rec.Kind {
	case sharelog.KindShare:
		if p := r.pools[rec.Share.Pool]; p != nil {
			p.share(rec.Share, r.before)
		}
	case sharelog.KindRejects:
		if p := r.pools[rec.Rejects.Pool]; p != nil {
			p.number(rec.Rejects.Account)
		}
	case sharelog.KindJob:
		r.job(rec.Job)
	case sharelog.KindBlock:
		return r.block(rec.Block)
	case sharelog.KindTerms:
		if p := r.pools[rec.Terms.Pool]; p != nil {
			p.chains[rec.Terms.Chain] = true
			if r.takes(p.name, rec.Terms.Chain) {
				return p.terms(rec.Terms)
			}
		}
	case sharelog.KindPayment:
		if p := r.pools[rec.Payment.Pool]; p != nil {
			for _, o := range rec.Payment.Outputs {
				p.number(o.Account)
			}
		}
	case sharelog.KindSettings:
		if p := r.pools[rec.Settings.Pool]; p != nil {
			p.gifts.settings(p.number(rec.Settings.Account), rec.Settings)
		}
	case sharelog.KindCoinbase:
		r.coinbase(rec.Coinbase)
	}
	return nil
}

func (r *run) job(j *sharelog.Job) {
	p := r.pools[j.Pool]
	if p == nil || p.line == nil {
		return
	}
	p.line.off = true
	for i := range j.Chains {
		if j.Chains[i].Name == r.query.Chain {
			p.line.off = false
			p.line.job(&j.Chains[i])
		}
	}
}

// coinbase numbers the accounts that a coinbase names first.
func (r *run) coinbase(c *sharelog.Coinbase) {
	p := r.pools[c.Pool]
	if p == nil || !p.chains[c.Chain] {
		return
	}
	if c.Chain == r.query.Chain {
		r.opened[c.Hash] = true
	}
	for i := range c.Outputs {
		p.number(c.Outputs[i].Account)
	}
}

// block divides a block at its first record, and follows its states.
func (r *run) block(b *sharelog.Block) error {
	p := r.pools[b.Pool]
	if p != nil && b.Chain != r.query.Chain && p.chains[b.Chain] {
		p.number(b.Account)
	}
	if b.Chain != r.query.Chain {
		return nil
	}
	f := r.blocks[b.Hash]
	x, again := r.passed[b.Hash]
	if !again {
		x = &passing{seq: uint64(len(r.passed)) + 1}
		r.passed[b.Hash] = x
	}
	own := r.pools[f.first.Pool] // of its first record, as all of the block is
	if !again && r.takes(b.Pool, b.Chain) {
		if err := r.first(p, f, x, b); err != nil {
			return err
		}
	}
	switch {
	case !follows(x.state, b.State):
		return nil
	case own == nil || own.line == nil:
		x.state = b.State
		return nil
	}
	return own.line.move(x, b.State)
}

// first takes the first record of a block, and hands out what was asked for.
func (r *run) first(p *pool, f *fate, x *passing, b *sharelog.Block) error {
	out := &Block{
		Chain: b.Chain, Pool: b.Pool, Height: f.height, Hash: HashText(b.Hash), Raw: b.Hash, Account: b.Account, Worker: b.Worker,
		Found: b.Time, Job: b.Job, Difficulty: b.Difficulty, State: f.state, Confirmations: f.confirm, Reward: b.Reward, Fees: b.Fees,
		Coinbase: f.coinbase,
	}
	if p != nil && p.line != nil {
		r.divide(p, f, x, out)
	}
	if !f.asked {
		return nil
	}
	r.out.Blocks++
	if r.query.Block != "" {
		r.one = out
		return nil
	}
	return r.each(out)
}

// divide divides a block and adds its parts to the balances, by its last state.
func (r *run) divide(p *pool, f *fate, x *passing, out *Block) {
	l := p.line
	t := &l.terms
	out.Terms = &Terms{Scheme: t.Scheme, FeeBPS: t.FeeBPS, Window: float64(t.Window) / windowUnit, Payout: t.Payout, Since: t.Time}
	if out.Terms.Window == 0 {
		out.Terms.Window = reward.DefaultWindow
	}
	finder := p.number(out.Account)
	var weights []reward.Weight
	if f.asked {
		out.Window, weights = l.window(r.before)
	}
	l.keep(x, r.before)
	split := l.scheme.Block(reward.Block{Reward: out.Reward, Fees: out.Fees, Finder: finder})
	l.divided()
	out.Operator = split.Pool
	out.Direct = t.Payout == "miner" && !r.opened[out.Raw]
	if f.asked {
		out.Parts = p.parts(split.Credits, weights, out.Window)
	}

	counts, mature := pays(f.state)
	for _, c := range append(split.Credits, reward.Credit{Amount: split.Pool}) {
		row := p.row(c.Account)
		switch {
		case mature:
			row.Mature += c.Amount
			if out.Direct {
				row.Paid += c.Amount
			}
		case counts:
			row.Immature += c.Amount
		case f.matured:
			row.Reclaimed += c.Amount
		}
	}
	if counts && !mature && f.coinbase != nil {
		f.split = &split
	}
}

// advance counts what the coinbase of an immature block pays beyond the block's parts.
func (p *pool) advance(paid *Coinbase, split *reward.Split) {
	more := map[reward.Account]uint64{0: paid.Operator}
	for _, o := range paid.Outputs {
		more[p.number(o.Account)] += o.Amount
	}
	for _, c := range append(split.Credits, reward.Credit{Amount: split.Pool}) {
		if n, ok := more[c.Account]; ok {
			more[c.Account] = n - min(n, c.Amount)
		}
	}
	for a, n := range more {
		p.row(a).advance += n
	}
}

// parts are the credits of a block with the work that they are for.
func (p *pool) parts(credits []reward.Credit, weights []reward.Weight, win *Window) []Part {
	all := make([]Part, 0, max(len(weights), len(credits)))
	for _, w := range weights {
		part := Part{Account: p.names[w.Account-1], Work: w.Work.Difficulty(), Donation: p.gifts.of(w.Account)}
		part.Percent = 100 * part.Work / win.Work
		if len(credits) > 0 && credits[0].Account == w.Account {
			part.Amount, credits = credits[0].Amount, credits[1:]
		}
		all = append(all, part)
	}
	for _, c := range credits { // of a scheme that divides by no work
		all = append(all, Part{Account: p.names[c.Account-1], Donation: p.gifts.of(c.Account), Amount: c.Amount})
	}
	return all
}

// single counts the shares in the window of the block that was asked for by
// itself, and hands it out.
func (r *run) single(ctx context.Context, log Log) error {
	if r.one == nil {
		return nil
	}
	if w := r.one.Window; w != nil {
		for _, s := range w.spans {
			if err := r.count(ctx, log, w, s); err != nil {
				return err
			}
		}
	}
	return r.each(r.one)
}

// sums makes the balances of the accounts.
func (r *run) sums() {
	for _, f := range r.blocks {
		if f.coinbase != nil && f.state != "" {
			r.paidByCoinbase(f)
		}
	}
	for _, pay := range r.paid {
		r.paidOut(pay)
	}
	names := make([]string, 0, len(r.pools))
	for name := range r.pools {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p := r.pools[name]
		r.out.Shares += p.shares
		p.own.Pool, p.own.Operator = name, true
		for _, a := range append(p.rows, p.own) {
			a.Owed = a.owed()
			r.out.Accounts = append(r.out.Accounts, a)
		}
	}
}

func (r *run) paidByCoinbase(f *fate) {
	p := r.pools[f.first.Pool]
	counts, mature := pays(f.state)
	if p == nil || p.line == nil || !counts {
		return
	}
	add := func(row *Account, n uint64) {
		if mature {
			row.Paid += n
		} else {
			row.Coinbase += n
		}
	}
	add(&p.own, f.coinbase.Operator)
	for _, o := range f.coinbase.Outputs {
		add(p.row(p.number(o.Account)), o.Amount)
	}
	if f.split != nil {
		p.advance(f.coinbase, f.split)
	}
}

func (r *run) paidOut(pay *payment) {
	p := r.pools[pay.Pool]
	if p == nil {
		return
	}
	for _, o := range pay.Outputs {
		row := p.row(p.number(o.Account))
		switch pay.state {
		case "prepared", "sent":
			row.Sending += o.Amount
		case "confirmed":
			row.Paid += o.Amount
		}
		row.Payments = append(row.Payments, Payment{ID: pay.ID, Time: pay.Time, State: pay.state, TxID: pay.txid, Amount: o.Amount})
	}
}
