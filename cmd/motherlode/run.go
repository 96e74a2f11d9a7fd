package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/engine/status"
	"github.com/motherlode-pool/motherlode/internal/systemd"
)

func newRun() *cobra.Command {
	return &cobra.Command{
		Use:   "run FILE",
		Short: "Run the pools of a configuration file",
		Long: `Run opens the coins that the file names, each in a process of its own, and
serves the file's pools to miners. A node that is not up yet is waited for.

SIGINT and SIGTERM end it: miners are told, found blocks are delivered, files
are flushed. SIGHUP reads the file again: the new configuration is checked
whole; when it is right, what can change while miners are there does, and only
for the rest are the pools restarted. See "motherlode reload".`,
		Args: takes(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return runFile(cmd.Context(), args[0]) },
	}
}

// runFile runs a configuration file and, after SIGHUP, its newer versions. A
// version that does not start gives way to what was in force before, with those of its
// changes that needed no restart: payments that were stopped stay stopped.
func runFile(ctx context.Context, path string) error {
	cfg, later, err := loadConfig(ctx, path)
	if err != nil {
		return err
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	defer context.AfterFunc(ctx, func() {
		slog.Info("asked to end: found blocks are delivered and files are written first")
		tellService(slog.Default(), "STOPPING=1\nSTATUS=ending: delivering found blocks, writing files")
	})()

	var old *configs.Config // what ran before cfg and would run again
	for {
		level := &slog.LevelVar{}
		log := newLoggerAt(cfg.Log, level)
		slog.SetDefault(log) // what coins without a process of their own take
		logAwaited(log, later)
		later = nil // a reload says its own
		runCtx, stop := context.WithCancel(ctx)
		next := make(chan *configs.Config, 1)
		r := &reloader{path: path, log: log, level: level, running: cfg, swap: func(c *configs.Config) {
			tellService(log, "RELOADING=1\nSTATUS=restarting the pools with a new configuration")
			next <- c
			stop()
		}}
		var signals sync.WaitGroup
		signals.Go(func() { r.onSignal(runCtx, hup) })
		started, err := runConfig(runCtx, cfg, log, nil, r)
		stop()
		signals.Wait()
		select {
		case c := <-next:
			if err != nil {
				log.Error("the old configuration did not end cleanly", "error", err)
			}
			old, cfg = r.inForce(), c
			continue
		default:
		}
		if err == nil || started || old == nil {
			return err
		}
		log.Error("the new configuration does not start; the old one runs again, with what of the new one needs no restart", "error", err)
		old, cfg = nil, old
	}
}

// runConfig runs one configuration until ctx ends, and says whether it came as
// far as taking miners. With r, it can be reloaded.
func runConfig(ctx context.Context, cfg *configs.Config, log *slog.Logger, events func(engine.Event), r *reloader) (started bool, err error) {
	for _, w := range cfg.Warnings() {
		log.Warn(w)
	}
	ec, cleanup, err := engineConfig(cfg, cfg.DataDir, log)
	defer cleanup()
	if hint := dataHint(err, cfg.DataDir); hint != "" {
		return false, fmt.Errorf("%w\n%s", err, hint)
	}
	if err != nil {
		return false, err
	}
	sockets := inheritedSockets(log)
	var live httpAPI
	var hooks liveHooks
	deps := engine.Deps{Logger: log, Front: frontOn(sockets, log), Events: hooks.events(live.events(logCoins(cfg, log, events))), Hooks: hooks.view, Version: version()}
	if r != nil {
		deps.Reload = r.Reload
	}
	e, err := engine.New(ec, deps)
	if err != nil {
		return false, &useError{err}
	}
	if r != nil {
		r.attach(e)
	}

	stopHooks, err := hooks.run(ctx, cfg, e, log)
	if err != nil {
		return false, &useError{err}
	}
	defer stopHooks()

	group, ctx := errgroup.WithContext(ctx)
	if cfg.HTTP.Listen != "" {
		if err := serveHTTP(ctx, group, cfg, sockets, &live, e, log); err != nil {
			return false, err
		}
	}
	group.Go(func() error {
		tellReady(ctx, e, sockets, log)
		return nil
	})
	group.Go(func() error {
		if err := e.Run(ctx); err != nil {
			return explain(err)
		}
		return context.Canceled // ends the HTTP server when the engine has ended
	})
	err = group.Wait()
	select {
	case <-e.Ready():
		started = true
	default:
	}
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return started, err
}

// serveHTTP serves status, metrics and the API until ctx ends.
func serveHTTP(ctx context.Context, group *errgroup.Group, cfg *configs.Config, sockets *systemd.Sockets, live *httpAPI, e *engine.Engine, log *slog.Logger) error {
	ln, err := listenTCP(sockets, cfg.HTTP.Listen)
	if err != nil {
		return fmt.Errorf("http.listen: %w", err)
	}
	workers := e.Workers
	if !cfg.HTTP.WorkerMetrics {
		workers = nil
	}
	pages := withShareLog(ctx, group, cfg.HTTP, e, log, withDashboard(status.HandlerWith(e.Status, workers)))
	handler, err := live.with(ctx, group, cfg, e, log, pages)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	srv := handler.server()
	group.Go(func() error {
		if err := srv.Serve(newDoors(ln)); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		return srv.Shutdown(wait)
	})
	log.Info("dashboard, API, status and metrics", "url", "http://"+ln.Addr().String()+"/")
	return nil
}
