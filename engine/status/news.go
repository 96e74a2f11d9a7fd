package status

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Times is how long something took, since the start of the process.
type Times struct {
	Count uint64        `json:"count"`
	Last  time.Duration `json:"last_ns"`
	P50   time.Duration `json:"p50_ns"` // of the last 256
	P99   time.Duration `json:"p99_ns"`
	Sum   time.Duration `json:"sum_ns"`

	Classes map[float64]uint64 `json:"-"` // how many took no longer than so many seconds
}

// Submits is what became of the submissions of a coin's blocks.
type Submits struct {
	By      map[string]uint64 `json:"by"` // by the node's verdict; "unanswered" when nobody gave one
	At      time.Time         `json:"at"` // of the last one, and what follows
	Took    time.Duration     `json:"took_ns"`
	Times   *Times            `json:"-"` // of all; count, sum and classes alone
	Height  uint64            `json:"height"`
	Hash    string            `json:"hash"`
	Verdict string            `json:"verdict"`
	Words   string            `json:"words,omitempty"` // the node's own, or why there is no verdict
	Node    string            `json:"node,omitempty"`
}

// LeftOut is an auxiliary chain that the newest job is without.
type LeftOut struct {
	Chain  string `json:"chain"`
	Reason string `json:"reason"`
}

var (
	coinTipDesc     = desc("coin_tip_timestamp_seconds", "When the tip that is mined on was first heard of.", "coin")
	coinTipsDesc    = desc("coin_tips_total", "New tips by how the first news of them came.", "coin", "source")
	coinNewsDesc    = desc("coin_news_seconds", "From the first news of a tip to its work in the engine: empty for templates without transactions, full for all else.", "coin", "work")
	coinSubmitsDesc = desc("coin_submissions_total", "Submissions of found blocks by the node's verdict.", "coin", "verdict")
	coinTookDesc    = desc("coin_last_submission_seconds", "How long the last submission of a found block took.", "coin")
	nodeReadyDesc   = desc("node_ready", "1 while the node answers and can be mined with.", "coin", "node")
	nodeHeightDesc  = desc("node_height", "Height of the node's best block.", "coin", "node")
	nodePeersDesc   = desc("node_peers", "Connections of the node to others.", "coin", "node")
	nodeWorkDesc    = desc("node_working", "1 for the node that the coin's newest work is from.", "coin", "node")
	nodeMissedDesc  = desc("node_missed_news_total", "Blocks that the node did not announce though it should have.", "coin", "node")
	toMinersDesc    = desc("news_to_miners_seconds", "From the first news of the parent's tip to its job at all miners.", "pool")
	leftOutDesc     = desc("aux_left_out", "1 while the newest job is without the auxiliary chain.", "pool", "coin")
)

type sendNumber = func(*prometheus.Desc, float64, ...string)

type sendTimes = func(*prometheus.Desc, *Times, ...string)

// collectNews sends what is known of the coin's tips, nodes and submissions.
func (c *Coin) collectNews(counter, gauge sendNumber, timing sendTimes) {
	if !c.TipAt.IsZero() {
		gauge(coinTipDesc, float64(c.TipAt.UnixMilli())/1000, c.Name)
	}
	for source, n := range c.TipsBy {
		counter(coinTipsDesc, float64(n), c.Name, source)
	}
	if c.Empty != nil {
		timing(coinNewsDesc, c.Empty, c.Name, "empty")
	}
	if c.Full != nil {
		timing(coinNewsDesc, c.Full, c.Name, "full")
	}
	if s := c.Submits; s != nil {
		for verdict, n := range s.By {
			counter(coinSubmitsDesc, float64(n), c.Name, verdict)
		}
		gauge(coinTookDesc, s.Took.Seconds(), c.Name)
	}
	seen := map[string]bool{} // a coin may list one address twice; a series must not come twice
	for _, n := range c.Nodes {
		if seen[n.Node] {
			continue
		}
		seen[n.Node] = true
		gauge(nodeReadyDesc, truth(n.State == "ready" || n.State == "degraded"), c.Name, n.Node)
		gauge(nodeHeightDesc, float64(n.Height), c.Name, n.Node)
		gauge(nodePeersDesc, float64(n.Peers), c.Name, n.Node)
		gauge(nodeWorkDesc, truth(n.Work), c.Name, n.Node)
		counter(nodeMissedDesc, float64(n.Missed), c.Name, n.Node)
	}
}

// collectNews sends how fast the pool's miners hear of tips, and what they do not
// mine.
func (p *Pool) collectNews(gauge sendNumber, timing sendTimes) {
	if p.ToMiners != nil {
		timing(toMinersDesc, p.ToMiners, p.Name)
	}
	out := map[string]bool{}
	for _, l := range p.LeftOut {
		out[l.Chain] = true
	}
	for _, chain := range p.Aux {
		gauge(leftOutDesc, truth(out[chain]), p.Name, chain)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
