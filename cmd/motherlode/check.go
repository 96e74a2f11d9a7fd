package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
)

// nodesWait bounds how long check --nodes waits for a coin's nodes.
const nodesWait = 12 * time.Second

// checkPatience is how long check waits for coins: longer than a pool does at its
// start, since somebody waits for the answer.
const checkPatience = 90 * time.Second

func newCheck() *cobra.Command {
	var nodes bool
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Say everything that is wrong with a configuration",
		Long: `Check reads a configuration file and says all that is wrong with it at once,
each with file, line and key: the file itself, what the coins' drivers say of
their settings, addresses, chain ids and algorithms. With --nodes it also talks
to every node, to the wallets that pay, and to the database where there is one.`,
		Args: takes(cobra.ExactArgs(1)),
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
	slow := time.AfterFunc(startPatience, func() {
		fmt.Fprintf(os.Stderr, "waiting for the programs of the coins to start, %v at most\n", checkPatience)
	})
	more, later, ec, cleanup, err := problemsOf(ctx, cfg, checkPatience, log)
	slow.Stop()
	defer cleanup()
	if err != nil {
		return err
	}
	problems = append(problems, more...)
	for _, a := range later {
		a.Message += " (a running pool would go on trying, and the others mine meanwhile)"
		problems = append(problems, a.Problem)
	}
	if nodes {
		problems = append(problems, checkNodes(ctx, cfg, ec, out)...)
		problems = append(problems, checkDatabase(cfg, out)...)
	}
	if err := problems.Err(); err != nil {
		fmt.Fprintln(out, err)
		return fmt.Errorf("%d %s in %s: %w", len(problems), plural(len(problems), "problem"), path, errReported)
	}
	attached, err := attachments()
	if err != nil {
		return err
	}
	for _, w := range append(cfg.Warnings(), attachWarnings(cfg, attached)...) {
		fmt.Fprintln(out, "warning:", w)
	}
	for _, p := range checkDues(ctx, cfg) {
		fmt.Fprintln(out, "warning:", p)
	}
	fmt.Fprintf(out, "%s is right: %d %s, %d %s\n", path, len(cfg.Coins), plural(len(cfg.Coins), "coin"), len(cfg.Pools), plural(len(cfg.Pools), "pool"))
	return nil
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// checkNodes asks the nodes of every coin at the same time, prints a line for
// each that can be mined on, and lists what is wrong with the others.
func checkNodes(ctx context.Context, cfg *configs.Config, ec engine.Config, out io.Writer) (problems configs.Problems) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	ids := map[string]uint32{}
	paying := payingKeys(cfg)
	for name, c := range ec.Coins {
		key, pays := paying[name]
		wg.Go(func() {
			got := askNodes(ctx, c, pays)
			mu.Lock()
			defer mu.Unlock()
			printHealth(out, name, got.health)
			problems = append(problems, got.problems(cfg, name)...)
			if got.funds != nil {
				problems = append(problems, got.funds.say(out, cfg, name, key)...)
			}
			if got.hasID {
				ids[name] = got.id
			}
		})
	}
	wg.Wait()
	for pool, p := range cfg.Pools {
		byID := map[uint32]string{}
		for i, a := range p.Aux {
			id, ok := ids[a.Coin]
			if other, taken := byID[id]; ok && taken {
				problems = append(problems, cfg.ProblemAt(fmt.Sprintf("pools.%s.aux[%d]", pool, i),
					"the node of %s says chain id %d, and so does that of %s: they cannot share a merged-mining tree", a.Coin, id, other))
			}
			if ok {
				byID[id] = a.Coin
			}
		}
	}
	return problems
}

// answer is what a coin's nodes had to say.
type answer struct {
	health coins.Health
	work   bool   // a template or aux work came
	err    error  // why there will be none
	funds  *funds // nil where the wallet was not asked

	id    uint32 // chain id of the aux work
	hasID bool
}

// settled reports whether there is nothing to wait for any more: every node has
// said something, and those that work have given work.
func (a *answer) settled() bool {
	if a.err != nil {
		return true
	}
	for _, n := range a.health.Nodes {
		if n.State == coins.HealthStarting {
			return false
		}
	}
	return len(a.health.Nodes) > 0 && (a.work || !works(a.health.State))
}

