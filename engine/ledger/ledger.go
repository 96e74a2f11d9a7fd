package ledger

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/engine/store/boltdb"
)

const (
	schema          = 7
	writeRetryFirst = 250 * time.Millisecond // a full disk is emptied by somebody, sooner or later
	writeRetryMax   = 30 * time.Second
	defaultInterval = 200 * time.Millisecond // between commits while little happens; spares the disk
	maxRecords      = 200_000                // folded in one transaction
	maxRows         = 20_000                 // held in memory for one transaction, with their statistics
)

// The buckets, and the keys in meta.
var (
	bucketMeta     = []byte("meta")
	bucketPools    = []byte("pools")    // key(pool) -> Totals
	bucketAccounts = []byte("accounts") // key(pool, account) -> Totals
	bucketWorkers  = []byte("workers")  // key(pool, account, worker) -> Totals
	bucketRounds   = []byte("rounds")   // key(pool, chain) -> round, JSON
	bucketBlocks   = []byte("blocks")   // key(chain) hash -> Block, JSON
	bucketOrder    = []byte("order")    // seq, big-endian -> key in blocks
	bucketNumbers  = []byte("numbers")  // key(pool) number, big-endian -> account
	bucketTerms    = []byte("terms")    // key(pool, chain) -> lineRow, JSON
	bucketSchemes  = []byte("schemes")  // key(pool, chain) row, big-endian -> what a scheme saved
	bucketCredits  = []byte("credits")  // as in blocks -> the block's split
	bucketKept     = []byte("kept")     // as in blocks -> the round that the block has ended, while it may come back
	bucketBalances = []byte("balances") // key(pool, chain, account) -> Balance; without account: the operator's
	bucketPayments = []byte("payments") // number, big-endian -> Payment, JSON
	bucketOpen     = []byte("open")     // number of a payment that is not final -> nothing
	bucketSettings = []byte("settings") // key(pool, account) -> settingsRow, JSON
	bucketBegun    = []byte("begun")    // key(pool) -> stats.Rounds, JSON
	bucketEnded    = []byte("ended")    // as in blocks -> 1: the block has ended its round in begun
	keySchema      = []byte("schema")
	keyPosition    = []byte("position")
	keySchemes     = []byte("schemes") // up to where the schemes are saved
	keyCounted     = []byte("counted") // up to where the statistics are folded
)

var buckets = [][]byte{
	bucketPools, bucketAccounts, bucketWorkers, bucketRounds, bucketBlocks, bucketOrder,
	bucketNumbers, bucketTerms, bucketSchemes, bucketCredits, bucketKept, bucketBalances, bucketPayments, bucketOpen, bucketFound, bucketMade, bucketPaid,
	bucketSettings, bucketCoinbases, bucketReceived, bucketBegun, bucketEnded, bucketLevels[0], bucketLevels[1], bucketLevels[2], bucketLevels[3],
}

// Options are the choices of Open; the zero value is usable.
type Options struct {
	Interval time.Duration // between commits while little happens; default 200 ms
	Logger   *slog.Logger

	// Database is the connection string of a PostgreSQL server; empty: the file.
	Database string

	// Wait has Run wait for a database that cannot be reached when it is opened.
	// Queries fail until then.
	Wait bool
}

// Ledger is an open ledger. Queries and Sync may be called by any goroutine.
type Ledger struct {
	db       store.Store
	shares   *sharelog.Log
	log      *slog.Logger
	interval time.Duration
	hurry    chan struct{}                    // someone waits in Sync
	update   func(func(store.Tx) error) error // db.Update
	retry    time.Duration                    // writeRetryFirst, but for tests
	moneyMu  sync.Mutex                       // held while money changes
	money    *money                           // nil where it has to be made again

	mu       sync.Mutex
	position sharelog.Position
	counted  sharelog.Position // up to where the statistics are folded; at most position
	changed  chan struct{}     // closed at each commit and when Run ends
	unsure   bool              // the database may be at another position: it has failed
	failed   error             // why Run ended
	trouble  error             // why the last commit failed; nil once one succeeds
}

// Open opens the ledger in the file at path, or makes it; or in a PostgreSQL server
// where the options name one. Errors: ErrLogLost, ErrLogGone, ErrSchema, ErrLocked,
// ErrDamaged and those of the database.
func Open(path string, log *sharelog.Log, o Options) (*Ledger, error) {
	if o.Database != "" {
		return openPostgres(log, o)
	}
	db, err := boltdb.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening ledger %s: %w", path, err)
	}
	l, err := New(db, log, o)
	if err != nil {
		return nil, fmt.Errorf("opening ledger %s: %w", path, err)
	}
	return l, nil
}

