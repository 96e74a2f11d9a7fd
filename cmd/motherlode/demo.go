package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/internal/cpuminer"
	"github.com/motherlode-pool/motherlode/internal/freeport"
)

// What the demo runs with.
const (
	demoAddress = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8" // valid on every regtest; nobody has its key
	demoRate    = 8                                    // hashes a second: on regtest every second one is a block
	demoStay    = 0.2                                  // the same with --stay, once there are enough blocks
	demoLimit   = 4 * time.Minute                      // for the mining, once everything runs
)

func newDemo() *cobra.Command {
	d := demoRun{}
	var verbose bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "A whole pool with real nodes, on this machine alone",
		Long: `Demo starts a real Bitcoin node (btcd, on a private regtest chain), two chains
that are merge-mined with it, a pool with each coin in a process of its own, and
a CPU miner that connects to it like any other. It shows every block that is
found and the node's own word for it, and ends when the nodes themselves report
the new heights. Nothing is left behind. Meanwhile the dashboard is open at the
address that is printed; with --stay it remains, and mining goes on slowly, until
Ctrl-C.

btcd is built by the Go toolchain, from the version that this program pins.
Where there is no Go toolchain, a simulated parent chain takes its place.`,
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if d.want < 1 {
				return &useError{fmt.Errorf("--blocks %d: at least one block has to be mined", d.want)}
			}
			if d.token != "" && !configs.GoodToken(d.token) {
				return &useError{errors.New("--operator-token: expected one word of at least 16 characters")}
			}
			if err := canListen(d.http); err != nil {
				return &useError{fmt.Errorf("--http: %w", err)}
			}
			// A terminal that is closed and a pipe that ends must not keep the
			// demo from clearing up.
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGHUP)
			defer stop()
			signal.Ignore(syscall.SIGPIPE)
			return d.run(ctx, verbose, cmd.OutOrStdout())
		},
	}
	cmd.Flags().IntVar(&d.want, "blocks", 3, "blocks to mine on the parent chain, and at least one on each of the others")
	cmd.Flags().StringVar(&d.http, "http", "127.0.0.1:0", "address and port of the dashboard; port 0 for a free one, empty for none")
	cmd.Flags().BoolVar(&d.stay, "stay", false, "go on, slowly, until Ctrl-C")
	cmd.Flags().StringVar(&d.token, "operator-token", "", "turn on the dashboard's page for the operator, with this token")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "show the pool's log, too")
	return cmd
}

