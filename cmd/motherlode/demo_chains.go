package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// demoChain is a running chain and the coin that mines it.
type demoChain struct {
	name      string
	label     string // what the node is, for people
	coin      configs.Coin
	height    func(context.Context) (int, error) // asked of the node itself
	from      int                                // height at the start
	confirmed int                                // blocks that the node has on its best chain
}

// Targets of the demo's merge-mined chains: one in 4 and one in 16 hashes.
const (
	alphaBits = 0x203fffff
	betaBits  = 0x200fffff
)

// startChains starts the parent and two chains to merge-mine with it. The ctx
// bounds the start; the nodes run until life ends.
func startChains(ctx, life context.Context, nodes *errgroup.Group, dir string, w *watcher) ([]*demoChain, error) {
	parent, err := startParent(ctx, life, nodes, dir, w)
	if err != nil {
		return nil, err
	}
	chains := []*demoChain{parent}
	for _, c := range []struct {
		name string
		id   uint16
		bits uint32
	}{{"alpha", 1, alphaBits}, {"beta", 6, betaBits}} {
		chain, err := startSim(life, nodes, simchain.Config{
			Name: c.name, ChainID: c.id, Bits: c.bits, User: "demo", Password: "demo", NoNative: true,
		})
		if err != nil {
			return nil, err
		}
		chain.coin.Driver = "auxpow"
		chain.coin.Settings["chain_id"] = int64(c.id)
		chain.coin.Settings["symbol"] = c.name
		w.line("chain  %-10s chain id %d, %s", c.name, c.id, chain.label)
		chains = append(chains, chain)
	}
	for _, c := range chains {
		if c.from, err = c.height(ctx); err != nil {
			return nil, fmt.Errorf("asking %s for its height: %w", c.name, err)
		}
	}
	return chains, nil
}

// startParent starts a real node, or a simulated one where none can be built.
func startParent(ctx, life context.Context, nodes *errgroup.Group, dir string, w *watcher) (*demoChain, error) {
	w.line("chain  %-10s building and starting btcd (the first time, the Go toolchain fetches it)", "bitcoin")
	node, err := startBTCD(ctx, dir, w)
	var missing *btcdMissing
	if errors.As(err, &missing) {
		w.line("chain  %-10s %v: a SIMULATED parent takes its place", "bitcoin", missing)
		return startSim(life, nodes, simchain.Config{Name: "bitcoin", Parent: true, User: "demo", Password: "demo"})
	}
	if err != nil {
		return nil, fmt.Errorf("starting btcd: %w", err)
	}
	nodes.Go(func() error {
		<-life.Done()
		return node.Stop()
	})
	addr := strings.TrimPrefix(node.URL, "http://")
	w.line("chain  %-10s btcd runs, regtest, %s", "bitcoin", addr)
	return &demoChain{
		name: "bitcoin", label: "btcd " + addr,
		height: func(ctx context.Context) (int, error) {
			h, err := node.Height(ctx)
			return int(h), err
		},
		coin: configs.Coin{Driver: "bitcoin", Network: "regtest", Settings: nodeTable(node.URL, node.User, node.Password)},
	}, nil
}

// btcdMissing says why there is no btcd to start on this machine.
type btcdMissing struct{ error }

// startBTCD builds and starts btcd: within this module's source from the tool
// that go.mod pins, elsewhere the same version into the demo's folder.
func startBTCD(ctx context.Context, dir string, w *watcher) (*testnode.Node, error) {
	opt := testnode.Options{Progress: func(format, a string) { w.progress(format, a) }}
	binary, err := testnode.BuildBTCD(ctx)
	if errors.Is(err, testnode.ErrNoModule) {
		binary, err = testnode.InstallBTCD(ctx, dir)
	}
	if err != nil && ctx.Err() == nil {
		return nil, &btcdMissing{err}
	}
	opt.Binary = binary
	return testnode.StartBTCD(ctx, opt)
}

// startSim starts a simulated node of this process.
func startSim(life context.Context, nodes *errgroup.Group, cfg simchain.Config) (*demoChain, error) {
	node := simchain.New(cfg)
	nodes.Go(func() error { return node.Run(life) })
	select {
	case <-node.Ready():
	case <-time.After(10 * time.Second):
		return nil, fmt.Errorf("simulated chain %s does not start", cfg.Name)
	}
	settings := nodeTable(node.URL(), cfg.User, cfg.Password)
	if !cfg.Parent {
		settings["address"] = demoAddress
	}
	return &demoChain{
		name: cfg.Name, label: "simulated, " + node.Addr(),
		height: func(context.Context) (int, error) { return node.Height(), nil },
		coin:   configs.Coin{Driver: "bitcoin", Network: "regtest", Settings: settings},
	}, nil
}

func nodeTable(url, user, password string) map[string]any {
	return map[string]any{"nodes": []any{map[string]any{"url": url, "user": user, "password": password}}}
}
