package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/engine/payout"
)

func newPayoutsRecord() *cobra.Command {
	var o payout.RecordOrder
	var inJSON bool
	var change int
	cmd := toPool(&cobra.Command{
		Use:   "record [FILE] HEX",
		Short: "Write a payment into the share log that a restored copy of it lacks",
		Long: `Record is for a pool whose share log was restored from a copy that is older than
its last payments, and would make these again. It takes a transaction that the
wallet has sent, in hex as "gettransaction" of the wallet's node prints it, and
shows which accounts it has paid; with --yes it is written down as a payment,
and is no longer owed. Keep dry_run = true in [payouts] until all are recorded.

It is refused where the log has the transaction, other than as one that failed,
where the wallet's node does not know it, and where the wallet has received it and
not sent it.

An output to nobody whom the log knows at its address is the change, or pays an
account that has another address now, and would be paid again. The log cannot tell
them apart; the wallet is asked. Where it cannot tell, "details" of the same
"gettransaction" can: an output whose number is there under "vout" went to somebody,
one that is not there is the change, and --change says its number. The address of an
account is set back by "motherlode account settings" until the payment is recorded.

It is also refused where it pays more than the log knows to be owed, more than one
output to nobody whom the log knows, or such a one that the wallet has sent to
somebody: --beyond takes it all the same. What was
paid beyond what is owed comes off what the account earns later.`,
		Example: `  motherlode payouts record motherlode.toml --chain litecoin \
    "$(litecoin-cli -rpcwallet=pool gettransaction TXID | jq -r .hex)"`,
	}, func(ctx context.Context, op *operating) (err error) {
		if o.Chain == "" {
			return &useError{errors.New("which chain? Say --chain NAME")}
		}
		if o.Raw, err = wholeTransaction(op.args[0]); err != nil {
			return &useError{err}
		}
		if o.Change = nil; change >= 0 {
			o.Change = &change
		}
		c := &payoutsClient{op}
		var r payout.Recording
		if err := c.order(ctx, http.MethodPost, "/records", nil, o, &r); err != nil {
			return err
		}
		if inJSON {
			if err := asJSON(op.out, r); err != nil {
				return err
			}
		} else if err := printRecording(op, &r, change); err != nil {
			return err
		}
		if r.Problem != "" {
			return errors.New(r.Problem)
		}
		return nil
	})
	fl := cmd.Flags()
	fl.StringVar(&o.Chain, "chain", "", "the chain, by its name in the configuration")
	fl.StringVar(&o.Pool, "pool", "", "the pool, where several have accounts of the chain")
	fl.IntVar(&change, "change", -1, "the number of the output that is the change, from 0, as \"gettransaction\" counts; -1: there is none")
	fl.BoolVar(&o.Beyond, "beyond", false, "also where it pays more than is owed, or others: the log is older than what was paid for")
	fl.BoolVar(&o.Write, "yes", false, "write it down; without it, it is only shown")
	fl.BoolVar(&inJSON, "json", false, "as JSON, amounts in base units")
	return cmd
}

func printRecording(op *operating, r *payout.Recording, change int) error {
	if r.TxID == "" {
		return nil
	}
	where := ""
	if r.State != "" {
		where = ", " + r.State
	}
	if r.Depth > 0 {
		where += fmt.Sprintf(", %s", countOf(int(r.Depth), "confirmation"))
	}
	fmt.Fprintf(op.out, "transaction %s of %s%s\n", r.TxID, r.Chain, where)
	if len(r.Lines) > 0 {
		w := tabwriter.NewWriter(op.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "  account\tpaid at\tpaid\towed\towed then")
		for _, l := range r.Lines {
			fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\n", safe(l.Account), safe(l.Address), payout.Text(l.Amount, r.Decimals),
				signedUnits(l.Owed, r.Decimals), signedUnits(l.Owed-int64(l.Amount), r.Decimals))
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	for _, o := range r.Others {
		what := "to nobody whom the log knows at this address: the change?"
		switch {
		case o.Said == payout.WasSent:
			what = "to somebody, as the wallet says, at an address of nobody whom the log knows"
		case o.Said == payout.WasKept:
			what = "the change, as the wallet says"
		case o.Output == change:
			what = "the change, as you say"
		}
		fmt.Fprintf(op.out, "  output %d: %s %s\n", o.Output, payout.Text(o.Amount, r.Decimals), what)
	}
	switch {
	case r.Payment > 0:
		fmt.Fprintf(op.out, "written down as payment %d of pool %s\n", r.Payment, r.Pool)
	case r.Problem == "":
		fmt.Fprintln(op.out, "it fits, and nothing was written: --yes writes it down")
	}
	return nil
}

// signedUnits is an amount of base units that may be negative.
func signedUnits(n int64, decimals uint8) string {
	if n < 0 {
		return "-" + payout.Text(uint64(-n), decimals)
	}
	return payout.Text(uint64(n), decimals)
}

// wholeTransaction reads a transaction that was given in hex. The shortest there is has
// 60 bytes, an id 32.
func wholeTransaction(text string) ([]byte, error) {
	raw, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(raw) < 60 {
		return nil, errors.New("HEX is the whole transaction in hex, and not its id: the field hex of what \"gettransaction ID\" of the wallet's node prints")
	}
	return raw, nil
}
