package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/motherlode-pool/motherlode/engine/store"
)

// Limits. None can be set: they are far from what a server in order takes.
const (
	connectWait = 10 * time.Second       // to reach a server, unless connect_timeout is less
	lockWait    = 3 * time.Second        // for the lock; the server may not have noticed yet that its holder is gone
	lockPoll    = 50 * time.Millisecond  //
	updateWait  = 30 * time.Second       // for each answer to an Update
	viewWait    = 5 * time.Second        // for each answer to a View; people wait for it
	layoutWait  = time.Hour              // for an upgrade of the layout
	restAfter   = 500 * time.Millisecond // a failed View makes those of so long fail at once
	closeWait   = 5 * time.Second        // for transactions under way, at the end
	maxViews    = 4                      // connections for reading
	defaultRows = 96 << 20               // bytes of rows kept in memory
)

// Error is a kind of error, for errors.Is.
type Error string

// Error returns the text of the kind.
func (e Error) Error() string { return string(e) }

// The kinds that package store does not have.
const (
	ErrNewer   Error = "database has a layout of a newer version"
	ErrForeign Error = "another process has written to the database; start this one again once it alone uses it"
	ErrKey     Error = "key is longer than a row of the database can have"
	errClosed  Error = "database is closed"
)

// Options are the choices of New; the zero value is usable.
type Options struct {
	Logger *slog.Logger

	// Setup is a script that is run when the database is first used and whenever the
	// script has changed, for views. SCHEMA in it stands for the schema. A failure is
	// logged and does no harm.
	Setup string

	Rows int // bytes of rows kept in memory; 0: 96 MiB
}

// Store is a database in a PostgreSQL server.
type Store struct {
	config  *pgconn.Config
	schema  string // quoted
	layouts []string
	setup   string
	log     *slog.Logger
	writer  [16]byte // this store, in the row of owner

	lockWait time.Duration // the constant, but for tests

	ctx  context.Context // ends with Close
	stop context.CancelFunc

	mu      sync.Mutex // of what follows; held for the time of an Update
	conn    *conn      // holds the lock; nil where there is none
	owned   bool       // the lock was had once
	foreign bool       // another process has written since
	closed  bool
	commits uint64 // by the row of owner
	cache   *cache

	seen atomic.Pointer[uint64] // commits, for Views; nil before the lock was had
	views
}

var _ store.Store = (*Store)(nil)

// New is the store that a connection string names: a URL or words, with all that
// libpq knows (PGPASSFILE, PGSERVICE and the other variables too). It does no I/O
// but for reading such files; the first transaction connects. Errors never hold
// the string, which may have a password in it.
func New(database string, o Options) (*Store, error) {
	cfg, schema, err := parse(database)
	if err != nil {
		return nil, err
	}
	s := &Store{config: cfg, schema: schema, layouts: layouts, setup: o.Setup, log: o.Logger, lockWait: lockWait}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.Rows == 0 {
		o.Rows = defaultRows
	}
	if _, err := rand.Read(s.writer[:]); err != nil {
		return nil, err
	}
	s.cache = newCache(o.Rows)
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.views.slots = make(chan struct{}, maxViews)
	return s, nil
}

// Update is a transaction that writes. Errors of the database wrap store.ErrFailed,
// but for store.ErrLocked and ErrNewer, of the first transactions alone.
func (s *Store) Update(f func(store.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.take(); err != nil {
		return err
	}
	t := &tx{store: s, conn: s.conn, buckets: s.cache.names, cache: s.cache, changes: map[int32]*changes{}}
	err := f(t)
	if t.err == nil && err != nil {
		return err // nothing was sent
	}
	if t.err == nil {
		err = s.commit(t)
		if err == nil {
			return nil
		}
		t.err = err
	}
	s.drop()
	return failed(t.err)
}

// drop forgets the connection and all that is true only while its lock is held.
func (s *Store) drop() {
	if s.conn != nil {
		s.conn.close()
		s.conn = nil
	}
	s.cache.clear()
	s.views.names.Store(nil)
}

// Close waits for transactions under way, some seconds, and ends those that
// do not end.
func (s *Store) Close() error {
	end := time.AfterFunc(closeWait, s.stop)
	defer end.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.views.drain()
	s.drop()
	s.stop()
	return nil
}

// refused reports whether the server knows no such user, password or database.
func refused(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && (strings.HasPrefix(said.Code, "28") || strings.HasPrefix(said.Code, "3D"))
}

func failed(err error) error {
	var known *pgconn.ConnectError
	switch {
	case errors.Is(err, store.ErrFailed):
		return err
	case refused(err):
		return fmt.Errorf("%w: PostgreSQL answers and lets nobody in by what `database` says; look at user, password and name of the database there: %w", store.ErrFailed, err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: PostgreSQL does not answer: %w", store.ErrFailed, err)
	case errors.As(err, &known):
		return fmt.Errorf("%w: PostgreSQL cannot be reached; it must run where `database` says: %w", store.ErrFailed, err)
	}
	return fmt.Errorf("%w: PostgreSQL: %w", store.ErrFailed, err)
}
