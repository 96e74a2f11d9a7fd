package payout

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/motherlode-pool/motherlode/engine/binding"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// Why an account is paid at an address.
const (
	Inline   = "in the account's name"
	Signed   = "by a signed message"
	Operator = "set by the operator"
	Itself   = "the account's own"
)

// maxAccounts is how many accounts one payment pays: its record must fit the
// share log. Those that are owed least wait for the next round.
const maxAccounts = 1000

// AddressOf is where an account is paid on a chain and why there: at the address
// that its name holds, else at the one that was set, else at its own, which may
// be none of the chain.
func AddressOf(account, chain string, s *ledger.Settings) (address, why string) {
	if address, ok := binding.Inline(account, chain); ok {
		return address, Inline
	}
	if set, ok := s.Payout[chain]; ok {
		if set.By == ledger.ByOperator {
			return set.Address, Operator
		}
		return set.Address, Signed
	}
	return binding.Parent(account), Itself
}

// Due is what an account is to be paid, where, and why there.
type Due struct {
	sharelog.PaymentOutput
	Why string

	minimum uint64 // its own, 0 for none
}

// group is the accounts that are paid at one address, and are owed something.
type group []Due

func (g group) total() (sum uint64) {
	for i := range g {
		sum += g[i].Amount
	}
	return sum
}

// due is what of g is to be paid: nothing where all of it comes to less than the
// minimum. An account that wants to wait for more than that does not hold up the
// others.
func (g group) due(minimum uint64) group {
	if len(g) > maxAccounts {
		slices.SortStableFunc(g, func(a, b Due) int { return cmp.Compare(b.Amount, a.Amount) })
		g = g[:maxAccounts]
	}
	for {
		total, n := g.total(), len(g)
		g = slices.DeleteFunc(g, func(d Due) bool { return d.minimum > total })
		if len(g) == n {
			if total < minimum {
				return nil
			}
			return g
		}
	}
}

// groups are the accounts of a plan that are owed something, by address, in the
// order of the first account of each.
func (p *Payer) groups(plan *Plan) ([]group, error) {
	settings, err := p.ledger.AllSettings(plan.Pool)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	var all []group
	var after *ledger.BalanceRow
	for {
		rows, err := p.ledger.Balances(plan.Pool, plan.Chain, after, page)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			row := &rows[i]
			owed := row.Owed()
			if owed <= 0 {
				continue
			}
			set := settings[row.Account]
			address, why := AddressOf(row.Account, plan.Chain, &set)
			where, known := at[address]
			if !known {
				where = len(all)
				at[address], all = where, append(all, nil)
			}
			all[where] = append(all[where], Due{
				sharelog.PaymentOutput{Account: row.Account, Address: address, Amount: uint64(owed)}, why, set.Minimum[plan.Chain],
			})
		}
		if len(rows) < page {
			return all, nil
		}
		after = &rows[len(rows)-1]
	}
}

// unbound says what the owner of an account without an address of the chain can
// do.
func unbound(account, chain string) string {
	return fmt.Sprintf("no address of %s is bound, so this waits for its owner, who can bind one by a signed message; "+
		"whoever mines as %s/%s:ADDRESS from the start needs none", chain, binding.Parent(account), chain)
}

// cut is the accounts that the next transaction pays, and the others. Those of one
// address stay together.
func cut(all []Due, addresses int) (now, later []Due) {
	n, outputs := 0, 0
	for n < len(all) {
		end := n + 1
		for end < len(all) && all[end].Address == all[n].Address {
			end++
		}
		if outputs++; n > 0 && (outputs > addresses || end > maxAccounts) {
			break
		}
		n = end
	}
	return all[:n], all[n:]
}

// still is what of a proposal is owed even now. Of an address that is short of
// what was proposed, since a block was orphaned meanwhile, nothing is paid in
// this round.
func (p *Payer) still(plan *Plan, all []Due) (out []sharelog.PaymentOutput, err error) {
	short := map[string]bool{}
	for i := range all {
		b, err := p.ledger.Balance(plan.Pool, plan.Chain, all[i].Account)
		if err != nil {
			return nil, err
		}
		if b.Owed() < int64(all[i].Amount) {
			short[all[i].Address] = true
		}
	}
	for i := range all {
		if !short[all[i].Address] {
			out = append(out, all[i].PaymentOutput)
		}
	}
	return out, nil
}
