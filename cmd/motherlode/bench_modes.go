package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/internal/loadgen"
)

func newBenchIdle(f *benchFlags) *cobra.Command {
	o := loadgen.IdleOptions{Every: time.Second}
	cmd := &cobra.Command{
		Use:   "idle",
		Short: "Connections that hold still: how a new job spreads over them",
		Long: `Idle opens connections and lets them hold still. Each clean job's arrival is
stamped on each socket. A pool that was started here gets a new block once every
--every; at a server of your own make blocks yourself meanwhile.`,
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runIdle(cmd.Context(), cmd.OutOrStdout(), f, o, true)
		},
	}
	cmd.Flags().IntVar(&o.Connections, "connections", 1000, "miners")
	cmd.Flags().DurationVar(&o.Every, "every", o.Every, "time between new blocks of a pool started here")
	return cmd
}

func newBenchMemory(f *benchFlags) *cobra.Command {
	o := loadgen.IdleOptions{}
	cmd := &cobra.Command{
		Use:   "memory",
		Short: "Connections that hold still: the memory that each takes of the server",
		Long: `Memory compares the server's resident memory before any connection with that
when all have held still for --duration. Kernel buffers are not in it, and --pid
is needed for a server that was not started here.`,
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runIdle(cmd.Context(), cmd.OutOrStdout(), f, o, false)
		},
	}
	cmd.Flags().IntVar(&o.Connections, "connections", 10_000, "miners")
	return cmd
}

// runIdle holds still, with new blocks where the pool is our own.
func runIdle(ctx context.Context, out io.Writer, f *benchFlags, o loadgen.IdleOptions, blocks bool) error {
	o.Duration, o.Say = f.duration, f.say()
	return f.use(ctx, func(ctx context.Context, t loadgen.Target, s *benchServer) (uint64, error) {
		if s != nil && blocks {
			o.Trigger = s.newBlock
		}
		r, err := loadgen.Idle(ctx, t, o)
		if err != nil {
			return 0, err
		}
		if f.json {
			return 0, printJSON(out, r)
		}
		printIdle(out, r)
		return 0, nil
	})
}

func printIdle(out io.Writer, r *loadgen.IdleReport) {
	fmt.Fprintf(out, "%d idle connections, all there after %.2f s, %.2f ms of the server's processor each\n", r.Connections, r.ConnectedIn, r.HandshakeCPU)
	fmt.Fprintf(out, "  memory     %.1f MB before, %.1f MB after, %.0f bytes a connection\n", float64(r.RSSBefore)/1e6, float64(r.RSSAfter)/1e6, r.BytesEach)
	for _, x := range r.Rounds {
		trigger := ""
		if x.TriggerMS != 0 {
			trigger = fmt.Sprintf(", the first %.2f ms after the block", x.TriggerMS)
		}
		fmt.Fprintf(out, "  job %-6s %d connections, from the first p50 %.2f ms, p99 %.2f, last %.2f%s\n", x.Job, x.Clients, x.P50, x.P99, x.Last, trigger)
	}
	if len(r.Rounds) > 0 {
		fmt.Fprintf(out, "  stamped by %s\n", r.Stamps)
	}
}

func newBenchChurn(f *benchFlags) *cobra.Command {
	o := loadgen.ChurnOptions{}
	cmd := &cobra.Command{
		Use:   "churn",
		Short: "Connections that come, wait for their first job and leave",
		Args:  takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Duration, o.Say = f.duration, f.say()
			return f.use(cmd.Context(), func(ctx context.Context, t loadgen.Target, _ *benchServer) (uint64, error) {
				r, err := loadgen.Churn(ctx, t, o)
				if err != nil {
					return 0, err
				}
				if f.json {
					return 0, printJSON(cmd.OutOrStdout(), r)
				}
				out := cmd.OutOrStdout()
				fmt.Fprintf(out, "%d loops of connect, subscribe, authorize, first job, leave, %.3g s\n", r.Loops, r.Seconds)
				fmt.Fprintf(out, "  cycles     %.0f a second (%d), failed %d\n", r.PerSecond, r.Cycles, r.Failed)
				printLatency(out, "handshake", r.Handshake)
				fmt.Fprintf(out, "  processor  server %.2f s (%.3f ms a cycle), generator %.2f s\n", r.ServerCPU, r.CPUEach, r.OwnCPU)
				return 0, nil
			})
		},
	}
	cmd.Flags().IntVar(&o.Loops, "loops", 16, "connections at one time")
	return cmd
}

func newBenchHostile(f *benchFlags) *cobra.Command {
	o := loadgen.HostileOptions{}
	var names []string
	for _, k := range loadgen.Kinds {
		names = append(names, k.Name)
	}
	cmd := &cobra.Command{
		Use:   "hostile",
		Short: "A polite miner alone, and beside connections that misbehave",
		Long: `Hostile measures a polite miner, which has one submission in flight, first alone
and then beside hostile connections. Each measurement takes --duration.

  flood      one connection with 2,048 submissions in flight
  deaf       connections that submit and never read
  garbage    connections that send noise, and come back when they are dropped
  half-line  connections that send the beginning of a line and wait
  slow       connections that send a request one byte at a time`,
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Duration, o.Say = f.duration, f.say()
			if !cmd.Flags().Changed("difficulty") {
				f.difficulty = 1 // random shares are hashed and refused
			}
			return f.use(cmd.Context(), func(ctx context.Context, t loadgen.Target, _ *benchServer) (uint64, error) {
				r, err := loadgen.Hostile(ctx, t, o)
				if err != nil {
					return 0, err
				}
				if f.json {
					return hostileAccepted(r), printJSON(cmd.OutOrStdout(), r)
				}
				printHostile(cmd.OutOrStdout(), r)
				return hostileAccepted(r), nil
			})
		},
	}
	cmd.Flags().StringVar(&o.Kind, "kind", loadgen.Flood, strings.Join(names, ", "))
	cmd.Flags().IntVar(&o.Connections, "connections", 0, "hostile connections (0: what is usual for the kind)")
	cmd.Flags().StringVar(&o.Shares, "shares", loadgen.KindLowDiff, "what all submit: real or low-diff")
	return cmd
}

// hostileAccepted is what was accepted of all sides, as far as they read it.
func hostileAccepted(r *loadgen.HostileReport) uint64 {
	n := r.Alone.Accepted + r.Accepted
	if r.Beside != nil {
		n += r.Beside.Accepted
	}
	return n
}

func printHostile(out io.Writer, r *loadgen.HostileReport) {
	fmt.Fprintf(out, "a polite miner beside %d x %s\n", r.Connections, r.Kind)
	fmt.Fprintf(out, "  alone      %.0f answers a second, p50 %.3f ms, p99 %.3f\n", r.Alone.PerSecond, r.Alone.Latency.P50, r.Alone.Latency.P99)
	if r.Beside == nil {
		fmt.Fprintf(out, "  beside     SHUT OUT: %s\n", r.ShutOut)
	} else {
		fmt.Fprintf(out, "  beside     %.0f answers a second, p50 %.3f ms, p99 %.3f: %.2f of its rate alone\n",
			r.Beside.PerSecond, r.Beside.Latency.P50, r.Beside.Latency.P99, r.Ratio)
	}
	fmt.Fprintf(out, "  hostile    %.1f MB sent, %d answers, %d times dropped by the server\n", float64(r.Sent)/1e6, r.Answered, r.Dropped)
	fmt.Fprintf(out, "  memory     %.1f MB before, at most %.1f MB\n", float64(r.RSSBefore)/1e6, float64(r.RSSPeak)/1e6)
}
