package reward

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/work"
)

// TestPreviewIsTheNextBlock asks each scheme ahead of every block, at random times
// in between, and holds the block against the last answer.
func TestPreviewIsTheNextBlock(t *testing.T) {
	for _, name := range []string{"solo", "prop", "pplns"} {
		rng := rand.New(rand.NewPCG(1, 2))
		s, err := New(name, Terms{FeeBPS: 130, Donation: func(a Account) int { return int(a%3) * 50 }})
		if err != nil {
			t.Fatal(err)
		}
		p := s.(Previewer)
		s.Job(Chain{Network: work.Of(100), Reward: 1})
		for range 300 {
			b := Block{Reward: rng.Uint64N(1 << 60), Finder: Account(1 + rng.IntN(9))}
			for range rng.IntN(60) {
				s.Share(Account(1+rng.IntN(9)), work.Of(rng.Float64()*9))
				if rng.IntN(20) == 0 {
					p.Preview(Block{Reward: 7, Finder: 2})
				}
			}
			want := p.Preview(b)
			if again := p.Preview(b); !reflect.DeepEqual(again, want) {
				t.Fatalf("%s: asked twice: got %+v, then %+v", name, want, again)
			}
			if got := s.Block(b); !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: got %+v, foretold %+v", name, got, want)
			}
		}
	}
}
