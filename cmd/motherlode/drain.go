package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/engine/control"
)

const (
	drainOver = time.Minute            // miners are sent away over so long, unless --over says otherwise
	drainLook = 200 * time.Millisecond // between two looks at how far it is
)

func newDrain() *cobra.Command {
	var o control.DrainOrder
	over := drainOver
	var wait bool
	cmd := toPool(&cobra.Command{
		Use:   "drain [FILE]",
		Short: "Close the ports and send the miners away, little by little",
		Long: `Drain takes a pool out of service without a storm: its ports are closed for good,
and its miners are asked one after the other to connect again, here or to another
of the pool's machines. Who does not go within ten seconds is disconnected. The
pool goes on with what it has until it is ended; only a start of the process opens
its ports again, and no reload does. On a port that the service manager holds open
(socket activation), whoever connects is disconnected at once. When every pool is
drained, /healthz answers 503 and "draining", so that a load balancer sends
miners elsewhere.

The command shows how far it is. The drain goes on when the command is ended.`,
		Example: `  motherlode drain motherlode.toml --to stratum+tcp://two.pool.example:3333 --over 10m`,
	}, func(ctx context.Context, op *operating) error {
		o.Over = over.Seconds()
		var d control.Drain
		if err := op.pool.Do(ctx, http.MethodPost, "/drain", nil, o, &d); err != nil {
			return useOrRefusal(err)
		}
		if !wait {
			_, err := fmt.Fprintf(op.out, "the ports are closed, %s sent away over %s\n", countOf(drainTotal(&d), "miner"), over)
			return err
		}
		return watchDrain(ctx, op, d)
	})
	fl := cmd.Flags()
	fl.StringVar(&o.Pool, "pool", "", "one pool alone")
	fl.StringVar(&o.To, "to", "", "where miners are sent: an address of reconnect_to; without it, where they are")
	fl.DurationVar(&over, "over", drainOver, "the time over which they are sent away")
	fl.BoolVar(&wait, "wait", true, "show how far it is until all are gone")
	return cmd
}

func drainTotal(d *control.Drain) (n int) {
	for _, p := range d.Pools {
		n += p.Total
	}
	return n
}

func drainLeft(d *control.Drain) (n int) {
	for _, p := range d.Pools {
		n += p.Left
	}
	return n
}

// watchDrain shows how far a drain is until it is over.
func watchDrain(ctx context.Context, o *operating, d control.Drain) error {
	w := newWatcher(o.out, o.out == io.Writer(os.Stdout) && isTerminal(os.Stdout))
	w.line("the ports are closed, %s sent away over %s", countOf(drainTotal(&d), "miner"), time.Duration(d.Over*float64(time.Second)))
	tick := time.NewTicker(drainLook)
	defer tick.Stop()
	for !d.Done {
		w.progress("%s", drainLine(&d, 30))
		select {
		case <-ctx.Done():
			w.progress("")
			w.line("the drain goes on; \"motherlode status\" shows how far it is")
			return nil
		case <-tick.C:
		}
		err := o.pool.Get(ctx, "/drain", nil, &d)
		if errors.Is(err, control.ErrNotRunning) {
			w.progress("")
			return errors.New("the pool has ended while it was drained")
		}
		if err != nil && ctx.Err() == nil {
			w.progress("")
			return useOrRefusal(err)
		}
	}
	w.progress("")
	var failed error
	for _, p := range d.Pools {
		if p.Error != "" {
			failed = errors.Join(failed, fmt.Errorf("pool %s: %s", p.Pool, p.Error))
		}
	}
	w.line("%s left", countOf(drainLeft(&d), "miner"))
	return failed
}

// drainLine is "[#######------] 120 of 500 miners are gone".
func drainLine(d *control.Drain, width int) string {
	total := drainTotal(d)
	gone := max(total-drainLeft(d), 0)
	return fmt.Sprintf("[%s] %d of %s are gone", bar(float64(gone)/float64(max(total, 1)), width), gone, countOf(total, "miner"))
}

// bar is a part of 1 as so many characters.
func bar(part float64, width int) string {
	full := min(max(int(part*float64(width)), 0), width)
	return strings.Repeat("#", full) + strings.Repeat("-", width-full)
}
