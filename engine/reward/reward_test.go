package reward

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/work"
)

// rows is a Store in memory.
type rows map[uint64][]byte

func (r rows) Put(key uint64, value []byte) error { r[key] = bytes.Clone(value); return nil }
func (r rows) Delete(key uint64) error            { delete(r, key); return nil }

func (r rows) Each(f func(uint64, []byte) error) error {
	var keys []uint64
	for k := range r {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if err := f(k, r[k]); err != nil {
			return err
		}
	}
	return nil
}

func donation(a Account) int { return int(a) % 4 * 25 }

// TestSchemesAreTheModel folds random streams with saves, and crashes that lose
// what came after the last save and replay it.
func TestSchemesAreTheModel(t *testing.T) {
	for _, name := range Names {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(60) {
				rng := rand.New(rand.NewPCG(seed, 7))
				events := random(rng, 1+rng.IntN(40), 1500)
				feeBPS := rng.IntN(300)
				want := &model{name: name, feeBPS: int64(feeBPS), donation: donation, n: int64(1 + rng.IntN(3))}
				want.run(events)
				got := &folder{t: t, name: name, terms: Terms{FeeBPS: feeBPS, Donation: donation, Window: float64(want.n)}, store: rows{}}
				got.run(rng, events)
				compareSplits(t, seed, got.splits, want.splits)
				compareEarned(t, seed, got.earned, want.earned)
			}
		})
	}
}

type folder struct {
	t      *testing.T
	name   string
	terms  Terms
	store  rows
	splits []Split
	earned map[Account]Amount
}

func (f *folder) open() Scheme {
	s, err := New(f.name, f.terms)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := s.Load(f.store); err != nil {
		f.t.Fatal(err)
	}
	return s
}

// run folds events; what was earned or split up to a save is kept with it.
func (f *folder) run(rng *rand.Rand, events []event) {
	s, at := f.open(), 0
	var splits []Split
	earned := map[Account]Amount{}
	f.earned = map[Account]Amount{}
	for i := 0; i < len(events); {
		switch e := events[i]; {
		case e.job != nil:
			s.Job(*e.job)
		case e.block != nil:
			split := s.Block(*e.block)
			if split.Total() != e.block.Reward {
				f.t.Fatalf("parts add up to %d, want %d", split.Total(), e.block.Reward)
			}
			splits = append(splits, split)
		default:
			earned[e.account] = earned[e.account].Add(s.Share(e.account, e.work))
		}
		i++
		switch rng.UintN(200) {
		case 0:
			if err := s.Save(f.store); err != nil {
				f.t.Fatal(err)
			}
			at = i
			f.keep(&splits, earned)
		case 1:
			s, i = f.open(), at
			splits = nil
			clear(earned)
		}
	}
	f.keep(&splits, earned)
}

func (f *folder) keep(splits *[]Split, earned map[Account]Amount) {
	f.splits = append(f.splits, *splits...)
	*splits = nil
	for a, n := range earned {
		f.earned[a] = f.earned[a].Add(n)
	}
	clear(earned)
}

func compareSplits(t *testing.T, seed uint64, got []Split, want []map[Account]*big.Int) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("seed %d: %d blocks, want %d", seed, len(got), len(want))
	}
	for i, split := range got {
		sum := map[Account]uint64{0: split.Pool}
		for _, c := range split.Credits {
			if sum[c.Account] != 0 || c.Amount == 0 {
				t.Fatalf("seed %d: block %d credits %d twice or nothing", seed, i, c.Account)
			}
			sum[c.Account] = c.Amount
		}
		for a, n := range want[i] {
			if new(big.Int).SetUint64(sum[a]).Cmp(n) != 0 {
				t.Fatalf("seed %d: block %d gives %d to %d, want %v", seed, i, sum[a], a, n)
			}
			delete(sum, a)
		}
		delete(sum, 0)
		if len(sum) > 0 {
			t.Fatalf("seed %d: block %d pays those who did nothing: %v", seed, i, sum)
		}
	}
}

