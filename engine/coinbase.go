package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/direct"
	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/payout"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/submit"
)

// When plans are made.
const (
	planEvery    = time.Second            // at most, while shares come
	planUnseen   = 200 * time.Millisecond // while it is not known what became of a block that was found
	planShare    = 20                     // a plan that takes a second to make is made every 20
	resolveWait  = 2 * time.Second        // for the coin to decode addresses, for one plan
	firstPlan    = 10 * time.Second       // for the ledger to have all of the log at the start
	maxScripts   = 100_000                // remembered
	planAccounts = direct.MaxOutputs      // that a plan has
)

// planner says ahead who is paid by the coinbase of a pool's next block. The ledger
// is asked now and then, beside the mining; a job takes the plan that there is.
type planner struct {
	pool, chain string
	ledger      outlooks
	rows        func() []submit.Row // of the courier
	resolve     func(ctx context.Context, address string) (*job.Payee, string, error)
	status      func(ctx context.Context, hash coins.Hash, height uint64) (coins.BlockStatus, error)
	operator    []byte
	minimum     uint64 // base units; 0 for the default
	kept        bool   // carries are paid by a wallet
	solo        bool
	feeBPS      int
	log         *slog.Logger
	complain    func(chain, text string, args ...any) // once
	better      func()                                // a job made now would pay what the last one could not
	wake        chan struct{}                         // one slot: the chain is to be asked about the last job

	now atomic.Pointer[plans]

	mu      sync.Mutex
	blocks  map[coins.Hash]*ownBlock // found here, of late or with an outcome that is not known
	waits   bool                     // the last job could not pay what is carried
	prev    coins.Hash               // what the last job builds on
	height  uint64                   // of the last job
	classes map[string]*job.Payee
	places  map[string]int // of accounts in the ledger's order

	from    sharelog.Position // the end of the log at the start
	scripts map[string][]byte // by address; nil for one that cannot be paid. Used by run only

	spaceOf        *coins.Template // used by the job maker only, as what follows
	weight, sigops int
}

// outlooks is what a planner asks of the ledger.
type outlooks interface {
	Outlook(pool, chain string) (*ledger.Outlook, error)
	Block(chain string, hash [32]byte) (ledger.Block, error)
	Settings(pool, account string) (ledger.Settings, error)
	Position() sharelog.Position
}

// plans are one look at the ledger. They are never changed.
type plans struct {
	outlook *ledger.Outlook
	plan    *direct.Plan
	parts   *direct.Plan // without what is carried
	none    *direct.Plan // all to the operator
}

// class is miners that are sent the same coinbase, as job.Payee.Class has it.
type class struct {
	limits direct.Limits
	finder string // the account, as the ledger names it, whose blocks they are; "" where all share them
	script []byte // of the finder
}

func newPlanner(p *pool, operator []byte, minimum uint64) *planner {
	d := &planner{
		pool: p.name, chain: p.parent.Name(), resolve: p.accounts.payee, status: p.parent.BlockStatus, operator: operator, minimum: minimum,
		solo: p.cfg.Reward == "solo", feeBPS: p.cfg.FeeBPS, log: p.log, complain: p.complain, better: p.WantJob, wake: make(chan struct{}, 1),
		blocks: map[coins.Hash]*ownBlock{}, classes: map[string]*job.Payee{}, places: map[string]int{}, scripts: map[string][]byte{},
	}
	if o := p.cfg.Payouts; o != nil {
		_, d.kept = o.Chains[d.chain]
	}
	return d
}

var _ outlooks = (*ledger.Ledger)(nil)

// begin makes the first plan, of all that is in the log, before the first job.
func (d *planner) begin(ctx context.Context, sync func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, firstPlan)
	defer cancel()
	d.remember()
	if err := sync(ctx); err != nil {
		d.log.Warn("ledger has not caught up with the share log: until it has, jobs pay the operator, and the ledger will say to whom it owes that", "error", err)
		return
	}
	d.look(ctx)
}

// run makes plans until ctx ends.
func (d *planner) run(ctx context.Context) error {
	timer := time.NewTimer(planEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.wake:
			d.ask(ctx)
			continue
		case <-timer.C:
		}
		d.ask(ctx) // again, where it did not say
		began := time.Now()
		d.look(ctx)
		wait := planEvery
		if d.open() > 0 {
			wait = planUnseen
		}
		timer.Reset(max(wait, planShare*time.Since(began)))
	}
}

// look asks the ledger and makes plans of its answer, unless nothing has happened.
func (d *planner) look(ctx context.Context) {
	if d.ledger.Position() < d.from {
		return // some of what was paid is not counted yet
	}
	before := d.states()
	last := d.now.Load()
	if last != nil && last.outlook.Position == d.ledger.Position() && !d.changed(before) {
		return
	}
	o, err := d.ledger.Outlook(d.pool, d.chain)
	switch {
	case errors.Is(err, ledger.ErrNotFound) || errors.Is(err, ledger.ErrNotAhead):
		return // of the time before the first job
	case err == nil && o.Finder && !d.solo:
		d.complain(d.chain, "blocks go to their finders since the configuration was loaded again, and coinbases can pay them after a restart only; until then they pay the operator, who owes")
	case err != nil:
		d.log.Error("who is to be paid by the coinbase could not be looked up; jobs go by the last answer", "error", err)
		return
	}
	if d.publish(d.plan(ctx, o), before, d.states()) {
		d.better()
	}
}

