package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/status"
	"github.com/motherlode-pool/motherlode/engine/submit"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// recovery is how long a pool may take to be well again by itself, once the
// node is.
const recovery = 30 * time.Second

// What becomes of the blocks that are found for a chain during its fault.
const (
	delivered = "delivered" // all of them in the end, and one is on the best chain
	refused   = "refused"   // the node's word stands
	undone    = "undone"    // they were on a best chain that is none any more
)

// nodeFault is one row of the table.
type nodeFault struct {
	name    string
	on, off func(*side)
	during  func(*side) // after each block of the others; nil for nothing

	// state and words are what the status says of the coin while the fault
	// lasts, %s being the node's name; empty where nobody can know of it.
	state string
	words []string

	fate string

	// forgets is what a node that made the block itself says of it afterwards,
	// where its own work does not outlive the fault: then that word stands.
	forgets string
	says    string // the reason of a refusal, in this cell
}

var nodeFaults = []nodeFault{
	{name: "node down", fate: delivered, state: "down", words: []string{"cannot be reached", "%s"},
		on: func(s *side) { s.node.Down(true) }, off: func(s *side) { s.node.Down(false) }},
	{name: "slow", fate: delivered, state: "degraded", words: []string{"did not answer in time", "%s"},
		on: func(s *side) { s.node.Slow(1300 * time.Millisecond) }, off: func(s *side) { s.node.Slow(0) }},
	{name: "restarting", fate: delivered, state: "syncing", words: []string{"starting up", "%s"},
		on: func(s *side) { s.node.Restart(); s.node.WarmUp(true) }, off: func(s *side) { s.node.WarmUp(false) },
		during: func(s *side) { s.node.Restart() }, forgets: "block hash unknown"},
	{name: "on a fork", fate: undone,
		on: func(*side) {}, off: func(s *side) { s.node.Reorg(s.node.Height()) }},
	{name: "out of sync", fate: delivered, state: "syncing", words: []string{"%s"},
		on: func(s *side) { s.gate.shut(outOfSync, syncing...) }, off: func(s *side) { s.gate.open() }},
	{name: "wrong credentials", fate: delivered, state: "down", words: []string{"user name and password", "%s"},
		on: func(s *side) { s.gate.shut(wrongPassword) }, off: func(s *side) { s.gate.open() }},
	{name: "full queue", fate: delivered, state: "down", words: []string{"too many", "%s"},
		on: func(s *side) { s.gate.shut(fullQueue) }, off: func(s *side) { s.gate.open() }},
	{name: "refusing a block", fate: refused,
		// Of one block the courier tries no more than 16 solutions, so that a block
		// which the node itself made may be used up: somebody finds the next.
		on: func(s *side) { s.gate.shut(refusing) }, off: func(s *side) { s.gate.open(); s.node.Jump(1) }},
	{name: "lying true", fate: delivered,
		on: func(s *side) { s.node.Lie(true) }, off: func(s *side) { s.node.Lie(false) }},
}

// TestFaults holds the pool against every fault of a parent's and of an
// auxiliary chain's node. The miner keeps its connection and its job, no share of
// its is refused, the other chains are mined on, the status says what is wrong,
// no block is lost or wrongly counted, and all is well again by itself.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, f := range nodeFaults {
		for _, role := range []string{"parent", "aux", "aux by createauxblock"} {
			cell := f
			cell.says = refusal
			if role == "aux by createauxblock" {
				cell.says = "the node says false; its log has the reason"
				if f.forgets != "" {
					cell.fate, cell.says = refused, f.forgets
				}
			}
			t.Run(f.name+"/"+role, func(t *testing.T) {
				t.Parallel()
				newFaulty(t, cell, role).run()
			})
		}
	}
}

// faulty is one cell of the table.
type faulty struct {
	*merged
	nodeFault
	victim *side
	others []*side
}