func works(s coins.HealthState) bool { return s == coins.HealthReady || s == coins.HealthDegraded }

// problems is what is wrong with a coin's nodes, by the key of each node.
func (a *answer) problems(cfg *configs.Config, name string) (all configs.Problems) {
	for _, n := range a.health.Nodes {
		if !works(n.State) {
			all = append(all, cfg.ProblemAt(nodeKey(cfg, name, n.Node), "%s is %s: %s", n.Node, n.State, safe(n.Message)))
		}
	}
	var settings coins.Problems
	switch {
	case errors.As(a.err, &settings):
		// listed already
	case a.err != nil && len(all) == 0:
		all = append(all, cfg.ProblemAt("coins."+name, "%s", safe(a.err.Error())))
	case len(all) == 0 && !a.work:
		all = append(all, cfg.ProblemAt("coins."+name, "gave no work within %v: %s", nodesWait, safe(a.health.Message)))
	}
	return all
}

// nodeKey is the key of the node whose URL has the given host and port.
func nodeKey(cfg *configs.Config, name, hostPort string) string {
	nodes, _ := cfg.Coins[name].Settings["nodes"].([]any)
	for i, n := range nodes {
		table, _ := n.(map[string]any)
		if u, err := url.Parse(fmt.Sprint(table["url"])); err == nil && u.Host == hostPort {
			return fmt.Sprintf("coins.%s.settings.nodes[%d]", name, i)
		}
	}
	return "coins." + name + ".settings.nodes"
}

// askNodes opens a coin as the pool would and listens until its nodes have
// answered, or time is up. Where payments are made, the wallet is asked then.
func askNodes(ctx context.Context, c engine.CoinConfig, pays bool) (a answer) {
	ctx, cancel := context.WithTimeout(ctx, nodesWait)
	defer cancel()
	coin, err := c.Driver.Open(ctx, c.Settings)
	if err != nil {
		return answer{err: err}
	}
	defer coin.Close()

	states, work, failed := make(chan coins.Health), make(chan *coins.AuxWork, 1), make(chan error, 2)
	var streams sync.WaitGroup
	defer streams.Wait()
	defer cancel()
	streams.Go(func() { failed <- coin.Health(ctx, states) })
	streams.Go(func() { failed <- firstWork(ctx, coin, work) })
	for !a.settled() {
		select {
		case a.health = <-states:
		case w := <-work:
			a.work, work = true, nil
			if w != nil && w.Slot != nil {
				a.id, a.hasID = w.Slot.ChainID, true
			}
		case err := <-failed:
			if ctx.Err() != nil {
				return a
			}
			a.err = err
		}
	}
	if pays && a.health.State != coins.HealthDown {
		a.funds = askWallet(ctx, coin)
	}
	return a
}

// firstWork runs the coin's stream of work and passes on its first message; nil
// stands for a template.
func firstWork(ctx context.Context, coin coins.Coin, got chan<- *coins.AuxWork) error {
	var once sync.Once
	if aux, ok := coin.(coins.Aux); ok {
		return stream(ctx, func(w *coins.AuxWork) { once.Do(func() { got <- w }) },
			func(ctx context.Context, out chan<- *coins.AuxWork) error {
				return aux.AuxWork(ctx, make(chan coins.ParentTip), out)
			})
	}
	if parent, ok := coin.(coins.Parent); ok {
		return stream(ctx, func(*coins.Template) { once.Do(func() { got <- nil }) }, parent.Templates)
	}
	return nil
}

// stream runs a stream and calls each for every message.
func stream[T any](ctx context.Context, each func(*T), run func(context.Context, chan<- *T) error) error {
	messages, done := make(chan *T), make(chan error, 1)
	go func() { done <- run(ctx, messages) }()
	for {
		select {
		case m := <-messages:
			each(m)
		case err := <-done:
			return err
		}
	}
}

func printHealth(out io.Writer, name string, h coins.Health) {
	for _, n := range h.Nodes {
		if works(n.State) {
			fmt.Fprintf(out, "%-12s %-24s %s, height %d, %d peers, %s\n", name, n.Node, n.State, n.Height, n.Peers, safe(n.Version))
			if n.Message != "" {
				fmt.Fprintf(out, "%-12s %-24s %s\n", "", "", safe(n.Message))
			}
		}
	}
}
