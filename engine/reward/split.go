package reward

import (
	"slices"

	"github.com/motherlode-pool/motherlode/engine/work"
)

const wholeBPS = 10_000 // hundredths of a percent in the whole

// part is amount * bps / 10000, rounded down, without overflow. Bps is at most
// 10000.
func part(amount uint64, bps int) uint64 {
	b := uint64(max(0, min(bps, wholeBPS)))
	return amount/wholeBPS*b + amount%wholeBPS*b/wholeBPS
}

// weight is the work that counts for an account.
type weight struct {
	account Account
	work    work.Work
}

// divide gives reward to weights, which are by account and none of them zero,
// after the terms.
func (t *Terms) divide(reward uint64, weights []weight) Split {
	split := Split{Pool: part(reward, t.FeeBPS)}
	rest := reward - split.Pool
	var whole work.Work
	for _, w := range weights {
		whole = whole.Add(w.work)
	}
	if len(weights) == 0 || rest == 0 {
		split.Pool += rest
		return split
	}

	amounts := make([]uint64, len(weights))
	remains := make([]work.Work, len(weights))
	left := rest
	for i, w := range weights {
		amounts[i], remains[i] = work.MulDiv(rest, w.work, whole)
		left -= amounts[i]
	}
	for _, i := range largest(remains, int(left)) {
		amounts[i]++
	}
	for i, w := range weights {
		gift := uint64(0)
		if t.Donation != nil {
			gift = part(amounts[i], t.Donation(w.account))
		}
		split.Pool += gift
		if n := amounts[i] - gift; n > 0 {
			split.Credits = append(split.Credits, Credit{w.account, n})
		}
	}
	return split
}

// largest are the places of the n largest remainders; of equal ones the first.
func largest(remains []work.Work, n int) []int {
	if n == 0 {
		return nil
	}
	order := make([]int, len(remains))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return remains[b].Cmp(remains[a]) })
	return order[:n]
}
