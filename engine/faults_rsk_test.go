package engine

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/submit"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/simrsk"
)

// rskBits is the compact form of the simulated Rootstock's target.
const rskBits = each8

// mustRSK starts a simulated Rootstock and puts it first among the auxiliary
// chains of m, though its commitment must be last.
func (m *merged) mustRSK() *simrsk.Node {
	m.t.Helper()
	n, err := simrsk.New(simrsk.Config{Target: [32]byte{0x1f, 0xff, 0xff}})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { n.Close() })
	m.cfg.Coins["rsk"] = mustCoin(m.t, "rsk", "regtest", map[string]any{
		"nodes": []any{map[string]any{"url": n.URL()}}, "poll": "20ms", "refresh": "200ms", "max_submits": 100,
	})
	pool := m.cfg.Pools["p"]
	pool.Aux = append([]configs.Aux{{Coin: "rsk", Cap: true}}, pool.Aux...)
	m.cfg.Pools["p"] = pool
	return n
}

// jobWithRSK waits for a job with Rootstock on its present tip and all other
// chains on theirs.
func (m *merged) jobWithRSK(n *simrsk.Node) []any {
	m.t.Helper()
	return m.job("with Rootstock", func(job []any) bool {
		prev := m.snapshot(job)
		tip := n.Best().Hash
		slices.Reverse(tip[:]) // printed order
		for _, a := range m.aux {
			if prev[a.name] != coins.Hash(a.node.Tip()) {
				return false
			}
		}
		return len(prev) == len(m.aux)+1 && prev["rsk"] == coins.Hash(tip)
	})
}

// rowsOfRSK are Rootstock's blocks as the courier knows them.
func (m *merged) rowsOfRSK() []submit.Row {
	return slices.DeleteFunc(m.rig.engine.courier.Rows(), func(r submit.Row) bool { return r.Found.Chain != "rsk" })
}

// TestMergedRootstock mines Rootstock, by its output, together with two chains
// of the merged-mining tree under one parent.
func TestMergedRootstock(t *testing.T) {
	t.Parallel()
	m := newMerged(t, &side{name: "parent", cfg: simParent()}, []*side{
		{name: "one", cfg: simAux(1), settings: map[string]any{"mode": "template"}},
		{name: "two", cfg: simAux(6), settings: map[string]any{"mode": "createauxblock"}},
	}, nil)
	rsk := m.mustRSK()
	m.start()
	job := m.jobWithRSK(rsk)

	// The output is the last, with only the lock time behind it; the commitment
	// of the tree is in the script, that of the witnesses in an output before.
	first, last := job[2].(string), job[3].(string)
	tag := hex.EncodeToString([]byte("RSKBLOCK:"))
	at := strings.LastIndex(last, "6a29"+tag)
	if at < 0 || at+len("6a29"+tag)+64 != len(last)-8 {
		t.Errorf("the coinbase ends with %s, want the tag, the hash and the lock time", last[max(0, len(last)-120):])
	}
	if witness := strings.Index(last, "aa21a9ed"); witness < 0 || witness > at {
		t.Errorf("the witness commitment is at %d of %s, want it before Rootstock's at %d", witness, last, at)
	}
	if !strings.Contains(first+last, "fabe6d6d") {
		t.Error("the coinbase has no commitment of the tree")
	}

	start := rsk.Best().Number
	m.mineUntil("blocks of every chain", func() bool {
		for _, s := range m.all() {
			if s.node.Height() < 3 {
				return false
			}
		}
		return rsk.Best().Number >= start+3
	})
	m.settled(m.all()...)
	for _, s := range m.all() {
		if got, want := m.count(s.name, "accepted"), s.node.Height(); got != want {
			t.Errorf("%s: %d blocks accepted, the node's height is %d", s.name, got, want)
		}
	}
	m.until("Rootstock's blocks counted", func() bool { return uint64(m.count("rsk", "accepted")) == rsk.Best().Number-start })
	for _, r := range rsk.Results() {
		if r != "IMPORTED_BEST" && r != "IMPORTED_NOT_BEST" {
			t.Errorf("a submission was answered %q", r)
		}
	}
	if p := m.rig.engine.Status().Pools[0]; p.AuxRefused > 0 || p.JobFailures > 0 || len(p.Rejected) > 0 {
		t.Errorf("pool %+v", p)
	}
}

// TestMergedUncleIsSubmitted: a solution of an older job, whose chain has grown,
// is worth something to Rootstock and nothing to others.
func TestMergedUncleIsSubmitted(t *testing.T) {
	t.Parallel()
	hard := simParent()
	hard.Bits = never
	m := newMerged(t, &side{name: "parent", cfg: hard}, []*side{{name: "one", cfg: simAux(1)}}, nil)
	rsk := m.mustRSK()
	m.start()
	one := m.aux[0]
	old := m.jobWithRSK(rsk)

	rsk.Mine()
	one.node.Jump(1)
	m.jobWithRSK(rsk)
	m.submit(m.solve(old, rskBits, 0), m.c.Difficulty)
	m.until("the late block handed in", func() bool { return len(rsk.Results()) == 1 })
	if got := rsk.Results()[0]; got != "IMPORTED_NOT_BEST" {
		t.Errorf("the late block is %q", got)
	}
	m.until("its row", func() bool {
		rows := m.rowsOfRSK()
		return len(rows) == 1 && rows[0].State == submit.Received
	})
	late := m.rowsOfRSK()[0].Found.Hash
	if n := len(one.given()); n != 0 || m.rig.engine.Status().Pools[0].AuxStale != 1 {
		t.Errorf("the other chain was given %d late blocks, %d were counted", n, m.rig.engine.Status().Pools[0].AuxStale)
	}

	// The next block names it as an uncle, which is not the best chain.
	m.mineUntil("a block that names it", func() bool { return len(rsk.Best().Uncles) > 0 })
	m.until("that block counted", func() bool { return m.count("rsk", "accepted") >= 1 })
	for _, r := range m.rowsOfRSK() {
		if r.State == submit.Accepted && r.Found.Hash == late {
			t.Errorf("an uncle is counted: %+v", r)
		}
	}
}

// TestMergedRootstockLimitsSubmissions: a node that takes few solutions a second
// costs no block.
func TestMergedRootstockLimitsSubmissions(t *testing.T) {
	t.Parallel()
	hard := simParent()
	hard.Bits = never
	m := newMerged(t, &side{name: "parent", cfg: hard}, nil, nil)
	rsk := m.mustRSK()
	m.start()
	m.jobWithRSK(rsk)
	before := rsk.Best().Number
	rsk.Fault(simrsk.Limit)
	m.mineUntil("a block", func() bool { return len(m.rowsOfRSK()) > 0 })
	asked := rsk.Calls("mnr_submitBitcoinBlockPartialMerkle")
	m.until("further tries", func() bool { return rsk.Calls("mnr_submitBitcoinBlockPartialMerkle") >= asked+2 })
	rsk.Fault("")
	m.until("the block accepted", func() bool { return m.count("rsk", "accepted") == 1 && rsk.Best().Number == before+1 })
}

// simParent and simAux are chains of everyday difficulty.
func simParent() simchain.Config { return simchain.Config{Bits: each16} }

func simAux(id uint16) simchain.Config { return simchain.Config{ChainID: id, Bits: each8} }
