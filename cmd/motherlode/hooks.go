package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/engine/notify"
	"github.com/motherlode-pool/motherlode/engine/status"
)

// hooksFile is where it is kept, below data_dir, what hooks were told.
const hooksFile = "hooks.json"

// liveHooks are the hooks of one run: they listen to the engine's events before the
// engine is there.
type liveHooks struct {
	notifier atomic.Pointer[notify.Notifier]
}

// events passes on what happens, and tells hooks of blocks.
func (l *liveHooks) events(next func(engine.Event)) func(engine.Event) {
	return func(ev engine.Event) {
		if n := l.notifier.Load(); n != nil {
			if b, ok := engine.NoticeBlock(ev); ok {
				n.Block(b)
			}
		}
		if next != nil {
			next(ev)
		}
	}
}

// view is how the hooks are.
func (l *liveHooks) view() []status.Hook {
	if n := l.notifier.Load(); n != nil {
		return n.View()
	}
	return nil
}

// run tells the hooks of a configuration what happens, in the background, until stop
// is called, which waits for it.
func (l *liveHooks) run(ctx context.Context, cfg *configs.Config, e *engine.Engine, log *slog.Logger) (stop func(), err error) {
	hooks, err := hooksOf(cfg)
	if err != nil || len(hooks) == 0 {
		return func() {}, err
	}
	n := notify.New(notify.Options{
		Logger: log, File: filepath.Join(cfg.DataDir, hooksFile), Source: e.Notices(), Hooks: hooks,
		DownAfter: cfg.Notices.DownAfter.D(), WorkerSilent: cfg.Notices.WorkerSilent.D(),
	})
	l.notifier.Store(n)
	// They outlive ctx: what happens while the engine ends is told, too.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := n.Run(ctx); err != nil {
			log.Error("hooks are told nothing more", "error", err)
		}
	}()
	return func() { cancel(); <-done }, nil
}

// hooksOf are the hooks of a configuration, with what their files hold. Errors are
// Problems.
func hooksOf(cfg *configs.Config) (hooks []notify.Hook, err error) {
	var problems configs.Problems
	for i := range cfg.Hooks {
		h, err := hookOf(cfg, i)
		var p configs.Problems
		switch {
		case errors.As(err, &p):
			problems = append(problems, p...)
		case err != nil:
			problems = append(problems, cfg.ProblemAt(fmt.Sprintf("hooks[%d]", i), "%v", err))
		}
		hooks = append(hooks, h)
	}
	return hooks, problems.Err()
}

// hookProblems is what is wrong with the files that hooks name.
func hookProblems(cfg *configs.Config) (problems configs.Problems) {
	for i := range cfg.Hooks {
		var p configs.Problems
		if _, err := cfg.HookSecret(i); errors.As(err, &p) {
			problems = append(problems, p...)
		}
	}
	return problems
}

func hookOf(cfg *configs.Config, i int) (notify.Hook, error) {
	h := &cfg.Hooks[i]
	out := notify.Hook{Name: h.Name, Kind: h.Kind, Events: h.Events, Accounts: h.Accounts, PerHour: h.PerHour()}
	out.Pools, out.Chains = reachOf(cfg, h)
	secret, err := cfg.HookSecret(i)
	if err != nil {
		return out, err
	}
	agent := "motherlode/" + strings.ReplaceAll(version(), " ", "/")
	switch h.Kind {
	case configs.HookWebhook:
		out.Sender, err = notify.NewWebhook(h.URL, []byte(secret), agent, nil)
	case configs.HookNtfy:
		out.Sender, err = notify.NewNtfy(h.URL, secret, agent, nil)
	case configs.HookEmail:
		server, implicit, problem := h.MailServer()
		if problem != nil {
			return out, problem
		}
		out.Sender, err = notify.NewMail(notify.MailOptions{
			Server: server, TLS: implicit, Plain: h.Plain, User: h.User, Password: secret, From: h.From, To: h.To,
		})
	default:
		err = fmt.Errorf("%q is no kind of hook", h.Kind)
	}
	return out, err
}

// reachOf are the pools and chains that a hook is about; empty is all. Where only one
// of them is named the other follows from it.
func reachOf(cfg *configs.Config, h *configs.Hook) (pools, chains []string) {
	pools, chains = h.Pools, h.Chains
	for _, name := range slices.Sorted(maps.Keys(cfg.Pools)) {
		p := cfg.Pools[name]
		mined := []string{p.Parent}
		for _, a := range p.Aux {
			mined = append(mined, a.Coin)
		}
		if len(h.Chains) == 0 && slices.Contains(h.Pools, name) {
			chains = append(chains, mined...)
		}
		if len(h.Pools) == 0 && slices.ContainsFunc(mined, func(c string) bool { return slices.Contains(h.Chains, c) }) {
			pools = append(pools, name)
		}
	}
	return pools, chains
}

func newHooks() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hooks",
		Short: "Try the places that are told of blocks, nodes, workers and payments",
		Args:  onlyCommands,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newHooksTest())
	return cmd
}

func newHooksTest() *cobra.Command {
	return &cobra.Command{
		Use:   "test FILE [NAME]",
		Short: "Send a test message to the hooks of a configuration file",
		Long: `Test sends a message that says that it is a test to each [[hooks]] of the
configuration FILE, or to the one that is called NAME, and prints what the receiver
answered. It needs no running pool, and a running pool does not notice.

The exit code is 0 when all were taken, 1 when one was not, 2 when the file is
wrong.`,
		Args: takes(cobra.RangeArgs(1, 2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := configs.Load(args[0])
			if err != nil {
				return &useError{err}
			}
			return testHooks(cmd, cfg, args[1:])
		},
	}
}

func testHooks(cmd *cobra.Command, cfg *configs.Config, only []string) error {
	hooks, err := hooksOf(cfg)
	if err != nil {
		return &useError{err}
	}
	if len(hooks) == 0 {
		return &useError{fmt.Errorf("%s has no [[hooks]]; docs/hooks.md shows some", cfg.File())}
	}
	if len(only) == 1 {
		var names []string
		for _, h := range hooks {
			names = append(names, h.Name)
		}
		hooks = slices.DeleteFunc(hooks, func(h notify.Hook) bool { return h.Name != only[0] })
		if len(hooks) == 0 {
			return &useError{fmt.Errorf("no hook is called %q; there are %s", only[0], strings.Join(names, ", "))}
		}
	}
	failed := 0
	for _, h := range hooks {
		answer, err := notify.Try(cmd.Context(), h)
		if err != nil {
			failed++
			fmt.Fprintf(cmd.OutOrStdout(), "%s (%s to %s): failed: %v\n", h.Name, h.Kind, h.Sender, err)
			continue
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s (%s to %s): %s\n", h.Name, h.Kind, h.Sender, answer)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d hooks could not be told", failed, len(hooks))
	}
	return nil
}
