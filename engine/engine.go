package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/batch"
	"github.com/motherlode-pool/motherlode/engine/chain"
	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/hashpool"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/payout"
	"github.com/motherlode-pool/motherlode/engine/settings"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/status"
	"github.com/motherlode-pool/motherlode/engine/submit"
)

// openWait is how long the start waits for a coin to be opened. Opening asks no
// node; an auxiliary chain that takes longer is mined once it is there.
const openWait = 20 * time.Second

// catchUpWait bounds the ledger's last folding at the end. What is left is
// folded at the next start.
const catchUpWait = 10 * time.Second

// Engine runs pools. See the package comment for its flows.
type Engine struct {
	cfg        Config
	log        *slog.Logger
	version    string
	shareLogFS sharelog.FS
	started    time.Time
	onEvent    func(Event)
	hooks      func() []status.Hook
	eventMu    sync.Mutex

	runners  map[string]*chain.Runner
	hashing  map[string]*batch.Batcher // of parents
	workers  map[string]*hashpool.Pool // of slow algorithms
	pools    []*pool
	ready    chan struct{} // closed once miners can connect to all pools but late ones
	mining   atomic.Bool   // the start is over: no coin ends the engine any more
	patience time.Duration // openWait, but for tests

	shareLog *sharelog.Log
	ledger   *ledger.Ledger
	courier  *submit.Courier
	payer    *payout.Payer
	keeper   *settings.Keeper
	paying   paying
	reload   func(context.Context, bool) (control.Reloaded, error)
	figures  figures
}

// New makes an engine of a configuration. It does no I/O.
func New(cfg Config, deps Deps) (*Engine, error) {
	e := &Engine{cfg: cfg, log: deps.Logger, onEvent: deps.Events, hooks: deps.Hooks, version: deps.Version, shareLogFS: deps.ShareLogFS, started: time.Now(), reload: deps.Reload, runners: map[string]*chain.Runner{}, hashing: map[string]*batch.Batcher{}, workers: newWorkers(), ready: make(chan struct{}), patience: openWait}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	roles := map[string][]coins.Role{}
	for _, p := range cfg.Pools {
		roles[p.Parent] = append(roles[p.Parent], coins.RoleParent)
		for _, a := range p.Aux {
			roles[a.Coin] = append(roles[a.Coin], coins.RoleAux)
		}
	}
	var problems []error
	for name, want := range roles {
		c, ok := cfg.Coins[name]
		if !ok {
			problems = append(problems, fmt.Errorf("coin %s is not configured", name))
			continue
		}
		slices.Sort(want)
		e.runners[name] = chain.New(name, c.Driver, c.Settings, chain.Options{
			Logger: e.log, Roles: slices.Compact(want), Events: e.coinEvent, OpenTimeout: coinOpenTimeout,
		})
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	for _, name := range sortedKeys(cfg.Pools) {
		p := e.newPool(name, cfg.Pools[name])
		p.front = deps.Front
		e.pools = append(e.pools, p)
	}
	return e, nil
}

func (e *Engine) newPool(name string, cfg configs.Pool) *pool {
	p := &pool{
		name: name, cfg: cfg, log: e.log.With("pool", name), event: e.event,
		grace: cfg.StaleGrace.D(), refresh: cfg.Refresh.D(), coalesce: cfg.AuxCoalesce.D(),
		parent: e.runners[cfg.Parent], driver: e.cfg.Coins[cfg.Parent].Driver, auxByName: map[string]*chain.Runner{},
		hashing: e.batcherOf(cfg.Parent), workers: e.workers,
		wanted: make(chan struct{}, 1),
	}
	for _, a := range cfg.Aux {
		r := e.runners[a.Coin]
		p.aux = append(p.aux, r)
		p.auxByName[a.Coin] = r
	}
	p.turns = newTurns(p)
	p.seen.pool = p
	return p
}

// Ready is closed once every pool listens for miners whose parent could be opened
// at the start. One whose parent comes later listens then.
func (e *Engine) Ready() <-chan struct{} { return e.ready }

// Run mines until ctx ends. It returns an error where the configuration is
// wrong, a port cannot be bound or a file of its own cannot be read; a coin is
// never a reason to return.
//
// The parts end in this order, each waited for: miners, job makers, payments, courier
// (it may still deliver), coins, ledger, share log.
func (e *Engine) Run(ctx context.Context) (err error) {
	if err := e.openFiles(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.closeFiles()) }()

	stopControl := e.runControl(ctx)
	defer stopControl()

	// Coins outlive the courier, which outlives the miners.
	coinCtx, stopCoins := context.WithCancel(context.WithoutCancel(ctx))
	defer stopCoins()
	coinsDone, coinGroup := e.runCoins(coinCtx)
	defer coinGroup.Wait()
	defer stopCoins()

	startCtx, cancelStart := context.WithCancel(ctx)
	defer cancelStart()
	stop := context.AfterFunc(coinsDone, cancelStart) // wrong settings end the start
	defer stop()
	if err := e.setUpPools(startCtx); err != nil {
		stopCoins()
		settings := coinGroup.Wait()
		if ctx.Err() != nil || settings != nil {
			return settings // stopped while starting, or the coin's word says it all
		}
		return err
	}
	e.mining.Store(true)

	mineCtx, stopMining := context.WithCancel(ctx)
	defer stopMining()
	stopLedger, ledgerDone := e.spawn(ctx, e.ledger.Run, stopMining)
	stopCourier, courierDone := e.spawn(ctx, e.courier.Run, stopMining)
	stopPayouts, payoutsDone := e.spawn(ctx, e.runPayouts, stopMining)
	stopCKPool, ckpoolDone := e.spawn(ctx, e.runCKPool, stopMining)
	stopLooks, looksDone := e.spawn(ctx, e.runLooks, stopMining)
	err = e.runPools(mineCtx)

	e.explainDrain()
	stopLooks()
	stopPayouts()
	stopCKPool()
	err = errors.Join(err, <-looksDone, e.ending(payoutsDone, catchUpWait), e.ending(ckpoolDone, catchUpWait))
	stopCourier()
	err = errors.Join(err, <-courierDone)
	wait := e.catchUp()
	stopLedger()
	return errors.Join(err, e.ending(ledgerDone, wait))
}

