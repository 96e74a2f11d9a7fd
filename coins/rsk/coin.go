package rsk

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/motherlode-pool/motherlode/coins"
)

// coin is an open Rootstock. Its nodes are watched while a stream is open.
type coin struct {
	driver  *Driver
	net     network
	conf    conf
	info    coins.CoinInfo
	log     *slog.Logger
	members []*member
	limit   *rate.Limiter // of submissions

	life   context.Context // ends with Close
	cancel context.CancelCauseFunc

	run   sync.Mutex // guards what follows: starting and stopping of the watchers
	users int
	stop  func()

	mu      sync.Mutex // guards what follows and every member's state
	changed chan struct{}
	settled settled
}

var _ coins.Aux = (*coin)(nil)

func newCoin(d *Driver, n network, conf conf, log *slog.Logger) (*coin, error) {
	c := &coin{
		driver: d, net: n, conf: conf, info: coinInfo(n), log: log, changed: make(chan struct{}),
		limit: rate.NewLimiter(rate.Limit(conf.MaxSubmits), int(conf.MaxSubmits)),
	}
	for _, one := range conf.Nodes {
		m, err := newMember(one, time.Duration(conf.Timeout))
		if err != nil {
			return nil, err
		}
		c.members = append(c.members, m)
	}
	c.life, c.cancel = context.WithCancelCause(context.Background())
	return c, nil
}

// Info says what the settings made of the coin.
func (c *coin) Info() coins.CoinInfo { return c.info }

// ValidateAddress decides whether an address is Rootstock's.
func (c *coin) ValidateAddress(_ context.Context, address string) (coins.Payee, error) {
	return parse(address, c.net.id), nil
}

// Close ends the streams.
func (c *coin) Close() error {
	c.cancel(ErrClosed)
	for _, m := range c.members {
		m.calls.Close()
		m.urgent.Close()
	}
	return nil
}

// open starts watching the nodes, if nobody does already. The context ends with
// ctx, with the coin, or with release, which must be called once and waits for
// the watchers when nobody else needs them.
func (c *coin) open(ctx context.Context) (stream context.Context, release func(), err error) {
	c.run.Lock()
	defer c.run.Unlock()
	if c.life.Err() != nil {
		return nil, nil, ErrClosed
	}
	if c.users++; c.users == 1 {
		c.stop = c.start()
	}
	stream, cancel := context.WithCancelCause(ctx)
	unhook := context.AfterFunc(c.life, func() { cancel(ErrClosed) })
	return stream, func() {
		unhook()
		cancel(context.Canceled)
		c.run.Lock()
		defer c.run.Unlock()
		if c.users--; c.users == 0 {
			c.stop()
		}
	}, nil
}

func (c *coin) start() (stop func()) {
	ctx, cancel := context.WithCancel(c.life)
	var group sync.WaitGroup
	for _, m := range c.members {
		group.Go(func() { c.watch(ctx, m) })
	}
	return func() {
		cancel()
		group.Wait()
	}
}

// update changes the states under the lock, and wakes who waits for a change.
func (c *coin) update(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	close(c.changed)
	c.changed = make(chan struct{})
}

// states are the nodes as last seen, and what is closed at the next change.
func (c *coin) states() ([]state, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]state, len(c.members))
	for i, m := range c.members {
		out[i] = m.state
	}
	return out, c.changed
}

func (c *coin) member(name string) *member {
	for _, m := range c.members {
		if m.name == name {
			return m
		}
	}
	return nil
}

// reasonOf is why no node gives work.
func reasonOf(states []state) error {
	for _, st := range states {
		if st.err != nil {
			kind := ErrNoWork
			if timedOut(st.err) || errors.Is(st.err, ErrNetwork) {
				kind = ErrNoNode
			}
			return errors.Join(kind, st.err)
		}
	}
	return ErrNoNode
}
