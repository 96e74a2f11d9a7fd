package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/engine/payout"
)

func newPayoutsSettle() *cobra.Command {
	var o payout.SettleOrder
	var paid string
	var inJSON bool
	cmd := toPool(&cobra.Command{
		Use:   "settle [FILE] ID",
		Short: "End a payment that cannot be mined and was made in part by another transaction",
		Long: `Settle is for a payment of which the log says that nothing is paid again until you
judge it. ID is its number. It shows the payment and what the wallet says of it; with
--paid or --failed it shows what would become of it, and with --yes that is written
into the share log, for good.

--paid HEX names the transaction that was sent in its place, in hex as
"gettransaction" of the wallet's node prints it. What that one really pays to the
payment's addresses counts as paid, never more than the payment would have, and the
rest is owed again. What it pays of other payments counts for these. Where several
transactions took its place, not all of them may be seen: look what each has paid.

--failed says that nobody was paid: all of it is owed again. It is refused where the
wallet knows that the payment, or something in its place, has paid somebody or still
may, and where the wallet cannot be asked. --may-pay-twice takes your word for it: if
you are wrong, people are paid twice, and it is you who pays.

Both want what has taken the payment's place to be as deep in the chain as a payment
must be.`,
		Example: `  motherlode payouts settle motherlode.toml 7
  motherlode payouts settle motherlode.toml 7 --paid "$(litecoin-cli -rpcwallet=pool gettransaction TXID | jq -r .hex)"
  motherlode payouts settle motherlode.toml 7 --failed --reason "a trial of the wallet" --yes`,
	}, func(ctx context.Context, op *operating) (err error) {
		if err := readSettle(op.args[0], paid, &o); err != nil {
			return &useError{err}
		}
		c := &payoutsClient{op}
		var s payout.Settlement
		if err := c.order(ctx, http.MethodPost, "/settlements", nil, o, &s); err != nil {
			return err
		}
		if inJSON {
			err = asJSON(op.out, s)
		} else {
			err = printSettlement(op, &s)
		}
		if err == nil && s.Problem != "" {
			err = errors.New(s.Problem)
		}
		return err
	})
	fl := cmd.Flags()
	fl.StringVar(&paid, "paid", "", "the transaction, in hex, that was sent in its place: what it pays is paid, the rest is owed again")
	fl.BoolVar(&o.Failed, "failed", false, "nobody was paid: all of it is owed again")
	fl.BoolVar(&o.Twice, "may-pay-twice", false, "with --failed, also where the wallet says that somebody was paid or may yet be, or cannot be asked")
	fl.StringVar(&o.Reason, "reason", "", "a remark for the share log")
	fl.BoolVar(&o.Write, "yes", false, "write it down; without it, it is only shown")
	fl.BoolVar(&inJSON, "json", false, "as JSON, amounts in base units")
	return cmd
}

// readSettle reads what the command line says of a payment.
func readSettle(id, paid string, o *payout.SettleOrder) (err error) {
	paid = strings.TrimSpace(paid)
	if o.Payment, err = strconv.ParseUint(id, 10, 64); err != nil {
		return fmt.Errorf("%q is no number of a payment: \"motherlode payouts list\" shows them", id)
	}
	switch {
	case paid != "" && o.Failed:
		return errors.New("say --paid or --failed, not both")
	case o.Twice && !o.Failed:
		return errors.New("--may-pay-twice goes with --failed alone")
	case o.Write && paid == "" && !o.Failed:
		return errors.New("what has become of it? Say --paid HEX or --failed")
	case paid == "":
		return nil
	}
	o.Paid, err = wholeTransaction(paid)
	return err
}

func printSettlement(op *operating, s *payout.Settlement) error {
	if s.TxID == "" {
		return nil
	}
	fmt.Fprintf(op.out, "payment %d of pool %s, %s: %s, transaction %s\n", s.Payment, s.Pool, s.Chain, s.State, s.TxID)
	if s.Wallet != "" {
		fmt.Fprintf(op.out, "  the wallet: %s\n", safe(s.Wallet))
	}
	if s.PaidBy != "" {
		fmt.Fprintf(op.out, "  sent in its place: %s\n", s.PaidBy)
	}
	w := tabwriter.NewWriter(op.out, 0, 0, 2, ' ', 0)
	head := "  account\tto be paid at\tamount"
	if s.Decided {
		head += "\tcounts as paid\towed again"
	}
	fmt.Fprintln(w, head)
	for _, l := range s.Lines {
		fmt.Fprintf(w, "  %s\t%s\t%s", safe(l.Account), safe(l.Address), payout.Text(l.Amount, s.Decimals))
		if s.Decided {
			fmt.Fprintf(w, "\t%s\t%s", payout.Text(l.Paid, s.Decimals), payout.Text(l.Amount-l.Paid, s.Decimals))
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	switch {
	case s.Written && s.Counted > 0:
		fmt.Fprintf(op.out, "written down: what was paid is payment %d\n", s.Counted)
	case s.Written:
		fmt.Fprintln(op.out, "written down")
	case s.Problem != "":
	case s.Decided:
		fmt.Fprintln(op.out, "nothing was written: --yes writes it down")
	default:
		fmt.Fprintln(op.out, "nothing was decided: --paid HEX says by which transaction it was paid, --failed that nobody was")
	}
	return nil
}
