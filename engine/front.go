package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/stratum"
	"github.com/motherlode-pool/motherlode/stratum/admission"
	"github.com/motherlode-pool/motherlode/stratum/leases"
)

// Front is what an operator can see and do of a pool's miners. See
// stratum.Server, which is one, for what each method does.
type Front interface {
	Sessions() []stratum.SessionInfo
	Reconnect(stratum.Who, stratum.Redirect) (int, error)
	Message(who stratum.Who, text string) (int, error)
	Ping(stratum.Who) (int, error)
	AskVersion(stratum.Who) (int, error)
	Drop(stratum.Who) int
	Drain(ctx context.Context, over time.Duration, to stratum.Redirect) error
	Bans() []admission.Ban
	Ban(netip.Addr, time.Duration) bool
	Unban(netip.Addr) bool
	Live() int
	Closed(stratum.CloseReason) uint64
	Climbed(stratum.Rung) uint64
}

var _ Front = (*stratum.Server)(nil)

// What Engine.Front can lack.
var (
	ErrNoPool     = errors.New("no pool has this name")
	ErrPoolClosed = errors.New("the pool is closed to miners until its parent can be opened")
)

// Front is the front of the pool called name. It serves until Run returns.
func (e *Engine) Front(name string) (Front, error) {
	select {
	case <-e.ready:
	default:
		return nil, fmt.Errorf("pool %s: %w", name, ErrPoolClosed)
	}
	for _, p := range e.pools {
		if p.name != name {
			continue
		}
		if !p.opened.Load() {
			return nil, fmt.Errorf("pool %s: %w", name, ErrPoolClosed)
		}
		return p.server, nil
	}
	return nil, fmt.Errorf("pool %s: %w", name, ErrNoPool)
}

// Drained are the pools whose ports were closed by Front's Drain, by name. Only a new
// engine opens them again.
func (e *Engine) Drained() (pools []string) {
	select {
	case <-e.ready:
	default:
		return nil
	}
	for _, p := range e.pools {
		if p.opened.Load() && p.server.Drained() {
			pools = append(pools, p.name)
		}
	}
	return pools
}

// withFront adds to a server's configuration what the pool's says of sessions,
// limits and bad miners.
func (p *pool) withFront(c stratum.Config) stratum.Config {
	if p.cfg.Node != nil {
		c.NodePrefix = []byte{byte(*p.cfg.Node)}
	}
	c.ResumeFor, c.ReconnectTo = p.cfg.ResumeFor.D(), p.cfg.ReconnectTo
	if p.sessions != "" {
		c.Store = leases.New(filepath.Join(p.sessions, p.name))
	}
	c.Limits = limitsOf(p.cfg.Limits)
	for i := range c.Listeners {
		from := p.cfg.Listen[i]
		c.Listeners[i].ProxyFrom = networks(from.ProxyFrom)
		ladder := stratum.Ladder{
			Off: from.Ladder.Off, Resend: from.Ladder.Resend.D(), Reconnect: from.Ladder.Reconnect.D(), Drop: from.Ladder.Drop.D(),
			Least: from.Ladder.Least, BanAfter: from.Ladder.BanAfter, Ban: from.Ladder.Ban.D(),
		}
		if ladder.Ban <= 0 {
			ladder.BanAfter = -1
		}
		c.Listeners[i].Ladder = ladder
	}
	return c
}

// networks are those of a configuration, which was checked.
func networks(list []string) (all []netip.Prefix) {
	for _, text := range list {
		if n, err := configs.ParseNetwork(text); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// sha3xNodes is how many sessions the one byte of a SHA3x extranonce that a node
// number leaves can tell apart.
const sha3xNodes = 256