// compareEarned allows what the price's mantissa and rounding each share down
// may cost.
func compareEarned(t *testing.T, seed uint64, got map[Account]Amount, want map[Account]*big.Int) {
	t.Helper()
	for a, n := range want {
		g := new(big.Int).SetUint64(got[a].Units)
		g.Lsh(g, 64).Add(g, new(big.Int).SetUint64(got[a].Fraction))
		short := new(big.Int).Sub(n, g)
		most := new(big.Int).Rsh(n, 62)
		most.Add(most, big.NewInt(10_000)) // fractions of 2^-64, two a share
		if short.CmpAbs(most) > 0 {
			t.Fatalf("seed %d: account %d earned %v, want %v", seed, a, g, n)
		}
	}
	for a, n := range got {
		if want[a] == nil && n != (Amount{}) {
			t.Fatalf("seed %d: account %d earned %v, want nothing", seed, a, n)
		}
	}
}

func TestPriceIsRewardByNetwork(t *testing.T) {
	for _, network := range []float64{1e-9, 1, 1e5, 1e14, 1e20, 0x1p72} {
		for _, reward := range []uint64{1, 1e8, 3_125_000_000, math.MaxUint64} {
			for _, share := range []float64{1e-10, 1e-6, 1, 1e5, 1e14} {
				if share > network {
					continue
				}
				n, w := work.Of(network), work.Of(share)
				got := priceOf(reward, n).of(w)
				exact := new(big.Int).Lsh(new(big.Int).SetUint64(reward), 64)
				exact.Mul(exact, w.Big()).Quo(exact, n.Big())
				g := new(big.Int).Lsh(new(big.Int).SetUint64(got.Units), 64)
				g.Add(g, new(big.Int).SetUint64(got.Fraction))
				short := new(big.Int).Sub(exact, g)
				if most := new(big.Int).Add(new(big.Int).Rsh(exact, 62), big.NewInt(1)); short.Sign() < 0 || short.Cmp(most) > 0 {
					t.Errorf("%d at %g, share of %g: got %v, want %v", reward, network, share, g, exact)
				}
			}
		}
	}
}

func TestLeftoverUnitsGoToTheLargestRemainders(t *testing.T) {
	p, err := New("prop", Terms{})
	if err != nil {
		t.Fatal(err)
	}
	for a, w := range []float64{3, 3, 1} {
		p.Share(Account(a+1), work.Of(w))
	}
	got := p.Block(Block{Reward: 10}) // 4.28, 4.28, 1.43
	want := []Credit{{1, 4}, {2, 4}, {3, 2}}
	if !slices.Equal(got.Credits, want) || got.Pool != 0 {
		t.Errorf("got %+v, want %+v", got, want)
	}
	p.Share(1, work.Of(1))
	p.Share(2, work.Of(1))
	if got := p.Block(Block{Reward: 3}); !slices.Equal(got.Credits, []Credit{{1, 2}, {2, 1}}) {
		t.Errorf("on a tie: got %+v, want the odd unit with the first", got)
	}
	if got := p.Block(Block{Reward: 7}); len(got.Credits) != 0 || got.Pool != 7 {
		t.Errorf("a round without shares: got %+v, want all with the pool", got)
	}
}

func TestPPLNSForgetsTheRoundButNotTheWork(t *testing.T) {
	p, err := New("pplns", Terms{Window: 1})
	if err != nil {
		t.Fatal(err)
	}
	p.Job(Chain{Network: work.Of(1000)})
	for range 500 {
		p.Share(1, work.Of(1))
	}
	first, second := p.Block(Block{Reward: 100}), p.Block(Block{Reward: 100})
	if !slices.Equal(first.Credits, []Credit{{1, 100}}) || !slices.Equal(second.Credits, first.Credits) {
		t.Errorf("got %+v and %+v, want all of both for the one who worked", first, second)
	}
	for range 750 {
		p.Share(2, work.Of(1))
	}
	if got := p.Block(Block{Reward: 100}); !slices.Equal(got.Credits, []Credit{{1, 25}, {2, 75}}) {
		t.Errorf("after three quarters of a window by another: got %+v", got)
	}
	for range 1000 {
		p.Share(2, work.Of(1))
	}
	if got := p.Block(Block{Reward: 100}); !slices.Equal(got.Credits, []Credit{{2, 100}}) {
		t.Errorf("after a whole window by another: got %+v", got)
	}
}

