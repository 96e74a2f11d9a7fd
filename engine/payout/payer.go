package payout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// Wallet is a coin that pays: what coins.Wallet has, and what is known of the
// coin once it is open. Its methods may be called from any goroutine.
type Wallet interface {
	Info() (coins.CoinInfo, bool)
	ValidateAddress(ctx context.Context, address string) (coins.Payee, error)
	Funds(ctx context.Context) (uint64, error)
	Reserve(ctx context.Context, open [][]byte) error
	Prepare(ctx context.Context, payments []coins.Payment, fee coins.FeePolicy) (coins.PreparedPayment, error)
	Send(ctx context.Context, raw []byte) error
	PaymentStatus(ctx context.Context, raw []byte, payments []coins.Payment) (coins.PaymentStatus, error)
}

// Defaults of Options.
const (
	defaultPoll   = 30 * time.Second // confirmations come by the minute
	defaultDepth  = 20               // confirmations of a payment whose plan is gone
	repeatWarning = time.Hour        // the same trouble is told again after so long
)

// Options are the choices of New; the zero value is usable.
type Options struct {
	Logger *slog.Logger
	Poll   time.Duration // between looks at payments that are under way

	// Step, in tests, is told of every step before the next one is taken. Its
	// error ends the round.
	Step func(point string) error
}

// Payer pays by plans. Propose and Round may be called from any goroutine.
type Payer struct {
	ledger *ledger.Ledger
	log    *sharelog.Log
	wallet func(chain string) (Wallet, bool)
	plans  atomic.Pointer[[]Plan]
	o      Options

	numbers sync.Mutex // number, append and fold of a new payment
	chains  map[string]*chain
}

// chain is the payments of one chain: one round at a time.
type chain struct {
	mu    sync.Mutex
	last  map[string]time.Time // by pool: when the last round began
	told  string               // the last trouble that was logged
	since time.Time
}

// New makes a payer of the chains that wallet knows. It does no I/O.
func New(l *ledger.Ledger, log *sharelog.Log, chains []string, wallet func(chain string) (Wallet, bool), plans []Plan, o Options) *Payer {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Poll <= 0 {
		o.Poll = defaultPoll
	}
	if o.Step == nil {
		o.Step = func(string) error { return nil }
	}
	p := &Payer{ledger: l, log: log, wallet: wallet, o: o, chains: map[string]*chain{}}
	p.SetPlans(plans)
	for _, name := range chains {
		p.chains[name] = &chain{last: map[string]time.Time{}}
	}
	return p
}

// Plans are the plans that it pays by.
func (p *Payer) Plans() []Plan { return slices.Clone(*p.plans.Load()) }

// SetPlans has other plans hold from the next round on.
func (p *Payer) SetPlans(plans []Plan) {
	plans = slices.Clone(plans)
	p.plans.Store(&plans)
}

// Run pays and follows payments until ctx ends. Trouble is told and tried again:
// it returns nil.
func (p *Payer) Run(ctx context.Context) error {
	var group sync.WaitGroup
	for name := range p.chains {
		group.Go(func() { p.run(ctx, name) })
	}
	group.Wait()
	return nil
}

func (p *Payer) run(ctx context.Context, name string) {
	tick := time.NewTicker(p.o.Poll)
	defer tick.Stop()
	for {
		if err := p.tick(ctx, name, time.Now()); ctx.Err() == nil {
			p.tell(name, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// tell logs trouble that is new, or old and still there.
func (p *Payer) tell(name string, err error) {
	c := p.chains[name]
	if err == nil {
		c.told = ""
		return
	}
	if text := err.Error(); text != c.told || time.Since(c.since) > repeatWarning {
		c.told, c.since = text, time.Now()
		p.o.Logger.Warn("payments wait; nothing is lost, they are tried again", "chain", name, "error", err)
	}
}

// tick follows what is under way and begins the rounds that are due.
func (p *Payer) tick(ctx context.Context, name string, now time.Time) error {
	c := p.chains[name]
	c.mu.Lock()
	defer c.mu.Unlock()
	due := p.due(c, name, now)
	open, err := p.ledger.OpenPayments(ledger.PaymentFilter{Chain: name})
	if err != nil || len(open) == 0 && len(due) == 0 {
		return err
	}
	if len(due) == 0 {
		_, err = p.round(ctx, name, nil)
		return err
	}
	// What holds up one pool, or one payment, holds up none of the others.
	var trouble []error
	told := map[string]bool{}
	for i := range due {
		out, err := p.round(ctx, name, &due[i])
		if out.made {
			c.last[due[i].Pool] = now
		}
		if err != nil && !told[err.Error()] {
			told[err.Error()] = true
			trouble = append(trouble, err)
		}
	}
	return errors.Join(trouble...)
}

// due are the plans of a chain whose time has come since their last round. After
// a start the newest payment of the pool says when that was. A last round that lies
// further ahead than the next one can was made while the clock was wrong: it does not
// count, or nobody would be paid until then.
func (p *Payer) due(c *chain, name string, now time.Time) (due []Plan) {
	for _, plan := range p.Plans() {
		if plan.Chain != name {
			continue
		}
		last, known := c.last[plan.Pool]
		if !known {
			rows, err := p.ledger.Payments(ledger.PaymentFilter{Pool: plan.Pool, Chain: name}, 0, 1)
			if err == nil && len(rows) > 0 {
				last = time.UnixMilli(rows[0].Made)
			}
		}
		if last.Before(plan.begin(now)) || last.After(now.Add(max(plan.Every, time.Second))) {
			due = append(due, plan)
		}
	}
	return due
}

// Round makes a round of a plan now, whatever its time.
func (p *Payer) Round(ctx context.Context, plan Plan) error {
	_, err := p.roundNow(ctx, plan)
	return err
}

// roundNow is Round, and returns whom the node refuses to pay.
func (p *Payer) roundNow(ctx context.Context, plan Plan) ([]Skipped, error) {
	c, ok := p.chains[plan.Chain]
	if !ok {
		return nil, fmt.Errorf("no pool mines %s", plan.Chain)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out, err := p.round(ctx, plan.Chain, &plan)
	return out.skipped, err
}

func (p *Payer) walletOf(name string) (Wallet, coins.CoinInfo, error) {
	w, ok := p.wallet(name)
	if !ok {
		return nil, coins.CoinInfo{}, fmt.Errorf("no pool mines %s", name)
	}
	info, ok := w.Info()
	if !ok {
		return nil, info, fmt.Errorf("%s: %w", name, errNoCoin)
	}
	return w, info, nil
}
