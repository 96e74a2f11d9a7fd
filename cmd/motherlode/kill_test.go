package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testminer"
)

// Targets of the kill test: shares take about four hashes, blocks of the parent
// a thousand, those of the auxiliary chains 256 and 512.
const (
	killShare  = 1e-9
	killParent = 0x1f3fffff
	killAux1   = 0x2000ffff
	killAux2   = 0x1f7fffff

	killRounds = 20
	killShares = 1000 // accepted in a round before the kill may come
	raceRounds = 6    // with the race detector, which is ten times slower
	raceShares = 300
	killMiners = 4
	killWindow = 8 // submissions in flight for each miner
)

// shareKey is what makes a share that share.
type shareKey struct {
	job                   uint64
	extranonce            string
	ntime, nonce, version uint32
}

func keyOf(s *testminer.Share) shareKey {
	job, _ := strconv.ParseUint(s.Job, 16, 64)
	return shareKey{job, string(s.Extranonce), s.NTime(), s.Nonce(), s.Version()}
}

// tally is what the miners know: what was answered, and what was not.
type tally struct {
	mu       sync.Mutex
	accepted map[shareKey]bool
	sent     map[shareKey]bool
	refused  map[string]int
	blocks   map[string]bool // hashes of accepted shares that solve the parent
	aux      map[auxSolution]bool
}

// auxSolution says that an accepted share of a job solves an auxiliary chain.
type auxSolution struct {
	job   uint64
	chain string
}

// killMine mines with a window of submissions until the connection ends.
func killMine(addr string, y *tally, user string) {
	c, err := testminer.Connect(addr, "sha256d", user)
	if err != nil {
		return
	}
	defer c.Close()
	type flight struct {
		id    int
		share *testminer.Share
	}
	var window []flight
	for {
		for len(window) < killWindow {
			s, err := c.Solve(user)
			if err != nil {
				return
			}
			y.mu.Lock()
			y.sent[keyOf(s)] = true
			y.mu.Unlock()
			id, err := c.Send("mining.submit", s.Params...)
			if err != nil {
				return
			}
			window = append(window, flight{id, s})
		}
		f := window[0]
		window = window[1:]
		r, err := c.Await(f.id)
		if err != nil {
			return
		}
		y.mu.Lock()
		if r.OK() {
			y.accepted[keyOf(f.share)] = true
			if f.share.Meets(0) {
				y.blocks[f.share.BlockHash()] = true
			}
			for chain, bits := range map[string]uint32{"aux1": killAux1, "aux2": killAux2} {
				if f.share.Meets(bits) {
					y.aux[auxSolution{keyOf(f.share).job, chain}] = true
				}
			}
		} else {
			y.refused[r.String()]++
		}
		y.mu.Unlock()
	}
}

func (y *tally) count() int {
	y.mu.Lock()
	defer y.mu.Unlock()
	return len(y.accepted)
}

// TestTwentyKills runs the built binary with its coins as processes and kills it
// at random moments while nodes and miners live on.
func TestTwentyKills(t *testing.T) {
	t.Parallel()
	parent := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: killParent})
	aux1 := mustSim(t, simchain.Config{Name: "one", ChainID: 1, Bits: killAux1})
	aux2 := mustSim(t, simchain.Config{Name: "six", ChainID: 6, Bits: killAux2})
	addr, data := mustFreePort(t), filepath.Join(t.TempDir(), "data")
	file := mustWrite(t, killConfig(data, addr, parent, aux1, aux2))
	y := &tally{accepted: map[shareKey]bool{}, sent: map[shareKey]bool{}, refused: map[string]int{}, blocks: map[string]bool{}, aux: map[auxSolution]bool{}}

	rounds, shares := killRounds, killShares
	if raceEnabled {
		rounds, shares = raceRounds, raceShares
	}
	for round := range rounds {
		p := mustStart(t, "run", file)
		mustConnect(t, addr, demoAddress).Close()
		pids := p.children()
		if len(pids) != 3 {
			t.Fatalf("round %d: %d plugin processes, want 3", round, len(pids))
		}
		before := y.count()
		var miners sync.WaitGroup
		for i := range killMiners {
			miners.Go(func() { killMine(addr, y, fmt.Sprintf("%s.rig%d", demoAddress, i)) })
		}
		poll(t, "accepted shares", 120*time.Second, func() bool { return y.count() >= before+shares })
		time.Sleep(time.Duration(rand.IntN(50_000)) * time.Microsecond) // the random moment
		p.kill()
		miners.Wait()
		for _, pid := range pids {
			poll(t, "the plugins to end", 30*time.Second, func() bool { return gone(pid) })
		}
	}

	// A last run delivers what is in the journal.
	p := mustStart(t, "run", file)
	mustConnect(t, addr, demoAddress).Close()
	for hash := range y.blocks {
		h, err := simchain.ParseHash(hash)
		if err != nil {
			t.Fatal(err)
		}
		poll(t, "solved block "+hash+" at its node", 60*time.Second, func() bool { return wasSubmitted(parent, h) })
	}
	p.stop()
	checkShareLog(t, filepath.Join(data, "shares"), y, map[string]*simchain.Node{"parent": parent, "aux1": aux1, "aux2": aux2})
	t.Logf("%d shares accepted, %d sent, %d blocks of the parent, %d jobs with aux solutions; heights %d, %d, %d; refused %v",
		len(y.accepted), len(y.sent), len(y.blocks), len(y.aux), parent.Height(), aux1.Height(), aux2.Height(), y.refused)
	if len(y.blocks) == 0 || aux1.Height() == 0 || aux2.Height() == 0 {
		t.Error("the test mined no block on some chain, so it proved nothing for it")
	}
}

