package submit

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"
)

// Limits of what is kept for one block and for how long.
const (
	// maxPending bounds the further solutions that wait behind the one under
	// way. On a chain that is easier than the shares every share is one.
	maxPending = 4

	// maxSolutions bounds the solutions that are tried for one block as they
	// come. Behind them one is in every solutionPause: a node that refused a block
	// for a while may take it yet, and its work may stay the same for long.
	maxSolutions  = 16
	solutionPause = 10 * time.Second

	// maxLookups bounds the look-ups under way at one chain. Submissions are
	// not counted: they never wait behind look-ups.
	maxLookups = 4

	// keepSettled is how long a settled block is remembered, so that a late
	// solution of it is not taken for a new block. Jobs live far shorter.
	keepSettled = 24 * time.Hour

	// housekeeping is how often old settled blocks are forgotten.
	housekeeping = time.Hour
)

// Courier carries found blocks to their chains. All methods may be called from
// any goroutine; Run is called once.
type Courier struct {
	chains  func(name string) (Chain, bool)
	o       Options
	log     *slog.Logger
	journal *journal
	events  *dispatcher

	mu     sync.Mutex // guards the rest
	opened bool
	closed bool
	rows   map[Key]*row
	run    *running                 // nil unless Run is under way
	asking map[string]chan struct{} // by chain: a place for each look-up under way
	tries  map[string]*tries        // by chain
}

// running is what the goroutines of one Run share.
type running struct {
	stop   <-chan struct{} // closed when Run's context has ended: deliver, but begin nothing that can wait
	ctx    context.Context // ended when the drain is over too
	active int             // rows with a goroutine, guarded by Courier.mu
	ended  chan struct{}   // one slot: a row's goroutine has ended
}

// New makes a courier whose journal is in the folder dir, and which finds a
// chain by its name in chains; a chain that is not known is asked for again
// later. It does no I/O.
func New(dir string, chains func(name string) (Chain, bool), o Options) *Courier {
	c := &Courier{chains: chains, o: o.withDefaults(), rows: make(map[Key]*row), asking: make(map[string]chan struct{}), tries: make(map[string]*tries)}
	c.log = c.o.Logger
	c.journal = newJournal(dir, c.log)
	c.events = newDispatcher(c.o.Events, c.log)
	return c
}

// Deliver takes a found block: it is in the journal when Deliver returns nil,
// and its submission has begun if Run is under way. It waits for no node and
// for no fsync. The courier keeps f's bodies and does not change them; the
// caller must not change them either.
//
// When the journal cannot be written the block is submitted all the same and
// the error is ErrJournal. A further solution of a known block is kept for the
// case that the first is refused, and dropped when it cannot help.
func (c *Courier) Deliver(f Found) error {
	if err := f.check(); err != nil {
		return err
	}
	if math.IsNaN(f.Difficulty) || math.IsInf(f.Difficulty, 0) {
		f.Difficulty = 0 // JSON cannot carry it, and no block is lost for a statistic
	}
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return ErrClosed
	}
	if err := c.open(); err != nil {
		c.log.Error("journal of found blocks", "error", err)
	}
	r, n := c.admit(f)
	c.mu.Unlock()
	if n == 0 {
		return nil
	}

	err := c.journal.append(foundRecord(f, n))
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrJournal, err)
		c.log.Error("found block is submitted without a record", "error", err, "chain", f.Chain, "hash", f.Hash)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r.take(n)
	c.start(r)
	return err
}

// check says what a Found lacks.
func (f *Found) check() error {
	switch {
	case f.Chain == "" || f.Hash.IsZero():
		return fmt.Errorf("%w: no chain or no hash", ErrFound)
	case f.Kind == Parent && f.Block != nil && f.Proof == nil:
	case f.Kind == Aux && f.Proof != nil && f.Block == nil:
	default:
		return fmt.Errorf("%w: kind %s with block %t and proof %t", ErrFound, f.Kind, f.Block != nil, f.Proof != nil)
	}
	return nil
}

