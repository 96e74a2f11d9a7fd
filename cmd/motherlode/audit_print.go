package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/motherlode-pool/motherlode/engine/audit"
)

// auditPrinter shows an audit: each block as it comes, then the rest.
type auditPrinter interface {
	block(b *audit.Block, diffs []audit.Difference, compared bool) error
	end(a *auditor, r *audit.Result) error
}

func (a *auditor) printer() auditPrinter {
	switch {
	case a.order.format == "json" && a.order.all:
		return &auditLines{enc: json.NewEncoder(a.out)}
	case a.order.format == "json":
		return &auditJSON{out: a.out}
	case a.order.all:
		w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "height\thash\tpool\tfound\tstate\tscheme\treward\taccounts\toperator\tledger")
		return &auditTable{auditText{out: a.out}, w}
	}
	return &auditText{out: a.out}
}

// shown is a name that a miner chose, fit for a terminal.
func shown(name string) string {
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` || name == "" {
		return quoted
	}
	return name
}

func finder(account, worker string) string {
	if worker == "" {
		return shown(account)
	}
	return shown(account + "." + worker)
}

func coinText(v float64) string { return strconv.FormatFloat(v, 'g', 12, 64) }

// auditTable shows every block in a line.
type auditTable struct {
	auditText
	w *tabwriter.Writer
}

func (t *auditTable) block(b *audit.Block, diffs []audit.Difference, compared bool) error {
	scheme, verdict := "none", "agrees"
	if b.Terms != nil {
		scheme = b.Terms.Scheme
	}
	if !compared {
		verdict = "-"
	}
	if len(diffs) > 0 {
		verdict = fmt.Sprintf("%d differences", len(diffs))
	}
	_, err := fmt.Fprintf(t.w, "%d\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n", b.Height, b.Hash, shown(b.Pool), payTime(b.Found), b.State, scheme, b.Reward, len(b.Parts), b.Operator, verdict)
	return err
}

func (t *auditTable) end(a *auditor, r *audit.Result) error {
	if err := t.w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(t.out)
	return t.verdict(a, r)
}

// auditText shows a block for people. What it prints goes to a terminal or a
// pipe: only the last error counts.
type auditText struct {
	out io.Writer
	b   *audit.Block
}

func (t *auditText) block(b *audit.Block, _ []audit.Difference, _ bool) error {
	t.b = b
	return nil
}

func (t *auditText) end(a *auditor, r *audit.Result) error {
	t.head()
	t.parts(a.order.query.Account, r)
	if w := t.b.Window; w != nil && a.order.query.Account != "" {
		fmt.Fprintf(t.out, "\nshares of %s in the window: %d\n", shown(a.order.query.Account), len(w.Of))
		tw := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
		for _, s := range w.Of {
			fmt.Fprintf(tw, "%s\t%s\tdifficulty %s\tjob %d\n", payTime(s.Time), shown(s.Worker), coinText(s.Difficulty), s.Job)
		}
		tw.Flush()
	}
	fmt.Fprintln(t.out)
	return t.verdict(a, r)
}

func (t *auditText) head() {
	b := t.b
	fmt.Fprintf(t.out, "block %s of %s, height %d\n", b.Hash, b.Chain, b.Height)
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "found\t%s by %s in pool %s, difficulty %s\n", payTime(b.Found), finder(b.Account, b.Worker), shown(b.Pool), coinText(b.Difficulty))
	fmt.Fprintf(w, "state\t%s, %d confirmations\n", b.State, b.Confirmations)
	fmt.Fprintf(w, "reward\t%d base units, %d of them fees\n", b.Reward, b.Fees)
	if x := b.Terms; x != nil {
		window := ""
		if strings.HasPrefix(x.Scheme, "pp") && x.Scheme != "pps" {
			window = fmt.Sprintf(", window %s times the network's difficulty", coinText(x.Window))
		}
		fmt.Fprintf(w, "terms\t%s, fee %d.%02d %%%s, payout %s; since %s\n", x.Scheme, x.FeeBPS/100, x.FeeBPS%100, window, x.Payout, payTime(x.Since))
	} else {
		fmt.Fprintf(w, "terms\tnone: the log had none at that time, and nobody has the block\n")
	}
	if text := coinbaseText(b); text != "" {
		fmt.Fprintf(w, "coinbase\t%s\n", text)
	}
	if x := b.Window; x != nil {
		fmt.Fprintf(w, "window\twork %s of %d shares; the network's difficulty was %s\n", coinText(x.Work), x.Shares, coinText(x.Network))
		if x.First != nil {
			fmt.Fprintf(w, "\tfirst %s by %s, last %s by %s\n", payTime(x.First.Time), finder(x.First.Account, x.First.Worker), payTime(x.Last.Time), finder(x.Last.Account, x.Last.Worker))
		}
	}
	w.Flush()
}

// payments shows the payments of the block's accounts: all of one account, else
// the newest of each.
func (t *auditText) payments(only string, rows map[string]*audit.Account) {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	any := false
	show := func(account string, all []audit.Payment) {
		for _, p := range all {
			if !any {
				fmt.Fprintln(w, "\npayment\taccount\tmade\tstate\tamount\ttransaction")
				any = true
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%s\n", p.ID, shown(account), payTime(p.Time), p.State, p.Amount, p.TxID)
		}
	}
	if x := rows[only]; only != "" && x != nil {
		show(only, x.Payments)
	}
	for _, p := range t.b.Parts {
		if x := rows[p.Account]; only == "" && x != nil {
			show(p.Account, x.Payments[max(0, len(x.Payments)-1):])
		}
	}
	w.Flush()
}

// verdict says what was compared with what, and every difference.
func (t *auditText) verdict(a *auditor, r *audit.Result) error {
	fmt.Fprintf(t.out, "log: bytes %d to %d, %d shares of the pools that mine %s\n", r.Start, r.End, r.Shares, a.order.query.Chain)
	for _, n := range a.notes {
		fmt.Fprintf(t.out, "note: %s\n", n)
	}
	for i := range a.diffs {
		d := &a.diffs[i]
		where := "pool " + shown(d.Pool)
		if d.Block != "" && a.order.all {
			where = "block " + d.Block
		}
		fmt.Fprintf(t.out, "difference, %s: %s\n", where, d.String())
	}
	text := fmt.Sprintf("no difference: %d of %d blocks compared with the ledger", a.split, a.asked(r))
	if a.compared && r.Whole {
		text += fmt.Sprintf(", and the balances of %d accounts", len(r.Accounts))
	}
	switch {
	case a.ledger.none != "" && a.ledger.fault == nil:
		text = "nothing in the log contradicts itself; there was no ledger to compare with"
	case a.split == 0 && !a.compared:
		text = "nothing in the log contradicts itself; it was not compared with the ledger"
	}
	if n := len(a.diffs); n > 0 {
		text = fmt.Sprintf("%d differences", n)
	}
	_, err := fmt.Fprintln(t.out, text)
	return err
}

// auditSummary is the end of an audit for programs.
type auditSummary struct {
	Log struct {
		Start  uint64 `json:"start"`
		End    uint64 `json:"end"`
		Whole  bool   `json:"whole"` // it begins with the first record
		Shares uint64 `json:"shares"`
	} `json:"log"`
	Blocks      int                `json:"blocks"`
	Beyond      int                `json:"beyond"`   // more blocks, which the ledger has not come to
	Compared    int                `json:"compared"` // blocks, with the ledger
	Balances    bool               `json:"balances"` // they were compared with the ledger
	Agree       bool               `json:"agree"`    // all that was asked for; the exit code is 0
	Differences []audit.Difference `json:"differences"`
	Notes       []string           `json:"notes"`
}

func (a *auditor) summary(r *audit.Result) (s auditSummary) {
	s.Log.Start, s.Log.End, s.Log.Whole, s.Log.Shares = uint64(r.Start), uint64(r.End), r.Whole, r.Shares
	s.Blocks, s.Compared, s.Balances = r.Blocks, a.split, a.compared && r.Whole
	s.Agree, s.Beyond = a.verdict == nil, r.Beyond
	s.Differences, s.Notes = append([]audit.Difference{}, a.diffs...), append([]string{}, a.notes...)
	return s
}

// auditJSON writes one object.
type auditJSON struct {
	out io.Writer
	b   *audit.Block
}

func (j *auditJSON) block(b *audit.Block, _ []audit.Difference, _ bool) error {
	j.b = b
	return nil
}

func (j *auditJSON) end(a *auditor, r *audit.Result) error {
	accounts := []audit.Account{}
	for _, x := range r.Accounts {
		if only := a.order.query.Account; x.Pool == j.b.Pool && (only == "" || x.Account == only) {
			accounts = append(accounts, x)
		}
	}
	if only := a.order.query.Account; only != "" {
		var parts []audit.Part
		for _, p := range j.b.Parts {
			if p.Account == only {
				parts = append(parts, p)
			}
		}
		j.b.Parts = parts
	}
	enc := json.NewEncoder(j.out)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Block    *audit.Block    `json:"block"`
		Accounts []audit.Account `json:"accounts"`
		auditSummary
	}{j.b, accounts, a.summary(r)})
}

// auditLines writes a line for each block, and one of the whole.
type auditLines struct{ enc *json.Encoder }

func (l *auditLines) block(b *audit.Block, diffs []audit.Difference, compared bool) error {
	return l.enc.Encode(struct {
		Block       *audit.Block       `json:"block"`
		Compared    bool               `json:"compared"` // with the ledger
		Differences []audit.Difference `json:"differences"`
	}{b, compared, append([]audit.Difference{}, diffs...)})
}

func (l *auditLines) end(a *auditor, r *audit.Result) error { return l.enc.Encode(a.summary(r)) }
