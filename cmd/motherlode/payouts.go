package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/payout"
)

func newPayouts() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "payouts",
		Short: "List, export, try and make payments",
		Long: `Payouts shows what was paid to miners and makes payments that are due. Payments
are made by the running pool alone, which these commands talk to through a socket
in its data directory; list and export also work while it does not run.`,
		Args: onlyCommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var pool, format string
	list := &cobra.Command{
		Use: "list FILE", Short: "List the payments, newest first", Args: takes(cobra.ExactArgs(1)),
		RunE: withPayouts(func(ctx context.Context, c *payoutsClient, out io.Writer) error { return c.list(ctx, pool, out) }),
	}
	export := &cobra.Command{
		Use: "export FILE", Short: "Write every output of every payment as CSV or JSON, amounts in base units", Args: takes(cobra.ExactArgs(1)),
		RunE: withPayouts(func(ctx context.Context, c *payoutsClient, out io.Writer) error {
			return c.export(ctx, pool, format, out)
		}),
	}
	export.Flags().StringVar(&format, "format", "csv", "csv or json")
	dry := &cobra.Command{
		Use: "dry-run FILE", Short: "Show what would be paid now", Args: takes(cobra.ExactArgs(1)),
		RunE: withPayouts(func(ctx context.Context, c *payoutsClient, out io.Writer) error { return c.dryRun(ctx, pool, out) }),
	}
	run := &cobra.Command{
		Use: "run FILE", Short: "Have the running pool make the payments that are due, whatever the time", Args: takes(cobra.ExactArgs(1)),
		RunE: withPayouts(func(ctx context.Context, c *payoutsClient, out io.Writer) error { return c.run(ctx, pool, out) }),
	}
	for _, sub := range []*cobra.Command{list, export, dry, run} {
		sub.Flags().StringVar(&pool, "pool", "", "of one pool alone")
		cmd.AddCommand(sub)
	}
	return cmd
}

// payoutsClient asks the pool that runs in a data directory.
type payoutsClient struct {
	dir      string
	database string
	control  *control.Client
}

func withPayouts(do func(context.Context, *payoutsClient, io.Writer) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		cfg, err := configs.Load(args[0])
		if err != nil {
			return &useError{err}
		}
		return do(cmd.Context(), &payoutsClient{cfg.DataDir, cfg.Database, control.NewClient(cfg.DataDir)}, cmd.OutOrStdout())
	}
}

// errNotRunning says that no pool answers.
var errNotRunning = errors.New("no pool runs in the file's data_dir; payments are made and proposed by the running pool alone")

// ask makes a request of the pool.
func (c *payoutsClient) ask(ctx context.Context, method, path string, query url.Values, out any) error {
	err := c.control.Do(ctx, method, path, query, nil, out)
	if errors.Is(err, control.ErrNotRunning) {
		return errNotRunning
	}
	return err
}

// each calls do with every payment, newest first, of the running pool or else of
// the files.
func (c *payoutsClient) each(ctx context.Context, pool string, do func(*ledger.Payment) error) error {
	page := func(before uint64) (rows []ledger.Payment, err error) {
		err = c.ask(ctx, http.MethodGet, "/payments", url.Values{"pool": {pool}, "before": {strconv.FormatUint(before, 10)}}, &rows)
		return rows, err
	}
	rows, err := page(0)
	if errors.Is(err, errNotRunning) {
		var done func() error
		if page, done, err = payoutFiles(ctx, c.dir, c.database, pool); err != nil {
			return err
		}
		defer func() { _ = done() }() // nothing was changed but what a start does as well
		rows, err = page(0)
	}
	for ; err == nil && len(rows) > 0; rows, err = page(rows[len(rows)-1].ID) {
		for i := range rows {
			if err := do(&rows[i]); err != nil {
				return err
			}
		}
	}
	return err
}

// payoutFiles pages through the payments in the files of a pool that does not run.
func payoutFiles(ctx context.Context, dir, database, pool string) (page func(uint64) ([]ledger.Payment, error), done func() error, err error) {
	l, done, err := poolFiles(ctx, dir, database)
	if err != nil {
		return nil, nil, err
	}
	page = func(before uint64) ([]ledger.Payment, error) {
		return l.Payments(ledger.PaymentFilter{Pool: pool}, before, 1000)
	}
	return page, done, nil
}

