package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/internal/loadgen"
)

// benchFlags are what every mode of the load generator takes.
type benchFlags struct {
	target     loadgen.Target
	mine       bool // --i-run-this-pool
	json       bool
	quiet      bool
	duration   time.Duration
	difficulty float64 // of a server started here
	sync       string
}

func newBench() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Put load on a pool and measure what comes back",
		Long: `Bench is a load generator for stratum servers. Each mode connects to --addr, or
starts this program's own pool on a simulated chain for itself, with a share log
in a folder that is removed, and fails when the log holds fewer records than
shares were accepted.

Load is for your own pool only. A server that is not on this machine is refused
unless you say so twice: --i-run-this-pool, and its host again in --host.`,
		Args: onlyCommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := &benchFlags{}
	fl := cmd.PersistentFlags()
	fl.StringVar(&f.target.Addr, "addr", "", "host:port of the server (default: a pool of this program is started)")
	fl.StringVar(&f.target.User, "user", benchUser, "user name")
	fl.StringVar(&f.target.Password, "password", "x", "password")
	fl.IntVar(&f.target.PID, "pid", 0, "process id of the server at --addr, to read its processor time and memory")
	fl.BoolVar(&f.mine, "i-run-this-pool", false, "the server is not on this machine, and is yours")
	fl.StringVar(&f.target.Mine, "host", "", "its host once more, exactly as in --addr")
	fl.BoolVar(&f.json, "json", false, "print JSON")
	fl.BoolVar(&f.quiet, "quiet", false, "no progress")
	fl.DurationVar(&f.duration, "duration", 10*time.Second, "how long to measure")
	fl.Float64Var(&f.difficulty, "difficulty", 1e-9, "difficulty of a pool started here")
	fl.StringVar(&f.sync, "sync", "os", "share log of a pool started here: os or disk")
	cmd.AddCommand(newBenchShares(f), newBenchIdle(f), newBenchMemory(f), newBenchChurn(f), newBenchHostile(f), newBenchAPI(f), newBenchTable(f))
	return cmd
}

// benchUser is an address of the simulated chain that the pool starts on.
const benchUser = demoAddress + ".bench"

// check refuses servers that are not on this machine, unless it was said twice.
func (f *benchFlags) check(ctx context.Context) error {
	if f.target.Addr == "" {
		if f.mine || f.target.Mine != "" || f.target.PID != 0 {
			return &useError{errors.New("--i-run-this-pool, --host and --pid are for a server named by --addr")}
		}
		return nil
	}
	if !f.mine {
		f.target.Mine = ""
	}
	err := f.target.Check(ctx)
	if errors.Is(err, loadgen.ErrForeign) {
		err = fmt.Errorf("%w.\nA load test of somebody else's pool is an attack on it. If you run this one, and nobody who\n"+
			"shares its network minds, say it twice: --i-run-this-pool --host HOST, with HOST as in --addr", err)
	}
	if err != nil {
		return &useError{err}
	}
	return nil
}

// say is where progress goes: a line a second on a terminal, else one of five.
func (f *benchFlags) say() func(string) {
	if f.quiet {
		return func(string) {}
	}
	n, every := 0, 5
	if isTerminal(os.Stderr) {
		every = 1
	}
	return func(text string) {
		if n++; n%every == 0 {
			fmt.Fprintln(os.Stderr, text)
		}
	}
}

// benchRun is one mode on a server; s is nil where it is not our own. It returns
// the number of shares that the server said it accepted.
type benchRun func(ctx context.Context, t loadgen.Target, s *benchServer) (accepted uint64, err error)

// use runs a mode on the server that was named, or on one of its own, whose
// share log it checks afterwards.
func (f *benchFlags) use(ctx context.Context, run benchRun) error {
	if err := f.check(ctx); err != nil {
		return err
	}
	if f.target.Addr != "" {
		_, err := run(ctx, f.target, nil)
		return limitIsUse(err)
	}
	s, err := startBenchServer(ctx, benchServerOptions{difficulty: f.difficulty, sync: f.sync})
	if err != nil {
		return err
	}
	t := s.target()
	t.User, t.Password = f.target.User, f.target.Password
	accepted, err := run(ctx, t, s)
	return errors.Join(limitIsUse(err), s.finish(accepted))
}

// limitIsUse makes wrong options a fault of the call.
func limitIsUse(err error) error {
	if errors.Is(err, loadgen.ErrLimit) || errors.Is(err, loadgen.ErrOption) {
		return &useError{err}
	}
	return err
}

func newBenchShares(f *benchFlags) *cobra.Command {
	o := loadgen.SharesOptions{}
	cmd := &cobra.Command{
		Use:   "shares",
		Short: "Submissions as fast as they are answered, or at a fixed rate",
		Example: `  motherlode bench shares --connections 100 --window 4
  motherlode bench shares --connections 1000 --rate 2000
  motherlode bench shares --kind low-diff --difficulty 1 --addr 127.0.0.1:3333 --pid 4711`,
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Duration, o.Say = f.duration, f.say()
			return f.use(cmd.Context(), func(ctx context.Context, t loadgen.Target, _ *benchServer) (uint64, error) {
				r, err := loadgen.Shares(ctx, t, o)
				if err != nil {
					return 0, err
				}
				if f.json {
					return r.Accepted, printJSON(cmd.OutOrStdout(), r)
				}
				printShares(cmd.OutOrStdout(), r)
				return r.Accepted, nil
			})
		},
	}
	cmd.Flags().IntVar(&o.Connections, "connections", 100, "miners")
	cmd.Flags().IntVar(&o.Window, "window", 4, "submissions in flight for each")
	cmd.Flags().Float64Var(&o.Rate, "rate", 0, "submissions a second over all, at fixed times (0: as fast as answered)")
	cmd.Flags().StringVar(&o.Kind, "kind", loadgen.KindReal, "real (mined) or low-diff (random)")
	return cmd
}

func printShares(out io.Writer, r *loadgen.SharesReport) {
	how := fmt.Sprintf("window %d", r.Window)
	if r.Rate > 0 {
		how = fmt.Sprintf("%.6g a second, timed from when each was due", r.Rate)
	}
	fmt.Fprintf(out, "%s shares, %d connections, %s, %.3g s\n", r.Kind, r.Connections, how, r.Seconds)
	fmt.Fprintf(out, "  answers    %.0f a second (%d, of a connection %d to %d)\n", r.PerSecond, r.Answered, r.Least, r.Most)
	fmt.Fprintf(out, "  accepted   %d, refused %v, late %d, unanswered %d, not sent %d\n", r.Accepted, r.Refused, r.Late, r.Unanswered, r.Overrun)
	printLatency(out, "reply", r.Latency)
	fmt.Fprintf(out, "  processor  server %.2f s (%.2f s for 100,000), generator %.2f s, all else %.2f s; server's memory %.1f MB\n",
		r.ServerCPU, r.CPUPer100k, r.OwnCPU, r.OthersCPU, float64(r.ServerBytes)/1e6)
}

func printLatency(out io.Writer, what string, l loadgen.Latency) {
	fmt.Fprintf(out, "  %-10s p50 %.3f ms, p90 %.3f, p99 %.3f, p99.9 %.3f, worst %.3f (%d)\n", what, l.P50, l.P90, l.P99, l.P999, l.Max, l.Count)
}
