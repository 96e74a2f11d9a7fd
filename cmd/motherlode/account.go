package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/engine/control"
)

func newAccount() *cobra.Command {
	var pool string
	var inJSON bool
	cmd := toPool(&cobra.Command{
		Use:   "account [FILE] ADDRESS",
		Short: "Show what a miner has done and is owed",
		Long: `Account shows an account in every pool: its hash rate, shares and workers, and
its balance of each chain. The account is the address that its miners log in
with, without the worker's name. It reads the files of a pool that does not run,
which know no hash rates.

Of an account that coinbases pay, "in coinbases" is what those of immature blocks
pay it, and "carried" what later ones are to pay it. Where blocks stay with the
pool, which mines solo for its own address and pays nobody, nothing is owed, and
"not paid here" is the account's share of these blocks.`,
	}, func(ctx context.Context, o *operating) error {
		all, err := o.accounts(ctx, pool, o.args[0])
		if err != nil {
			return useOrRefusal(err)
		}
		if inJSON {
			return asJSON(o.out, all)
		}
		if len(all) == 0 {
			return fmt.Errorf("no pool has an account %q: it is the address that miners log in with, without the worker's name", o.args[0])
		}
		units := o.unitsOf(ctx)
		for i := range all {
			if err := printAccount(o, &all[i], units); err != nil {
				return err
			}
		}
		return nil
	})
	cmd.Flags().StringVar(&pool, "pool", "", "of one pool alone")
	cmd.Flags().BoolVar(&inJSON, "json", false, "as JSON, amounts in base units")
	cmd.AddCommand(newAccountSettings())
	return cmd
}

// accounts are of the running pool, or else of the files.
func (o *operating) accounts(ctx context.Context, pool, name string) (all []control.Account, err error) {
	err = o.pool.Get(ctx, "/account", url.Values{"pool": {pool}, "name": {name}}, &all)
	if !errors.Is(err, control.ErrNotRunning) {
		return all, err
	}
	if o.bare { // which chains a pool has, its file says
		return nil, err
	}
	l, done, err := o.files(ctx)
	if err != nil {
		return nil, err
	}
	all, err = engine.ControlAccounts(l, o.cfg.Pools, nil, pool, name)
	return all, errors.Join(err, done())
}

func printAccount(o *operating, a *control.Account, units map[string]control.Unit) error {
	now := time.Now()
	refused := uint64(0)
	for _, n := range a.Rejected {
		refused += n
	}
	fmt.Fprintf(o.out, "%s in pool %s\n", safe(a.Name), a.Pool)
	rates := fmt.Sprintf("%s, of the hour %s, of the day %s", rateText(a.Rates.FiveMinutes), rateText(a.Rates.Hour), rateText(a.Rates.Day))
	if a.Rates.Day == 0 && a.Accepted > 0 && now.Sub(a.First) < countedAfter {
		rates = "being counted"
	}
	fmt.Fprintf(o.out, "  hash rate  %s\n", rates)
	fmt.Fprintf(o.out, "  shares     %s accepted, %s refused, best of difficulty %s\n", countText(a.Accepted), countText(refused), strings.TrimSpace(siText(a.Best)))
	fmt.Fprintf(o.out, "  seen       %s ago, first %s ago\n", agoText(now, a.Last), agoText(now, a.First))
	w := tabwriter.NewWriter(o.out, 0, 0, 2, ' ', 0)
	printBalances(w, a.Balances, units)
	if err := w.Flush(); err != nil || len(a.Workers) == 0 {
		return err
	}
	fmt.Fprintln(w, "  worker\thash rate (1 h)\tshares\trefused\tlast seen")
	for _, x := range a.Workers {
		name := safe(x.Name)
		if name == "" {
			name = "(no name)"
		}
		fmt.Fprintf(w, "  %s\t%s\t%d\t%d\t%s ago\n", name, rateText(x.HashRate), x.Accepted, x.Rejected, agoText(now, x.Last))
	}
	if a.More {
		fmt.Fprintln(w, "  and more workers")
	}
	return w.Flush()
}

// printBalances lists what an account has of each chain. What only coinbases that pay
// miners can have is left out where they do not.
func printBalances(w io.Writer, all []control.Balance, units map[string]control.Unit) {
	if len(all) == 0 {
		return
	}
	coinbases := slices.ContainsFunc(all, func(b control.Balance) bool { return b.InCoinbases != 0 || b.Carried != 0 })
	stay := slices.ContainsFunc(all, func(b control.Balance) bool { return b.NotPaid != 0 })
	head := "  chain\timmature\towed\tbeing paid\tpaid"
	if stay {
		head += "\tnot paid here"
	}
	if coinbases {
		head += "\tin coinbases\tcarried"
	}
	fmt.Fprintln(w, head)
	for _, b := range all {
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s", b.Chain, moneyText(units, b.Chain, b.Immature), signedText(units, b.Chain, b.Owed),
			moneyText(units, b.Chain, b.Sending), moneyText(units, b.Chain, b.Paid))
		if stay {
			fmt.Fprintf(w, "\t%s", signedText(units, b.Chain, b.NotPaid))
		}
		if coinbases {
			fmt.Fprintf(w, "\t%s\t%s", moneyText(units, b.Chain, b.InCoinbases), signedText(units, b.Chain, b.Carried))
		}
		fmt.Fprintln(w)
	}
}
