package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/engine/control"
)

func newBans() *cobra.Command {
	var pool string
	var inJSON bool
	cmd := toPool(&cobra.Command{
		Use:   "bans [FILE]",
		Short: "List the addresses that are shut out",
	}, func(ctx context.Context, o *operating) error {
		var all []control.Ban
		if err := o.pool.Get(ctx, "/bans", url.Values{"pool": {pool}}, &all); err != nil {
			return useOrRefusal(err)
		}
		if inJSON {
			return asJSON(o.out, all)
		}
		if len(all) == 0 {
			_, err := fmt.Fprintln(o.out, "nobody is shut out")
			return err
		}
		w := tabwriter.NewWriter(o.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "pool\taddress\tfor\tby")
		for _, b := range all {
			by := "the ladder for bad miners"
			if b.ByHand {
				by = "hand"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", b.Pool, b.Address, spanText(time.Until(b.Until)), by)
		}
		return w.Flush()
	})
	cmd.Flags().StringVar(&pool, "pool", "", "of one pool alone")
	cmd.Flags().BoolVar(&inJSON, "json", false, "as JSON")
	return cmd
}

func newBan() *cobra.Command {
	order := control.BanOrder{}
	length := banTime(24 * time.Hour)
	cmd := toPool(&cobra.Command{
		Use:   "ban [FILE] ADDRESS",
		Short: "Shut an address out for a time",
		Long: `Ban shuts an IP address (of IPv6, its first 64 bits) out of the running pool and
ends its connections. It holds until its time is over, "motherlode unban", or
the pool ends: for good, use the firewall. Addresses in limits.allow are never
shut out.`,
	}, func(ctx context.Context, o *operating) error {
		if _, err := netip.ParseAddr(o.args[0]); err != nil {
			return &useError{fmt.Errorf("%q is no address; expected one like 192.0.2.1", o.args[0])}
		}
		order.Address, order.Seconds = o.args[0], time.Duration(length).Seconds()
		var done control.Done
		if err := o.pool.Do(ctx, http.MethodPost, "/bans", nil, order, &done); err != nil {
			return useOrRefusal(err)
		}
		fmt.Fprintf(o.out, "%s is shut out of %s for %s; %s ended\n", order.Address, countOf(done.Count, "pool"), &length, countOf(done.Dropped, "connection"))
		if done.Note != "" {
			fmt.Fprintln(o.out, done.Note)
		}
		return nil
	})
	cmd.Flags().StringVar(&order.Pool, "pool", "", "of one pool alone")
	cmd.Flags().Var(&length, "for", "how long: 30m, 24h, 168h (a week)")
	cmd.Flags().BoolVar(&order.Keep, "keep", false, "leave the connections that are there")
	return cmd
}

// banTime is a flag like those of durations, and says which forms it takes.
type banTime time.Duration

func (t *banTime) String() string { return time.Duration(*t).String() }
func (t *banTime) Type() string   { return "duration" }

func (t *banTime) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("expected hours, minutes or seconds like 90m, 24h or 168h, which is a week")
	}
	*t = banTime(d)
	return nil
}

func newUnban() *cobra.Command {
	var pool string
	cmd := toPool(&cobra.Command{
		Use:   "unban [FILE] ADDRESS",
		Short: "Let an address in again",
	}, func(ctx context.Context, o *operating) error {
		var done control.Done
		err := o.pool.Do(ctx, http.MethodDelete, "/bans", url.Values{"pool": {pool}, "address": {o.args[0]}}, nil, &done)
		if err != nil {
			return useOrRefusal(err)
		}
		if done.Count == 0 {
			return fmt.Errorf("%s is not shut out", o.args[0])
		}
		_, err = fmt.Fprintf(o.out, "%s may connect again\n", o.args[0])
		return err
	})
	cmd.Flags().StringVar(&pool, "pool", "", "of one pool alone")
	return cmd
}
