package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/status"
)

const (
	viewBlocks = 8  // of the newest
	wideView   = 60 // from so many characters on lines are not broken

	countedAfter = 2 * time.Minute // hash rates are of whole minutes
)

// statusLines is a status for people, laid out for a width: what is wrong, pools,
// coins, blocks.
func statusLines(s *control.Status, width int) (lines [][]text) {
	add := func(parts ...text) { lines = append(lines, parts) }
	add(text{bold, "motherlode"}, text{"", " " + s.Version + "  up " + agoText(s.Now, s.Started)})
	for _, t := range troubles(s) {
		for i, l := range wrap(t, width-2) {
			mark := "! "
			if i > 0 {
				mark = "  "
			}
			add(text{red, mark + l})
		}
	}
	if d := s.Drain; d != nil {
		add(text{yellow, "draining " + drainLine(d, max(min(width-50, 30), 8))})
	}
	for i := range s.Pools {
		lines = append(lines, poolLines(s, &s.Pools[i], width)...)
	}
	if len(s.Pools) == 0 {
		add(text{yellow, "the pools are being set up"})
	}
	add()
	for i := range s.Coins {
		lines = append(lines, coinLine(s, &s.Coins[i], width)...)
	}
	return append(lines, blockLines(s, width)...)
}

// troubles are what somebody should look at.
func troubles(s *control.Status) (all []string) {
	if s.LedgerProblem != "" {
		all = append(all, "ledger: "+s.LedgerProblem)
	}
	for _, p := range s.Pools {
		if p.Problem != "" {
			all = append(all, "pool "+p.Name+": "+p.Problem)
		}
		for _, l := range p.LeftOut {
			all = append(all, "pool "+p.Name+" does not mine "+l.Chain+": "+l.Reason)
		}
	}
	for _, c := range s.Coins {
		if c.Problem != "" {
			all = append(all, "coin "+c.Name+": "+c.Problem)
		}
	}
	for i := range all {
		all[i] = safe(all[i])
	}
	return all
}

// wrap breaks text at spaces into lines of at most width characters.
func wrap(words string, width int) (lines []string) {
	width = max(width, 10)
	now := ""
	for _, w := range strings.Fields(words) {
		if now != "" && utf8.RuneCountInString(now)+1+utf8.RuneCountInString(w) > width {
			lines, now = append(lines, now), ""
		}
		now = strings.TrimPrefix(now+" "+w, " ")
	}
	return append(lines, now)
}

// flow puts facts beside each other behind a name, on as many lines as they need.
func flow(name string, width int, facts ...string) (lines [][]text) {
	const column = 13
	now := ""
	emit := func() {
		head := fmt.Sprintf("  %-*s", column-2, name)
		lines = append(lines, []text{{dim, head}, {"", now}})
		name, now = "", ""
	}
	for _, f := range facts {
		if now != "" && column+utf8.RuneCountInString(now)+3+utf8.RuneCountInString(f) > width {
			emit()
		}
		if now != "" {
			now += "   "
		}
		now += f
	}
	emit()
	return lines
}

func poolLines(s *control.Status, p *status.Pool, width int) (lines [][]text) {
	state := text{green, "working"}
	if p.Problem != "" {
		state = text{red, "no fresh work"}
	}
	lines = append(lines, nil, []text{{bold, "pool " + p.Name}, {"", "  " + countOf(p.Sessions, "miner") + "  "}, state})
	r := s.Rates[p.Name]
	rate := rateText(r.FiveMinutes)
	if r.FiveMinutes == 0 && p.Accepted > 0 && s.Now.Sub(s.Started) < countedAfter {
		rate = "being counted"
	}
	rates := []string{rate, "1 h " + rateText(r.Hour), "24 h " + rateText(r.Day)}
	if s.LedgerUnread {
		rates = []string{"unknown"}
	}
	lines = append(lines, flow("hash rate", width, rates...)...)
	refused := uint64(0)
	for _, n := range p.Rejected {
		refused += n
	}
	part := ""
	if all := p.Accepted + refused; all > 0 {
		part = fmt.Sprintf(" (%.2f %%)", 100*float64(refused)/float64(all))
	}
	lines = append(lines, flow("shares", width, countText(p.Accepted)+" accepted", countText(refused)+" refused"+part, "best "+strings.TrimSpace(siText(p.BestShare)))...)
	lines = append(lines, flow("last job", width, agoText(s.Now, p.LastJob)+" ago", countOf(int(p.Jobs), "job"))...)
	for _, round := range s.Rounds {
		if round.Pool == p.Name {
			lines = append(lines, roundLine(s, &round, width))
		}
	}
	return lines
}