// TestShareEarnsOneBlockAtMost: where difficulties are not capped by the easiest
// chain, a share may be worth many times a block of it, and solves one.
func TestShareEarnsOneBlockAtMost(t *testing.T) {
	for _, name := range []string{"pps", "fpps", "pps+"} {
		for _, c := range []struct {
			share float64
			want  Amount
		}{{4, Amount{Units: 250}}, {16, Amount{Units: 1000}}, {17, Amount{Units: 1000}}, {1600, Amount{Units: 1000}}, {1e18, Amount{Units: 1000}}} {
			s, err := New(name, Terms{})
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Share(1, work.Of(c.share)); got != (Amount{}) {
				t.Errorf("%s: a share of %g earns %+v before the first job", name, c.share, got)
			}
			s.Job(Chain{Network: work.Of(16), Height: 1, Reward: 1000})
			if got := s.Share(1, work.Of(c.share)); got != c.want {
				t.Errorf("%s: a share of %g earns %+v of a chain of 16, want %+v", name, c.share, got, c.want)
			}
		}
	}
}

func TestDamagedRowsAreErrors(t *testing.T) {
	for _, name := range []string{"prop", "pplns", "pps", "fpps", "pps+"} {
		for cut := range 12 {
			s, err := New(name, Terms{})
			if err != nil {
				t.Fatal(err)
			}
			s.Job(Chain{Network: work.Of(1 << 20), Height: 7, Reward: 5_000_000_000, Fees: 1})
			for i := range 300 {
				s.Share(Account(i%3+1), work.Of(1<<14))
			}
			store := rows{}
			if err := s.Save(store); err != nil {
				t.Fatal(err)
			}
			key := uint64(0)
			for k := range store {
				key = max(key, k)
			}
			if cut >= len(store[key]) {
				continue
			}
			store[key] = store[key][:cut]
			again, err := New(name, Terms{})
			if err != nil {
				t.Fatal(err)
			}
			if err := again.Load(store); err == nil {
				t.Errorf("%s: a row cut to %d bytes was taken", name, cut)
			}
		}
	}
}

func TestUnknownSchemeNamesTheKnown(t *testing.T) {
	if _, err := New("pplnss", Terms{}); err == nil || !strings.Contains(err.Error(), `"pplnss"`) || !strings.Contains(err.Error(), "pplns, pps") {
		t.Errorf("got %v", err)
	}
}

func FuzzSliceParse(f *testing.F) {
	s := slice{weights: []weight{{1, work.Of(1)}, {70_000, work.Of(1e20)}}}
	f.Add(s.append(nil))
	f.Add(binary.AppendUvarint(nil, math.MaxUint64))
	f.Fuzz(func(t *testing.T, b []byte) {
		var got slice
		if got.parse(b) != nil {
			return
		}
		var again slice
		if err := again.parse(got.append(nil)); err != nil || !slices.Equal(again.weights, got.weights) {
			t.Fatalf("%x: got %v, stored and read again %v, %v", b, got, again, err)
		}
	})
}

// BenchmarkShare is one share in each scheme, of 100,000 accounts in a window
// that moves.
func BenchmarkShare(b *testing.B) {
	for _, name := range Names {
		b.Run(name, func(b *testing.B) {
			s, err := New(name, Terms{})
			if err != nil {
				b.Fatal(err)
			}
			s.Job(Chain{Network: work.Of(1e6), Height: 1, Reward: 5_000_000_000})
			rng := rand.New(rand.NewPCG(1, 1))
			all := make([]Account, 1<<16)
			for i := range all {
				all[i] = Account(1 + rng.IntN(100_000))
			}
			w := work.Of(1)
			for i := 0; b.Loop(); i++ {
				s.Share(all[i&(1<<16-1)], w)
			}
		})
	}
}

// BenchmarkBlock divides a block among 100,000 accounts.
func BenchmarkBlock(b *testing.B) {
	for _, name := range []string{"prop", "pplns"} {
		b.Run(name, func(b *testing.B) {
			s, err := New(name, Terms{FeeBPS: 100})
			if err != nil {
				b.Fatal(err)
			}
			s.Job(Chain{Network: work.Of(1e6)})
			for b.Loop() {
				b.StopTimer()
				for a := range Account(100_000) {
					s.Share(a+1, work.Of(float64(a%17+1)))
				}
				b.StartTimer()
				if got := s.Block(Block{Reward: 312_500_000}); len(got.Credits) < 90_000 {
					b.Fatal(fmt.Sprint("credits: ", len(got.Credits)))
				}
			}
		})
	}
}
