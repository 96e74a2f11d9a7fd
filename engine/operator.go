package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/settings"
	"github.com/motherlode-pool/motherlode/engine/status"
)

// maxWorkers are listed of an account.
const maxWorkers = 1000

// operator is the engine as its socket sees it.
type operator struct{ *Engine }

var _ control.Pools = operator{}

// runControl answers the operator's commands until stop is called, which returns
// when the last of them is answered.
func (e *Engine) runControl(ctx context.Context) (stop func()) {
	payments := e.paying.only(e.payer.Handler())
	wanted := settings.OperatorHandler(e.keep, operator{e}.Names)
	more := map[string]http.Handler{
		"GET /settings": wanted, "POST /settings": wanted,
		"GET /payments": payments, "GET /proposals": payments, "POST /rounds": payments, "POST /records": payments, "POST /settlements": payments,
		"GET /holdings": payments, "GET /splits": payments, "GET /due": http.HandlerFunc(e.showDues),
		"GET /ledger": http.HandlerFunc(e.showLedger),
	}
	server := control.New(e.cfg.DataDir, operator{e}, control.Options{Logger: e.log, More: more})
	end, done := e.spawn(ctx, server.Run, func() {})
	return func() {
		end()
		<-done
	}
}

func (o operator) Names() []string { return sortedKeys(o.cfg.Pools) }