// roundLine is how far the round of a chain is: a block is expected at the full bar.
func roundLine(s *control.Status, r *control.Round, width int) []text {
	length := max(min(width-62, 30), 8)
	effort := "?"
	if r.Network > 0 {
		effort = percent(r.Effort)
	}
	colour := green
	if r.Effort > 1 {
		colour = yellow
	}
	parts := []text{
		{"", fmt.Sprintf("  %-*.*s", 11, 11, r.Chain)}, {colour, "[" + bar(min(r.Effort, 1), length) + "]"},
		{"", fmt.Sprintf(" %8s", effort)},
	}
	if width >= wideView {
		parts = append(parts, text{dim, fmt.Sprintf("  height %d  for %s  %s", r.Height, agoText(s.Now, r.Started), countOf(int(r.Blocks), "block"))})
	}
	return parts
}

func coinLine(s *control.Status, c *status.Coin, width int) [][]text {
	colour := green
	switch c.State {
	case "ready":
	case "down":
		colour = red
	default:
		colour = yellow
	}
	head := []text{{bold, fmt.Sprintf("%-12s ", c.Name)}, {colour, strings.ToUpper(c.State)}}
	height := c.Height
	tail := fmt.Sprintf("height %d", height)
	if !c.TipAt.IsZero() {
		tail += "  tip " + agoText(s.Now, c.TipAt) + " ago"
	}
	nodes := ""
	if n := len(c.Nodes); n > 0 {
		up := 0
		for _, node := range c.Nodes {
			if node.State == "ready" {
				up++
			}
		}
		nodes = fmt.Sprintf("  %d of %s ready", up, countOf(n, "node"))
	}
	if width >= wideView {
		return [][]text{append(head, text{"", "  " + tail + nodes})}
	}
	return [][]text{head, {{"", "  " + tail}}}
}

func blockLines(s *control.Status, width int) (lines [][]text) {
	if s.LedgerUnread && len(s.Blocks) == 0 {
		return [][]text{nil, {{yellow, "blocks unknown: the ledger cannot be read"}}}
	}
	if len(s.Blocks) == 0 {
		return [][]text{nil, {{dim, "no blocks found yet"}}}
	}
	lines = [][]text{nil, {{bold, "blocks"}, {dim, ", newest first"}}}
	shown := s.Blocks[:min(len(s.Blocks), viewBlocks)]
	money := 0
	for _, b := range shown {
		money = max(money, utf8.RuneCountInString(moneyText(s.Units, b.Chain, b.Reward)))
	}
	for _, b := range shown {
		colour := yellow
		switch {
		case b.State == "accepted" || b.State == "mature":
			colour = green
		case slices.Contains([]string{"orphaned", "refused", "lost"}, b.State):
			colour = red
		}
		parts := []text{{"", fmt.Sprintf("  %-11.11s %8d ", b.Chain, b.Height)}, {colour, fmt.Sprintf("%-9s", b.State)}}
		if width >= wideView {
			parts = append(parts, text{"", fmt.Sprintf(" %*s  %7s ago  ", money, moneyText(s.Units, b.Chain, b.Reward), agoText(s.Now, b.Time))}, text{dim, cmp.Or(safe(b.Worker), "?")})
		}
		lines = append(lines, parts)
	}
	return lines
}