// run runs the whole of it in a folder that it removes.
func (d *demoRun) run(ctx context.Context, verbose bool, out io.Writer) (err error) {
	w := newWatcher(out, isTerminal(os.Stdout) && out == os.Stdout)
	dir, err := os.MkdirTemp("", demoFolders)
	if err != nil {
		return fmt.Errorf("folder for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	log := slog.New(slog.DiscardHandler)
	if verbose {
		log = newLogger(configs.Log{Level: "info", Format: "text"})
		w.logged = samePlace()
	}
	// The nodes outlive the pool, which may still have blocks to deliver.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	nodes, life := errgroup.WithContext(life)
	chains, err := startChains(ctx, life, nodes, dir, w)
	if err == nil {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		defer context.AfterFunc(life, stop)() // a node that fails ends the demo
		d.chains, d.watch, d.log, d.dir = chains, w, log, dir
		if err = d.mine(ctx); err == nil {
			err = d.summary(life, out)
		}
	}
	end()
	return errors.Join(err, ignoreCancel(nodes.Wait()))
}

func ignoreCancel(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// demoRun is a pool and a miner on running chains.
type demoRun struct {
	want  int    // blocks
	http  string // where the dashboard is served
	stay  bool   // until ctx ends
	token string // of the operator's page; empty: it is off

	chains []*demoChain // the parent first
	watch  *watcher
	log    *slog.Logger
	dir    string

	port   string
	shares atomic.Uint64
	jobs   atomic.Uint64
	hashes uint64        // of the miners that ended
	mining time.Duration // their time
}

// mine runs pool and miner until every chain has as many confirmed blocks as
// are wanted: want on the parent, one on each of the others.
func (d *demoRun) mine(ctx context.Context) error {
	cfg, err := d.config()
	if err != nil {
		return err
	}
	limit := time.NewTimer(demoLimit)
	defer limit.Stop()
	enough := make(chan struct{})
	events := func(ev engine.Event) {
		d.watch.event(ev)
		if ev.Kind == engine.EventJob {
			d.jobs.Add(1)
		}
		if d.count(ev) {
			close(enough)
		}
	}

	group, groupCtx := errgroup.WithContext(ctx)
	poolCtx, stopPool := context.WithCancel(groupCtx)
	defer stopPool()
	group.Go(func() error {
		_, err := runConfig(poolCtx, cfg, d.log, events, nil)
		return err
	})
	minerCtx, stopMiner := context.WithCancel(groupCtx)
	defer stopMiner()
	mined := make(chan struct{})
	group.Go(func() error {
		defer close(mined)
		return d.runMiner(minerCtx, demoRate)
	})
	if cfg.HTTP.Listen != "" {
		d.watch.line("pool   dashboard at http://%s/", cfg.HTTP.Listen)
	}

	select {
	case <-enough:
		err = nil
	case <-limit.C:
		err = fmt.Errorf("the chains did not get their blocks within %v", demoLimit)
	case <-groupCtx.Done():
		err = errors.New("interrupted")
	}
	stopMiner()
	<-mined
	if err == nil && d.stay {
		d.watch.line("demo   all chains have their blocks; mining goes on slowly until Ctrl-C")
		group.Go(func() error { return d.runMiner(groupCtx, demoStay) })
		<-groupCtx.Done()
	}
	stopPool()
	if failed := ignoreCancel(group.Wait()); failed != nil {
		return failed
	}
	return err
}

// count notes a confirmed block and reports, once, that there are enough.
func (d *demoRun) count(ev engine.Event) bool {
	if ev.Kind != engine.EventBlock || ev.State != "accepted" {
		return false
	}
	before := d.enough()
	for _, c := range d.chains {
		if c.name == ev.Chain {
			c.confirmed++
		}
	}
	return !before && d.enough()
}

func (d *demoRun) enough() bool {
	for i, c := range d.chains {
		if i == 0 && c.confirmed < d.want || c.confirmed < 1 {
			return false
		}
	}
	return true
}

// config is the pool's configuration, as a file would say it.
func (d *demoRun) config() (*configs.Config, error) {
	port, err := freeport.TCP()
	if err != nil {
		return nil, err
	}
	d.port = port
	cfg := configs.Default()
	cfg.DataDir = filepath.Join(d.dir, "pool")
	if cfg.HTTP.Listen, err = demoHTTP(d.http); err != nil {
		return nil, err
	}
	if d.token != "" {
		cfg.HTTP.OperatorTokenFile = filepath.Join(d.dir, "token")
		if err := os.WriteFile(cfg.HTTP.OperatorTokenFile, []byte(d.token+"\n"), 0o600); err != nil {
			return nil, err
		}
	}
	pool := configs.DefaultPool()
	pool.Address = demoAddress
	for i, c := range d.chains {
		cfg.Coins[c.name] = c.coin
		if i == 0 {
			pool.Parent = c.name
			continue
		}
		aux := configs.DefaultAux()
		aux.Coin = c.name
		pool.Aux = append(pool.Aux, aux)
	}
	listen := configs.DefaultListen()
	listen.Address = port
	listen.Difficulty.Start = 1e-10 // a processor finds these at once
	pool.Listen = []configs.Listen{listen}
	cfg.Pools["demo"] = pool
	return &cfg, cfg.Validate()
}

// demoHTTP is the address of the dashboard with a port of its own in place of 0.
func demoHTTP(addr string) (string, error) {
	if host, port, err := net.SplitHostPort(addr); err == nil && port == "0" {
		ln, err := net.Listen("tcp", net.JoinHostPort(host, port))
		if err != nil {
			return "", err
		}
		defer ln.Close()
		return ln.Addr().String(), nil
	}
	return addr, nil
}

// canListen says before the nodes are built what the pool would say after it.
func canListen(addr string) error {
	if addr == "" {
		return nil
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	return ln.Close()
}

// runMiner mines with one thread and keeps the status line alive. One miner runs
// at a time.
func (d *demoRun) runMiner(ctx context.Context, limit float64) error {
	rate := limit // until the first second is measured
	m, err := cpuminer.New(cpuminer.Config{
		URL: "stratum+tcp://" + d.port, User: "demo.cpu", Threads: 1, RateLimit: limit,
		Events: func(ev cpuminer.Event) {
			switch ev.Kind {
			case cpuminer.EventConnected:
				d.watch.line("miner  connected to the pool over stratum, %s", d.port)
			case cpuminer.EventAccepted:
				d.shares.Add(1)
			case cpuminer.EventRate:
				rate = ev.Rate
			}
			d.watch.progress("jobs %d   shares %d   %s", d.jobs.Load(), d.shares.Load(), hashRate(rate))
		},
	})
	if err != nil {
		return err
	}
	defer func() {
		stats := m.Stats()
		d.hashes += stats.Hashes
		d.mining += stats.Uptime
	}()
	return m.Run(ctx)
}

func hashRate(perSecond float64) string {
	units := []string{"H/s", "kH/s", "MH/s", "GH/s", "TH/s"}
	i := 0
	for perSecond >= 1000 && i < len(units)-1 {
		perSecond /= 1000
		i++
	}
	return fmt.Sprintf("%.1f %s", perSecond, units[i])
}

// summary asks the nodes for their heights. It fails unless they have grown as
// the pool says.
func (d *demoRun) summary(ctx context.Context, out io.Writer) error {
	d.watch.progress("")
	fmt.Fprintf(out, "\n%-10s %-28s %10s %10s\n", "chain", "node", "height", "blocks")
	var problems []error
	for _, c := range d.chains {
		height, err := c.height(ctx)
		if err != nil {
			problems = append(problems, fmt.Errorf("asking %s for its height: %w", c.name, err))
			continue
		}
		fmt.Fprintf(out, "%-10s %-28s %4d ->%4d %10d\n", c.name, c.label, c.from, height, c.confirmed)
		if height-c.from < c.confirmed {
			problems = append(problems, fmt.Errorf("%s: the pool counts %d blocks, the node's height grew by %d", c.name, c.confirmed, height-c.from))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d shares accepted, %d jobs, %s. The nodes themselves report these heights; blocks are those that\n"+
		"they had confirmed when the demo ended.\n", d.shares.Load(), d.jobs.Load(), hashRate(float64(d.hashes)/d.mining.Seconds()))
	return nil
}
