package postgres

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/motherlode-pool/motherlode/engine/store"
)

// views are the connections for reading.
type views struct {
	slots chan struct{}
	names atomic.Pointer[map[string]int32] // the buckets as committed; nil where that is not known

	idleMu sync.Mutex
	idle   []*conn
	failed time.Time // of the last one
	why    error
}

// View is a transaction that reads. Errors of the database wrap store.ErrFailed, and
// so does ErrNewer here.
func (s *Store) View(f func(store.Tx) error) error {
	end := time.Now().Add(viewWait)
	if err := s.views.enter(s, end); err != nil {
		return failed(err)
	}
	defer func() { <-s.views.slots }()
	t := &tx{store: s, begun: end}
	if names := s.views.names.Load(); names != nil {
		t.buckets = *names
	} else {
		t.learn()
	}
	err := t.err
	if err == nil {
		err = f(t)
	}
	if t.conn != nil && t.err == nil {
		t.err = t.conn.exec("rollback")
	}
	s.views.leave(t)
	if t.err != nil {
		return failed(t.err)
	}
	return err
}

// learn reads the buckets in the snapshot itself.
func (t *tx) learn() {
	t.buckets = map[string]int32{}
	for _, row := range t.run("names") {
		t.buckets[string(row[1])] = int32(binary.BigEndian.Uint32(row[0]))
	}
}

// enter waits for one of few places. After a failure it says so for a moment, so
// that a page of many questions is not one of many waits.
func (v *views) enter(s *Store, end time.Time) error {
	timer := time.NewTimer(time.Until(end))
	defer timer.Stop()
	select {
	case v.slots <- struct{}{}:
	case <-timer.C:
		return fmt.Errorf("all %d connections for reading are in use", maxViews)
	case <-s.ctx.Done():
		return errClosed
	}
	v.idleMu.Lock()
	defer v.idleMu.Unlock()
	if v.why != nil && time.Since(v.failed) < restAfter || s.ctx.Err() != nil {
		<-v.slots
		if s.ctx.Err() != nil {
			return errClosed
		}
		return v.why
	}
	return nil
}

// begin starts the transaction of a View with its first question, in one round
// trip, until end. A connection that was idle may have ended meanwhile: then it is a
// new one.
func (v *views) begin(s *Store, end time.Time, name string, params [][]byte) (*conn, [][][]byte, error) {
	seen := s.seen.Load()
	for {
		c, reused, err := v.get(s, end)
		if err != nil {
			return nil, nil, err
		}
		var b pgconn.Batch
		b.ExecParams("begin isolation level repeatable read, read only", nil, nil, nil, nil)
		b.ExecPrepared("owner", nil, nil, binary1)
		b.ExecPrepared(name, params, binary1, binary1)
		out, err := c.send(&b)
		if err == nil {
			if err := s.current(out[1].Rows, seen); err != nil {
				c.close()
				return nil, nil, err
			}
			c.end = time.Time{}
			return c, out[2].Rows, nil
		}
		c.close()
		if !reused || !time.Now().Before(end) {
			return nil, nil, err
		}
	}
}

// current is an error where a snapshot lacks what this store has committed, as after
// a server came back from a copy, or a crash with synchronous_commit off. Who pays
// must not believe it. Seen is what was committed before; nil without any.
func (s *Store) current(rows [][][]byte, seen *uint64) error {
	switch {
	case len(rows) != 1:
		return missing(len(rows))
	case seen == nil:
		return nil
	case !bytes.Equal(rows[0][0], s.writer[:]):
		return ErrForeign
	case binary.BigEndian.Uint64(rows[0][1]) < *seen:
		return errBack
	}
	return nil
}

const errBack Error = "the server has lost what was committed; the ledger makes it again from the share log with its next commit"

func (v *views) get(s *Store, end time.Time) (c *conn, reused bool, err error) {
	v.idleMu.Lock()
	if n := len(v.idle); n > 0 {
		c, v.idle = v.idle[n-1], v.idle[:n-1]
	}
	v.idleMu.Unlock()
	if c != nil {
		c.end = end
		return c, true, nil
	}
	if c, err = s.connect(viewWait, end); err != nil {
		return nil, false, err
	}
	c.end = end
	if err := s.readable(c); err != nil {
		c.close()
		return nil, false, err
	}
	return c, false, nil
}

// readable makes a connection ready for Views, unless the layout is a newer one,
// whose rows may mean something else.
func (s *Store) readable(c *conn) error {
	at, err := s.layoutOf(c)
	if err != nil {
		return err
	}
	if err := s.known(at); err != nil {
		return err
	}
	return c.prepare(s.schema, statements)
}

// leave gives the connection of a View back, or ends it after a failure.
func (v *views) leave(t *tx) {
	if t.err != nil && t.conn != nil {
		t.conn.close()
	}
	v.idleMu.Lock()
	defer v.idleMu.Unlock()
	switch {
	case t.err != nil:
		v.failed, v.why = time.Now(), t.err
	case t.conn != nil:
		v.why = nil
		v.idle = append(v.idle, t.conn)
	}
}

// drain waits for all Views, and ends the connections.
func (v *views) drain() {
	for range maxViews {
		v.slots <- struct{}{}
	}
	v.idleMu.Lock()
	defer v.idleMu.Unlock()
	for _, c := range v.idle {
		c.close()
	}
	v.idle = nil
}
