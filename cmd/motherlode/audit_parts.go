package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/motherlode-pool/motherlode/engine/audit"
)

// coinbaseText is what a block's coinbase pays by itself, empty where it pays nobody
// but the operator.
func coinbaseText(b *audit.Block) string {
	switch {
	case b.Coinbase != nil:
		sum := uint64(0)
		for _, o := range b.Coinbase.Outputs {
			sum += o.Amount
		}
		return fmt.Sprintf("pays %s %d base units by itself, and the operator %d", countOf(len(b.Coinbase.Outputs), "account"), sum, b.Coinbase.Operator)
	case b.Direct:
		return "pays the parts by itself, as they are"
	}
	return ""
}

// parts shows who has what of the block and of its coinbase, and what became of all
// that each has earned.
func (t *auditText) parts(only string, r *audit.Result) {
	rows, operator := t.accounts(r)
	fmt.Fprintln(t.out)
	w := &partsTable{Writer: tabwriter.NewWriter(t.out, 0, 0, 2, ' ', tabwriter.AlignRight), coinbase: t.b.Coinbase}
	w.head()
	var listed []string
	for _, p := range t.b.Parts {
		listed = append(listed, p.Account)
		if only == "" || p.Account == only {
			w.line(shown(p.Account), coinText(p.Work), strconv.FormatFloat(p.Percent, 'f', 4, 64), p.Amount, w.output(p.Account), rows[p.Account])
		}
	}
	// Whom the coinbase pays what was carried need have no part.
	for _, account := range append(w.accounts(), only) {
		if account != "" && !slices.Contains(listed, account) && (only == "" || account == only) {
			listed = append(listed, account)
			w.line(shown(account), "0", "0", 0, w.output(account), rows[account])
		}
	}
	if only == "" {
		change := uint64(0)
		if w.coinbase != nil {
			change = w.coinbase.Operator
		}
		w.line("(operator)", "", "", t.b.Operator, change, operator)
		w.total()
	}
	w.Flush()
	t.payments(only, rows)
}

// accounts are what the accounts of the block's pool have, and the operator.
func (t *auditText) accounts(r *audit.Result) (rows map[string]*audit.Account, operator *audit.Account) {
	rows = map[string]*audit.Account{}
	for i := range r.Accounts {
		switch x := &r.Accounts[i]; {
		case x.Pool != t.b.Pool:
		case x.Operator:
			operator = x
		default:
			rows[x.Account] = x
		}
	}
	return rows, operator
}

// partsTable is the table of a block's parts, with a column of what its coinbase pays
// where it pays accounts by itself.
type partsTable struct {
	*tabwriter.Writer
	coinbase *audit.Coinbase // nil where it does not

	parts, outputs uint64 // summed up
}

func (w *partsTable) head() {
	fmt.Fprintf(w, "account\twork\tpercent\tpart\t%s| of all blocks: immature\tearned\tpaid\tsending\towed\t\n", w.cell("coinbase pays"))
}

// cell is a cell of the column that may be missing.
func (w *partsTable) cell(text string) string {
	if w.coinbase == nil {
		return ""
	}
	return text + "\t"
}

func (w *partsTable) line(name, work, percent string, part, output uint64, x *audit.Account) {
	if x == nil {
		x = &audit.Account{}
	}
	w.parts += part
	w.outputs += output
	fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s%d\t%d\t%d\t%d\t%d\t\n", name, work, percent, part, w.cell(strconv.FormatUint(output, 10)),
		x.Immature, x.Mature+x.Shares, x.Paid, x.Sending, x.Owed)
}

func (w *partsTable) total() {
	fmt.Fprintf(w, "(all)\t\t\t%d\t%s%s\n", w.parts, w.cell(strconv.FormatUint(w.outputs, 10)), strings.Repeat("\t", 5))
}

// accounts are those that the coinbase pays, in the order of its outputs.
func (w *partsTable) accounts() (names []string) {
	if w.coinbase != nil {
		for _, o := range w.coinbase.Outputs {
			names = append(names, o.Account)
		}
	}
	return names
}

// output is what the coinbase pays an account.
func (w *partsTable) output(account string) (sum uint64) {
	if w.coinbase != nil {
		for _, o := range w.coinbase.Outputs {
			if o.Account == account {
				sum += o.Amount
			}
		}
	}
	return sum
}
