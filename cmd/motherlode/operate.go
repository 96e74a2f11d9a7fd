package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/payout"
)

// operating is one command to a pool.
type operating struct {
	cfg   *configs.Config // its data_dir alone, where bare
	bare  bool            // the pool was named by its data folder
	start string          // the command that starts it, where that is known
	args  []string        // behind FILE
	pool  *control.Client
	out   io.Writer
	notes io.Writer // what limits an answer; stderr

	guessed bool // bare, and found without being named
}

// asJSON writes v for programs.
func asJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// unitsOf are the units of the pool that runs; without it amounts are shown in base
// units.
func (o *operating) unitsOf(ctx context.Context) map[string]control.Unit {
	var s control.Status
	if o.pool.Get(ctx, "/status", nil, &s) != nil {
		return nil
	}
	return s.Units
}

// moneyText is an amount in coins with its unit, or in base units.
func moneyText(units map[string]control.Unit, chain string, amount uint64) string {
	u, ok := units[chain]
	if !ok {
		return fmt.Sprintf("%d base units", amount)
	}
	return payout.Text(amount, u.Decimals) + " " + u.Symbol
}

// signedText is moneyText of what may be negative.
func signedText(units map[string]control.Unit, chain string, amount int64) string {
	if amount < 0 {
		return "-" + moneyText(units, chain, uint64(-amount))
	}
	return moneyText(units, chain, uint64(amount))
}

// siText is a number with a prefix: "1.23 T".
func siText(v float64) string {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return "0 "
	}
	prefixes := []string{"", "k", "M", "G", "T", "P", "E", "Z"}
	i := 0
	for v >= 999.5 && i < len(prefixes)-1 {
		v /= 1000
		i++
	}
	return strconv.FormatFloat(v, 'g', 3, 64) + " " + prefixes[i]
}

func rateText(perSecond float64) string { return siText(perSecond) + "H/s" }

// agoText is how long ago a time was, in the two largest units: "3h12m".
func agoText(now, at time.Time) string {
	if at.IsZero() || at.UnixMilli() == 0 {
		return "never"
	}
	return spanText(now.Sub(at))
}

func spanText(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%02dh", int(d.Hours())/24, int(d.Hours())%24)
}

// countText is a whole number in groups of three: "12,345".
func countText(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// countOf is "1 miner", "2 miners".
func countOf(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return countText(uint64(n)) + " " + one + "s"
}

// effortText is an effort in per cent, "?" where it is not known.
func effortText(ratio float64) string {
	if ratio <= 0 {
		return "?"
	}
	return percent(ratio)
}

func percent(part float64) string { return fmt.Sprintf("%.1f %%", 100*part) }

// safe keeps what a miner or a node has sent from steering a terminal, and on one line.
func safe(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ReplaceAll(text, "\n", " / "))
}

// workerText is "account.worker", or what there is of it.
func workerText(account, worker string) string {
	if worker == "" {
		return cmp.Or(safe(account), "?")
	}
	return safe(account + "." + worker)
}