// admit finds or makes the row of f and numbers the solution; 0 when it is not
// needed. Courier.mu is held.
func (c *Courier) admit(f Found) (*row, int) {
	r := c.rows[f.Key()]
	if r == nil {
		r = &row{c: c, found: f.head(), state: Pending}
		c.rows[f.Key()] = r
	}
	open := r.state == Pending || r.state == Refused
	if !open || r.numbered-r.tried >= maxPending {
		return r, 0
	}
	if r.numbered >= maxSolutions && f.Time.Sub(r.newest) < solutionPause {
		if r.numbered == maxSolutions && !r.rationed {
			r.rationed = true
			c.log.Warn("block was refused so often that its further solutions are tried only now and then",
				"chain", f.Chain, "hash", f.Hash, "solutions", r.numbered, "one_in", solutionPause.String())
		}
		return r, 0
	}
	r.numbered++
	r.newest = f.Time
	r.incoming = append(r.incoming, solution{n: r.numbered, found: f})
	return r, r.numbered
}

// head is f without its bodies.
func (f Found) head() Found {
	f.Block, f.Proof = nil, nil
	return f
}

// Run opens the journal, takes up every block that is not settled, and carries
// blocks until ctx ends. Then it goes on submitting those that have no verdict
// yet, for Options.Drain at most, and returns nil; what is left is in the
// journal. The error is about a journal that cannot be opened.
func (c *Courier) Run(ctx context.Context) error {
	hard, kill := context.WithCancel(context.WithoutCancel(ctx))
	defer kill()
	run := &running{stop: ctx.Done(), ctx: hard, ended: make(chan struct{}, 1)}

	c.mu.Lock()
	err := c.open()
	if err == nil {
		c.run = run
		for _, r := range c.rows {
			c.start(r)
		}
	}
	c.mu.Unlock()
	if err != nil {
		return err
	}

	var beside sync.WaitGroup
	beside.Go(func() { c.journal.syncing(hard) })
	beside.Go(func() { c.events.run(hard) })
	c.keepHouse(ctx)
	c.drain(run, kill)
	beside.Wait()
	return c.journal.close()
}

// keepHouse forgets old settled blocks and rewrites a grown journal, until ctx
// ends.
func (c *Courier) keepHouse(ctx context.Context) {
	tick := time.NewTicker(housekeeping)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			c.forget(now)
		case <-c.journal.grown:
			c.forget(time.Now())
			if err := c.compact(); err != nil {
				c.log.Error("journal of found blocks cannot be rewritten", "error", err)
			}
		}
	}
}

// drain waits for the rows, and ends them when the time is over. Blocks that are
// found meanwhile are still taken.
func (c *Courier) drain(run *running, kill context.CancelFunc) {
	late := time.AfterFunc(c.o.Drain, kill)
	defer late.Stop()
	for !c.close(run) {
		<-run.ended
	}
	c.events.idle(run.ctx)
	kill()
}

// close refuses further blocks once no row has a goroutine, and reports whether
// that is so.
func (c *Courier) close(run *running) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = run.active == 0
	return c.closed
}

// open reads the journal once. Courier.mu is held.
func (c *Courier) open() error {
	if c.opened {
		return nil
	}
	records, err := c.journal.open()
	if err != nil {
		return err
	}
	c.opened = true
	c.journal.limit = c.o.Compact
	for _, rec := range records {
		c.replay(rec)
	}
	return nil
}

// start gives r its goroutine, if it needs one and has none. Courier.mu is held.
func (c *Courier) start(r *row) {
	if c.run == nil || r.running || r.final && len(r.solutions) == 0 {
		return
	}
	r.running = true
	c.run.active++
	go r.follow(c.run)
}

// forget drops blocks that were settled long ago.
func (c *Courier) forget(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, r := range c.rows {
		if r.final && !r.running && now.Sub(r.found.Time) > keepSettled {
			delete(c.rows, key)
		}
	}
}

// Row is what the courier knows of one found block.
type Row struct {
	Found Found // without bodies
	State State
	Final bool
}

// Rows are the blocks that the courier follows, and those settled in the last
// day, in no order. Before Run they are those of the journal.
func (c *Courier) Rows() []Row {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.open(); err != nil {
		c.log.Error("journal of found blocks", "error", err)
	}
	rows := make([]Row, 0, len(c.rows))
	for _, r := range c.rows {
		rows = append(rows, Row{Found: r.found, State: r.state, Final: r.final})
	}
	return rows
}
