package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/client"
)

// Driver is a plugin as a driver. Its methods may be called concurrently.
type Driver struct {
	cfg   Config
	tempo tempo
	lines logCount

	mu   sync.Mutex
	info *coins.Info // from the latest process that described itself
}

// tempo is what tests hurry.
type tempo struct {
	pingEvery, pingPatience, killGrace, attachWait, sayWaiting time.Duration
}

var _ coins.Driver = (*Driver)(nil)

// New makes a driver of a plugin. It starts nothing: what is wrong with cfg or
// with the program comes from Open and Probe.
func New(cfg Config) *Driver {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.StartTimeout <= 0 {
		cfg.StartTimeout = startTimeout
	}
	return &Driver{cfg: cfg, tempo: tempo{pingEvery, pingPatience, killGrace, attachWait, sayWaiting}}
}

// Describe says what the plugin is. The answer is the latest that a process has
// given; before the first Open a process is started for it alone. When there is
// none to be had, it names the plugin and no role, and Probe says why.
func (d *Driver) Describe() coins.Info {
	if info, ok := d.cached(); ok {
		return info
	}
	ctx, cancel := context.WithTimeout(context.Background(), d.cfg.StartTimeout+callTimeout)
	defer cancel()
	info, err := d.Probe(ctx)
	if err != nil {
		d.cfg.Logger.Warn("the plugin does not describe itself", "error", err)
		return coins.Info{Driver: d.cfg.Name}
	}
	return info
}

// Probe starts a process, asks what it is, and ends it.
func (d *Driver) Probe(ctx context.Context) (coins.Info, error) {
	p, info, err := d.launch(ctx)
	if err != nil {
		return coins.Info{}, err
	}
	return info, p.Close()
}

// Open starts a process and opens its coin. The coin's Close ends the process.
// Beside its interfaces the coin has PID() int, the process id. With
// Config.Attach no process is started and none is ended, and PID is 0.
func (d *Driver) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	p, info, err := d.launch(ctx)
	if err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeoutCause(ctx, d.callLimit(), d.tooSlow("Open", d.callLimit()))
	defer cancel()
	coin, err := client.Open(bounded, p, info, s)
	if err != nil {
		_ = p.Close()
		return nil, err
	}
	return coin, nil
}

// callLimit bounds the calls of a start.
func (d *Driver) callLimit() time.Duration {
	if d.cfg.Attach != nil {
		return attachedCall
	}
	return callTimeout
}

// tooSlow is why a call of a start was given up.
func (d *Driver) tooSlow(call string, limit time.Duration) error {
	return &Error{Kind: ErrPluginHung, Plugin: d.cfg.Name, Detail: fmt.Sprintf("it started, and did not answer %s within %v", call, limit)}
}

// launch starts a process that has described itself, or attaches to one. The
// start is bounded by StartTimeout and by ctx.
func (d *Driver) launch(ctx context.Context) (client.Link, coins.Info, error) {
	var p client.Link
	var err error
	if d.cfg.Attach != nil {
		p, err = attach(ctx, d.cfg, d.tempo.attachWait)
	} else {
		p, err = start(ctx, d.cfg, d.tempo, &d.lines)
	}
	if err != nil {
		return nil, coins.Info{}, err
	}
	bounded, cancel := context.WithTimeoutCause(ctx, d.callLimit(), d.tooSlow("Describe", d.callLimit()))
	defer cancel()
	info, err := client.Describe(bounded, p)
	if err != nil {
		_ = p.Close()
		return nil, coins.Info{}, d.describeError(err)
	}
	d.mu.Lock()
	d.info = &info
	d.mu.Unlock()
	return p, info, nil
}

// describeError tells a plugin of another major version, whose services have
// other names, from one that fails.
func (d *Driver) describeError(err error) error {
	if errors.Is(err, ErrPluginHung) {
		return err
	}
	if errors.Is(err, client.ErrUnsupported) {
		return &Error{Kind: ErrProtocol, Plugin: d.cfg.Name, Detail: otherVersion, Err: err}
	}
	return &Error{Kind: ErrPluginStart, Plugin: d.cfg.Name, Detail: "it shook hands but does not describe itself", Err: err}
}

func (d *Driver) cached() (coins.Info, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.info == nil {
		return coins.Info{}, false
	}
	return *d.info, true
}
