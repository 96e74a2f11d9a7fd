package postgres

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/motherlode-pool/motherlode/engine/store"
)

// layouts are the steps from an empty schema to the present layout, whose number is
// how many there are. A step that was released is never changed.
var layouts = []string{`
create table SCHEMA.owner (
	one     boolean primary key default true check (one),
	layout  integer not null,
	writer  bytea not null,
	commits bigint not null,
	setup   bytea not null default ''
);
create table SCHEMA.buckets (id integer primary key, name bytea not null unique);
create table SCHEMA.rows (bucket integer not null, key bytea not null, value bytea not null, primary key (bucket, key))
	with (fillfactor = 80);
insert into SCHEMA.owner (layout, writer, commits) values (0, '', 0);
`}

// take makes sure that this store has a connection with the lock, and that what it
// knows of the database is true. It is called with the mutex held.
func (s *Store) take() error {
	if s.ctx.Err() != nil {
		return failed(errClosed)
	}
	if s.foreign {
		return failed(ErrForeign)
	}
	if s.conn != nil {
		return nil // where it is lost, what is asked of it fails
	}
	c, err := s.connect(updateWait, time.Now().Add(connectWait))
	if err != nil {
		return failed(err)
	}
	if err := s.takeOver(c); err != nil {
		c.close()
		s.drop()
		if known := Error(""); errors.Is(err, store.ErrLocked) || errors.As(err, &known) {
			return err
		}
		return failed(err)
	}
	s.conn, s.owned = c, true
	return nil
}

// takeOver takes the lock, brings the layout up to date and learns what is there.
func (s *Store) takeOver(c *conn) error {
	if err := s.lock(c); err != nil {
		return err
	}
	at, err := s.layoutOf(c)
	if err != nil {
		return err
	}
	if err := s.known(at); err != nil {
		return err
	}
	if s.owned {
		err = s.recognise(c)
	} else {
		err = s.upgrade(c, at)
	}
	if err != nil {
		return err
	}
	if err := c.prepare(s.schema, statements, writeStatements); err != nil {
		return err
	}
	if err := s.learn(c); err != nil {
		return err
	}
	if !s.owned {
		s.runSetup(c)
	}
	return nil
}

// lockNumber is the number of the advisory lock: the schema's.
func (s *Store) lockNumber() int64 {
	h := fnv.New64a()
	h.Write([]byte("motherlode " + s.schema))
	return int64(h.Sum64())
}

// lock takes the advisory lock.
func (s *Store) lock(c *conn) error {
	for end := time.Now().Add(s.lockWait); ; {
		rows, err := c.ask("select pg_try_advisory_lock($1::bigint)", int8_(s.lockNumber()))
		if err != nil {
			return err
		}
		if rows[0][0][0] == 1 {
			return nil
		}
		if time.Now().After(end) && !s.owned {
			return store.ErrLocked
		} else if time.Now().After(end) {
			return failed(store.ErrLocked) // it may be let go again
		}
		select {
		case <-s.ctx.Done():
			return failed(errClosed)
		case <-time.After(lockPoll):
		}
	}
}

// layoutOf is the number of the layout; 0 where there is none.
func (s *Store) layoutOf(c *conn) (int, error) {
	rows, err := c.ask("select to_regclass($1::text) is null", []byte(s.schema+".owner"))
	if err != nil || rows[0][0][0] == 1 {
		return 0, err
	}
	rows, err = c.ask("select layout from " + s.schema + ".owner")
	if err != nil || len(rows) != 1 {
		return 0, errors.Join(err, missing(len(rows)))
	}
	return int(binary.BigEndian.Uint32(rows[0][0])), nil
}

// known is ErrNewer where a later version has made the layout.
func (s *Store) known(layout int) error {
	if layout > len(s.layouts) {
		return fmt.Errorf("%w: %d, and this version knows %d", ErrNewer, layout, len(s.layouts))
	}
	return nil
}

func missing(rows int) error {
	if rows == 1 {
		return nil
	}
	return fmt.Errorf("table owner has %d rows, not 1", rows)
}

// recognise makes sure that nobody else has written since this store did.
func (s *Store) recognise(c *conn) error {
	rows, err := c.ask("select writer, commits from " + s.schema + ".owner")
	if err != nil || len(rows) != 1 {
		return errors.Join(err, missing(len(rows)))
	}
	if !bytes.Equal(rows[0][0], s.writer[:]) {
		s.foreign = true
		return failed(ErrForeign)
	}
	s.committed(binary.BigEndian.Uint64(rows[0][1]))
	return nil
}

