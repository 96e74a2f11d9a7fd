package audit

import (
	"fmt"
	"math/big"
)

// Paid is what a pool's ledger says of a block.
type Paid struct {
	State    string     `json:"state"`
	Reward   uint64     `json:"reward"`
	Known    bool       `json:"known"` // it was divided
	Parts    []PaidPart `json:"parts"`
	Operator uint64     `json:"operator"`
	Direct   bool       `json:"direct"`
}

// PaidPart is what an account gets of a block.
type PaidPart struct {
	Account string `json:"account"`
	Amount  uint64 `json:"amount"`
}

// Difference is a number that is not the same in the log and in what it is
// compared with.
type Difference struct {
	Pool    string `json:"pool"`
	Block   string `json:"block,omitempty"` // hash; empty for a balance
	Account string `json:"account,omitempty"`
	What    string `json:"what"`
	Log     string `json:"log"`   // what follows from the log
	Other   string `json:"other"` // what the ledger, or a payment, says
	More    string `json:"more"`  // other less log, in base units; empty for words
}

// String says it in a line.
func (d *Difference) String() string {
	who := d.What
	if d.Account != "" {
		who = fmt.Sprintf("%s of %q", d.What, d.Account)
	}
	text := fmt.Sprintf("%s: the log gives %s, paid or owed is %s", who, d.Log, d.Other)
	if d.More != "" {
		text += " (" + d.More + ")"
	}
	return text
}

// differ is the difference of two amounts; nil where there is none.
func differ(what, account string, log, other uint64) []Difference {
	if log == other {
		return nil
	}
	more := new(big.Int).Sub(new(big.Int).SetUint64(other), new(big.Int).SetUint64(log))
	return []Difference{{Account: account, What: what, Log: fmt.Sprint(log), Other: fmt.Sprint(other), More: fmt.Sprintf("%+d", more)}}
}

// Compare is what differs between a block by the log and by a ledger. State says
// that both are of the same moment, so that its state has to be the same too.
func (b *Block) Compare(p *Paid, state bool) (all []Difference) {
	all = differ("reward", "", b.Reward, p.Reward)
	if state && b.State != p.State {
		all = append(all, Difference{What: "state", Log: b.State, Other: p.State})
	}
	if p.Known != (b.Terms != nil) {
		words := map[bool]string{true: "divided", false: "not divided"}
		all = append(all, Difference{What: "block", Log: words[b.Terms != nil], Other: words[p.Known]})
	}
	all = append(all, differ("the operator's part", "", b.Operator, p.Operator)...)
	if b.Direct != p.Direct {
		words := map[bool]string{true: "by the coinbase", false: "by the pool"}
		all = append(all, Difference{What: "paid", Log: words[b.Direct], Other: words[p.Direct]})
	}
	other := make(map[string]uint64, len(p.Parts))
	for _, part := range p.Parts {
		other[part.Account] += part.Amount
	}
	for _, part := range b.Parts {
		all = append(all, differ("part", part.Account, part.Amount, other[part.Account])...)
		delete(other, part.Account)
	}
	for _, part := range p.Parts { // those that are no part by the log
		if n, ok := other[part.Account]; ok {
			all = append(all, differ("part", part.Account, 0, n)...)
			delete(other, part.Account)
		}
	}
	for i := range all {
		all[i].Pool, all[i].Block = b.Pool, b.Hash
	}
	return all
}

// holder is whose balance it is.
type holder struct {
	pool, account string
	operator      bool
}

func (a *Account) holder() holder { return holder{a.Pool, a.Account, a.Operator} }

// Compare is what differs between the balances by the log and those of a ledger,
// which are of the same moment.
func (r *Result) Compare(rows []Account) (all []Difference) {
	other := make(map[holder]*Account, len(rows))
	for i := range rows {
		other[rows[i].holder()] = &rows[i]
	}
	none := &Account{}
	for i := range r.Accounts {
		a := &r.Accounts[i]
		b := other[a.holder()]
		delete(other, a.holder())
		if b == nil {
			b = none
		}
		all = append(all, a.differ(b)...)
	}
	for i := range rows {
		if b := other[rows[i].holder()]; b != nil {
			a := Account{Pool: b.Pool, Account: b.Account, Operator: b.Operator}
			all = append(all, a.differ(b)...)
		}
	}
	return all
}

func (a *Account) differ(b *Account) (all []Difference) {
	for _, f := range []struct {
		what     string
		log, has uint64
	}{
		{"immature", a.Immature, b.Immature}, {"mature", a.Mature, b.Mature}, {"earned by shares", a.Shares, b.Shares},
		{"paid", a.Paid, b.Paid}, {"sending", a.Sending, b.Sending}, {"paid by immature coinbases", a.Coinbase, b.Coinbase},
	} {
		all = append(all, differ(f.what, a.Account, f.log, f.has)...)
	}
	if a.Shares == b.Shares && a.Fraction != b.Fraction {
		all = append(all, Difference{Account: a.Account, What: "fraction of a unit earned by shares, in 2^-64", Log: fmt.Sprint(a.Fraction), Other: fmt.Sprint(b.Fraction)})
	}
	if len(all) == 0 && a.Owed != b.Owed {
		all = append(all, Difference{Account: a.Account, What: "owed", Log: fmt.Sprint(a.Owed), Other: fmt.Sprint(b.Owed), More: fmt.Sprintf("%+d", b.Owed-a.Owed)})
	}
	for i := range all {
		all[i].Pool = a.Pool
		if a.Operator {
			all[i].What += ", the operator"
		}
	}
	return all
}

// Overpaid is who was paid more than it earned, by the log alone. What was paid of
// blocks that the chain dropped later is the pool's loss and no difference.
func (r *Result) Overpaid() (all []Difference) {
	for i := range r.Accounts {
		a := &r.Accounts[i]
		earned, paid := a.Mature+a.Shares+a.Reclaimed, a.Paid+a.Sending
		if len(a.Payments) > 0 && paid > earned {
			d := differ("all payments", a.Account, earned, paid)
			d[0].Pool = a.Pool
			all = append(all, d...)
		}
	}
	return all
}