func (c *payoutsClient) list(ctx context.Context, pool string, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "payment\ttime\tpool\tchain\tstate\taccounts\tbase units\ttransaction\treason")
	err := c.each(ctx, pool, func(p *ledger.Payment) error {
		_, err := fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\n", p.ID, payTime(p.Made), p.Pool, p.Chain, p.State, len(p.Outputs), p.Amount(), p.TxID, p.Reason)
		return err
	})
	return errors.Join(err, w.Flush())
}

func payTime(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }

// exported is one output of a payment.
type exported struct {
	Payment uint64 `json:"payment"`
	Time    string `json:"time"`
	Changed string `json:"changed"`
	Pool    string `json:"pool"`
	Chain   string `json:"chain"`
	State   string `json:"state"`
	TxID    string `json:"txid"`
	Account string `json:"account"`
	Address string `json:"address"`
	Amount  uint64 `json:"amount"`
}

func (c *payoutsClient) export(ctx context.Context, pool, format string, out io.Writer) error {
	var write func(*exported) error
	var flush func() error
	switch format {
	case "csv":
		w := csv.NewWriter(out)
		if err := w.Write([]string{"payment", "time", "changed", "pool", "chain", "state", "txid", "account", "address", "amount"}); err != nil {
			return err
		}
		write = func(e *exported) error {
			return w.Write([]string{strconv.FormatUint(e.Payment, 10), e.Time, e.Changed, e.Pool, e.Chain, e.State, e.TxID, harmless(e.Account), e.Address, strconv.FormatUint(e.Amount, 10)})
		}
		flush = func() error { w.Flush(); return w.Error() }
	case "json": // a line for each
		w := json.NewEncoder(out)
		write = func(e *exported) error { return w.Encode(e) }
		flush = func() error { return nil }
	default:
		return &useError{fmt.Errorf("format %q is unknown; expected csv or json", format)}
	}
	err := c.each(ctx, pool, func(p *ledger.Payment) error {
		for _, o := range p.Outputs {
			if err := write(&exported{p.ID, payTime(p.Made), payTime(p.Changed), p.Pool, p.Chain, p.State, p.TxID, o.Account, o.Address, o.Amount}); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, flush())
}

// harmless keeps a name that a miner chose from being a formula in a spreadsheet.
func harmless(name string) string {
	if name != "" && strings.ContainsRune("=+-@\t\r", rune(name[0])) {
		return "'" + name
	}
	return name
}

func (c *payoutsClient) dryRun(ctx context.Context, pool string, out io.Writer) error {
	var all []payout.Proposal
	if err := c.ask(ctx, http.MethodGet, "/proposals", url.Values{"pool": {pool}}, &all); err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Fprintln(out, "no payouts are configured")
	}
	for _, p := range all {
		fmt.Fprintf(out, "%s of pool %s: %d accounts, %s in all; the wallet has %s\n", p.Chain, p.Pool, len(p.Pay), payout.Text(p.Total, p.Decimals), payout.Text(p.Funds, p.Decimals))
		if p.Problem != "" {
			fmt.Fprintf(out, "  problem: %s\n", p.Problem)
		}
		for _, o := range p.Pay {
			fmt.Fprintf(out, "  %s  %s  for %q, %s\n", payout.Text(o.Amount, p.Decimals), o.Address, o.Account, o.Why)
		}
		for _, s := range p.Skipped {
			fmt.Fprintf(out, "  %s  kept for %q: %s\n", payout.Text(s.Amount, p.Decimals), s.Account, s.Reason)
		}
	}
	return nil
}

func (c *payoutsClient) run(ctx context.Context, pool string, out io.Writer) error {
	var all []payout.Outcome
	if err := c.ask(ctx, http.MethodPost, "/rounds", url.Values{"pool": {pool}}, &all); err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Fprintln(out, "no payouts are configured")
	}
	var failed error
	for _, o := range all {
		fmt.Fprintf(out, "%s of pool %s: %d payments\n", o.Chain, o.Pool, len(o.Payments))
		for _, p := range o.Payments {
			fmt.Fprintf(out, "  payment %d: %d accounts, %s, transaction %s\n", p.ID, len(p.Outputs), p.State, p.TxID)
		}
		if o.Error != "" {
			failed = errors.Join(failed, fmt.Errorf("%s of pool %s: %s", o.Chain, o.Pool, o.Error))
		}
	}
	return failed
}
