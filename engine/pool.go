package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/batch"
	"github.com/motherlode-pool/motherlode/engine/chain"
	"github.com/motherlode-pool/motherlode/engine/hashpool"
	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/submit"
	"github.com/motherlode-pool/motherlode/internal/backoff"
	"github.com/motherlode-pool/motherlode/stratum"
)

const (
	extranonce1Size = 4
	rejectFlush     = 10 * time.Second // how often refused shares are put into the share log
	baseVersion     = 0x20000000       // BIP 9; what rolled bits are added to
)

// pool is one parent, its auxiliary chains and its miners.
type pool struct {
	name     string
	log      *slog.Logger
	cfg      configs.Pool
	grace    time.Duration
	refresh  time.Duration
	coalesce time.Duration

	parent    *chain.Runner
	driver    coins.Driver    // the parent's
	hashing   *batch.Batcher  // the parent's, for all its pools
	aux       []*chain.Runner // in the order of the configuration
	auxByName map[string]*chain.Runner
	diffOne   algos.Target
	mask      uint32
	dialect   stratum.Dialect
	batcher   *batch.Batcher            // hashes an algorithm that the engine does not have; else nil
	workers   map[string]*hashpool.Pool // by the name of the algorithm, for all pools
	elsewhere elsewhere                 // hashes what sessions do not hash themselves; nil when they do
	spec      atomic.Pointer[job.Spec]
	payee     *job.Payee // whom blocks pay; nil when each miner is paid itself
	fee       *job.Payee // who gets the fee; nil without one

	book     job.Book
	siblings siblings
	ids      *jobIDs
	sessions string // folder of what is kept of sessions
	server   *stratum.Server
	front    func(*stratum.Config) // see Deps
	accounts *accounts
	shareLog *sharelog.Log
	courier  *submit.Courier
	ledger   *ledger.Ledger
	direct   *planner // nil unless the coinbase pays accounts
	turns    *sync.Pool
	stats    stats
	event    func(Event)
	seen     snapshot       // who is connected, for the API
	group    sync.WaitGroup // goroutines of subscribe
	loud     sync.Map       // complaints made already

	termsWritten bool          // used by the job maker only
	present      *configs.Pool // whose terms hold since a reload; used by the job maker only
	adjusted     adjusted      // what a reload has changed
	wanted       chan struct{} // one slot: miners wait for a job

	staleParent atomic.Bool
	opened      atomic.Bool // its ports are bound; what open sets is not read before
}

var _ stratum.Pool = (*pool)(nil)

func (p *pool) runners() []*chain.Runner { return append([]*chain.Runner{p.parent}, p.aux...) }

