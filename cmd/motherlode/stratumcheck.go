package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/stratum/conformance"
)

func newStratum() *cobra.Command {
	c := &cobra.Command{
		Use:   "stratum",
		Short: "Look at stratum servers",
		Args:  onlyCommands,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(newStratumCheck(), newStratumCoinbase())
	return c
}

// stratumCheck is one call of stratum check.
type stratumCheck struct {
	cfg      conformance.Config
	mask     string
	json     bool
	stranger bool
}

// stratumCheckLimit bounds a whole check.
const stratumCheckLimit = 10 * time.Minute

func newStratumCheck() *cobra.Command {
	var c stratumCheck
	cmd := &cobra.Command{
		Use:   "check HOST:PORT",
		Short: "Hold a Stratum V1 server against every rule that miners rely on",
		Long: `Check connects to a Stratum V1 server of a SHA-256 coin, anybody's, and holds it
against 58 rules. It prints a line a rule, and exits with 1 when one is broken.

It needs a user that the server admits, and shares that are easy: a difficulty of
0.0005 or less. What it has to be told and is not, is not tried; rules that need a
new block are left to the tests of the server.

It opens some hundred connections and sends lines that are wrong on purpose, so
it refuses addresses beyond this machine unless it is told that you may.`,
		Example: `  motherlode stratum check 127.0.0.1:3333 --user bcrt1q....rig
  motherlode stratum check 127.0.0.1:3333 --user bcrt1q....rig --rule duplicate --json`,
		Args: takes(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.run(cmd.Context(), args[0], cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.cfg.User, "user", "", "user that the server admits, ADDRESS.worker")
	f.StringVar(&c.cfg.Password, "password", "x", "password of the user")
	f.StringSliceVar(&c.cfg.Rules, "rule", nil, "try only the rule with this id; may be repeated")
	f.StringVar(&c.mask, "mask", "", "version bits that the server lets miners roll, 8 hexadecimal digits")
	f.Float64Var(&c.cfg.MinDifficulty, "min-difficulty", 0, "least difficulty that the server takes")
	f.Float64Var(&c.cfg.MaxDifficulty, "max-difficulty", 0, "greatest difficulty that the server takes")
	f.Float64Var(&c.cfg.NiceHashFloor, "nicehash", 0, "least difficulty that NiceHash must be given")
	f.DurationVar(&c.cfg.Silence, "silence", 0, "wait so long for the server to say something; 60s is what miners bear")
	f.DurationVar(&c.cfg.SubscribeTimeout, "subscribe-timeout", 0, "wait so long for a connection without subscribe to be closed")
	f.DurationVar(&c.cfg.WriteTimeout, "write-timeout", 0, "wait so long for a miner that does not read to be dropped")
	f.DurationVar(&c.cfg.Latency, "latency", 0, "bound on the 99th percentile of replies")
	f.DurationVar(&c.cfg.Timeout, "timeout", 5*time.Second, "patience for an answer")
	f.StringVar(&c.cfg.TLSAddress, "tls", "", "host:port of the same server with TLS")
	f.StringVar(&c.cfg.SecondNode, "second", "", "host:port of another process of the same pool")
	f.StringVar(&c.cfg.Vardiff, "vardiff", "", "host:port of a listener that steers difficulty, starting where shares are easy")
	f.StringVar(&c.cfg.ProxyTrust, "proxy", "", "host:port of a listener that takes the header of the PROXY protocol from us")
	f.BoolVar(&c.json, "json", false, "print one JSON object")
	f.BoolVar(&c.stranger, "i-may", false, "the server may be on another machine: its operator lets me")
	return cmd
}

// config completes what the flags say.
func (c *stratumCheck) config(addr string) (conformance.Config, error) {
	cfg := c.cfg
	cfg.Address = addr
	if cfg.User == "" {
		return cfg, &useError{errors.New("--user is needed: a user that the server admits")}
	}
	if c.mask != "" {
		mask, err := strconv.ParseUint(c.mask, 16, 32)
		if err != nil || mask == 0 {
			return cfg, &useError{fmt.Errorf("--mask %q is not 8 hexadecimal digits with a bit set", c.mask)}
		}
		cfg.Mask = uint32(mask)
	}
	for _, id := range cfg.Rules {
		if !slices.ContainsFunc(conformance.Rules(), func(r conformance.Rule) bool { return r.ID == id }) {
			return cfg, &useError{fmt.Errorf("there is no rule %q", id)}
		}
	}
	for _, a := range []string{cfg.Address, cfg.TLSAddress, cfg.SecondNode, cfg.Vardiff, cfg.ProxyTrust} {
		if a == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(a); err != nil {
			return cfg, &useError{err}
		}
		if !c.stranger && !loopback(a) {
			return cfg, &useError{fmt.Errorf("%s is not on this machine: the check opens many connections and sends wrong lines; say --i-may when its operator lets you", a)}
		}
	}
	return cfg, nil
}

// loopback reports whether an address is one of this machine to itself. A name
// is none, but for localhost, as it may mean anything.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c *stratumCheck) run(ctx context.Context, addr string, out io.Writer) error {
	cfg, err := c.config(addr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, stratumCheckLimit)
	defer cancel()
	begin := time.Now()
	results := []checkedStratumRule{}
	p := newStratumPrinter(out, cfg.Rules)
	sum := conformance.Check(ctx, cfg, func(r conformance.Result) {
		results = append(results, checkedStratumRule{
			Rule: r.ID, Point: r.Point, Says: r.Says, Source: r.Source,
			Outcome: r.Outcome.String(), Partial: r.Partial, Detail: r.Detail, Seconds: r.Took.Seconds(),
		})
		if !c.json {
			p.rule(r)
		}
	})
	if sum.Err != nil {
		return fmt.Errorf("cannot check %s: %w", addr, sum.Err)
	}
	if c.json {
		err = printJSON(out, map[string]any{
			"address": addr, "ok": sum.OK(), "passed": sum.Passed, "in_part": sum.Partial,
			"failed": sum.Failed, "not_tried": sum.NotTried, "rules": results,
		})
	} else {
		_, err = fmt.Fprintf(out, "\n%s, in %.1f s\n", sum, time.Since(begin).Seconds())
	}
	if err == nil && !sum.OK() {
		err = errors.New("the server breaks a rule")
		if sum.Failed == 0 {
			err = errors.New("no rule could be tried")
		}
	}
	return err
}

// checkedStratumRule is a result as JSON has it.
type checkedStratumRule struct {
	Rule    string  `json:"rule"`
	Point   int     `json:"point"`
	Says    string  `json:"says"`
	Source  string  `json:"source"`
	Outcome string  `json:"outcome"`
	Partial bool    `json:"in_part,omitempty"`
	Detail  string  `json:"detail,omitempty"`
	Seconds float64 `json:"seconds"`
}

// stratumPrinter prints a line a rule as rulePrinter does.
type stratumPrinter struct{ rulePrinter }

func newStratumPrinter(out io.Writer, ids []string) *stratumPrinter {
	p := &stratumPrinter{rulePrinter{out: out}}
	if f, ok := out.(*os.File); ok {
		p.colour = isTerminal(f) && os.Getenv("NO_COLOR") == ""
	}
	for _, r := range conformance.Rules() {
		if len(ids) == 0 || slices.Contains(ids, r.ID) {
			p.width = max(p.width, len(r.ID))
		}
	}
	return p
}

func (p *stratumPrinter) rule(r conformance.Result) {
	const red, grey, green = "31", "90", "32"
	word, colour := "ok", green
	switch r.Outcome {
	case conformance.Failed:
		word, colour = "FAILED", red
	case conformance.NotTried:
		word, colour = "-", grey
	}
	line := r.Says
	switch {
	case r.Outcome == conformance.NotTried:
		line += " (" + notTried + ": " + r.Detail + ")"
	case r.Outcome == conformance.Passed && r.Detail != "":
		line += " (" + r.Detail + ")"
	}
	fmt.Fprintf(p.out, "%s  %-*s  %s\n", p.paint(colour, fmt.Sprintf("%-6s", word)), p.width, r.ID, printable(line))
	if r.Outcome == conformance.Failed {
		for l := range strings.SplitSeq(r.Detail, "\n") {
			fmt.Fprintf(p.out, "          %s\n", printable(l))
		}
	}
}