// upgrade brings the layout up to date and writes this store's token, in one
// transaction that is on the disk whatever the server's settings.
func (s *Store) upgrade(c *conn, at int) error {
	rows, err := c.ask("select to_regnamespace($1::text) is null", []byte(s.schema))
	if err != nil {
		return err
	}
	script := "begin; set local synchronous_commit = on; set local statement_timeout = 0;"
	if rows[0][0][0] == 1 {
		script += "create schema " + s.schema + ";"
	}
	script += strings.Join(s.layouts[at:], "")
	script += fmt.Sprintf("update SCHEMA.owner set layout = %d, writer = '\\x%x', commits = commits + 1; commit", len(s.layouts), s.writer)
	long := conn{pg: c.pg, ctx: c.ctx, wait: layoutWait}
	if err := long.exec(strings.ReplaceAll(script, "SCHEMA", s.schema)); err != nil {
		return fmt.Errorf("making the tables: %w", err)
	}
	return s.recognise(c)
}

// runSetup runs the set-up script where it has changed.
func (s *Store) runSetup(c *conn) {
	script := strings.ReplaceAll(s.setup, "SCHEMA", s.schema)
	sum := sha256.Sum256([]byte(script))
	rows, err := c.ask("select setup from " + s.schema + ".owner")
	if err == nil && script != "" && !bytes.Equal(rows[0][0], sum[:]) {
		err = c.exec(fmt.Sprintf("begin; %s; update %s.owner set setup = '\\x%x'; commit", script, s.schema, sum))
		if err != nil {
			err = errors.Join(err, c.exec("rollback"))
		}
	}
	if err != nil {
		s.log.Warn("the database's views could not be made; accounts are not concerned", "error", err)
	}
}

// learn reads the buckets, and their rows where they fit into memory.
func (s *Store) learn(c *conn) error {
	names, err := c.run("names")
	if err != nil {
		return err
	}
	s.cache.clear()
	s.cache.names = map[string]int32{}
	for _, row := range names {
		id := int32(binary.BigEndian.Uint32(row[0]))
		s.cache.names[string(row[1])], s.cache.last = id, max(s.cache.last, id)
	}
	s.publish()
	return s.warm(c)
}

// warm reads the buckets that are not large into the cache.
func (s *Store) warm(c *conn) error {
	var b pgconn.Batch
	var ids []int32
	for _, id := range s.cache.names {
		ids = append(ids, id)
		b.ExecPrepared("first", [][]byte{int4(id), int8_(warmRows)}, binary1, binary1)
	}
	if len(ids) == 0 {
		return nil
	}
	out, err := c.send(&b)
	if err != nil {
		return err
	}
	for i, id := range ids {
		s.cache.whole[id] = len(out[i].Rows) < warmRows // before some are forgotten again
		for _, row := range out[i].Rows {
			s.cache.put(id, string(row[0]), present(row[1]))
		}
	}
	return nil
}

// commit sends what a transaction has changed.
func (s *Store) commit(t *tx) error {
	if t.nothing() {
		return nil
	}
	if err := s.flush(t); err != nil {
		return err
	}
	if err := s.conn.exec("commit"); err != nil {
		return fmt.Errorf("%w; it may have been committed all the same", err)
	}
	s.committed(s.commits + 1)
	s.cache.apply(t)
	s.publish()
	return nil
}

// committed notes how many commits there are, for Views too.
func (s *Store) committed(n uint64) {
	s.commits = n
	s.seen.Store(&n)
}

// publish gives Views the buckets as they are committed.
func (s *Store) publish() {
	names := s.cache.names
	s.views.names.Store(&names)
}

// flush sends the changes in a transaction, which stays open.
func (s *Store) flush(t *tx) error {
	var b pgconn.Batch
	b.ExecParams("begin", nil, nil, nil, nil)
	b.ExecPrepared("next", [][]byte{s.writer[:], int8_(int64(s.commits))}, binary1, nil)
	for _, step := range t.steps {
		for _, name := range step.statements {
			params := [][]byte{int4(step.id)}
			if name == "make" {
				params = append(params, step.name)
			}
			b.ExecPrepared(name, params, binary1, nil)
		}
	}
	out, err := s.conn.send(&b)
	if err != nil {
		return err
	}
	if out[1].CommandTag.RowsAffected() != 1 {
		s.foreign = true
		return ErrForeign
	}
	return t.eachChunk(func(b *pgconn.Batch) error {
		_, err := s.conn.send(b)
		return err
	})
}
