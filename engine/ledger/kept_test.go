package ledger

import (
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/work"
)

// naiveProp is the model of prop: all shares there were, each in the present round
// or divided by one block.
type naiveProp struct{ shares []naiveShare }

type naiveShare struct {
	account reward.Account
	work    work.Work
	block   string // that has divided it; empty in the present round
	from    string // the block that gave it back into the present round
}

// forget drops the present round.
func (p *naiveProp) forget() {
	for i := range p.shares {
		if s := &p.shares[i]; s.block == "" {
			s.block = "forgotten"
		}
	}
}

func (p *naiveProp) divide(t *testing.T, terms *sharelog.Terms, block string, b reward.Block) reward.Split {
	s, err := reward.New("prop", naiveTerms(terms))
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.shares {
		if x := &p.shares[i]; x.block == "" {
			s.Share(x.account, x.work)
			x.block, x.from = block, ""
		}
	}
	return s.Block(b)
}

// state follows a block from one state to another.
func (p *naiveProp) state(prop bool, block, old, state string) {
	lost := func(s string) bool { return s == "orphaned" || s == "refused" }
	for i := range p.shares {
		x := &p.shares[i]
		switch {
		case prop && !lost(old) && lost(state) && x.block == block:
			x.block, x.from = "", block
		case prop && lost(old) && !lost(state) && x.block == "" && x.from == block:
			x.block, x.from = block, ""
		}
		if state == "mature" && x.block == block {
			x.block = "mature"
		}
	}
}

// TestOrphanOfPropGivesItsRoundBack pays the work for an orphan with the next
// block, and no work twice.
func TestOrphanOfPropGivesItsRoundBack(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, dir+"/shares")
	l := mustLedger(t, dir+"/db", log)
	share := func(account string) {
		mustAppend(t, log, func(b *sharelog.Batch) {
			b.Share(&sharelog.Share{Pool: "p", Account: account, Worker: "w", Difficulty: 1})
		})
	}
	block := func(n byte, state string) {
		mustAppend(t, log, func(b *sharelog.Batch) {
			b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{n}, State: state, Account: "a", Reward: 1000})
		})
	}
	mustAppend(t, log, func(b *sharelog.Batch) {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "prop", Payout: "pool"})
	})
	share("a")
	block(1, "pending")
	block(1, "accepted")
	share("b")
	block(1, "orphaned")
	block(2, "pending")
	block(2, "mature")
	share("b")
	block(1, "accepted") // back, too late: its round was divided
	block(3, "mature")
	run(t, l, log)
	for account, want := range map[string]Balance{"a": {Mature: 500, Immature: 1000}, "b": {Mature: 500 + 1000}} {
		if got, err := l.Balance("p", "c", account); err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", account, got, err, want)
		}
	}
}

// TestReturnedRoundsEqualModel has rounds come and go at random, folded in pieces
// by ledgers that crash.
func TestReturnedRoundsEqualModel(t *testing.T) {
	for seed := range fewer(25) {
		rng := rand.New(rand.NewPCG(seed, 5))
		dir := t.TempDir()
		log := mustLog(t, filepath.Join(dir, "shares"))
		path := filepath.Join(dir, "db")
		mustAppend(t, log, func(b *sharelog.Batch) {
			b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "prop", Payout: "pool"})
		})
		for range 4 {
			for range 20 {
				mustAppend(t, log, func(b *sharelog.Batch) { propRecords(rng, b) })
			}
			l := mustLedger(t, path, log)
			foldAndCrash(t, rng, l, log)
			foldAndCrash(t, rng, l, log)
			l.Close()
		}
		l := mustLedger(t, path, log)
		run(t, l, log)
		compareMoney(t, l, log)
		again := mustLedger(t, filepath.Join(dir, "again"), log)
		run(t, again, log)
		if a, b := dump(t, l), dump(t, again); !reflect.DeepEqual(a, b) {
			t.Error("a ledger folded again from the log differs")
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func propRecords(rng *rand.Rand, b *sharelog.Batch) {
	for range 1 + rng.IntN(4) {
		b.Share(&sharelog.Share{Pool: "p", Account: pick(rng, "a", "b", "c"), Worker: "w", Difficulty: float64(1 + rng.IntN(9))})
	}
	b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{byte(rng.IntN(12))},
		State: pick(rng, "pending", "accepted", "accepted", "orphaned", "orphaned", "refused", "mature"), Reward: 1_000_003, Account: "a"})
	if rng.IntN(60) == 0 {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: pick(rng, "prop", "solo"), Payout: "pool"})
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "prop", Payout: "pool"})
	}
}
