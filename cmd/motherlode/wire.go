package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/builtin"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/internal/repeats"
	"github.com/motherlode-pool/motherlode/plugins/host"
)

// startPatience is how long a start waits for coins to say what they make of their
// settings. A coin that is not there by then is awaited while the others mine.
const startPatience = 15 * time.Second

// awaited is what a coin could not be asked, since its program is slow, crashes or
// does not answer. A running pool tries it again and again.
type awaited struct {
	coin string
	configs.Problem
}

// String is for the log.
func (a awaited) String() string {
	return a.Problem.String() + " (the pool goes on trying, and the others mine meanwhile)"
}

// loadConfig reads a file and checks it together with what its coins' drivers
// say, without asking a node. The error lists everything that is wrong; coins that
// could not be asked now are no part of it.
func loadConfig(ctx context.Context, path string) (*configs.Config, []awaited, error) {
	cfg, err := configs.Load(path)
	var problems configs.Problems
	if err != nil && (cfg == nil || !errors.As(err, &problems)) {
		return nil, nil, &useError{err}
	}
	more, later, _, cleanup, err := problemsOf(ctx, cfg, startPatience, slog.New(slog.DiscardHandler))
	cleanup()
	if err != nil {
		return nil, nil, err
	}
	if err := append(problems, more...).Err(); err != nil {
		return nil, nil, &useError{err}
	}
	return cfg, later, nil
}

// problemsOf is what is wrong with a configuration beyond its own text: with its
// certificates and its token, its drivers, what these say of their settings, and
// how the pools combine the coins. Coins that are not open after a while are in
// later. The coins that have a driver are in ec; cleanup is never nil.
func problemsOf(ctx context.Context, cfg *configs.Config, patience time.Duration, log *slog.Logger) (problems configs.Problems, later []awaited, ec engine.Config, cleanup func(), err error) {
	ec, cleanup, err = checkConfig(cfg, log)
	if err != nil && !errors.As(err, &problems) {
		return nil, nil, ec, cleanup, err
	}
	for name, p := range cfg.Pools {
		for i, l := range p.Listen {
			if l.TLS == nil {
				continue
			}
			if _, err := tls.LoadX509KeyPair(l.TLS.Cert, l.TLS.Key); err != nil {
				problems = append(problems, cfg.ProblemAt(fmt.Sprintf("pools.%s.listen[%d].tls", name, i), "%v", err))
			}
		}
	}
	var token configs.Problems
	if _, err := cfg.OperatorToken(); errors.As(err, &token) {
		problems = append(problems, token...)
	}
	problems = append(append(problems, hookProblems(cfg)...), cfg.CKPoolProblems()...)
	for _, p := range engine.CheckWithin(ctx, ec, patience) {
		at := cfg.ProblemAt(p.Key, "%s", p.Message)
		if p.Awaits != "" {
			later = append(later, awaited{p.Awaits, at})
			continue
		}
		problems = append(problems, at)
	}
	return problems, later, ec, cleanup, nil
}

// engineConfig turns a file into what the engine runs: each coin gets a driver,
// its own process unless isolate = false. The error lists every coin that has
// none; the others are in the result all the same. The plugins' sockets are
// below the folder base. Cleanup is never nil; it removes the sockets' folder.
func engineConfig(cfg *configs.Config, base string, log *slog.Logger) (ec engine.Config, cleanup func(), err error) {
	sockets, err := host.NewSocketDir(base)
	if err != nil {
		return ec, func() {}, fmt.Errorf("folder for the plugins' sockets: %w", err)
	}
	cleanup = func() { _ = sockets.Close() }
	attached, err := attachments()
	if err != nil {
		return ec, cleanup, err
	}
	for _, w := range attachWarnings(cfg, attached) {
		log.Warn(w)
	}
	ec = engine.Config{DataDir: cfg.DataDir, Database: cfg.Database, Sync: cfg.ShareLog.Sync, Pools: cfg.Pools, Coins: map[string]engine.CoinConfig{}}
	var problems configs.Problems
	for name, c := range cfg.Coins {
		settings, err := c.SettingsJSON()
		if err != nil {
			problems = append(problems, cfg.ProblemAt("coins."+name+".settings", "%v", err))
			continue
		}
		driver, err := coinDriver(name, c, attached, sockets.Path(), log)
		if err != nil {
			problems = append(problems, cfg.ProblemAt("coins."+name+".driver", "%v", err))
			continue
		}
		ec.Coins[name] = engine.CoinConfig{
			Driver: driver, Settings: coins.Settings{Instance: name, Network: c.Network, JSON: settings},
		}
	}
	if err := problems.Err(); err != nil {
		return ec, cleanup, &useError{err}
	}
	return ec, cleanup, nil
}

