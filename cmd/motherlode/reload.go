package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/engine/control"
)

func newReload() *cobra.Command {
	var restart, inJSON bool
	cmd := toPool(&cobra.Command{
		Use:   "reload [FILE]",
		Short: "Have the running pool read its configuration again",
		Long: `Reload has the running pool read its file again. A file that is wrong changes
nothing, and is told as by "motherlode check". What can change while miners are
there does: the difficulty of ports, limits of addresses, the level of the log,
fee and reward from the next job on, payments from the next round on. The rest
is named, and needs a restart: --restart restarts the pools within the process,
and the miners connect again by themselves. It is refused after a drain, as it
would open the ports again.

SIGHUP does the same as reload --restart.`,
	}, func(ctx context.Context, o *operating) error {
		var r control.Reloaded
		err := o.pool.Do(ctx, http.MethodPost, "/reload", url.Values{"restart": {strconv.FormatBool(restart)}}, nil, &r)
		if refused := new(control.Refusal); errors.As(err, &refused) {
			return &useError{refused}
		}
		if err != nil {
			return err
		}
		if inJSON {
			return asJSON(o.out, r)
		}
		return printReloaded(o, &r)
	})
	cmd.Flags().BoolVar(&restart, "restart", false, "restart the pools where that is needed")
	cmd.Flags().BoolVar(&inJSON, "json", false, "as JSON")
	return cmd
}

func printReloaded(o *operating, r *control.Reloaded) error {
	for _, key := range r.Applied {
		fmt.Fprintf(o.out, "%s: in force\n", key)
	}
	for _, key := range r.NeedsRestart {
		if r.Restarting {
			fmt.Fprintf(o.out, "%s: in force when the pools have restarted\n", key)
		} else {
			fmt.Fprintf(o.out, "%s: needs a restart\n", key)
		}
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(o.out, "warning: %s\n", w)
	}
	text := ""
	switch {
	case r.Restarting:
		text = "the pools restart; if they do not start with the new configuration, the old one runs again: see the log"
	case len(r.NeedsRestart) > 0:
		text = "\"motherlode reload --restart\" restarts the pools within the process"
	case len(r.Applied) == 0:
		text = "nothing in the file has changed"
	}
	if text != "" {
		fmt.Fprintln(o.out, text)
	}
	return nil
}

// errDrained says that a drain stays what it is.
var errDrained = errors.New("nothing was changed")

// reloader reads a running pool's configuration again.
type reloader struct {
	path  string
	log   *slog.Logger
	level *slog.LevelVar
	swap  func(*configs.Config) // restarts the pools; called once

	mu      sync.Mutex
	running *configs.Config // what is in force
	engine  *engine.Engine  // nil until it is there
	leaving bool            // swap was called
}

// attach says which engine runs.
func (r *reloader) attach(e *engine.Engine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.engine = e
}

// inForce is what runs now.
func (r *reloader) inForce() *configs.Config {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running
}

// onSignal reloads at each signal, with a restart where that is needed, until ctx
// ends.
func (r *reloader) onSignal(ctx context.Context, hup <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
		}
		tellService(r.log, "RELOADING=1\nSTATUS=reading the configuration again")
		out, err := r.Reload(ctx, true)
		switch {
		case errors.Is(err, errDrained):
			r.log.Error("the pools are not restarted with the new configuration, the old one stays", "file", r.path, "error", err)
		case err != nil && ctx.Err() == nil:
			r.log.Error("the new configuration is wrong, the old one stays", "file", r.path, "error", err)
		}
		if !out.Restarting { // else the new pools tell it
			tellService(r.log, "READY=1\nSTATUS=serving miners")
		}
	}
}

// newlyAwaited lists the coins that cannot be asked and are not in force as they are in
// next. What is in force may be in trouble and is no reason against other changes; what
// was never seen to work does not take its place.
func newlyAwaited(running, next *configs.Config, later []awaited) error {
	var problems configs.Problems
	for _, a := range later {
		if old, ok := running.Coins[a.coin]; !ok || !reflect.DeepEqual(old, next.Coins[a.coin]) {
			problems = append(problems, a.Problem)
		}
	}
	return problems.Err()
}

// Reload is what control.Pools asks for.
func (r *reloader) Reload(ctx context.Context, restart bool) (control.Reloaded, error) {
	out := control.Reloaded{File: r.path, Applied: []string{}, NeedsRestart: []string{}}
	next, later, err := loadConfig(ctx, r.path)
	if err != nil {
		return out, fmt.Errorf("%s is wrong, nothing was changed:\n%w", r.path, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.leaving || r.engine == nil {
		return out, errors.New("the pools are being restarted: try again in a moment")
	}
	if err := newlyAwaited(r.running, next, later); err != nil {
		return out, fmt.Errorf("nothing was changed, for a coin that is new in %s, or set otherwise than now, cannot be asked:\n%w", r.path, err)
	}
	for _, a := range later {
		out.Warnings = append(out.Warnings, a.String())
	}
	logAwaited(r.log, later)
	for _, w := range next.Warnings() {
		r.log.Warn(w)
	}
	dues, err := r.engine.Dues(next.Pools)
	if err != nil {
		return out, fmt.Errorf("what is owed cannot be read, nothing was changed: %w", err)
	}
	begins, grave := beginning(next, dues)
	if len(grave) > 0 {
		return out, errDue(r.path, grave)
	}
	for _, b := range begins {
		r.log.Warn(b.String())
		out.Warnings = append(out.Warnings, b.String())
	}
	merged, applied, rest := mergeLive(r.running, next)
	out.Applied, out.NeedsRestart = append(out.Applied, applied...), append(out.NeedsRestart, rest...)
	if drained := r.engine.Drained(); len(rest) > 0 && restart && len(drained) > 0 {
		return out, fmt.Errorf("%w: the ports of %s %s are closed by a drain for good, and restarting the pools within the process would open them; "+
			"\"motherlode reload\" without --restart takes over what can change now, and ending and starting the process opens the ports",
			errDrained, plural(len(drained), "pool"), strings.Join(drained, ", "))
	}
	if len(rest) > 0 && restart {
		r.leaving, out.Restarting = true, true
		r.running = merged // what runs again should next not start
		r.log.Info("new configuration is right, pools restart with it", "file", r.path, "changed", append(applied, rest...))
		r.swap(next)
		return out, nil
	}
	if len(applied) > 0 {
		setLevel(r.level, merged.Log.Level)
		r.engine.Apply(merged.Pools)
		r.running = merged
	}
	r.log.Info("configuration was read again", "file", r.path, "in_force", out.Applied, "needs_restart", out.NeedsRestart)
	return out, nil
}
