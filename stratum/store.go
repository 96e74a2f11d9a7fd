package stratum

import (
	"context"
	"encoding/hex"
	"io"
	"maps"
	"sync"
	"time"
)

// Lease is an extranonce1 with the session id by which its miner may ask for it
// again.
type Lease struct {
	Session    [8]byte // the session id, of which miners are told the hex form
	Extranonce [4]byte // bytes that the dialect does not use are 0
	Until      int64   // Unix seconds when it ends; 0 while its miner is connected
}

// Kept is what a Store has kept.
type Kept struct {
	Known  bool // anything was kept: Mark holds
	Mark   uint32
	Leases []Lease
}

// Changes are what a Store shall keep from now on. A lease that is put replaces
// the one of the same session.
type Changes struct {
	Mark  uint32
	Put   []Lease
	Ended [][8]byte // sessions whose leases are over
}

// Store keeps leases over restarts, for one server. Its methods are called by one
// goroutine, Keep about once a second and with nothing to keep not at all. One that
// is an io.Closer is closed when the server ends. What
// was kept must outlive the process once Keep has returned; the mark should
// outlive a power cut. See stratum/leases for one.
type Store interface {
	// Load is what was kept before.
	Load() (Kept, error)

	// Keep notes changes, all of them or, with an error, none: they are given
	// again.
	Keep(Changes) error
}

const (
	keepEvery  = time.Second
	keptRoom   = 1024    // changes for which memory is kept
	leaseEnded = -1      // Until of a change that ends a lease
	markStep   = 1 << 16 // the mark is moved so far ahead, when half of it is used up
	markAhead  = markStep / 2
)

// note remembers a change for the store. mu is held.
func (l *leases) note(of lease, until int64) {
	if l.changed == nil {
		return
	}
	c := Lease{Extranonce: of.extranonce, Until: until}
	hex.Decode(c.Session[:], []byte(of.id)) // ids are our own
	l.changed[of.id] = c
}

// drain takes away what the store is to be told; false when there is nothing.
func (l *leases) drain() (c Changes, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.Mark = l.mark
	moved := l.mark-l.next > markStep || l.mark-l.next < l.ahead()
	if moved {
		c.Mark = l.next + 2*l.ahead()
	}
	if !moved && len(l.changed) == 0 {
		return c, false
	}
	for _, e := range l.changed {
		if e.Until == leaseEnded {
			c.Ended = append(c.Ended, e.Session)
		} else {
			c.Put = append(c.Put, e)
		}
	}
	if len(l.changed) > keptRoom {
		l.changed = make(map[string]Lease) // a storm's memory is not kept
	}
	clear(l.changed)
	return c, true
}

// ahead is how far the mark is at least before the counter: with a long prefix
// there are few values, and most of them shall not be skipped at each start.
func (l *leases) ahead() uint32 { return uint32(min(markAhead, l.space()/16)) }

// kept notes that the store has c; undo gives its changes back, unless there are
// newer ones.
func (l *leases) kept(c Changes) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mark = c.Mark
}

func (l *leases) undo(c Changes) {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := make(map[string]Lease, len(c.Put)+len(c.Ended))
	for _, e := range c.Put {
		old[hex.EncodeToString(e.Session[:])] = e
	}
	for _, id := range c.Ended {
		old[hex.EncodeToString(id[:])] = Lease{Session: id, Until: leaseEnded}
	}
	maps.Copy(old, l.changed)
	l.changed = old
}

// remember brings back what the store has kept, and keeps what changes until end
// is called, which is when no session is left.
func (srv *Server) remember(ctx context.Context) (end func()) {
	if srv.cfg.Store == nil {
		return func() {}
	}
	srv.recall()
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	var keeper sync.WaitGroup
	keeper.Go(func() { srv.runStore(ctx) })
	return func() {
		stop()
		keeper.Wait()
		if c, ok := srv.cfg.Store.(io.Closer); ok {
			c.Close() // what was kept is written
		}
	}
}

// recall takes in what the store has kept, and moves its mark before any miner
// comes. A store that fails costs the miners their old values at a restart and
// nothing else, so it is said and not fatal.
func (srv *Server) recall() {
	k, err := srv.cfg.Store.Load()
	if err != nil {
		srv.log.Error("sessions of the last run are lost, miners get new ones", "error", err)
	}
	srv.leases.restore(k, time.Now())
	srv.keep()
}

// keep tells the store what has changed.
func (srv *Server) keep() {
	c, ok := srv.leases.drain()
	if !ok {
		return
	}
	err := srv.cfg.Store.Keep(c)
	if err == nil {
		srv.leases.kept(c)
	} else {
		srv.leases.undo(c)
	}
	if failing := err != nil; srv.storeFailing != failing {
		srv.storeFailing = failing
		if failing {
			srv.log.Error("sessions cannot be kept over a restart", "error", err)
		} else {
			srv.log.Info("sessions are kept again")
		}
	}
}

// runStore keeps leases until ctx ends, and once more then.
func (srv *Server) runStore(ctx context.Context) {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			srv.keep()
			return
		case <-tick.C:
			srv.keep()
		}
	}
}