// newFaulty mines a parent and two auxiliary chains; the node of one of them, of
// the role, is behind a gate.
func newFaulty(t *testing.T, f nodeFault, role string) *faulty {
	t.Helper()
	parent := &side{name: "parent", cfg: simchain.Config{Bits: each16}}
	one := &side{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}, settings: map[string]any{"mode": "template"}}
	two := &side{name: "two", cfg: simchain.Config{ChainID: 2, Bits: each8}, settings: map[string]any{"mode": "createauxblock"}}
	c := &faulty{nodeFault: f, victim: one, others: []*side{parent, two}}
	switch role {
	case "parent":
		c.victim, c.others = parent, []*side{one, two}
	case "aux by createauxblock":
		c.victim, c.others = two, []*side{parent, one}
	}
	c.victim.cfg.Parent = role == "parent"
	c.victim.start(t)
	c.victim.gate = mustGate(t, c.victim.node)
	if c.victim.settings == nil {
		c.victim.settings = map[string]any{}
	}
	c.victim.settings["nodes"] = nodeSettings(c.victim.gate.srv.URL, "u", "p")["nodes"]
	c.merged = mustMerged(t, parent, []*side{one, two}, nil)
	return c
}

func (c *faulty) run() {
	c.t.Helper()
	c.jobWith(c.aux...)
	c.mineUntil("a first block of each chain", func() bool {
		return !slices.ContainsFunc(c.all(), func(s *side) bool { return s.node.Height() == 0 })
	})
	c.settled(c.all()...)
	c.jobWith(c.aux...) // on every tip: a block beside one could not get onto the best chain

	clean, tip := c.cleanJobs(), c.parent.node.Height()
	c.on(c.victim)
	c.told()
	before := c.rowsOfVictim()
	c.mineUntil("a block of the faulty chain, on the job that the miner has", func() bool { return len(c.foundSince(before)) > 0 })
	c.othersGoOn()
	if got, most := c.cleanJobs()-clean, c.parent.node.Height()-tip; got > most {
		c.t.Errorf("%d clean jobs for %d new tips of the parent", got, most)
	}
	found := c.foundSince(before)
	c.countedAreThere()
	c.off(c.victim)

	c.recovers()
	c.settledFor(found)
	c.minedOn()
	c.settled(c.all()...)
	c.unharmed()
	if c.fate != undone { // there, blocks wait for six more on top
		c.finish()
	}
}

func (c *faulty) cleanJobs() int { return int(c.rig.engine.Status().Pools[0].CleanJobs) }

// within polls for what the pool does by itself.
func (c *faulty) within(what string, ok func() bool) {
	c.t.Helper()
	for limit := time.Now().Add(recovery); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			c.t.Fatalf("not within %v: %s; coin %+v, blocks %v", recovery, what, c.coin(), c.states)
		}
	}
}

// coin is what the status says of the victim.
func (c *faulty) coin() status.Coin {
	v := c.rig.engine.Status().Coins
	return v[slices.IndexFunc(v, func(s status.Coin) bool { return s.Name == c.victim.name })]
}

// told waits until the status says what is wrong, where it can.
func (c *faulty) told() {
	c.t.Helper()
	if c.state == "" {
		return
	}
	c.within("the status says it", func() bool {
		s := c.coin()
		said := s.Message + " " + s.LastError
		for _, n := range s.Nodes {
			said += " " + n.Message
		}
		return s.State == c.state && !slices.ContainsFunc(c.words, func(w string) bool {
			return !strings.Contains(said, strings.ReplaceAll(w, "%s", c.victim.gate.name()))
		})
	})
}

// rowsOfVictim are its blocks as the courier knows them.
func (c *faulty) rowsOfVictim() map[coins.Hash]submit.State {
	out := map[coins.Hash]submit.State{}
	for _, r := range c.rig.engine.courier.Rows() {
		if r.Found.Chain == c.victim.name {
			out[r.Found.Hash] = r.State
		}
	}
	return out
}

// foundSince are the victim's blocks that were not there before.
func (c *faulty) foundSince(before map[coins.Hash]submit.State) []coins.Hash {
	var found []coins.Hash
	for h := range c.rowsOfVictim() {
		if _, old := before[h]; !old {
			found = append(found, h)
		}
	}
	return found
}

