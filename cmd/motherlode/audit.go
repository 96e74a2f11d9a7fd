package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/audit"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// auditOrder is what the command is asked to do.
type auditOrder struct {
	query  audit.Query
	data   string // the pool's data folder, in place of its configuration
	log    string // folder or file of the share log; empty: that of the configuration
	all    bool
	whole  bool // the whole ledger, row by row
	format string
}

func newAudit() *cobra.Command {
	var o auditOrder
	cmd := &cobra.Command{
		Use:   "audit [FILE]",
		Short: "Compute from the share log how a block is divided, and compare it with what is paid",
		Long: `Audit reads the share log from its first record, divides a block by the rules and
shares that are in it, and compares every amount with the pool's ledger and with
the payments in the log.

FILE is the pool's configuration. Without it, --data names the pool's data folder,
if its ledger is a file there. Whoever has no more than the days that the pool
offers for download puts them into a folder and audits it with --log instead:
then there is no ledger to compare with, and what is printed is for you to hold
against what you were paid.

With --ledger every row of the ledger is compared: all balances, blocks, payments,
totals and statistics, of all chains, with what the share log gives when it is folded
again from its first record. That finds bytes of the ledger that have changed on the
disk or by hand. It needs room for two more ledgers in the folder for temporary files
(TMPDIR).

It reads and changes nothing, and may run beside the pool. Exit code: 0 all
agrees, 1 something differs, 2 it could not be audited.`,
		Example: `  motherlode audit --chain bitcoin --block 00000000000000000001ab pool.toml
  motherlode audit --chain bitcoin --all pool.toml
  motherlode audit --ledger pool.toml
  motherlode audit --chain bitcoin --block 00000000000000000001ab --account bc1q... --log days/`,
		Args: takes(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(args); err != nil {
				return &useError{err}
			}
			a := &auditor{order: o, out: cmd.OutOrStdout()}
			switch {
			case len(args) > 0:
				cfg, err := configs.Load(args[0])
				if err != nil {
					return &useError{err}
				}
				a.cfg = cfg
			case o.data != "":
				var pool operating
				if err := pool.folder(o.data); err != nil {
					return err
				}
				a.cfg = pool.cfg
			}
			if o.whole {
				return a.whole(cmd.Context())
			}
			return a.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.query.Chain, "chain", "", "the chain, by its name in the configuration")
	f.StringVar(&o.query.Block, "block", "", "hash of the block, or enough of its start")
	f.BoolVar(&o.all, "all", false, "every block of the chain, in a line each")
	f.BoolVar(&o.whole, "ledger", false, "every row of the ledger, of all chains")
	f.StringVar(&o.query.Account, "account", "", "of this account alone, with its shares in the window")
	f.StringVar(&o.query.Pool, "pool", "", "of this pool alone, where several mine the chain")
	f.StringVar(&o.log, "log", "", "folder of the share log or of downloaded days, or one such file")
	f.StringVar(&o.data, "data", "", "in place of FILE: the pool's data folder, as of \"motherlode solo\"")
	f.StringVar(&o.format, "format", "text", "text or json")
	fixed(cmd, "format", []string{"text", "json"})
	if err := cmd.MarkFlagDirname("data"); err != nil {
		panic(err) // the flag is not there: a mistake in this program
	}
	return cmd
}

func (o *auditOrder) check(args []string) error {
	switch {
	case o.whole && (o.query != (audit.Query{}) || o.all):
		return errors.New("--ledger is about all chains, blocks and accounts: leave --chain, --block, --all, --account and --pool out")
	case o.whole && len(args) == 0 && o.data == "":
		return errors.New("which ledger? Say the configuration file, or --data and the pool's data folder")
	case o.query.Chain == "" && !o.whole:
		return errors.New("which chain? Say --chain NAME, or --ledger for the whole ledger")
	case o.query.Block == "" && !o.all && !o.whole:
		return errors.New("which block? Say --block HASH, or --all for every block of the chain")
	case o.query.Block != "" && o.all:
		return errors.New("--block and --all exclude each other")
	case len(args) > 0 && o.data != "":
		return errors.New("say FILE or --data, not both")
	case len(args) == 0 && o.log == "" && o.data == "":
		return errors.New("which share log? Say the configuration file, --data and the pool's data folder, or --log and a folder of downloaded days")
	case o.format != "text" && o.format != "json":
		return fmt.Errorf("format %q is unknown; expected text or json", o.format)
	}
	return nil
}

// errDiffers says that the audit has found differences, which are printed.
var errDiffers = errors.New("the log and what is paid or owed differ")

// auditor carries an order out.
type auditor struct {
	order auditOrder
	cfg   *configs.Config // nil without a file
	out   io.Writer

	view     *sharelog.View
	ledger   *auditLedger
	compared bool     // the log is read up to where the ledger is, so all is of the same moment
	behind   bool     // the ledger has not come to the end of the log
	notes    []string // what limits the audit
	diffs    []audit.Difference
	split    int   // blocks that were compared with the ledger
	missed   int   // blocks that were asked for, and that the ledger has not come to
	verdict  error // of the whole
}

func (a *auditor) run(ctx context.Context) (err error) {
	path := a.order.log
	if a.cfg != nil {
		if path == "" {
			path = filepath.Join(a.cfg.DataDir, "shares")
		}
		a.ledger = openAuditLedger(ctx, a.cfg, a.order.query.Chain)
		defer func() { err = errors.Join(err, a.ledger.close()) }()
	} else {
		a.ledger = &auditLedger{none: "there is no ledger here: the log alone was read"}
	}
	if a.view, err = sharelog.OpenView(path); err != nil {
		return couldNot(err)
	}
	p := a.printer()
	result, err := a.compute(ctx, p)
	if err != nil {
		return couldNot(err)
	}
	if a.order.all {
		a.missed += result.Beyond
	}
	a.balances(result)
	a.explain(result)
	a.verdict = a.judge(result)
	if err := p.end(a, result); err != nil {
		return err
	}
	return a.verdict
}

// compute reads the log up to where the ledger is, or all of it where what is asked
// for lies beyond.
func (a *auditor) compute(ctx context.Context, p auditPrinter) (*audit.Result, error) {
	q := a.order.query
	each := func(b *audit.Block) error { return a.block(ctx, p, b) }
	if at := a.ledger.holdings.Position; a.ledger.none == "" && at <= a.view.End() {
		a.compared, a.behind, q.Until = true, at < a.view.End(), &at
	}
	result, err := audit.Run(ctx, a.view, q, each)
	if a.behind && (errors.Is(err, audit.ErrNoBlock) || errors.Is(err, audit.ErrNoChain)) {
		a.compared, q.Until = false, nil
		return audit.Run(ctx, a.view, q, each)
	}
	return result, err
}

// judge is nil where all agrees.
func (a *auditor) judge(r *audit.Result) error {
	switch {
	case len(a.diffs) > 0 && !r.Whole:
		return couldNot(errors.New("the log does not reach back to its first record, which may be why it differs"))
	case len(a.diffs) > 0:
		return errDiffers
	case a.ledger.fault != nil:
		return couldNot(a.ledger.fault)
	case a.missed > 0:
		return couldNot(fmt.Errorf("the ledger has not come to %d of %d blocks, which were not compared", a.missed, a.asked(r)))
	case a.behind && !a.compared && a.split == 0:
		return couldNot(fmt.Errorf("the ledger has not come to chain %q, and nothing was compared", a.order.query.Chain))
	}
	return nil
}

// asked is how many blocks were asked for.
func (a *auditor) asked(r *audit.Result) int {
	if a.order.all {
		return r.Blocks + r.Beyond
	}
	return r.Blocks
}

// couldNot is an error that says that there is no result: exit code 2.
func couldNot(err error) error { return &useError{fmt.Errorf("could not be audited: %w", err)} }

func (a *auditor) note(format string, args ...any) {
	a.notes = append(a.notes, fmt.Sprintf(format, args...))
}

// block compares a block with the ledger and prints it.
func (a *auditor) block(ctx context.Context, p auditPrinter, b *audit.Block) error {
	var diffs []audit.Difference
	before := a.split
	if a.ledger.none == "" {
		paid, err := a.ledger.block(ctx, b.Chain, b.Raw)
		if err != nil {
			return fmt.Errorf("asking the ledger for block %s: %w", b.Hash, err)
		}
		switch {
		case paid != nil:
			diffs = b.Compare(paid, a.compared && a.ledger.still)
			a.split++
		case a.compared:
			diffs = []audit.Difference{{Pool: b.Pool, Block: b.Hash, What: "block", Log: "is there", Other: "unknown to the ledger"}}
		case a.behind:
			a.missed++
		}
	}
	a.diffs = append(a.diffs, diffs...)
	return p.block(b, diffs, a.split > before)
}

// balances compares what the accounts have, with the ledger and with themselves.
func (a *auditor) balances(r *audit.Result) {
	if !r.Whole {
		return
	}
	var diffs []audit.Difference
	if a.compared {
		diffs = r.Compare(a.ledger.rows(a.order.query.Pool))
	}
	diffs = append(diffs, r.Overpaid()...)
	for _, d := range diffs {
		if want := a.order.query.Account; want == "" || d.Account == want {
			a.diffs = append(a.diffs, d)
		}
	}
}

// explain notes what the audit could not look at.
func (a *auditor) explain(r *audit.Result) {
	at, end := a.ledger.holdings.Position, a.view.End()
	switch {
	case a.ledger.none != "":
		a.note("%s", a.ledger.none)
	case a.behind && a.compared:
		a.note("the ledger is at byte %d of the log's %d, and was compared up to there; %d blocks of %s lie beyond (it follows while the pool runs)", at, end, r.Beyond, a.order.query.Chain)
	case a.behind:
		a.note("the ledger is at byte %d of the log's %d, and what was asked for lies beyond: balances were not compared (it follows while the pool runs)", at, end)
	case !a.compared:
		a.note("the ledger is at byte %d, beyond the end of this log: balances were not compared", at)
	}
	if !r.Whole {
		a.note("the log begins at byte %d: earlier days are missing, so the first windows may lack shares, and balances were not compared", r.Start)
	}
	if n := a.view.Torn(); n > 0 {
		a.note("%d bytes at the end of the log are no whole write and were left out: a write or a download was under way", n)
	}
	if len(r.Unknown) > 0 {
		a.note("the log has records of a newer version, of kinds %v, which were passed over: audit it with that version", r.Unknown)
	}
}
