package rsk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// Times of watching a node.
const (
	// pollTimeout is how long a node may take to give work before another one is
	// preferred. A node without others may take as long as the settings say.
	pollTimeout = time.Second

	// detailInterval is how often version, peers and syncing are asked for.
	detailInterval = 20 * time.Second

	// urgentParallel is for submissions, which never wait for other calls.
	urgentParallel = 2
)

// member is one node. What only its watcher touches stands last.
type member struct {
	name   string
	calls  *rpc.Client
	urgent *rpc.Client

	state state // guarded by coin.mu

	known    bool // identify has passed since the node was last lost
	detailed time.Time
	parent   coins.Hash // whose height is known
	height   uint64
}

// state is a node as last seen.
type state struct {
	asked   bool
	err     error     // why it gives no work; nil when it does
	since   time.Time // since when it gives work, or does not
	version string
	peers   int
	syncing bool

	work  *work     // the latest; nil while there is none
	offer int       // grows with each work that is worth handing out
	heard time.Time // when the latest work's parent was first seen
	got   time.Time // when work came
}

func newMember(n node, timeout time.Duration) (*member, error) {
	conf := rpc.Config{URL: n.URL, User: n.User, Password: n.Password, CA: n.CA, Timeout: timeout, Version: "2.0"}
	calls, err := rpc.New(conf)
	if err != nil {
		return nil, err
	}
	conf.Parallel = urgentParallel
	urgent, err := rpc.New(conf)
	if err != nil {
		return nil, err
	}
	return &member{name: calls.Node(), calls: calls, urgent: urgent, state: state{since: time.Now()}}, nil
}

// watch asks a node for work until ctx ends. Nobody else does: the flag in the
// answer is for the first who asks.
func (c *coin) watch(ctx context.Context, m *member) {
	tick := time.NewTicker(time.Duration(c.conf.Poll))
	defer tick.Stop()
	for {
		w, err := c.ask(ctx, m)
		if ctx.Err() != nil {
			return
		}
		c.note(m, w, err)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// ask makes the calls of one poll.
func (c *coin) ask(ctx context.Context, m *member) (*work, error) {
	ctx, cancel := context.WithTimeout(ctx, c.pollTimeout())
	defer cancel()
	if !m.known {
		if err := c.identify(ctx, m); err != nil {
			return nil, err
		}
		m.known, m.detailed = true, time.Time{}
	}
	if time.Since(m.detailed) >= detailInterval {
		if err := c.detail(ctx, m); err != nil {
			return nil, err
		}
		m.detailed = time.Now()
	}
	var raw *rawWork
	if err := m.calls.Call(ctx, &raw, "mnr_getWork"); err != nil {
		return nil, hint(err)
	}
	if raw == nil {
		return nil, fmt.Errorf("%w: %s has none yet", ErrNoWork, m.name)
	}
	w, err := raw.decode()
	if err != nil {
		return nil, err
	}
	if m.parent != w.parent {
		var head struct{ Number string }
		if err := m.calls.Call(ctx, &head, "eth_getBlockByHash", "0x"+w.parent.String(), false); err != nil {
			return nil, err
		}
		n, err := quantity(head.Number)
		if err != nil {
			return nil, err
		}
		m.parent, m.height = w.parent, n
	}
	w.height = m.height + 1
	return &w, nil
}

func (c *coin) pollTimeout() time.Duration {
	if len(c.members) == 1 {
		return time.Duration(c.conf.Timeout)
	}
	return pollTimeout
}

// hint says what to do about a node without the module.
func hint(err error) error {
	if e := rpc.AsNodeError(err); e != nil && e.Code == codeNoMethod {
		return fmt.Errorf("%w: enable rpc.modules.mnr and miner.server in the node's configuration", err)
	}
	return err
}

// codeNoMethod is JSON-RPC's "method not found".
const codeNoMethod = -32601

// identify asks a node for its network.
func (c *coin) identify(ctx context.Context, m *member) error {
	var id string
	if err := m.calls.Call(ctx, &id, "net_version"); err != nil {
		return err
	}
	if want := fmt.Sprint(c.net.id); id != want {
		return fmt.Errorf("%w: %s says network %.20q, Rootstock %s is %s", ErrNetwork, m.name, id, c.net.name, want)
	}
	var version string
	if err := m.calls.Call(ctx, &version, "web3_clientVersion"); err != nil && rpc.Unanswered(err) {
		return err
	}
	c.update(func() { m.state.version = version })
	return nil
}

// detail asks for what only people want to know. An answer that is an error
// leaves the defaults.
func (c *coin) detail(ctx context.Context, m *member) error {
	var peers string
	if err := m.calls.Call(ctx, &peers, "net_peerCount"); err != nil && rpc.Unanswered(err) {
		return err
	}
	n, _ := quantity(peers)
	var syncing any // false, or an object
	if err := m.calls.Call(ctx, &syncing, "eth_syncing"); err != nil && rpc.Unanswered(err) {
		return err
	}
	_, busy := syncing.(map[string]any)
	c.update(func() { m.state.peers, m.state.syncing = int(n), busy })
	return nil
}

// note records the outcome of a poll. Work is an offer when it is the first, has
// another parent, or the node says that it pays; the age of what is out is the
// stream's to know.
func (c *coin) note(m *member, w *work, err error) {
	now := time.Now()
	lost, back := false, false
	c.update(func() {
		st := &m.state
		lost, back = err != nil && st.err == nil && st.asked, err == nil && st.err != nil
		if !st.asked || lost || back {
			st.since = now
		}
		st.asked, st.err = true, err
		if err != nil {
			return
		}
		tip := st.work == nil || st.work.parent != w.parent
		if tip {
			st.heard = now
		}
		if tip || back || w.notify && st.work.hash != w.hash {
			st.offer++
		}
		st.work, st.got = w, now
	})
	switch {
	case err != nil:
		m.known = m.known && timedOut(err)
		if lost {
			c.log.Warn("node lost", "node", m.name, "error", err)
		}
	case back:
		c.log.Info("node answers", "node", m.name)
	}
}

func timedOut(err error) bool {
	return errors.Is(err, rpc.ErrTimeout) || errors.Is(err, context.DeadlineExceeded)
}