func (o operator) Front(pool string) (control.Front, error) {
	f, err := o.Engine.Front(pool)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Hashes is of a difficulty of 1, by the coin's own target for it.
func (o operator) Hashes(pool string) float64 {
	for _, p := range o.pools {
		if p.name == pool && p.opened.Load() {
			return p.diffOne.Difficulty(algos.DiffOneSHA3x) // of SHA3x, where each hash counts
		}
	}
	return 0
}

// Status is before the pools are set up as after it, with less to say.
func (o operator) Status() status.View { return o.Engine.Status() }

func (o operator) Rounds() (all []control.Round) {
	for _, p := range o.pools {
		for _, r := range p.runners() {
			row, err := o.ledger.Round(p.name, r.Name())
			if err != nil {
				continue // no job yet
			}
			all = append(all, control.Round{
				Pool: p.name, Chain: r.Name(), Started: time.UnixMilli(row.Started), Effort: row.Ratio(),
				Network: row.Network, Height: row.Height, Blocks: row.Blocks,
			})
		}
	}
	return all
}

func (o operator) Rates() map[string]control.Rates {
	all := map[string]control.Rates{}
	for _, name := range o.Names() {
		if s, err := o.ledger.PoolStatistics(name); err == nil {
			all[name] = ratesOf(&s, o.Hashes(name))
		}
	}
	return all
}

func ratesOf(s *ledger.Statistics, hashes float64) control.Rates {
	now := time.Now()
	rate := func(span time.Duration) float64 { return s.HashRate(now, span, hashes) }
	return control.Rates{FiveMinutes: rate(5 * time.Minute), Hour: rate(time.Hour), Day: rate(24 * time.Hour)}
}

func (o operator) Units() map[string]control.Unit {
	all := map[string]control.Unit{}
	for name, r := range o.runners {
		if info, ok := r.Info(); ok {
			all[name] = control.Unit{Symbol: info.Symbol, Decimals: info.Decimals}
		}
	}
	return all
}

func (o operator) Blocks(f control.BlockFilter) ([]control.Block, error) {
	return ControlBlocks(o.ledger, f)
}

func (o operator) Accounts(pool, name string) ([]control.Account, error) {
	if _, ok := o.cfg.Pools[pool]; pool != "" && !ok {
		return nil, fmt.Errorf("pool %s: %w", pool, ErrNoPool)
	}
	return ControlAccounts(o.ledger, o.inForce(), o.Hashes, pool, name)
}

func (o operator) Reload(ctx context.Context, restart bool) (control.Reloaded, error) {
	if o.reload == nil {
		return control.Reloaded{}, errors.New("this pool runs without a configuration file, there is nothing to reload")
	}
	return o.reload(ctx, restart)
}

// ControlBlocks are the blocks of a ledger as the operator sees them, also of one
// whose pool does not run.
func ControlBlocks(l *ledger.Ledger, f control.BlockFilter) ([]control.Block, error) {
	rows, err := l.Blocks(ledger.Filter{Pool: f.Pool, Chain: f.Chain, State: f.State}, f.Before, f.Limit)
	if err != nil {
		return nil, err
	}
	var all []control.Block
	for i := range rows {
		b := &rows[i]
		out := control.Block{
			Number: b.Seq, Pool: b.Pool, Chain: b.Chain, Height: b.Height, Hash: coins.Hash(b.Hash).String(), State: b.State,
			Account: b.Account, Worker: b.Worker, Reward: b.Reward, Effort: b.Ratio(), Found: time.UnixMilli(b.Found),
			Changed: time.UnixMilli(b.Changed), Confirmations: b.Confirmations,
		}
		if n := len(b.History); n > 0 {
			out.Reason = b.History[n-1].Reason
		}
		all = append(all, out)
	}
	return all, nil
}

// ControlAccounts is what the pools of a ledger have of an account: of the one
// named, or of all. Hashes may be nil, where nothing is known of hash rates.
func ControlAccounts(l *ledger.Ledger, pools map[string]configs.Pool, hashes func(pool string) float64, pool, name string) ([]control.Account, error) {
	var all []control.Account
	for _, p := range sortedKeys(pools) {
		if pool != "" && p != pool {
			continue
		}
		perDiff := 0.0
		if hashes != nil {
			perDiff = hashes(p)
		}
		a, found, err := controlAccount(l, p, name, pools[p], perDiff)
		if err != nil {
			return nil, err
		}
		if found {
			all = append(all, a)
		}
	}
	return all, nil
}

func controlAccount(l *ledger.Ledger, pool, name string, cfg configs.Pool, hashes float64) (a control.Account, found bool, err error) {
	a = control.Account{Pool: pool, Name: name, Workers: []control.Worker{}, Balances: []control.Balance{}}
	for _, chain := range chainsOf(cfg) {
		b, err := l.Balance(pool, chain, name)
		if errors.Is(err, ledger.ErrNotFound) {
			continue
		}
		if err != nil {
			return a, false, err
		}
		found = true
		row := control.Balance{
			Chain: chain, Immature: b.Immature, Mature: b.Mature, ByShares: b.Shares.Units, Owed: b.Owed(), Sending: b.Sending, Paid: b.Paid, InCoinbases: b.Coinbase,
		}
		if chain == cfg.Parent && carries(cfg) {
			row.Carried = b.Carry()
		}
		if cfg.Keeps(chain) {
			row.NotPaid, row.Owed = row.Owed+int64(row.Immature), 0
		}
		a.Balances = append(a.Balances, row)
	}
	s, err := l.AccountStatistics(pool, name)
	if errors.Is(err, ledger.ErrNotFound) {
		return a, found, nil
	}
	if err != nil {
		return a, false, err
	}
	a.Rates = ratesOf(&s, hashes)
	a.Accepted, a.Rejected, a.Work, a.Best = s.Accepted, s.Rejected, s.Totals.Work.Difficulty(), s.Best
	a.First, a.Last = timeOf(s.FirstSeen), timeOf(s.LastSeen)
	return a, true, controlWorkers(l, &a, hashes)
}

// chainsOf are the chains of a pool, the parent's first.
func chainsOf(cfg configs.Pool) []string {
	all := []string{cfg.Parent}
	for _, a := range cfg.Aux {
		all = append(all, a.Coin)
	}
	return all
}

// carries reports whether coinbases pay what accounts of a pool carry, and no wallet.
func carries(cfg configs.Pool) bool {
	if cfg.Payout != "coinbase" || cfg.Payouts == nil {
		return cfg.Payout == "coinbase"
	}
	_, wallet := cfg.Payouts.Chains[cfg.Parent]
	return !wallet
}

// timeOf is a time in Unix milliseconds, zero for none.
func timeOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// controlWorkers adds the workers.
func controlWorkers(l *ledger.Ledger, a *control.Account, hashes float64) error {
	rows, err := l.Workers(a.Pool, a.Name, nil, maxWorkers)
	if err != nil {
		return err
	}
	a.More = len(rows) == maxWorkers
	for _, r := range rows {
		w := control.Worker{Name: r.Name, Accepted: r.Accepted, Last: timeOf(r.LastSeen)}
		for _, n := range r.Rejected {
			w.Rejected += n
		}
		if s, err := l.WorkerStatistics(a.Pool, a.Name, r.Name); err == nil {
			w.HashRate = s.HashRate(time.Now(), time.Hour, hashes)
		}
		a.Workers = append(a.Workers, w)
	}
	return nil
}