// New opens the ledger in a database, whose owner it becomes: Close closes it, and
// so does an error. Errors are those of Open.
func New(db store.Store, log *sharelog.Log, o Options) (*Ledger, error) {
	l := &Ledger{
		db: db, shares: log, log: o.Logger, interval: o.Interval, update: db.Update, retry: writeRetryFirst,
		hurry: make(chan struct{}, 1), changed: make(chan struct{}),
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if l.interval <= 0 {
		l.interval = defaultInterval
	}
	err := l.prepare()
	if o.Wait && errors.Is(err, store.ErrFailed) {
		l.waitFor(err)
		return l, nil
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return l, nil
}

// prepare makes the buckets, reads where the database is, and checks that ledger
// and log fit together.
func (l *Ledger) prepare() error {
	var at, counted sharelog.Position
	var tail []byte
	done := false // what fails afterwards is the database's
	err := l.db.Update(func(tx store.Tx) (err error) {
		if at, err = l.prepareBuckets(tx); err != nil {
			return err
		}
		tail = bytes.Clone(tx.Bucket(bucketMeta).Get(keyTail))
		counted, err = l.prepareCounts(tx, at)
		done = err == nil
		return err
	})
	if err != nil && done {
		return fmt.Errorf("%w: %w", errWrite, err)
	}
	if err != nil {
		return err
	}
	if end := l.shares.End(); at > end {
		return fmt.Errorf("%w: it has folded up to %d and the log ends at %d; part of the log was lost: restore it, or remove the ledger to fold what is left",
			ErrLogLost, at, end)
	}
	if start := l.shares.Start(); at < start {
		return fmt.Errorf("%w: it has folded up to %d and the log starts at %d: restore the older segments or the ledger",
			ErrLogGone, at, start)
	}
	if err := l.checkTail(at, tail); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.position, l.counted, l.unsure = at, counted, false
	close(l.changed)
	l.changed = make(chan struct{})
	return nil
}

// prepareBuckets makes the buckets, and reads up to where the log was folded.
func (l *Ledger) prepareBuckets(tx store.Tx) (at sharelog.Position, err error) {
	if err := tx.MakeBucket(bucketMeta); err != nil {
		return 0, err
	}
	meta := tx.Bucket(bucketMeta)
	if raw := meta.Get(keySchema); raw != nil {
		if len(raw) != 8 {
			return 0, fmt.Errorf("%w: schema version has %d bytes", ErrDamaged, len(raw))
		}
		if v := binary.BigEndian.Uint64(raw); v > schema {
			return 0, fmt.Errorf("%w: its schema is %d, this version knows %d", ErrSchema, v, schema)
		}
	}
	for _, name := range buckets {
		if err := tx.MakeBucket(name); err != nil {
			return 0, err
		}
	}
	if raw := meta.Get(keyPosition); raw != nil {
		if at, err = parsePosition(raw); err != nil {
			return 0, err
		}
	}
	if meta.Get(keySchemes) == nil { // new, or of schema 1: no terms are in what it has folded
		if err := meta.Put(keySchemes, u64(uint64(at))); err != nil {
			return 0, err
		}
	}
	if raw := meta.Get(keySchema); raw != nil && binary.BigEndian.Uint64(raw) < 6 {
		if err := countAdvances(tx); err != nil {
			return 0, err
		}
	}
	if raw := meta.Get(keySchema); raw != nil && binary.BigEndian.Uint64(raw) < 7 {
		if err := noteOlder(tx); err != nil {
			return 0, err
		}
	}
	return at, meta.Put(keySchema, u64(schema))
}

// Close closes the database. Run must have returned.
func (l *Ledger) Close() error { return l.db.Close() }

// Position is up to where the log is folded.
func (l *Ledger) Position() sharelog.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.position
}

// Lag is the number of bytes of the log that are not folded yet.
func (l *Ledger) Lag() uint64 {
	at := l.Position()
	return uint64(l.shares.End() - at)
}

// Run folds the log as it grows, until ctx ends (nil) or the log or the database
// cannot be read. A commit that fails, on a full disk for instance, is tried
// again. It is called once.
func (l *Ledger) Run(ctx context.Context) (err error) {
	reader := l.shares.Read(l.Position())
	defer func() {
		err = errors.Join(err, reader.Close())
		l.ended(err)
	}()
	pause := time.NewTimer(0)
	defer pause.Stop()
	wait := l.retry
	for ctx.Err() == nil {
		more, err := l.turn(&reader)
		if passes(err) {
			l.troubled(err)
			l.log.Error("ledger cannot be written, it is folded again; no share is lost", "error", err, "in", wait.String())
			pause.Reset(wait)
			wait = min(2*wait, writeRetryMax)
			select {
			case <-ctx.Done():
			case <-pause.C:
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		wait = l.retry
		l.untroubled()
		if more {
			continue
		}
		pause.Reset(l.interval)
		select {
		case <-ctx.Done():
		case <-pause.C:
		case <-l.hurry:
		}
		if err := reader.Wait(ctx); err != nil && ctx.Err() == nil {
			if errors.Is(err, sharelog.ErrClosed) {
				return nil
			}
			return fmt.Errorf("ledger: %w", err)
		}
	}
	return nil
}

// Trouble is why the last commit failed, nil when it did not.
func (l *Ledger) Trouble() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.trouble
}

func (l *Ledger) troubled(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trouble, l.unsure = err, true
}

func (l *Ledger) untroubled() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trouble = nil
}

func (l *Ledger) committed(at sharelog.Position, counted bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.position, l.trouble = at, nil
	if counted {
		l.counted = at
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *Ledger) ended(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = err
	if err == nil {
		l.failed = errors.New("ledger has stopped")
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// Sync returns when the log is folded and committed up to pos, when ctx ends, or
// when Run has ended before that.
func (l *Ledger) Sync(ctx context.Context, pos sharelog.Position) error {
	for {
		l.mu.Lock()
		at, changed, failed := l.position, l.changed, l.failed
		sure := !l.unsure
		l.mu.Unlock()
		if at >= pos && sure {
			return nil
		}
		if failed != nil {
			return failed
		}
		select {
		case l.hurry <- struct{}{}:
		default:
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("ledger is folded up to %d, waiting for %d: %w", at, pos, ctx.Err())
		case <-changed:
		}
	}
}