// othersGoOn mines blocks of the others beside the fault, the parent's each on
// the one before, and sees them accepted.
func (c *faulty) othersGoOn() {
	c.t.Helper()
	const blocks = 2
	for range blocks {
		height := map[*side]int{}
		for _, s := range c.others {
			height[s] = s.node.Height()
		}
		c.mineUntil("a block of each of the others", func() bool {
			return !slices.ContainsFunc(c.others, func(s *side) bool { return s.node.Height() == height[s] })
		})
		if c.during != nil {
			c.during(c.victim)
		}
	}
	c.settled(c.others...)
	for _, s := range c.others {
		if got, want := c.count(s.name, "accepted"), s.node.Height(); got != want {
			c.t.Errorf("%s: %d blocks accepted, the node's height is %d", s.name, got, want)
		}
	}
	if got := len(c.rig.engine.Status().Pools[0].Problem); c.victim != c.parent && got > 0 {
		c.t.Errorf("an auxiliary chain is a problem of the pool: %s", c.rig.engine.Status().Pools[0].Problem)
	}
}

// recovers waits for a coin that is well and a job on its node's tip.
func (c *faulty) recovers() {
	c.t.Helper()
	began := time.Now()
	c.within("the coin is well", func() bool {
		s := c.coin()
		return s.State == "ready" && s.Problem == "" && c.rig.engine.Status().Pools[0].Problem == ""
	})
	c.jobWith(c.aux...)
	c.t.Logf("well again after %v", time.Since(began).Round(time.Millisecond))
}

// settledFor waits for what becomes of the blocks found during the fault.
func (c *faulty) settledFor(found []coins.Hash) {
	c.t.Helper()
	best := func(h coins.Hash) bool { return c.victim.node.Confirmations(simchain.Hash(h)) > 0 }
	switch c.fate {
	case delivered:
		c.within("a block found during the fault is on the best chain, and counted", func() bool {
			rows := c.rowsOfVictim()
			return slices.ContainsFunc(found, func(h coins.Hash) bool { return best(h) && rows[h] == submit.Accepted })
		})
	case refused:
		c.refusalStands(found)
	case undone:
		c.within("the fork's blocks are taken back", func() bool {
			for h, st := range c.rowsOfVictim() {
				if st == submit.Accepted && !best(h) {
					return false
				}
			}
			return true
		})
	}
	c.countedAreThere()
}

// refusalStands waits until blocks are refused for good, in the node's words.
func (c *faulty) refusalStands(found []coins.Hash) {
	c.t.Helper()
	c.within("the refusal stands", func() bool {
		rows := c.rowsOfVictim()
		return !slices.ContainsFunc(found, func(h coins.Hash) bool { return rows[h] != submit.Refused })
	})
	c.within("the node's words are in the ledger", func() bool {
		return slices.ContainsFunc(c.rig.engine.Status().Blocks, func(b status.Block) bool {
			return b.Chain == c.victim.name && b.State == "refused" && b.Reason == c.says
		})
	})
}

// countedAreThere checks that the victim's node has every block that is counted.
func (c *faulty) countedAreThere() {
	c.t.Helper()
	for h, st := range c.rowsOfVictim() {
		if st == submit.Accepted && c.victim.node.Confirmations(simchain.Hash(h)) <= 0 {
			c.t.Errorf("block %s is counted, the node's best chain does not have it", h)
		}
	}
}

// minedOn finds another block of each chain.
func (c *faulty) minedOn() {
	c.t.Helper()
	c.jobWith(c.aux...) // the miner has read nothing for a while
	height := map[*side]int{}
	for _, s := range c.all() {
		height[s] = s.node.Height()
	}
	c.mineUntil("another block of each chain", func() bool {
		return !slices.ContainsFunc(c.all(), func(s *side) bool { return s.node.Height() == height[s] })
	})
}

// unharmed checks what the miner went through.
func (c *faulty) unharmed() {
	c.t.Helper()
	p := c.rig.engine.Status().Pools[0]
	if len(c.rejected) > 0 || len(p.Rejected) > 0 {
		c.t.Errorf("shares refused: %v, %v", c.rejected, p.Rejected)
	}
	if p.Sessions != 1 || len(p.Closed) > 0 {
		c.t.Errorf("%d sessions, closed %v; the miner stays connected", p.Sessions, p.Closed)
	}
	if p.JobFailures > 0 || p.LogFailures > 0 || p.AuxRefused > 0 {
		c.t.Errorf("pool %+v", p)
	}
}
