package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/engine/binding"
	"github.com/motherlode-pool/motherlode/engine/payout"
	"github.com/motherlode-pool/motherlode/engine/settings"
)

func newAccountSettings() *cobra.Command {
	var o settings.Order
	var pay, minimum []string
	var donate string
	var inJSON bool
	cmd := toPool(&cobra.Command{
		Use:   "settings [FILE] ADDRESS",
		Short: "Show or change where, from what amount on and with what donation an account is paid",
		Long: `Settings shows where each chain pays an account, from which amount on, and what
the account gives to the operator. With flags it changes them, on the operator's
word: no signature is asked for. Each change is a record in the share log, on the
disk before the command ends, and holds until the owner of the account or the
operator says something else.

An address is checked by its chain. A minimum can be higher than the pool's and
never lower. The parent chain always pays the account's own address, and an
address in the account's name cannot be changed.`,
		Example: `  motherlode account settings motherlode.toml ltc1q...
  motherlode account settings motherlode.toml ltc1q... --minimum litecoin=0.5 --pay dogecoin=D...
  motherlode account settings motherlode.toml ltc1q... --minimum litecoin=none --pay dogecoin=nobody --donate 0`,
	}, func(ctx context.Context, op *operating) (err error) {
		o.Account = op.args[0]
		if o.Pay, err = byChain("pay", "ADDRESS", "nobody", pay); err != nil {
			return err
		}
		if o.Minimum, err = byChain("minimum", "AMOUNT", "none", minimum); err != nil {
			return err
		}
		if donate != "" {
			bps, err := binding.ParsePercent(donate)
			if err != nil {
				return &useError{fmt.Errorf("--donate %s: %w", donate, err)}
			}
			o.Donate = &bps
		}
		if len(o.Pay) == 0 && len(o.Minimum) == 0 && o.Donate == nil {
			return showSettings(ctx, op, &o, inJSON)
		}
		return changeSettings(ctx, op, &o, inJSON)
	})
	fl := cmd.Flags()
	fl.StringVar(&o.Pool, "pool", "", "in this pool; needed for a change where several know the account")
	fl.StringArrayVar(&pay, "pay", nil, "where a merge-mined chain pays: CHAIN=ADDRESS, or CHAIN=nobody; once for each chain")
	fl.StringArrayVar(&minimum, "minimum", nil, "from what amount on a chain pays, in coins: CHAIN=AMOUNT, or CHAIN=none for the pool's; once for each chain")
	fl.StringVar(&donate, "donate", "", "what the account gives to the operator, in percent of its part: 0 to 100")
	fl.BoolVar(&inJSON, "json", false, "as JSON")
	return cmd
}

// byChain reads CHAIN=VALUE; the word that takes something back becomes an empty
// value.
func byChain(flag, value, nothing string, all []string) (map[string]string, error) {
	out := map[string]string{}
	for _, text := range all {
		chain, v, ok := strings.Cut(text, "=")
		if !ok || chain == "" || v == "" {
			return nil, &useError{fmt.Errorf("--%s %q: expected CHAIN=%s or CHAIN=%s", flag, text, value, nothing)}
		}
		if _, twice := out[chain]; twice {
			return nil, &useError{fmt.Errorf("--%s says something of %s twice", flag, chain)}
		}
		if v == nothing {
			v = ""
		}
		out[chain] = v
	}
	return out, nil
}

func showSettings(ctx context.Context, op *operating, o *settings.Order, inJSON bool) error {
	var all []settings.View
	if err := op.pool.Get(ctx, "/settings", url.Values{"pool": {o.Pool}, "account": {o.Account}}, &all); err != nil {
		return useOrRefusal(err)
	}
	if inJSON {
		return asJSON(op.out, all)
	}
	for i := range all {
		if err := printAccountSettings(op, &all[i]); err != nil {
			return err
		}
	}
	return nil
}

func changeSettings(ctx context.Context, op *operating, o *settings.Order, inJSON bool) error {
	var now settings.View
	if err := op.pool.Do(ctx, http.MethodPost, "/settings", nil, o, &now); err != nil {
		return useOrRefusal(err)
	}
	if inJSON {
		return asJSON(op.out, now)
	}
	fmt.Fprintln(op.out, "written into the share log; this holds now:")
	return printAccountSettings(op, &now)
}

func printAccountSettings(op *operating, v *settings.View) error {
	fmt.Fprintf(op.out, "%s in pool %s\n", safe(v.Account), v.Pool)
	changed := "never"
	if v.ChangedAt != nil {
		changed = fmt.Sprintf("%s, %s ago", v.ChangedAt.Format(time.RFC3339), agoText(time.Now(), *v.ChangedAt))
	}
	fmt.Fprintf(op.out, "  changed    %s\n  donation   %s %%\n", changed, v.DonationPercent)
	w := tabwriter.NewWriter(op.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  chain\tminimum\tpaid at\twhy there")
	for _, c := range v.Chains {
		address, why := "nowhere", c.Why
		if c.Address != nil {
			address = *c.Address
		}
		if why == payout.Itself {
			why = "the account's own address"
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", c.Chain, c.Minimum, safe(address), why)
	}
	return w.Flush()
}
