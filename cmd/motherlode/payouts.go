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

	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/payout"
)

// pageRows are read at a time of the files of a pool that does not run.
const pageRows = 1000

func newPayouts() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "payouts",
		Short: "List, export, try and make payments",
		Long: `Payouts shows what was paid to miners and makes payments that are due. Payments
are made by the running pool alone, which these commands talk to through a socket
in its data directory; list and export also work while it does not run. Record is
for a pool whose share log was restored from an older copy, settle for a payment that
another transaction has made in part.`,
		Args: onlyCommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var pool, format string
	list := toPayouts("list", "List the payments, newest first", func(ctx context.Context, c *payoutsClient) error { return c.list(ctx, pool) })
	export := toPayouts("export", "Write every output of every payment as CSV or JSON, amounts in base units", func(ctx context.Context, c *payoutsClient) error {
		return c.export(ctx, pool, format)
	})
	export.Flags().StringVar(&format, "format", "csv", "csv or json")
	fixed(export, "format", []string{"csv", "json"})
	dry := toPayouts("dry-run", "Show what would be paid now", func(ctx context.Context, c *payoutsClient) error { return c.dryRun(ctx, pool) })
	run := toPayouts("run", "Have the running pool make the payments that are due, whatever the time", func(ctx context.Context, c *payoutsClient) error { return c.run(ctx, pool) })
	for _, sub := range []*cobra.Command{list, export, dry, run} {
		sub.Flags().StringVar(&pool, "pool", "", "of one pool alone")
		cmd.AddCommand(sub)
	}
	cmd.AddCommand(newPayoutsRecord(), newPayoutsSettle())
	return cmd
}

// payoutsClient asks a pool about its payments.
type payoutsClient struct{ *operating }

// toPayouts is a command about payments.
func toPayouts(name, short string, do func(context.Context, *payoutsClient) error) *cobra.Command {
	return toPool(&cobra.Command{Use: name + " [FILE]", Short: short}, func(ctx context.Context, o *operating) error {
		return do(ctx, &payoutsClient{o})
	})
}

// errPayerGone says that no pool answers, to who wants payments made.
var errPayerGone = fmt.Errorf("payments are made and proposed by the running pool alone: %w", control.ErrNotRunning)

// ask asks the running pool.
func (c *payoutsClient) ask(ctx context.Context, method, path string, query url.Values, out any) error {
	return c.order(ctx, method, path, query, nil, out)
}

// order has the running pool do what the body says.
func (c *payoutsClient) order(ctx context.Context, method, path string, query url.Values, in, out any) error {
	err := c.pool.Do(ctx, method, path, query, in, out)
	if errors.Is(err, control.ErrNotRunning) {
		return errPayerGone
	}
	return useOrRefusal(err)
}

// each calls do with every payment, newest first, of the running pool or else of
// the files.
func (c *payoutsClient) each(ctx context.Context, pool string, do func(*ledger.Payment) error) error {
	page := func(before uint64) (rows []ledger.Payment, err error) {
		err = c.pool.Get(ctx, "/payments", url.Values{"pool": {pool}, "before": {strconv.FormatUint(before, 10)}}, &rows)
		return rows, err
	}
	rows, err := page(0)
	if errors.Is(err, control.ErrNotRunning) {
		l, done, failed := c.files(ctx)
		if failed != nil {
			return failed
		}
		defer func() { _ = done() }() // nothing was changed but what a start does as well
		page = func(before uint64) ([]ledger.Payment, error) {
			return l.Payments(ledger.PaymentFilter{Pool: pool}, before, pageRows)
		}
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

func (c *payoutsClient) list(ctx context.Context, pool string) error {
	out := c.out
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	some := false
	err := c.each(ctx, pool, func(p *ledger.Payment) error {
		if !some {
			some = true
			fmt.Fprintln(w, "payment\ttime\tpool\tchain\tstate\taccounts\tbase units\ttransaction\treason")
		}
		_, err := fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\n", p.ID, payTime(p.Made), p.Pool, p.Chain, p.State, len(p.Outputs), p.Amount(), p.TxID, p.Reason)
		return err
	})
	if err == nil && !some {
		fmt.Fprintln(out, "no payments yet")
	}
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

func (c *payoutsClient) export(ctx context.Context, pool, format string) error {
	out := c.out
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

func (c *payoutsClient) dryRun(ctx context.Context, pool string) error {
	out := c.out
	var all []payout.Proposal
	if err := c.ask(ctx, http.MethodGet, "/proposals", url.Values{"pool": {pool}}, &all); err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Fprintln(out, "no payouts are configured")
	}
	for _, p := range all {
		fmt.Fprintf(out, "%s of pool %s: %s, %s in all; the wallet has %s\n", p.Chain, p.Pool, countOf(len(p.Pay), "account"), payout.Text(p.Total, p.Decimals), payout.Text(p.Funds, p.Decimals))
		if p.Problem != "" {
			fmt.Fprintf(out, "  problem: %s\n", p.Problem)
		}
		for _, o := range p.Pay {
			fmt.Fprintf(out, "  %s  %s  for %q, %s\n", payout.Text(o.Amount, p.Decimals), o.Address, o.Account, o.Why)
		}
		printSkipped(out, p.Skipped, p.Decimals)
	}
	return nil
}

func (c *payoutsClient) run(ctx context.Context, pool string) error {
	out := c.out
	var all []payout.Outcome
	if err := c.ask(ctx, http.MethodPost, "/rounds", url.Values{"pool": {pool}}, &all); err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Fprintln(out, "no payouts are configured")
	}
	var failed error
	for _, o := range all {
		fmt.Fprintf(out, "%s of pool %s: %s\n", o.Chain, o.Pool, countOf(len(o.Payments), "payment"))
		for _, p := range o.Payments {
			fmt.Fprintf(out, "  payment %d: %s, %s, transaction %s\n", p.ID, countOf(len(p.Outputs), "account"), p.State, p.TxID)
		}
		printSkipped(out, o.Skipped, o.Decimals)
		if o.Error != "" {
			failed = errors.Join(failed, fmt.Errorf("%s of pool %s: %s", o.Chain, o.Pool, o.Error))
		}
	}
	return failed
}

// printSkipped lists who is owed enough and not paid.
func printSkipped(out io.Writer, all []payout.Skipped, decimals uint8) {
	for _, s := range all {
		amount := payout.Text(s.Amount, decimals)
		if s.Refused != "" {
			fmt.Fprintf(out, "  %s  %s  refused by the node, stays owed to %q: %s\n", amount, s.Refused, s.Account, s.Reason)
			continue
		}
		fmt.Fprintf(out, "  %s  kept for %q: %s\n", amount, s.Account, s.Reason)
	}
}
