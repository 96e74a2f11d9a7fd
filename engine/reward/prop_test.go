package reward

import (
	"math/rand/v2"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/work"
)

// propShare is a share of the model: what it counts for, and where it came from.
type propShare struct {
	account Account
	work    work.Work
	block   uint64 // that has divided it; 0 in the present round
	from    uint64 // the block that gave it back into the present round
}

// TestRoundsOfBlocksThatCameToNothing compares prop with a list of all shares, of
// which each is in the present round or divided by one block, while blocks come to
// nothing and come back, and saves are loaded.
func TestRoundsOfBlocksThatCameToNothing(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var all []propShare
		rounds := map[uint64][]byte{} // of the blocks that have their shares
		store, s := rows{}, Scheme(&prop{})
		blocks := uint64(0)
		for range 400 {
			switch rng.IntN(12) {
			default:
				a, w := Account(1+rng.IntN(5)), work.Of(float64(1+rng.IntN(9)))
				s.Share(a, w)
				all = append(all, propShare{account: a, work: w})
			case 0, 1:
				blocks++
				rounds[blocks] = s.(Returner).Round()
				got := s.Block(Block{Reward: 1_000_003, Finder: 1})
				by := map[Account]work.Work{}
				for i := range all {
					if p := &all[i]; p.block == 0 {
						p.block, p.from = blocks, 0
						by[p.account] = by[p.account].Add(p.work)
					}
				}
				var weights []weight
				for a := Account(1); a <= 5; a++ {
					if w := by[a]; !w.IsZero() {
						weights = append(weights, weight{a, w})
					}
				}
				if want := (&Terms{}).divide(1_000_003, weights); !sameSplit(got, want) {
					t.Fatalf("seed %d: block %d gives %+v, want %+v", seed, blocks, got, want)
				}
			case 2, 3: // comes to nothing
				n := 1 + rng.Uint64N(blocks+1)
				if rounds[n] == nil {
					continue
				}
				if err := s.(Returner).Return(n, rounds[n]); err != nil {
					t.Fatal(err)
				}
				delete(rounds, n)
				for i := range all {
					if p := &all[i]; p.block == n {
						p.block, p.from = 0, n
					}
				}
			case 4: // is on the chain after all
				n := 1 + rng.Uint64N(blocks+1)
				if round := s.(Returner).Take(n); round != nil {
					rounds[n] = round
				}
				for i := range all {
					if p := &all[i]; p.block == 0 && p.from == n {
						p.block, p.from = n, 0
					}
				}
			case 5:
				if err := s.Save(store); err != nil {
					t.Fatal(err)
				}
				if rng.IntN(3) > 0 {
					continue
				}
				s = &prop{}
				if err := s.Load(store); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func sameSplit(a, b Split) bool {
	if a.Pool != b.Pool || len(a.Credits) != len(b.Credits) {
		return false
	}
	for i := range a.Credits {
		if a.Credits[i] != b.Credits[i] {
			return false
		}
	}
	return true
}
