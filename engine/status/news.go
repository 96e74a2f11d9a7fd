package status

import "time"

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
	coinSourceDesc  = desc("coin_work_info", "1, with the node that the coin's newest work is from and how the news of it came.", "coin", "node", "source")
	coinSubmitDesc  = desc("coin_submission_seconds", "From handing a found block to the nodes to their verdict.", "coin")
	coinTookDesc    = desc("coin_last_submission_seconds", "How long the last submission of a found block took.", "coin")
	nodeReadyDesc   = desc("node_ready", "1 while the node answers and can be mined with.", "coin", "node")
	nodeHeightDesc  = desc("node_height", "Height of the node's best block.", "coin", "node")
	nodePeersDesc   = desc("node_peers", "Connections of the node to others.", "coin", "node")
	nodeWorkDesc    = desc("node_working", "1 for the node that the coin's newest work is from.", "coin", "node")
	nodeMissedDesc  = desc("node_missed_news_total", "Blocks that the node did not announce though it should have.", "coin", "node")
	toMinersDesc    = desc("news_to_miners_seconds", "From the first news of the parent's tip to its job at all miners.", "pool")
	leftOutDesc     = desc("aux_left_out", "1 while the newest job is without the auxiliary chain.", "pool", "coin")
)

// tipSources are how news of a tip may come.
var tipSources = []string{"zmq", "websocket", "notify", "poll", "start"}

// collectNews sends what is known of the coin's tips, nodes and submissions.
func (c *Coin) collectNews(s sender, known *Known) {
	s.moment(coinTipDesc, c.TipAt, c.Name)
	s.each(coinTipsDesc, tipSources, c.TipsBy, c.Name)
	s.timing(coinNewsDesc, orNone(c.Empty, known.NewsBounds), c.Name, "empty")
	s.timing(coinNewsDesc, orNone(c.Full, known.NewsBounds), c.Name, "full")
	if c.WorkNode != "" {
		s.gauge(coinSourceDesc, 1, c.Name, c.WorkNode, c.Source)
	}
	by := map[string]uint64(nil)
	var times *Times
	if c.Submits != nil {
		by, times = c.Submits.By, c.Submits.Times
		s.gauge(coinTookDesc, c.Submits.Took.Seconds(), c.Name)
	}
	s.each(coinSubmitsDesc, known.Outcomes, by, c.Name)
	s.timing(coinSubmitDesc, orNone(times, known.TimeBounds), c.Name)
	seen := map[string]bool{} // a coin may list one address twice; a series must not come twice
	for _, n := range c.Nodes {
		if seen[n.Node] {
			continue
		}
		seen[n.Node] = true
		s.gauge(nodeReadyDesc, truth(n.State == "ready" || n.State == "degraded"), c.Name, n.Node)
		s.gauge(nodeHeightDesc, float64(n.Height), c.Name, n.Node)
		s.gauge(nodePeersDesc, float64(n.Peers), c.Name, n.Node)
		s.gauge(nodeWorkDesc, truth(n.Work), c.Name, n.Node)
		s.counter(nodeMissedDesc, float64(n.Missed), c.Name, n.Node)
	}
}

// collectNews sends how fast the pool's miners hear of tips, and what they do not
// mine.
func (p *Pool) collectNews(s sender, known *Known) {
	s.timing(toMinersDesc, orNone(p.ToMiners, known.NewsBounds), p.Name)
	out := map[string]bool{}
	for _, l := range p.LeftOut {
		out[l.Chain] = true
	}
	for _, chain := range p.Aux {
		s.gauge(leftOutDesc, truth(out[chain]), p.Name, chain)
	}
}

// orNone is t, or where nothing was timed yet, as many classes of 0: a histogram that
// is there from the start shows its first time as an increase.
func orNone(t *Times, bounds []float64) *Times {
	if t != nil {
		return t
	}
	t = &Times{Classes: make(map[float64]uint64, len(bounds))}
	for _, bound := range bounds {
		t.Classes[bound] = 0
	}
	return t
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
