package notify

import (
	"fmt"
	"strconv"
	"time"
)

// storageAfter is how long storage must be in trouble: every second of it refuses
// shares.
const storageAfter = 10 * time.Second

// states looks at what is well and what is not.
func (n *Notifier) states(now time.Time) {
	s := n.o.Source.Look()
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range s.Pools {
		n.poolState(now, &s.Pools[i])
	}
	n.watch(now, "ledger", s.Ledger != "", min(n.o.DownAfter, storageAfter), state{
		Notice: Notice{Reason: s.Ledger}, down: StorageDown, back: StorageBack,
		title: "The ledger cannot be written", good: "The ledger is written again",
		advice: "shares are kept in the share log and counted later",
	})
	for i := range s.Coins {
		n.coinState(now, &s.Coins[i])
	}
}

func (n *Notifier) poolState(now time.Time, p *Pool) {
	n.watch(now, "sharelog "+p.Name, p.ShareLog != "", min(n.o.DownAfter, storageAfter), state{
		Notice: Notice{Pool: p.Name, Reason: p.ShareLog}, down: StorageDown, back: StorageBack,
		title: fmt.Sprintf("Pool %s cannot write shares down and refuses them", p.Name), good: fmt.Sprintf("Pool %s takes shares again", p.Name),
		advice: "look at the disk of data_dir",
	})
	n.watch(now, "work "+p.Name, p.NoWork != "" && p.ShareLog == "", n.o.DownAfter, state{
		Notice: Notice{Pool: p.Name, Reason: p.NoWork}, down: NoWork, back: WorkBack,
		title: fmt.Sprintf("Pool %s has no fresh work for its miners", p.Name), good: fmt.Sprintf("Pool %s has fresh work again", p.Name),
	})
	bad := p.NoWork != "" || p.ShareLog != ""
	if _, known := n.poolsGood[p.Name]; !known || n.poolsBad[p.Name] && !bad {
		n.poolsGood[p.Name] = now
	}
	n.poolsBad[p.Name] = bad
}

func (n *Notifier) coinState(now time.Time, c *Coin) {
	n.watch(now, "parked "+c.Name, c.Parked != "", 0, state{
		Notice: Notice{Chain: c.Name, Reason: c.Parked}, down: PluginParked, back: PluginBack,
		title: fmt.Sprintf("The plugin of %s is parked: it failed too often", c.Name), good: fmt.Sprintf("The plugin of %s runs again", c.Name),
	})
	if c.State == "starting" {
		return // it will say
	}
	down := isDown(c.State)
	n.watch(now, "coin "+c.Name, down && c.Parked == "", n.o.DownAfter, state{
		Notice: Notice{Chain: c.Name, Reason: c.Message}, down: CoinDown, back: CoinBack,
		title: fmt.Sprintf("%s cannot be mined: none of its nodes can be used", c.Name), good: fmt.Sprintf("%s can be mined again", c.Name),
	})
	if down || c.Parked != "" || len(c.Nodes) < 2 {
		return // what there is to say of the nodes is said
	}
	for _, node := range c.Nodes {
		if node.State == "starting" {
			continue
		}
		n.watch(now, "node "+c.Name+" "+node.Name, isDown(node.State), n.o.DownAfter, state{
			Notice: Notice{Chain: c.Name, Node: node.Name, Reason: node.Message}, down: NodeDown, back: NodeBack,
			title: fmt.Sprintf("Node %s of %s is %s", node.Name, c.Name, node.State), good: fmt.Sprintf("Node %s of %s is back", node.Name, c.Name),
			advice: "the others go on",
		})
	}
}

func isDown(state string) bool { return state == "down" || state == "syncing" }

// state is what is told of one thing that may be bad.
type state struct {
	Notice
	down, back  Kind
	title, good string
	advice      string
}

// watch looks at one thing and tells what is to be told of it. mu is held.
func (n *Notifier) watch(now time.Time, key string, bad bool, after time.Duration, s state) {
	w := n.memory.Watches[key]
	if w == nil {
		if !bad {
			return
		}
		w = &watch{}
		n.memory.Watches[key] = w
	}
	from, told := w.From, w.Told
	switch w.look(now, bad, after) {
	case wentDown:
		out := s.Notice
		out.Kind, out.Time, out.Title, out.Text = s.down, w.From, s.title, s.title
		out.ID = idOf(string(s.down), key, strconv.FormatInt(w.From.UnixMilli(), 10))
		if w.Flaps > 0 {
			out.Text += " once more"
		}
		if s.Reason != "" {
			out.Text += ": " + s.Reason
		}
		if s.advice != "" {
			out.Text += "; " + s.advice
		}
		n.tell(now, out)
	case cameBack:
		out := s.Notice
		out.Kind, out.Time, out.Title, out.Reason = s.back, w.Good, s.good, ""
		out.ID = idOf(string(s.back), key, strconv.FormatInt(from.UnixMilli(), 10))
		out.Text = s.good
		if !from.IsZero() && w.Good.After(from) {
			out.Text += ", after " + span(w.Good.Sub(from))
		}
		n.tell(now, out)
	}
	if told != w.Told || from != w.From {
		n.dirty = true
	}
}
