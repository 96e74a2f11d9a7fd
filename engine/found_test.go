package engine

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/stratum"
)

// The first share of a pool is a block, and the node has it before the share is in the
// share log: the block is divided with that share all the same.
func TestAShareIsLoggedBeforeItsBlock(t *testing.T) {
	r := mustAPI(t)
	p := r.engine.pools[0]
	w, err := p.Authorize(t.Context(), stratum.Login{User: apiMiner + ".rig1"})
	if err != nil {
		t.Fatal(err)
	}
	r.until("there is a job", func() bool { return p.Job() != nil })
	j := p.Job().(*work)
	s := &stratum.Submission{
		Job: j, Worker: w, Payee: w, ExtranonceLen: extranonce1Size + p.cfg.Extranonce2, NTime: j.NTime,
		Difficulty: 1e-10, Target: p.Target(1e-10), Full: 1e-10, FullTarget: p.Target(1e-10), Now: time.Now(),
	}
	turn := p.Begin()
	for n := uint32(0); ; n++ {
		binary.BigEndian.PutUint32(s.Extranonce[extranonce1Size:], n)
		if res := turn.Judge(s); res.Reason != stratum.Accepted {
			t.Fatalf("judged %v", res.Reason)
		} else if res.Block {
			break
		}
	}
	r.until("the node has the block", func() bool {
		a, ok := r.engine.courier.Attempts("parent")
		return ok && a.Last.Err == nil
	})
	if err := turn.Commit(); err != nil {
		t.Fatal(err)
	}
	var ev Event
	r.until("the block is told of", func() bool {
		select {
		case ev = <-r.events:
		default:
		}
		return ev.Kind == EventBlock
	})
	r.sync()
	split, err := r.engine.ledger.Split("parent", ev.Hash)
	if err != nil || len(split.Parts) != 1 || split.Parts[0].Amount != 4_950_000_000 {
		t.Errorf("the block is divided as %+v, %v; want 49.5 coins for %s", split, err, apiMiner)
	}
}
