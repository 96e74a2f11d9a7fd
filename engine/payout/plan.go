package payout

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// Amount is coins as the operator writes them: "0.05". Empty is none.
type Amount string

// Units are base units of a coin with so many decimals.
func (a Amount) Units(decimals uint8) (uint64, error) {
	if a == "" {
		return 0, nil
	}
	whole, part, point := strings.Cut(string(a), ".")
	if point && part == "" || whole == "" || len(part) > int(decimals) {
		return 0, fmt.Errorf("%q is no amount of a coin with %d decimals", string(a), decimals)
	}
	digits := whole + part + strings.Repeat("0", int(decimals)-len(part))
	v, err := strconv.ParseUint(digits, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("%q is no amount of a coin with %d decimals", string(a), decimals)
	}
	return v, nil
}

// Text is an amount of base units for people.
func Text(units uint64, decimals uint8) string {
	s := fmt.Sprintf("%0*d", int(decimals)+1, units)
	if decimals == 0 {
		return s
	}
	at := len(s) - int(decimals)
	return s[:at] + "." + s[at:]
}

// Plan is how the accounts of one chain of a pool are paid.
type Plan struct {
	Pool, Chain   string
	Minimum       Amount        // no address is paid less; an account may ask for more
	Every         time.Duration // rounds begin when UTC is a multiple of it, since 1970 and At
	At            time.Duration
	Batch         int // outputs of one transaction
	Confirmations uint64
	FeeRate       Amount // per 1000 virtual bytes; empty: the node's estimate
	FeeBlocks     int    // for the estimate
	MaxFee        Amount // of one transaction
	DryRun        bool   // say what would be paid and pay nothing
}

// begin is when the newest round at or before now was due.
func (p *Plan) begin(now time.Time) time.Time {
	every := max(p.Every, time.Second)
	return now.UTC().Add(-p.At).Truncate(every).Add(p.At)
}

// terms are a plan's amounts in base units.
type terms struct {
	minimum uint64
	fee     coins.FeePolicy
}

func (p *Plan) terms(decimals uint8) (t terms, err error) {
	for _, a := range []struct {
		text Amount
		to   *uint64
	}{{p.Minimum, &t.minimum}, {p.FeeRate, &t.fee.Rate}, {p.MaxFee, &t.fee.Max}} {
		if *a.to, err = a.text.Units(decimals); err != nil {
			return t, fmt.Errorf("payouts of %s in pool %s: %w", p.Chain, p.Pool, err)
		}
	}
	t.fee.Blocks = p.FeeBlocks
	t.minimum = max(t.minimum, 1)
	if t.minimum > math.MaxInt64 {
		return t, fmt.Errorf("payouts of %s in pool %s: minimum is out of range", p.Chain, p.Pool)
	}
	return t, nil
}