// plan makes plans of an outlook.
func (d *planner) plan(ctx context.Context, o *ledger.Outlook) *plans {
	parts := o.Parts
	if o.Finder {
		parts = make([]uint64, len(o.Parts)) // of whoever finds the block; the others have carries
		d.place(o.Accounts)
	}
	least := d.minimum
	if least == 0 {
		least = direct.DefaultMinimum(o.Reward)
	}
	least = max(least, direct.Least(o.Reward)) / 2 // fees may make the next block worth more
	ctx, cancel := context.WithTimeout(ctx, resolveWait)
	defer cancel()
	list := func(carries []int64) *direct.Plan {
		plan := &direct.Plan{Operator: d.operator, Minimum: d.minimum, Kept: d.kept}
		for _, i := range direct.Rank(parts, carries, o.Reward, least, d.kept, planAccounts) {
			a := direct.Account{Name: o.Accounts[i], Part: parts[i]}
			if !d.address(ctx, &a) {
				continue
			}
			if i < len(carries) {
				a.Carry = carries[i]
			}
			plan.Accounts = append(plan.Accounts, a)
		}
		return plan
	}
	return &plans{outlook: o, plan: list(o.Carries), parts: list(nil), none: d.nobody()}
}

// nobody is a plan that pays the operator, and in solo the finder.
func (d *planner) nobody() *direct.Plan {
	return &direct.Plan{Operator: d.operator, Minimum: d.minimum, Kept: true}
}

// address finds where an account is paid, and how small an output it takes. False
// means that it cannot be paid, or that the coin cannot be asked about it now.
func (d *planner) address(ctx context.Context, a *direct.Account) bool {
	set, err := d.ledger.Settings(d.pool, a.Name)
	if err != nil {
		d.log.Error("settings of an account could not be read; this time coinbases do not pay it", "account", a.Name, "error", err)
		return false
	}
	address, _ := payout.AddressOf(a.Name, d.chain, &set)
	a.Least = set.Minimum[d.chain]
	a.Script = d.script(ctx, address)
	return a.Script != nil
}

// script is the output script of an address; nil for one that cannot be paid, or that
// the coin cannot be asked about now.
func (d *planner) script(ctx context.Context, address string) []byte {
	if s, ok := d.scripts[address]; ok {
		return s
	}
	if ctx.Err() != nil {
		return nil
	}
	payee, _, err := d.resolve(ctx, address)
	if no := new(notPayable); err != nil && !errors.As(err, &no) {
		return nil
	}
	if len(d.scripts) >= maxScripts {
		clear(d.scripts)
	}
	if err != nil {
		d.log.Warn("an account is owed and cannot be paid by a coinbase; it stays owed", "error", err)
		d.scripts[address] = nil
		return nil
	}
	d.scripts[address] = payee.Script
	return payee.Script
}

// place learns where accounts are in the ledger's order, which only grows.
func (d *planner) place(accounts []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := len(d.places); i < len(accounts); i++ {
		d.places[accounts[i]] = i
	}
}

// payout says how a job of t divides its reward. It is called by the job maker.
func (d *planner) payout(t *coins.Template) job.Payout {
	if d.spaceOf != t {
		d.spaceOf = t
		d.weight, d.sigops = direct.SpaceOf(t.Tree)
	}
	witness := 0
	if n := len(t.Tree.WitnessReserved); n > 0 {
		witness = 2 + 2 + n // marker, flag, number of items, length
	}
	weight, sigops := d.weight, d.sigops
	plan, look := d.present(t)
	return func(p *job.Payee, r job.Room) ([]coins.Output, any) {
		c := p.Class.(*class)
		s := direct.Space{Reward: r.Reward, Bytes: r.Bytes, Weight: weight, Sigops: sigops - direct.SigopsOf(r.Others), Witness: witness}
		out := plan.Pay(s, c.limits, d.finder(look, c))
		return out.Outputs, out
	}
}

// present is the plan for a job that is made now, and the look that it is of; nil
// while there was none.
func (d *planner) present(t *coins.Template) (*direct.Plan, *plans) {
	p, blind := d.at(t)
	switch {
	case p == nil:
		return d.nobody(), nil
	case !blind:
		return p.plan, p
	case p.outlook.Scheme == "prop":
		return p.none, nil // a block ends the round: nothing of the last one is left
	}
	return p.parts, p.bare()
}

// bare is the look without what is carried.
func (p *plans) bare() *plans {
	o := *p.outlook
	o.Carries = nil
	return &plans{outlook: &o}
}

// finder is the account that a block of a class goes to whole; nil where accounts
// share blocks.
func (d *planner) finder(look *plans, c *class) *direct.Account {
	if c.finder == "" {
		return nil
	}
	a := &direct.Account{Name: c.finder, Script: c.script, Part: direct.Whole - direct.Whole/10_000*uint64(d.feeBPS)}
	if look == nil {
		return a
	}
	d.mu.Lock()
	i, ok := d.places[a.Name]
	d.mu.Unlock()
	if o := look.outlook; ok && i < len(o.Parts) {
		a.Part = o.Parts[i]
		if i < len(o.Carries) {
			a.Carry = o.Carries[i]
		}
	}
	return a
}

// payee is whom the coinbase of a class of miners pays. Account is the miner's as the
// ledger names it, with the addresses of other chains that are in it, and own pays its
// address of the parent: both count where the finder has the block.
func (d *planner) payee(limits direct.Limits, account string, own *job.Payee) *job.Payee {
	name := fmt.Sprintf("%d outputs, %d bytes", limits.Outputs, limits.Bytes)
	c := &class{limits: limits}
	if d.solo {
		name += " for " + account
		c.finder, c.script = account, own.Script
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.classes[name]; p != nil {
		return p
	}
	if len(d.classes) >= maxPayees {
		clear(d.classes)
	}
	p := job.NewClass(name, c)
	d.classes[name] = p
	return p
}

// shared are the classes that there are now, where all miners share blocks.
func (d *planner) shared() (all []*job.Payee) {
	if d.solo {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.classes {
		all = append(all, p)
	}
	return all
}