// Authorize admits a worker.
func (p *pool) Authorize(ctx context.Context, l stratum.Login) (stratum.Worker, error) {
	w, err := p.employ(ctx, l)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// Job is the newest job.
func (p *pool) Job() stratum.Job {
	if j := p.book.Last(); j != nil {
		return j.View.(*work)
	}
	return nil
}

// Lookup finds a job by the id that a miner sent.
func (p *pool) Lookup(id []byte) stratum.Job {
	n, ok := job.ParseID(id)
	if !ok {
		return nil
	}
	j := p.book.Get(n)
	if j == nil {
		return nil
	}
	return j.View.(*work)
}

// Target is the share target of a difficulty. A difficulty that no target
// stands for gets the hardest, so that nothing is credited by mistake.
func (p *pool) Target(difficulty float64) [32]byte {
	t, err := algos.FromDifficulty(difficulty, p.diffOne)
	if err != nil {
		return [32]byte{}
	}
	return t
}

// VersionMask is the mask of version bits that miners may roll.
func (p *pool) VersionMask() uint32 { return p.mask }

// outputsOf divides a reward by a fee: the fee to the operator, the rest to the
// payee.
func (p *pool) outputsOf(feeBPS int) func(to *job.Payee, reward uint64) []coins.Output {
	return func(to *job.Payee, reward uint64) []coins.Output { return p.outputs(feeBPS, to, reward) }
}

func (p *pool) outputs(feeBPS int, to *job.Payee, reward uint64) []coins.Output {
	fee := uint64(0)
	if p.fee != nil && p.fee != to {
		fee = feeOf(reward, feeBPS)
	}
	outs := []coins.Output{{Value: reward - fee, Script: to.Script}}
	if fee > 0 {
		outs = append(outs, coins.Output{Value: fee, Script: p.fee.Script})
	}
	return outs
}

// feeOf is reward * bps / 10000, rounded down, without overflow.
func feeOf(reward uint64, bps int) uint64 {
	b := uint64(bps)
	return reward/10_000*b + reward%10_000*b/10_000
}

// setUp makes the pool of what its coins say of themselves. Errors are faults
// of the configuration.
func (p *pool) setUp(ctx context.Context) error {
	info, _ := p.parent.Info() // it is open
	algorithm, err := algorithmOf(p.parent.Name(), info, p.driver.Describe)
	if err != nil {
		return err
	}
	if algorithm == nil {
		p.batcher = p.hashing
		p.elsewhere = byCoin{p.hashing}
		p.log.Info("shares are hashed by the coin, in batches", "coin", p.parent.Name(), "algorithm", info.Algorithm)
	} else if w := p.workers[algorithm.Name()]; w != nil {
		p.elsewhere = byWorkers{w}
	}
	p.diffOne, p.mask, p.dialect = info.DifficultyOne, info.VersionMask, dialectFor(info)
	spec := &job.Spec{
		Algorithm: algorithm, DiffOne: p.diffOne, Tag: []byte(p.cfg.Tag),
		ExtranonceSize: extranonce1Size + p.cfg.Extranonce2, Outputs: p.outputsOf(p.cfg.FeeBPS),
	}
	if p.dialect == stratum.SHA3x {
		spec.ExtranonceSize = stratum.SHA3xExtranonce
	}
	var problems []error
	for _, f := range faults(p.cfg, info) {
		problems = append(problems, fmt.Errorf("%s: %s", f.key, f.text))
	}
	for i, r := range p.aux {
		a := job.AuxChain{Name: r.Name(), Cap: p.cfg.Aux[i].Cap}
		if ai, ok := r.Info(); ok {
			for _, text := range mismatches(p.parent.Name(), info, r.Name(), ai) {
				problems = append(problems, errors.New(text))
			}
			a.ChainID, a.InTree = ai.ChainID, ai.HasChainID
		}
		spec.Aux = append(spec.Aux, a)
	}
	if err := spec.Plan(); err != nil {
		problems = append(problems, err)
	}
	if err := p.setPayees(ctx); err != nil {
		problems = append(problems, err)
	}
	p.spec.Store(spec)
	return errors.Join(problems...)
}

// algorithmOf is the algorithm that a parent is mined by; nil when the engine
// does not have it and the coin computes it. Describe is asked only then.
func algorithmOf(name string, info coins.CoinInfo, describe func() coins.Info) (algos.Algorithm, error) {
	algorithm, err := algos.ByName(info.Algorithm)
	if err == nil {
		return algorithm, nil
	}
	if describe().Has(coins.RoleHasher) {
		return nil, nil
	}
	return nil, fmt.Errorf("%s is mined by %q, which neither this program computes (it has %s) nor the coin's driver: "+
		"the driver must announce the role %q and serve HashBatch, or the algorithm be added to package algos",
		name, info.Algorithm, strings.Join(algos.Names(), ", "), coins.RoleHasher)
}

// mismatches says why an auxiliary chain cannot be mined together with a parent.
func mismatches(parentName string, parent coins.CoinInfo, name string, aux coins.CoinInfo) (texts []string) {
	if aux.Algorithm != parent.Algorithm {
		texts = append(texts, fmt.Sprintf("%s is mined by %s, its parent %s by %s: one proof of work cannot serve both",
			name, aux.Algorithm, parentName, parent.Algorithm))
	}
	if aux.HasChainID && auxpow.RolledOntoID(baseVersion, parent.VersionMask, aux.ChainID) {
		texts = append(texts, fmt.Sprintf("%s has chain id %#x, which miners could roll into the version of %s within its mask %08x, and the chain would refuse such a block",
			name, aux.ChainID, parentName, parent.VersionMask))
	}
	return texts
}

// errUndecided says that the parent could not be asked now; it is no fault of the
// configuration.
var errUndecided = errors.New("could not be checked")

// setPayees decodes the operator's address and decides who is paid.
func (p *pool) setPayees(ctx context.Context) error {
	var operator *job.Payee
	if p.cfg.Address != "" {
		got, err := p.parent.ValidateAddress(ctx, p.cfg.Address)
		switch {
		case err != nil:
			return fmt.Errorf("address %q: %w: %w", p.cfg.Address, errUndecided, err)
		case !got.Valid:
			return fmt.Errorf("address %q cannot be paid: %s", p.cfg.Address, got.Reason)
		}
		operator = job.NewPayee(got.Address, got.Script)
	}
	switch {
	case p.cfg.Payout == "miner":
		p.fee = operator // of no fee there is no output
	case operator == nil:
		return errors.New("a pool that pays blocks to itself, or fees and small amounts, needs an address")
	case p.cfg.Payout != "coinbase":
		p.payee = operator
	}
	// Where the finder is paid by the pool later, its name must say where.
	anyone := p.cfg.AcceptAnyone || p.payee != nil && p.cfg.Reward == "solo" && p.cfg.Payouts == nil
	p.accounts = newAccounts(p.payee, anyone, p.parent.ValidateAddress)
	p.accounts.inline = inlineOf(p)
	if p.cfg.Payout == "coinbase" {
		return p.payAccounts(operator)
	}
	return nil
}

// replan takes a chain id that only the node knew into the tree. An id that
// differs from the one that the coin announced is refused, loudly and once.
func (p *pool) replan(i int, id uint32) bool {
	old := p.spec.Load()
	chain := old.Aux[i]
	if chain.InTree {
		p.complain(chain.Name, "chain id of the work differs from the configured one; the chain is left out",
			"configured", chain.ChainID, "node", id)
		return false
	}
	if auxpow.RolledOntoID(baseVersion, p.mask, id) {
		p.complain(chain.Name, "chain id could be rolled into the parent's version; the chain is left out", "id", fmt.Sprintf("%#x", id), "mask", fmt.Sprintf("%08x", p.mask))
		return false
	}
	next := *old // the tree is planned anew
	next.Aux = slices.Clone(old.Aux)
	next.Aux[i].ChainID, next.Aux[i].InTree = id, true
	if err := next.Plan(); err != nil {
		p.complain(chain.Name, "chain has no place in the merged-mining tree; it is left out", "error", err)
		return false
	}
	p.spec.Store(&next)
	return true
}

func (p *pool) complain(chain, text string, args ...any) {
	if _, again := p.loud.LoadOrStore(chain+text, true); !again {
		p.log.Warn(text, append([]any{"chain", chain}, args...)...)
	}
}

// listeners are the stratum ports of the configuration.
func (p *pool) listeners() []stratum.Listener {
	var all []stratum.Listener
	for _, l := range p.cfg.Listen {
		profile := p.profile(l)
		sl := stratum.Listener{Address: l.Address, Profile: profile}
		if l.TLS != nil {
			sl.TLS = &stratum.TLS{CertFile: l.TLS.Cert, KeyFile: l.TLS.Key}
		}
		all = append(all, sl)
	}
	return all
}

// keepBooks flushes the counts of refused shares and forgets idle workers,
// until ctx ends, and once more then.
func (p *pool) keepBooks(ctx context.Context) error {
	tick := time.NewTicker(rejectFlush)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return p.flushRejects(time.Now())
		case now := <-tick.C:
			if err := p.flushRejects(now); err != nil { // they are counted again the next time
				p.logged(err)
			}
			p.accounts.memories.sweep(now)
			p.watchParent(now)
		}
	}
}