// ending waits for a part that uses the ledger. After a while it closes a database
// that does not answer, so that nothing waits for it any more.
func (e *Engine) ending(part <-chan error, wait time.Duration) error {
	if e.cfg.Database == "" {
		return <-part
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case err := <-part:
		return err
	case <-timer.C:
	}
	e.log.Warn("the ledger's database does not answer, the pool ends without it; nothing is lost")
	err := e.ledger.Close()
	return errors.Join(err, <-part)
}

// spawn runs a part that outlives ctx, until stop. When it ends by itself with
// an error, failed is called.
func (e *Engine) spawn(ctx context.Context, run func(context.Context) error, failed func()) (stop func(), done <-chan error) {
	ctx, stop = context.WithCancel(context.WithoutCancel(ctx))
	result := make(chan error, 1)
	go func() {
		err := run(ctx)
		if err != nil {
			failed()
		}
		result <- err
	}()
	return stop, result
}

// explainDrain says why the end takes a while, when it does.
func (e *Engine) explainDrain() {
	waiting := 0
	for _, r := range e.courier.Rows() {
		if r.State == submit.Pending {
			waiting++
		}
	}
	if waiting > 0 {
		e.log.Warn("found blocks are not delivered yet: ending waits for their nodes, and what is left stays in the journal for the next start",
			"blocks", waiting, "at_most", submit.DefaultDrain.String())
	}
}

// catchUp lets the ledger fold what the share log holds. It returns how long the
// ledger may still take: no time where it has not done so by now.
func (e *Engine) catchUp() (wait time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), catchUpWait)
	defer cancel()
	if err := e.ledger.Sync(ctx, e.shareLog.End()); err != nil {
		e.log.Warn("ledger has not caught up with the share log; it will at the next start", "error", err)
		return 0
	}
	return catchUpWait
}

