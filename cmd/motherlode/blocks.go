package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/engine/control"
)

// blockStates are what a block can be.
var blockStates = []string{"pending", "received", "accepted", "mature", "orphaned", "refused", "lost"}

// blocksShown are listed unless --limit says otherwise.
const blocksShown = 25

func newBlocks() *cobra.Command {
	f := control.BlockFilter{}
	var inJSON bool
	cmd := toPool(&cobra.Command{
		Use:   "blocks [FILE]",
		Short: "List the blocks that were found, newest first",
		Long: `Blocks lists what was found on every chain, what became of it, and what it took:
effort is the work of the round by the chain's difficulty, 100 % on average. It
reads the files of a pool that does not run.`,
	}, func(ctx context.Context, o *operating) error {
		if f.Limit < 1 || f.Limit > 1000 {
			return &useError{fmt.Errorf("--limit %d: expected 1 to 1000", f.Limit)}
		}
		if f.State != "" && !slices.Contains(blockStates, f.State) {
			return &useError{fmt.Errorf("--state %q: a block is %s", f.State, strings.Join(blockStates, ", "))}
		}
		blocks, err := o.blocks(ctx, f)
		if err != nil {
			return useOrRefusal(err)
		}
		if len(blocks) == 0 {
			if err := o.known(ctx, f); err != nil {
				return err
			}
		}
		if inJSON {
			return asJSON(o.out, blocks)
		}
		if len(blocks) == 0 && (f.Pool != "" || f.Chain != "" || f.State != "" || f.Before > 0) {
			_, err := fmt.Fprintln(o.out, "no blocks that are asked for; without flags all are listed")
			return err
		}
		return printBlocks(o, blocks, o.unitsOf(ctx))
	})
	fl := cmd.Flags()
	fl.StringVar(&f.Pool, "pool", "", "of one pool alone")
	fl.StringVar(&f.Chain, "chain", "", "of one chain alone")
	fl.StringVar(&f.State, "state", "", "in one state alone, such as accepted, mature or orphaned")
	fl.IntVar(&f.Limit, "limit", blocksShown, "list so many, up to 1000")
	fl.Uint64Var(&f.Before, "before", 0, "only those with a smaller number")
	fl.BoolVar(&inJSON, "json", false, "as JSON, rewards in base units")
	fixed(cmd, "state", blockStates)
	return cmd
}

// blocks are of the running pool, or else of the files.
func (o *operating) blocks(ctx context.Context, f control.BlockFilter) (blocks []control.Block, err error) {
	q := url.Values{"pool": {f.Pool}, "chain": {f.Chain}, "state": {f.State}, "limit": {strconv.Itoa(f.Limit)}, "before": {strconv.FormatUint(f.Before, 10)}}
	err = o.pool.Get(ctx, "/blocks", q, &blocks)
	if !errors.Is(err, control.ErrNotRunning) {
		return blocks, err
	}
	l, done, err := o.files(ctx)
	if err != nil {
		return nil, err
	}
	blocks, err = engine.ControlBlocks(l, f)
	return blocks, errors.Join(err, done())
}

// known refuses a pool or a chain that neither the file has nor any block, which may be
// of one that was taken out since.
func (o *operating) known(ctx context.Context, f control.BlockFilter) error {
	if o.bare { // then nobody knows their names
		return nil
	}
	pools := slices.Sorted(maps.Keys(o.cfg.Pools))
	var chains []string
	for _, p := range o.cfg.Pools {
		chains = append(chains, p.Parent)
		for _, a := range p.Aux {
			chains = append(chains, a.Coin)
		}
	}
	slices.Sort(chains)
	for _, x := range []struct {
		flag, name string
		names      []string
		alone      control.BlockFilter
	}{
		{"pool", f.Pool, pools, control.BlockFilter{Pool: f.Pool, Limit: 1}},
		{"chain", f.Chain, slices.Compact(chains), control.BlockFilter{Chain: f.Chain, Limit: 1}},
	} {
		if x.name == "" || slices.Contains(x.names, x.name) {
			continue
		}
		some, err := o.blocks(ctx, x.alone)
		if err != nil {
			return useOrRefusal(err)
		}
		if len(some) == 0 {
			return &useError{fmt.Errorf("--%s %q: there is none of this name; expected one of %s", x.flag, x.name, strings.Join(x.names, ", "))}
		}
	}
	return nil
}

func printBlocks(o *operating, blocks []control.Block, units map[string]control.Unit) error {
	if len(blocks) == 0 {
		_, err := fmt.Fprintln(o.out, "no blocks yet")
		return err
	}
	w := tabwriter.NewWriter(o.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "number\tfound\tpool\tchain\theight\tstate\tconfirmations\treward\teffort\tby\thash\treason")
	for _, b := range blocks {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%s\t%d\t%s\t%s\t%s\t%s\t%s\n", b.Number, b.Found.UTC().Format(time.RFC3339), b.Pool, b.Chain, b.Height, b.State,
			b.Confirmations, moneyText(units, b.Chain, b.Reward), effortText(b.Effort), workerText(b.Account, b.Worker), b.Hash, safe(b.Reason))
	}
	return w.Flush()
}