// blockKey is a block of one chain.
type blockKey struct {
	chain string
	hash  simchain.Hash
}

func wasSubmitted(n *simchain.Node, h simchain.Hash) bool {
	for _, s := range n.Submissions() {
		if s.Hash == h {
			return true
		}
	}
	return false
}

// checkShareLog proves that every accepted share is in the log exactly once,
// every other that was sent at most once, and nothing else; and that every
// block of every chain that the pool has ever noted reached its node, and came
// to a verdict that the node agrees with. Where a miner knows that its accepted
// share solved an auxiliary chain at the height of its job, that chain must have
// grown to it: nobody else mines it.
func checkShareLog(t *testing.T, dir string, y *tally, nodes map[string]*simchain.Node) {
	t.Helper()
	seen := map[shareKey]int{}
	states := map[blockKey]string{}
	heights := map[auxSolution]uint64{}
	for rec := range mustReadLog(t, dir) {
		switch rec.Kind {
		case sharelog.KindShare:
			s := rec.Share
			seen[shareKey{s.Job, string(s.Extranonce), s.NTime, s.Nonce, s.Version}]++
		case sharelog.KindJob:
			for _, c := range rec.Job.Chains {
				heights[auxSolution{rec.Job.ID, c.Name}] = c.Height
			}
		case sharelog.KindBlock:
			states[blockKey{rec.Block.Chain, rec.Block.Hash}] = rec.Block.State
		}
	}
	for k := range y.accepted {
		if seen[k] != 1 {
			t.Errorf("accepted share %+v is in the log %d times, want once", k, seen[k])
		}
	}
	for k, n := range seen {
		if n > 1 || !y.sent[k] {
			t.Errorf("share %+v is in the log %d times, sent %v", k, n, y.sent[k])
		}
	}
	solved := 0
	for s := range y.aux {
		h, in := heights[s] // a job may have been made before the chain's first work came
		if in {
			solved++
		}
		if in && uint64(nodes[s.chain].Height()) < h {
			t.Errorf("%s was solved at height %d, and its node is at %d", s.chain, h, nodes[s.chain].Height())
		}
	}
	if solved == 0 {
		t.Error("no share solved an auxiliary chain, so nothing is proven for them")
	}
	for block, state := range states {
		node := nodes[block.chain]
		switch {
		case state == "pending" || state == "refused" || state == "lost":
			t.Errorf("block %x of %s ended as %q", block.hash, block.chain, state)
		case !wasSubmitted(node, block.hash):
			t.Errorf("block %x of %s is %q in the log, and its node never saw it", block.hash, block.chain, state)
		case state == "accepted" && node.Confirmations(block.hash) < 1:
			t.Errorf("block %x of %s is accepted in the log, and not on its node's best chain", block.hash, block.chain)
		}
	}
}

func killConfig(data, addr string, parent *simchain.Node, aux ...*simchain.Node) string {
	text := fmt.Sprintf(`
data_dir = %q
[log]
level = "warn"
[http]
listen = ""
[coins.parent]
driver = "bitcoin"
network = "regtest"
  [coins.parent.settings]
  nodes = [{ url = %q, user = "u", password = "p" }]
`, data, parent.URL())
	names := ""
	for i, a := range aux {
		name := fmt.Sprintf("aux%d", i+1)
		names += fmt.Sprintf("%q, ", name)
		text += fmt.Sprintf(`
[coins.%s]
driver = "auxpow"
network = "regtest"
  [coins.%s.settings]
  symbol = %q
  algorithm = "sha256d"
  nodes = [{ url = %q, user = "u", password = "p" }]
  address = %q
`, name, name, name, a.URL(), demoAddress)
	}
	return text + fmt.Sprintf(`
[pools.p]
parent = "parent"
aux = [%s]
address = %q
aux_coalesce = "50ms"
  [[pools.p.listen]]
  address = %q
  difficulty = { start = %g, min = 1e-10, fixed = true }
`, names, demoAddress, addr, killShare)
}