func (e *Engine) openFiles() error {
	dir := e.cfg.DataDir
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("data_dir: %w", err)
	}
	log, err := sharelog.Open(filepath.Join(dir, "shares"), sharelog.Options{Sync: e.cfg.Sync, FS: e.shareLogFS, Logger: e.log})
	if err != nil {
		return fmt.Errorf("share log: %w", err)
	}
	e.shareLog = log
	ids, err := openJobIDs(dir, time.Now())
	if err != nil {
		return errors.Join(err, log.Close())
	}
	e.ledger, err = ledger.Open(filepath.Join(dir, "ledger.db"), log, ledger.Options{Logger: e.log, Database: e.cfg.Database, Wait: true})
	if err != nil {
		return errors.Join(fmt.Errorf("ledger: %w", err), log.Close())
	}
	e.courier = submit.New(filepath.Join(dir, "found"), e.chainOf, submit.Options{Logger: e.log, Events: e.blockEvent})
	e.payer = e.newPayer()
	e.keeper = e.newKeeper()
	for _, p := range e.pools {
		p.ids, p.shareLog, p.courier, p.ledger = ids, log, e.courier, e.ledger
		p.sessions = filepath.Join(dir, "sessions")
	}
	return nil
}

func (e *Engine) closeFiles() error {
	return errors.Join(e.ledger.Close(), e.shareLog.Close())
}

func (e *Engine) chainOf(name string) (submit.Chain, bool) {
	r, ok := e.runners[name]
	return r, ok
}

// runCoins keeps every coin open. The context ends when one of them turns out to
// have wrong settings before mining has begun.
func (e *Engine) runCoins(ctx context.Context) (context.Context, *errgroup.Group) {
	group, groupCtx := errgroup.WithContext(ctx)
	for _, r := range e.runners {
		group.Go(func() error {
			err := r.Run(groupCtx)
			if err != nil && e.mining.Load() {
				e.log.Error("coin stays closed, the others go on", "coin", r.Name(), "error", err)
				return nil
			}
			return err
		})
	}
	return groupCtx, group
}

// setUpPools waits for the coins to be opened, makes the pools of what they say,
// and binds the ports. A coin that takes longer holds up nobody: an auxiliary
// chain is mined once it is there, and a parent's pools begin then.
func (e *Engine) setUpPools(ctx context.Context) error {
	wait, cancel := context.WithTimeout(ctx, e.patience)
	defer cancel()
	for _, r := range e.runners {
		awaitOpened(wait, r)
	}
	if err := ctx.Err(); err != nil {
		return err
	}

	var problems []error
	for _, p := range e.pools {
		if !p.parentOpened() {
			continue
		}
		if err := p.open(ctx); err != nil && !errors.Is(err, errUndecided) {
			problems = append(problems, fmt.Errorf("pool %s: %w", p.name, err))
		}
	}
	if len(problems) > 0 {
		for _, p := range e.pools {
			p.giveUp()
		}
	}
	return errors.Join(problems...)
}

// awaitOpened waits for a coin to be opened, unless it has shown to be broken.
func awaitOpened(ctx context.Context, r *chain.Runner) {
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		if _, parked := r.Parked(); parked {
			return
		}
		select {
		case <-r.Opened():
			return
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// runPools serves miners until ctx ends or a pool cannot go on.
func (e *Engine) runPools(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	stopHashing := e.runHashing(ctx)
	for _, p := range e.pools {
		if p.opened.Load() {
			p.serve(ctx, group)
			continue
		}
		group.Go(func() error {
			if p.openLate(ctx) {
				p.serve(ctx, group)
			}
			return nil
		})
	}
	close(e.ready)
	err := group.Wait()
	stopHashing()
	for _, p := range e.pools {
		if p.opened.Load() {
			p.group.Wait()
			err = errors.Join(err, p.flushRejects(time.Now())) // what the last sessions left
		}
	}
	return err
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
