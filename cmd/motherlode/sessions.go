package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/engine/control"
)

// sessionsShown are listed unless --limit says otherwise.
const sessionsShown = 100

func newSessions() *cobra.Command {
	var f control.Filter
	var address string
	var inJSON, closed bool
	cmd := toPool(&cobra.Command{
		Use:   "sessions [FILE]",
		Short: "List the miners that are connected, and talk to them",
		Long: `Sessions lists the connections of the running pool: who mines there, with what
difficulty and hash rate, how long ago the last share came, and how many were
refused. The hash rate is the average since the miner connected.

Its own commands send something to miners, or end their connections.`,
		Example: `  motherlode sessions motherlode.toml --sort idle
  motherlode sessions motherlode.toml --account bc1q... --json
  motherlode sessions drop motherlode.toml --worker bc1q....rig7`,
	}, func(ctx context.Context, o *operating) error {
		if address != "" {
			var err error
			if f.Network, err = control.ParseNetwork(address); err != nil {
				return &useError{err}
			}
		}
		if _, err := control.ParseFilter(f.Query()); err != nil {
			return &useError{err}
		}
		var all control.Sessions
		if err := o.pool.Get(ctx, "/sessions", f.Query(), &all); err != nil {
			return err
		}
		if inJSON {
			return asJSON(o.out, all)
		}
		if closed {
			return printClosed(o, &all)
		}
		return printSessions(o, &all)
	})
	fl := cmd.Flags()
	fl.StringVar(&f.Pool, "pool", "", "of one pool alone")
	fl.StringVar(&f.Worker, "worker", "", "of this worker, by its whole user name")
	fl.StringVar(&f.Account, "account", "", "of this account's workers")
	fl.StringVar(&address, "address", "", "from this address or network, such as 192.0.2.1 or 10.0.0.0/8")
	fl.StringVar(&f.Listener, "listener", "", "at this port, or a part of it such as :3333")
	fl.StringVar(&f.Sort, "sort", control.Orders[0], "order: "+strings.Join(control.Orders, ", "))
	fl.IntVar(&f.Limit, "limit", sessionsShown, "list so many; 0 is all")
	fl.BoolVar(&inJSON, "json", false, "everything that is known, as JSON")
	fl.BoolVar(&closed, "closed", false, "instead of miners, why connections have ended")
	fixed(cmd, "sort", control.Orders)
	cmd.AddCommand(newSessionsCommand("drop", "End connections; miners come back by themselves", nil),
		newSessionsCommand("reconnect", "Ask miners to connect again, to one of reconnect_to with --to", func(fl *flags) {
			fl.StringVar(&fl.c.To, "to", "", "where to: HOST or HOST:PORT; without it, where they are")
		}),
		newSessionsCommand("message", "Have miners show a text", func(fl *flags) {
			fl.StringVar(&fl.c.Text, "text", "", "the text")
		}),
		newSessionsCommand("ping", "Ask miners for an answer; \"sessions --json\" tells how long it took", nil))
	return cmd
}

func printSessions(o *operating, all *control.Sessions) error {
	w := tabwriter.NewWriter(o.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "pool\tsession\tworkers\taddress\tdifficulty\thash rate\tshares\trefused\tidle\tconnected\tminer")
	for _, s := range all.Sessions {
		workers := strings.Join(s.Workers, " ")
		if workers == "" {
			workers = "(not logged in)"
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\n", s.Pool, s.Number, safe(workers), s.Remote, strings.TrimSpace(siText(s.Difficulty)),
			rateText(s.HashRate), s.Accepted, s.Rejected, spanText(time.Duration(s.Idle*float64(time.Second))), spanText(all.Now.Sub(s.Since)), safe(s.Agent))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if hidden := all.Matched - len(all.Sessions); hidden > 0 {
		fmt.Fprintf(o.out, "and %s: --limit 0 lists all\n", countOf(hidden, "more session"))
	}
	_, err := fmt.Fprintf(o.out, "%s, %d of them shown\n", countOf(all.Total, "session"), len(all.Sessions))
	return err
}

func printClosed(o *operating, all *control.Sessions) error {
	w := tabwriter.NewWriter(o.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "pool\tconnections ended\treason")
	for _, pool := range sortedNames(all.Closed) {
		by := all.Closed[pool]
		reasons := sortedNames(by)
		slices.SortStableFunc(reasons, func(a, b string) int { return int(by[b]) - int(by[a]) })
		for _, r := range reasons {
			fmt.Fprintf(w, "%s\t%d\t%s\n", pool, by[r], r)
		}
	}
	return w.Flush()
}

// flags are a command's flags and what they fill.
type flags struct {
	*flagSet
	c *control.Command
}

// newSessionsCommand is a command to the miners that its flags choose.
func newSessionsCommand(action, short string, more func(*flags)) *cobra.Command {
	var c control.Command
	cmd := toPool(&cobra.Command{
		Use: action + " [FILE]", Short: short,
		Long: short + `.

Say which miners: --all, --worker, --address, or --session with --pool.`,
	}, func(ctx context.Context, o *operating) error {
		if !c.All && c.Session == 0 && c.Worker == "" && c.Network == "" {
			return &useError{errors.New("say which miners: --all, --worker, --address, or --session with --pool")}
		}
		var done control.Done
		if err := o.pool.Do(ctx, http.MethodPost, "/sessions/"+action, nil, c, &done); err != nil {
			return useOrRefusal(err)
		}
		word := map[string]string{"drop": "dropped", "reconnect": "asked to connect again", "message": "told", "ping": "asked"}[action]
		fmt.Fprintf(o.out, "%s %s\n", countOf(done.Count, "miner"), word)
		if done.Note != "" {
			fmt.Fprintln(o.out, done.Note)
		}
		return nil
	})
	fl := cmd.Flags()
	fl.StringVar(&c.Pool, "pool", "", "of one pool alone")
	fl.BoolVar(&c.All, "all", false, "all miners")
	fl.Uint64Var(&c.Session, "session", 0, "one connection, by its number")
	fl.StringVar(&c.Worker, "worker", "", "a worker by its user name, or all of an account")
	fl.StringVar(&c.Network, "address", "", "an address or network")
	if more != nil {
		more(&flags{fl, &c})
	}
	return cmd
}

// useOrRefusal passes an error on; what the pool refuses is said in its words.
func useOrRefusal(err error) error {
	var r *control.Refusal
	if errors.As(err, &r) {
		return fmt.Errorf("the pool refuses: %s", r.Text)
	}
	return err
}
