package status

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
)

// textBlocks is how many of the newest blocks the text names.
const textBlocks = 10

// Text is a View for people: what is wrong first, then every pool and every coin,
// then the newest blocks.
func Text(v View) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "motherlode %s   up %s   %s\n", v.Version, span(v.Now.Sub(v.Started)), v.Now.UTC().Format(time.RFC3339))
	trouble := append(problems(v), notices(v)...)
	trouble = append(trouble, warnings(v)...)
	if len(trouble) == 0 {
		fmt.Fprint(&b, "\nall is well\n")
	} else {
		fmt.Fprint(&b, "\nlook at this:\n")
		for _, t := range trouble {
			fmt.Fprintf(&b, "  ! %s\n", oneLine(t))
		}
	}
	for i := range v.Pools {
		v.Pools[i].text(&b, v.Now)
	}
	for i := range v.Coins {
		v.Coins[i].text(&b, v.Now)
	}
	blocksText(&b, v)
	return bytes.Map(printable, b.Bytes())
}

// printable keeps what others have sent, such as a miner's name or a node's words,
// from steering a terminal.
func printable(r rune) rune {
	if r != '\n' && !unicode.IsPrint(r) {
		return '?'
	}
	return r
}

// oneLine keeps what others have sent from looking like lines of ours.
func oneLine(text string) string { return strings.ReplaceAll(text, "\n", " / ") }

// warnings are what the text puts first beside problems and notices.
func warnings(v View) []string {
	var all []string
	for _, p := range v.Pools {
		for _, l := range p.LeftOut {
			all = append(all, fmt.Sprintf("pool %s: %s is not mined: %s", p.Name, l.Chain, l.Reason))
		}
	}
	for _, c := range v.Coins {
		if c.Problem == "" && c.State != "ready" {
			all = append(all, fmt.Sprintf("coin %s is %s: %s", c.Name, c.State, cmp.Or(c.Message, "no reason given")))
		}
		if s := c.Submits; s != nil && s.Verdict != "received" && s.Verdict != "duplicate" {
			all = append(all, fmt.Sprintf("coin %s: the last block, %d, was answered %s: %s", c.Name, s.Height, s.Verdict, cmp.Or(s.Words, "no reason given")))
		}
	}
	return append(all, hookWarnings(v)...)
}

func (p *Pool) text(b *bytes.Buffer, now time.Time) {
	fmt.Fprintf(b, "\npool %s   parent %s   %d miners\n", p.Name, p.Parent, p.Sessions)
	row(b, "jobs", "%d, %d of them clean, the last %s", p.Jobs, p.CleanJobs, ago(now, p.LastJob))
	if p.ToMiners != nil {
		row(b, "news to miners", "%s", p.ToMiners)
	}
	rejected := uint64(0)
	for _, n := range p.Rejected {
		rejected += n
	}
	row(b, "shares", "%d accepted, %d refused %s", p.Accepted, rejected, tally(p.Rejected))
	var mined []string
	for _, a := range p.Aux {
		if !slices.ContainsFunc(p.LeftOut, func(l LeftOut) bool { return l.Chain == a }) {
			mined = append(mined, a)
		}
	}
	row(b, "merge-mined", "%s", cmp.Or(strings.Join(mined, ", "), "nothing"))
}

func (c *Coin) text(b *bytes.Buffer, now time.Time) {
	fmt.Fprintf(b, "\ncoin %s   %s %s   %s\n", c.Name, c.Symbol, c.Network, strings.ToUpper(c.State))
	if c.Message != "" {
		row(b, "says", "%s", c.Message)
	}
	row(b, "tip", "%d %s   %s, by %s", c.Height, cmp.Or(c.Tip, "unknown"), ago(now, c.TipAt), cmp.Or(c.Source, "nothing yet"))
	row(b, "newest work", "%s, from %s", ago(now, c.WorkAt), cmp.Or(c.WorkNode, "nobody"))
	if len(c.TipsBy) > 0 {
		row(b, "news by", "%s", tally(c.TipsBy))
	}
	if c.Empty != nil {
		row(b, "news to empty", "%s", c.Empty)
	}
	if c.Full != nil {
		row(b, "news to full", "%s", c.Full)
	}
	if s := c.Submits; s != nil {
		row(b, "submissions", "%s", tally(s.By))
		row(b, "last one", "%d %s   %s, took %s, %s%s by %s", s.Height, s.Hash, ago(now, s.At), span(s.Took), s.Verdict,
			quoted(s.Words), cmp.Or(s.Node, "nobody"))
	}
	for _, n := range c.Nodes {
		n.text(b)
	}
}

func (n *Node) text(b *bytes.Buffer) {
	work := ""
	if n.Work {
		work = "   gives the work"
	}
	fmt.Fprintf(b, "  node %s   %s   height %d   %d peers   news by %s   %s%s\n", n.Node, n.State, n.Height, n.Peers, cmp.Or(n.News, "?"), oneLine(n.Version), work)
	if n.Tip != "" {
		row(b, "  tip", "%s", n.Tip)
	}
	if n.Missed > 0 {
		row(b, "  missed", "%d blocks were not announced, asking found them", n.Missed)
	}
	if n.Message != "" {
		row(b, "  says", "%s", n.Message)
	}
}

func blocksText(b *bytes.Buffer, v View) {
	if v.LedgerUnread && len(v.Blocks) == 0 {
		fmt.Fprintf(b, "\nblocks: unknown, the ledger cannot be read\n")
	}
	if len(v.Blocks) == 0 {
		return
	}
	fmt.Fprintf(b, "\nblocks, newest first\n")
	for _, x := range v.Blocks[:min(textBlocks, len(v.Blocks))] {
		fmt.Fprintf(b, "  %-12s %9d %s   %-9s %5d confirmations   %s by %s%s\n", x.Chain, x.Height, x.Hash, x.State, x.Confirmations,
			ago(v.Now, x.Time), cmp.Or(x.Worker, "?"), quoted(x.Reason))
	}
}

// String is "last 12ms, half within 9ms, 99 of 100 within 30ms, of 17".
func (t *Times) String() string {
	return fmt.Sprintf("last %s, half within %s, 99 of 100 within %s, of %d", span(t.Last), span(t.P50), span(t.P99), t.Count)
}

func row(b *bytes.Buffer, name, format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	fmt.Fprintf(b, "  %-16s%s\n", name, strings.TrimRight(oneLine(line), " "))
}

// tally is "poll 2, zmq 31".
func tally(m map[string]uint64) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s %d", k, m[k]))
	}
	return strings.Join(parts, ", ")
}

func quoted(words string) string {
	if words == "" {
		return ""
	}
	return fmt.Sprintf(" %q", words)
}

// ago is how long before now at was, "never" for no time at all.
func ago(now, at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return span(max(now.Sub(at), 0)) + " ago"
}

// span is a duration to three places or so.
func span(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(time.Second).String()
	case d >= 10*time.Millisecond:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}