// checkConfig is engineConfig for a look that leaves nothing behind.
func checkConfig(cfg *configs.Config, log *slog.Logger) (ec engine.Config, cleanup func(), err error) {
	dir, err := os.MkdirTemp("", "motherlode-")
	if err != nil {
		return ec, func() {}, err
	}
	ec, closeSockets, err := engineConfig(cfg, dir, log)
	return ec, func() { closeSockets(); _ = os.RemoveAll(dir) }, err
}

// coinDriver is the driver of one configured coin.
func coinDriver(name string, c configs.Coin, attached host.Attachments, sockets string, log *slog.Logger) (coins.Driver, error) {
	hc := host.Config{Name: name, SocketDir: sockets, Logger: log.With("coin", name)}
	if a, ok := attached[name]; ok {
		hc.Attach = &a
		return host.New(hc), nil
	}
	if isFile(c.Driver) {
		path, err := filepath.Abs(c.Driver)
		if err != nil {
			return nil, err
		}
		hc.Command, hc.External = []string{path}, true
		hc.SHA256, hc.AllowUnverified = c.SHA256, c.AllowUnverified
		hc.MTLS = c.MTLS != nil && *c.MTLS
		return host.New(hc), nil
	}

	driver, ok := builtin.Lookup(c.Driver)
	if !ok {
		return nil, fmt.Errorf("%q is no built-in driver; expected one of %s, or the path of a plugin", c.Driver, strings.Join(driverNames(), ", "))
	}
	if c.Isolate != nil && !*c.Isolate {
		return driver, nil
	}
	self, err := selfPath()
	if err != nil {
		return nil, err
	}
	hc.Command = []string{self, "plugin", "serve", c.Driver}
	hc.MTLS = c.MTLS == nil || *c.MTLS
	return host.New(hc), nil
}

// isFile tells a plugin's path from the name of a built-in driver.
func isFile(driver string) bool { return strings.ContainsAny(driver, "/.\\") }

func driverNames() []string {
	var names []string
	for _, d := range builtin.Drivers() {
		names = append(names, d.Describe().Driver)
	}
	return names
}

// selfPath is this binary, also after an upgrade has replaced its file.
func selfPath() (string, error) {
	const self = "/proc/self/exe"
	if _, err := os.Stat(self); err == nil {
		return self, nil
	}
	return os.Executable()
}

// dryOpen is problemsOf for a configuration that is no file.
func dryOpen(ctx context.Context, cfg *configs.Config, log *slog.Logger) error {
	problems, later, _, cleanup, err := problemsOf(ctx, cfg, startPatience, slog.New(slog.DiscardHandler))
	cleanup()
	if err == nil {
		err = problems.Err()
	}
	if err != nil {
		return &useError{err}
	}
	logAwaited(log, later)
	return nil
}

// logAwaited says what a pool begins without.
func logAwaited(log *slog.Logger, later []awaited) {
	for _, a := range later {
		log.Warn("coin cannot be asked now: "+a.String(), "coin", a.coin)
	}
}

// cannotBeMined reports whether an event says that a coin's nodes cannot be mined on.
func cannotBeMined(ev engine.Event) bool {
	return ev.Kind == engine.EventCoin && ev.Reason != "" && (ev.State == coins.HealthDown.String() || ev.State == coins.HealthSyncing.String())
}

// logCoins says at once when a coin's nodes cannot be mined on, with the line of
// the file to look at, where there is a file; while it lasts, once in a while.
func logCoins(cfg *configs.Config, log *slog.Logger, next func(engine.Event)) func(engine.Event) {
	var mu sync.Mutex
	said := map[string]*repeats.Words{} // by coin
	tell := func(ev engine.Event) {
		mu.Lock()
		defer mu.Unlock()
		words := said[ev.Chain]
		if words == nil {
			words = &repeats.Words{}
			said[ev.Chain] = words
		}
		if !cannotBeMined(ev) {
			if ev.State == coins.HealthReady.String() || ev.State == coins.HealthDegraded.String() {
				words.Forget()
			}
			return
		}
		p := cfg.ProblemAt("coins."+ev.Chain+".settings.nodes", "%s", ev.Reason)
		if p.File == "" {
			p.Key = ""
		}
		words.Warn(log, time.Now(), ev.State+" "+ev.Reason, "coin cannot be mined now: "+p.String(), "coin", ev.Chain, "state", ev.State)
	}
	return func(ev engine.Event) {
		if ev.Kind == engine.EventCoin {
			tell(ev)
		}
		if next != nil {
			next(ev)
		}
	}
}

// explain tells wrong settings, which only a coin's own process may have found,
// from a failure.
func explain(err error) error {
	var list coins.Problems
	if errors.As(err, &list) {
		return &useError{err}
	}
	return err
}
