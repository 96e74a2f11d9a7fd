package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/internal/cpuminer"
)

func newMiner() *cobra.Command {
	var cfg cpuminer.Config
	cmd := &cobra.Command{
		Use:   "miner URL --user USER",
		Short: "A CPU miner for any stratum server",
		Long: `Miner connects to a stratum server and mines with the processor: to try a pool,
not to earn. It shows each share and the server's answer.`,
		Example: `  motherlode miner stratum+tcp://127.0.0.1:3333 --user bc1q....cpu
  motherlode miner stratum+ssl://pool.example:3443 --user name.worker --algorithm scrypt`,
		Args: takes(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cfg.URL = args[0]; cfg.User == "" {
				return &useError{errors.New("--user is missing: the name that the pool knows you by, usually ADDRESS.worker")}
			}
			w := newWatcher(cmd.OutOrStdout(), isTerminal(os.Stdout))
			cfg.Events = func(ev cpuminer.Event) { showMiner(w, ev) }
			m, err := cpuminer.New(cfg)
			if err != nil {
				return &useError{err}
			}
			err = m.Run(cmd.Context())
			w.progress("")
			printStats(w, m.Stats())
			if errors.Is(err, context.Canceled) {
				return nil
			}
			return err
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&cfg.User, "user", "", "user name, usually ADDRESS.worker")
	fl.StringVar(&cfg.Password, "password", "x", "password; pools take options here, such as d=1024")
	fl.StringVar(&cfg.Algorithm, "algorithm", "sha256d", "proof of work: sha256d or scrypt")
	fl.IntVar(&cfg.Threads, "threads", 0, "threads (default: one for each processor)")
	fl.Float64Var(&cfg.RateLimit, "rate", 0, "at most so many hashes a second (default: no limit)")
	fl.BoolVar(&cfg.VersionRolling, "version-rolling", false, "ask for version bits to roll")
	return cmd
}

// showMiner prints what happens to the miner.
func showMiner(w *watcher, ev cpuminer.Event) {
	switch ev.Kind {
	case cpuminer.EventConnected:
		w.line("connected to %s", ev.Server)
	case cpuminer.EventJob:
		if ev.Clean {
			w.line("new block, job %s, difficulty %.4g", ev.JobID, ev.Difficulty)
		}
	case cpuminer.EventAccepted:
		w.line("share %s of difficulty %.4g", w.paint(green, "accepted"), ev.Share.Difficulty)
	case cpuminer.EventRejected:
		w.line("share %s: %s", w.paint(red, "rejected"), ev.Share.Reason)
	case cpuminer.EventLost:
		w.line("connection lost: %s; again in %v", ev.Reason, ev.Wait)
	case cpuminer.EventMessage:
		w.line("the pool says: %s", ev.Reason)
	}
	if ev.Rate > 0 {
		w.progress("%s   difficulty %.4g", hashRate(ev.Rate), ev.Difficulty)
	}
}

func printStats(w *watcher, s cpuminer.Stats) {
	var reasons []string
	rejected := uint64(0)
	for reason, n := range s.Rejected {
		rejected += n
		reasons = append(reasons, fmt.Sprintf("%s %d", reason, n))
	}
	sort.Strings(reasons)
	w.line("%d hashes, %d shares accepted, %d rejected %s", s.Hashes, s.Accepted, rejected, strings.Join(reasons, ", "))
}
