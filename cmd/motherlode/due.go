package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/engine/control"
)

// beginning is what payments that a configuration adds would pay of what was found
// before them. What of it would be paid without a trial is in grave as well. Payments
// are added where no plan for them is in force, whether or not some were made before:
// what was found in a pause may have been paid by other means.
func beginning(next *configs.Config, dues []engine.Due) (all, grave configs.Problems) {
	for _, d := range dues {
		p, ok := next.Pools[d.Pool]
		if !ok || p.Payouts == nil || d.Amount == 0 && d.Immature == 0 || d.Paying == engine.Pays {
			continue
		}
		if _, ok := p.Payouts.Chains[d.Chain]; !ok {
			continue
		}
		key := fmt.Sprintf("pools.%s.payouts.chains.%s", d.Pool, d.Chain)
		owed := fmt.Sprintf("payments begin with all that was found before them: %s owed and %s immature, of %s", d.Text, d.ImmatureText, countOf(d.Accounts, "account"))
		switch {
		case p.Payouts.DryRun && d.Paying == engine.PaysTrial:
			// they are told already, by every round
		case p.Payouts.DryRun:
			all = append(all, next.ProblemAt(key, "%s; dry_run pays nothing yet: see \"motherlode payouts dry-run\"", owed))
		case d.Paying == engine.PaysTrial:
			all = append(all, next.ProblemAt(key, "%s; the next round pays what is owed, later ones what is immature", owed))
		default:
			it := next.ProblemAt(key, "%s, %s; begin with dry_run = true in [pools.%s.payouts], "+
				"look at \"motherlode payouts dry-run\", and take it away when that is right%s", owed, whyNot(d), d.Pool, orElse(d))
			all, grave = append(all, it), append(grave, it)
		}
	}
	return all, grave
}

// whyNot is why payments of what is due may be wrong.
func whyNot(d engine.Due) string {
	if d.Last == 0 {
		return "whether they were paid by other means or were never to be paid"
	}
	last := time.UnixMilli(d.Last).UTC().Format("2006-01-02 15:04")
	return fmt.Sprintf("whether they were paid by other means since payments were taken out (the last was made %s UTC) or not", last)
}

// orElse is another way than a trial.
func orElse(d engine.Due) string {
	if d.Last == 0 {
		return ". A pool by another name begins with nothing"
	}
	return ". What the wallet has sent itself, \"motherlode payouts record\" writes down"
}

// checkDues is beginning by the pool that runs with this configuration's folder. One
// that does not run says it when it starts.
func checkDues(ctx context.Context, cfg *configs.Config) configs.Problems {
	if !slices.ContainsFunc(sortedNames(cfg.Pools), func(name string) bool { return cfg.Pools[name].Payouts != nil }) {
		return nil
	}
	var dues []engine.Due
	switch err := control.NewClient(cfg.DataDir).Get(ctx, "/due", nil, &dues); {
	case errors.Is(err, control.ErrNotRunning):
		return nil
	case err != nil:
		return configs.Problems{cfg.ProblemAt("", "what payments begin with is not known, the pool that runs does not say it: %v", err)}
	}
	all, _ := beginning(cfg, dues)
	return all
}

// errDue refuses a reload that would pay for what was found before.
func errDue(file string, grave configs.Problems) error {
	var lines []string
	for _, p := range grave {
		lines = append(lines, p.String())
	}
	return fmt.Errorf("%s would pay more than it seems, nothing was changed:\n%s", file, strings.Join(lines, "\n"))
}
