package api

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// Limits of the cache.
const (
	cacheEntries = 4096
	cacheBytes   = 32 << 20
	makeWait     = 5 * time.Second // that a visitor waits for its answer
)

// lane is a kind of question. Each has makers of its own, so that those who ask for
// one kind, and for accounts that may be anything, do not hold up another.
type lane int

// The lanes.
const (
	lanePool    lane = iota // the same for all who ask
	laneAccount             // about any account
	laneOperator
	lanes
)

// makers are how many answers are made at one time.
var makers = [lanes]int{lanePool: 2, laneAccount: 2, laneOperator: 1}

// accountPaths begin what is about one account.
var accountPaths = []string{"/api/v1/accounts/", "/api/client/", "/users/", "/workers/"}

// laneOf is the lane of a public path.
func laneOf(path string) lane {
	if slices.ContainsFunc(accountPaths, func(p string) bool { return strings.HasPrefix(path, p) }) {
		return laneAccount
	}
	return lanePool
}

// cache keeps answers for a while, and has each made once, however many ask.
type cache struct {
	now   func() time.Time
	slots [lanes]chan struct{}

	mu      sync.Mutex
	entries map[string]*entry
	bytes   int
}

type entry struct {
	done   chan struct{} // closed when answer is set
	answer *answer
	until  time.Time // zero while it is being made
}

func newCache() *cache {
	c := &cache{now: time.Now, entries: map[string]*entry{}}
	for i, n := range makers {
		c.slots[i] = make(chan struct{}, n)
	}
	return c
}

// get is the answer with a key, made by calling newAnswer where there is none of late.
// A visitor that goes away does not end what others may wait for.
func (c *cache) get(ctx context.Context, l lane, key string, keep time.Duration, newAnswer func(context.Context) *answer) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, makeWait)
	defer cancel()
	c.mu.Lock()
	e := c.entries[key]
	if e != nil && (e.until.IsZero() || c.now().Before(e.until)) {
		c.mu.Unlock()
		select {
		case <-e.done:
			if e.answer == nil {
				return nil, Problemf(ErrBusy, "too many answers are being made; come back in a second")
			}
			return e.answer, nil
		case <-ctx.Done():
			return nil, Problemf(ErrBusy, "the answer takes too long to make; come back in a second")
		}
	}
	if e != nil {
		c.drop(key, e)
	}
	c.makeRoom()
	e = &entry{done: make(chan struct{})}
	c.entries[key] = e
	c.mu.Unlock()

	a := c.makeOne(ctx, l, newAnswer)
	c.mu.Lock()
	defer c.mu.Unlock()
	e.answer = a
	close(e.done)
	if a == nil || a.status >= 500 {
		delete(c.entries, key)
		if a == nil {
			return nil, Problemf(ErrBusy, "too many answers are being made; come back in a second")
		}
		return a, nil
	}
	e.until = c.now().Add(keep)
	c.bytes += a.size()
	return a, nil
}

// makeOne makes an answer when it is its turn; nil when that does not come in
// time. What panics is an answer too: others wait for it.
func (c *cache) makeOne(ctx context.Context, l lane, newAnswer func(context.Context) *answer) (a *answer) {
	select {
	case c.slots[l] <- struct{}{}:
		defer func() { <-c.slots[l] }()
	case <-ctx.Done():
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			a = panicked(r)
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), makeWait)
	defer cancel()
	return newAnswer(ctx)
}

// drop forgets an entry that has been made. The lock is held.
func (c *cache) drop(key string, e *entry) {
	delete(c.entries, key)
	if e.answer != nil && !e.until.IsZero() {
		c.bytes -= e.answer.size()
	}
}

// makeRoom forgets what is old, and if that is not enough, all that has been made.
// The lock is held.
func (c *cache) makeRoom() {
	if len(c.entries) < cacheEntries && c.bytes < cacheBytes {
		return
	}
	now := c.now()
	for _, all := range []bool{false, true} {
		for k, e := range c.entries {
			if !e.until.IsZero() && (all || !now.Before(e.until)) {
				c.drop(k, e)
			}
		}
		if len(c.entries) < cacheEntries/2 && c.bytes < cacheBytes/2 {
			return
		}
	}
}
