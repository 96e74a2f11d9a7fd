package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
)

// nodesWait bounds how long check --nodes waits for a coin's nodes.
const nodesWait = 12 * time.Second

func newCheck() *cobra.Command {
	var nodes bool
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Say everything that is wrong with a configuration",
		Long: `Check reads a configuration file and says all that is wrong with it at once,
each with file, line and key: the file itself, what the coins' drivers say of
their settings, addresses, chain ids and algorithms. With --nodes it also talks
to every node.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return check(cmd.Context(), args[0], nodes, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&nodes, "nodes", false, "ask every node, too")
	return cmd
}

func check(ctx context.Context, path string, nodes bool, out io.Writer) error {
	log := newLogger(configs.Log{Level: "error", Format: "text"})
	cfg, err := configs.Load(path)
	var problems configs.Problems
	if err != nil && (cfg == nil || !errors.As(err, &problems)) {
		return &useError{err}
	}
	ec, cleanup, err := checkConfig(cfg, log)
	defer cleanup()
	var more configs.Problems
	if err != nil && !errors.As(err, &more) {
		return err
	}
	problems = append(problems, more...)
	for _, p := range engine.Check(ctx, ec) {
		problems = append(problems, cfg.ProblemAt(p.Key, "%s", p.Message))
	}
	if err := problems.Err(); err != nil {
		fmt.Fprintln(out, err)
		return fmt.Errorf("%d %s in %s: %w", len(problems), plural(len(problems), "problem"), path, errReported)
	}
	for _, w := range cfg.Warnings() {
		fmt.Fprintln(out, "warning:", w)
	}
	fmt.Fprintf(out, "%s is right: %d %s, %d %s\n", path, len(cfg.Coins), plural(len(cfg.Coins), "coin"), len(cfg.Pools), plural(len(cfg.Pools), "pool"))
	if !nodes {
		return nil
	}
	return checkNodes(ctx, ec, out)
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// checkNodes asks the nodes of every coin at the same time and prints a line
// for each.
func checkNodes(ctx context.Context, ec engine.Config, out io.Writer) error {
	var mu sync.Mutex
	var wg sync.WaitGroup
	bad := 0
	for name, c := range ec.Coins {
		wg.Go(func() {
			health, err := askHealth(ctx, c)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || health.State != coins.HealthReady && health.State != coins.HealthDegraded {
				bad++
			}
			printHealth(out, name, health, err)
		})
	}
	wg.Wait()
	if bad > 0 {
		return fmt.Errorf("%d of %d coins cannot be mined now", bad, len(ec.Coins))
	}
	return nil
}

// askHealth opens a coin and returns the first state that says something about
// its nodes, or the last one heard when time is up.
func askHealth(ctx context.Context, c engine.CoinConfig) (coins.Health, error) {
	ctx, cancel := context.WithTimeout(ctx, nodesWait)
	defer cancel()
	coin, err := c.Driver.Open(ctx, c.Settings)
	if err != nil {
		return coins.Health{}, err
	}
	defer coin.Close()
	states := make(chan coins.Health)
	done := make(chan error, 1)
	go func() { done <- coin.Health(ctx, states) }()
	var last coins.Health
	for {
		select {
		case last = <-states:
			if last.State == coins.HealthReady || last.State == coins.HealthDegraded {
				return last, nil
			}
		case err := <-done:
			if last.State != 0 {
				return last, nil
			}
			return last, err
		}
	}
}

func printHealth(out io.Writer, name string, h coins.Health, err error) {
	if err != nil {
		fmt.Fprintf(out, "%-12s error: %v\n", name, err)
		return
	}
	fmt.Fprintf(out, "%-12s %s, height %d %s\n", name, h.State, h.Height, h.Message)
	for _, n := range h.Nodes {
		fmt.Fprintf(out, "  %-24s %s, height %d, %d peers, %s %s\n", n.Node, n.State, n.Height, n.Peers, n.Version, n.Message)
	}
}