// watchParent says when the parent has given no fresh work for too long, and
// when it does again.
func (p *pool) watchParent(now time.Time) {
	problem := p.problem(now)
	stale := problem != ""
	if was := p.staleParent.Swap(stale); was == stale {
		return
	}
	if stale {
		p.log.Warn("parent gives no fresh work", "coin", p.parent.Name(), "problem", problem)
		return
	}
	p.log.Info("parent gives fresh work again", "coin", p.parent.Name())
}

// open makes the pool of what its coins say, and binds its ports.
func (p *pool) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	if err := p.setUp(ctx); err != nil {
		return err
	}
	front := p.withFront(stratum.Config{
		Listeners: p.listeners(), Dialect: p.dialect, Logger: p.log, Extranonce2Size: p.cfg.Extranonce2, MaxSessions: p.cfg.MaxMiners,
		DrainMessage: "the pool is restarting",
	})
	if p.front != nil {
		p.front(&front)
	}
	p.server = stratum.New(front, p)
	if err := p.server.Bind(); err != nil {
		return err
	}
	p.openedNow()
	return nil
}

// parentOpened reports whether the parent has ever been opened: until then nothing
// is known of it.
func (p *pool) parentOpened() bool {
	select {
	case <-p.parent.Opened():
		return true
	default:
		return false
	}
}

// openLate waits for a parent that could not be opened at the start, or not for
// long enough to say what a pool needs to know, while the other pools mine. False
// means that this one stays closed, which is said.
func (p *pool) openLate(ctx context.Context) bool {
	p.log.Warn("pool is closed until its parent can be opened; the others begin without it", "parent", p.parent.Name(), "error", p.parent.LastError())
	wait := backoff.New(backoff.Options{})
	for {
		select {
		case <-p.parent.Opened():
		case <-ctx.Done():
			return false
		}
		err := p.open(ctx)
		switch {
		case err == nil:
			p.log.Info("pool is open", "parent", p.parent.Name())
			return true
		case !errors.Is(err, errUndecided):
			p.giveUp()
			p.log.Error("pool stays closed until the configuration is loaded again", "error", err)
			return false
		}
		select {
		case <-time.After(wait.Next(0)):
		case <-ctx.Done():
			return false
		}
	}
}

// serve runs the parts of an open pool.
func (p *pool) serve(ctx context.Context, group *errgroup.Group) {
	group.Go(func() error { return p.server.Run(ctx) })
	group.Go(func() error {
		p.planFirst(ctx, group)
		return p.makeJobs(ctx)
	})
	group.Go(func() error { return p.keepBooks(ctx) })
}

// giveUp closes ports that were opened for nothing.
func (p *pool) giveUp() {
	if p.server != nil {
		p.server.Close()
	}
}
