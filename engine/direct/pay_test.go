package direct

import (
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"reflect"
	"testing"
)

func script(n byte) []byte { return append([]byte{0, 20}, bytes.Repeat([]byte{n}, 20)...) }

// roomy is a space without a bound.
func roomy(reward uint64) Space { return Space{Reward: reward, Weight: 4_000_000, Sigops: 80_000} }

var wide = Limits{MaxOutputs, 1 << 20}

func accounts(list ...Account) []Account {
	for i := range list {
		list[i].Name, list[i].Script = fmt.Sprint('a'+i), script(byte(i+1))
	}
	return list
}

// of is n millionths of the whole.
func of(n uint64) uint64 { return Whole / 1_000_000 * n }

func TestPay(t *testing.T) {
	const reward = 1_000_000_000
	for _, x := range []struct {
		name     string
		minimum  uint64
		kept     bool
		limits   Limits
		accounts []Account
		want     []uint64 // of the outputs, by size
		operator uint64
	}{
		{"nobody has earned anything", 0, false, wide, nil, nil, reward},
		{"all have an output, the fee is left", 0, false, wide,
			accounts(Account{Part: of(600_000)}, Account{Part: of(390_000)}), []uint64{599_999_999, 389_999_999}, 10_000_002},
		{"who is below the minimum waits", 100_000_000, false, wide,
			accounts(Account{Part: of(900_000)}, Account{Part: of(90_000)}), []uint64{899_999_999}, 100_000_001},
		{"a carry lifts above the minimum, out of the fee", 100_000_000, false, wide,
			accounts(Account{Part: of(900_000)}, Account{Part: of(80_000), Carry: 20_000_001}), []uint64{900_000_000, 100_000_000}, 0},
		{"a carry beyond what is free is lent", 0, false, wide,
			accounts(Account{Part: Whole}, Account{Carry: 5_000_000}), []uint64{995_000_000, 5_000_000}, 0},
		{"no more than a hundredth is lent, to the largest first", 0, false, wide,
			accounts(Account{Part: Whole}, Account{Carry: 30_000_000}, Account{Carry: 10_000_000}), []uint64{990_000_000, 10_000_000}, 0},
		{"or twice the minimum, where that is more", 9_000_000, false, wide,
			accounts(Account{Part: Whole}, Account{Carry: 90_000_000}, Account{Carry: 10_000_000}), []uint64{982_000_000, 18_000_000}, 0},
		{"who lends keeps its minimum", 100_000_000, false, wide,
			accounts(Account{Part: of(850_000)}, Account{Part: of(105_000)}, Account{Carry: 150_000_000}), []uint64{745_695_366, 150_000_000, 104_304_634}, 0},
		{"who lends keeps the larger minimum that it wants", 0, false, wide,
			accounts(Account{Part: of(600_000)}, Account{Part: of(400_000), Least: 399_999_999}, Account{Carry: 10_000_000}), []uint64{590_000_001, 399_999_999, 10_000_000}, 0},
		{"who has its minimum lends nothing", 0, false, wide,
			accounts(Account{Part: Whole, Least: reward}, Account{Carry: 10_000_000}), []uint64{reward}, 0},
		{"large accounts share what is free, and borrow nothing", 0, false, wide,
			accounts(Account{Part: of(900_000), Carry: 30_000_000}, Account{Part: of(80_000), Carry: 10_000_000}), []uint64{915_000_001, 84_999_999}, 0},
		{"who was paid too much gets less", 0, false, wide,
			accounts(Account{Part: of(500_000), Carry: -100_000_000}, Account{Part: of(490_000)}), []uint64{489_999_999, 399_999_999}, 110_000_002},
		{"who was paid much too much gets nothing", 0, false, wide,
			accounts(Account{Part: of(500_000), Carry: -600_000_000}), nil, reward},
		{"who wants larger outputs waits for them", 0, false, wide,
			accounts(Account{Part: of(500_000), Least: 500_000_000}, Account{Part: of(400_000), Least: 300_000_000}), []uint64{399_999_999}, 600_000_001},
		{"somebody else pays what is carried", 0, true, wide,
			accounts(Account{Part: of(500_000), Carry: 7_000_000}, Account{Part: of(400_000), Carry: -7_000_000}), []uint64{499_999_999, 392_999_999}, 107_000_002},
		{"dust goes to the first", 0, false, wide, accounts(Account{Part: Whole - 9_000<<30}), []uint64{reward}, 0},
		{"few outputs", 0, false, Limits{2, 1 << 20},
			accounts(Account{Part: of(600_000)}, Account{Part: of(390_000)}), []uint64{599_999_999}, 400_000_001},
		{"room for the operator's output alone", 0, false, Limits{1, 1 << 20}, accounts(Account{Part: Whole}), nil, reward},
		{"few bytes", 0, false, Limits{MaxOutputs, 2*31 + 30},
			accounts(Account{Part: of(600_000)}, Account{Part: of(390_000)}), []uint64{599_999_999}, 400_000_001},
	} {
		p := &Plan{Operator: script(0), Minimum: x.minimum, Accounts: x.accounts, Kept: x.kept}
		got := p.Pay(roomy(reward), x.limits, nil)
		var amounts []uint64
		for _, a := range got.Accounts {
			amounts = append(amounts, a.Amount)
		}
		if !reflect.DeepEqual(amounts, x.want) || got.Operator != x.operator {
			t.Errorf("%s: got %v and %d for the operator, want %v and %d", x.name, amounts, got.Operator, x.want, x.operator)
		}
	}
}

func TestPayFinder(t *testing.T) {
	const reward = 1_000_000_000
	p := &Plan{Operator: script(0), Accounts: accounts(Account{Carry: 4_000_000}, Account{Carry: 2_000_000})}
	finder := &Account{Name: p.Accounts[1].Name, Script: p.Accounts[1].Script, Part: of(990_000), Carry: 2_000_000}
	got := p.Pay(roomy(reward), wide, finder)
	want := []Paid{{finder.Name, 989_999_999 + 2_000_000}, {p.Accounts[0].Name, 4_000_000}}
	if !reflect.DeepEqual(got.Accounts, want) || got.Operator != 4_000_001 {
		t.Errorf("got %+v, want %+v and what is left", got, want)
	}
}

// TestAFinderLendsNothing has a block go to its finder beside one who is owed much.
func TestAFinderLendsNothing(t *testing.T) {
	const reward = 1_000_000_000
	for _, x := range []struct {
		name    string
		part    uint64
		minimum uint64
		want    []uint64
	}{
		{"without a fee", Whole, 0, []uint64{reward}},
		{"without a fee, a large minimum", Whole, 400_000_000, []uint64{reward}},
		{"the fee is what is paid", of(990_000), 0, []uint64{989_999_999, 10_000_001}},
	} {
		p := &Plan{Operator: script(0), Minimum: x.minimum, Accounts: accounts(Account{}, Account{Carry: 900_000_000})}
		finder := &Account{Name: p.Accounts[0].Name, Script: p.Accounts[0].Script, Part: x.part}
		var got []uint64
		for _, a := range p.Pay(roomy(reward), wide, finder).Accounts {
			got = append(got, a.Amount)
		}
		if !reflect.DeepEqual(got, x.want) {
			t.Errorf("%s: got %v, want %v", x.name, got, x.want)
		}
	}
}

// TestPayIsBoundedAndExact tries random plans in random spaces.
func TestPayIsBoundedAndExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	kinds := []int{22, 25, 34, 23, 100, 300}
	for range 3000 {
		s := Space{
			Reward: rng.Uint64N(1 << rng.IntN(64)), Bytes: 100 + rng.IntN(200), Weight: 1000 + rng.IntN(8000),
			Sigops: rng.IntN(200), Witness: rng.IntN(2) * 36,
		}
		p := &Plan{Operator: script(0), Minimum: rng.Uint64N(s.Reward/10 + 2), Kept: rng.IntN(3) == 0}
		left := uint64(Whole)
		for i := range rng.IntN(60) {
			a := Account{Name: fmt.Sprint(i), Script: bytes.Repeat([]byte{0xac}, 1)}
			a.Script = append(a.Script, bytes.Repeat([]byte{0}, kinds[rng.IntN(len(kinds))]-1)...)
			a.Part = rng.Uint64N(left + 1)
			left -= a.Part
			if rng.IntN(4) == 0 {
				a.Least = rng.Uint64N(s.Reward/4 + 1)
			}
			if rng.IntN(2) == 0 {
				a.Carry = rng.Int64N(int64(min(s.Reward, 1<<62)/4+1)) - int64(min(s.Reward, 1<<62)/8)
			}
			p.Accounts = append(p.Accounts, a)
		}
		l := Limits{1 + rng.IntN(40), 300 + rng.IntN(2000)}
		holds(t, p, s, l, p.Pay(s, l, nil))
	}
}

// holds checks what every payout promises.
func holds(t *testing.T, p *Plan, s Space, l Limits, got *Payout) {
	t.Helper()
	sum, size, cost := new(big.Int), s.Bytes, 0
	for i, o := range got.Outputs {
		sum.Add(sum, new(big.Int).SetUint64(o.Value))
		size += outputSize(o.Script)
		cost += sigops(o.Script)
		switch {
		case i < len(got.Accounts) && o.Value != got.Accounts[i].Amount:
			t.Errorf("output %d is of %d, paid %d", i, o.Value, got.Accounts[i].Amount)
		case i < len(got.Accounts) && o.Value < p.minimum(s.Reward):
			t.Errorf("output %d is of %d, the minimum is %d", i, o.Value, p.minimum(s.Reward))
		case i >= len(got.Accounts) && (o.Value != got.Operator || !bytes.Equal(o.Script, p.Operator)):
			t.Errorf("the last output is %v, want %d for the operator", o, got.Operator)
		case len(got.Outputs) > 1 && o.Value < Least(s.Reward):
			t.Errorf("output %d is dust: %d", i, o.Value)
		}
	}
	if sum.Cmp(new(big.Int).SetUint64(s.Reward)) != 0 {
		t.Errorf("outputs of %v for a reward of %d", sum, s.Reward)
	}
	if n := len(got.Outputs); n > 1 && (n > l.Outputs || size > l.Bytes || 4*size+s.Witness > s.Weight || cost > s.Sigops) {
		t.Errorf("%d outputs, %d bytes, cost %d; limits %+v, space %+v", n, size, cost, l, s)
	}
	byName := map[string]*Account{}
	for i := range p.Accounts {
		byName[p.Accounts[i].Name] = &p.Accounts[i]
	}
	for i, a := range got.Accounts {
		if least := max(p.minimum(s.Reward), byName[a.Account].Least); a.Amount < least {
			t.Errorf("%s gets %d, and wants no less than %d", a.Account, a.Amount, least)
		}
		most := due(byName[a.Account].Part, byName[a.Account].Carry, s.Reward, p.Kept)
		if a.Amount > most && (i > 0 || a.Amount-most >= Least(s.Reward)) {
			t.Errorf("%s gets %d, and has only %d to get", a.Account, a.Amount, most)
		}
	}
}

func TestRank(t *testing.T) {
	parts := []uint64{of(100), of(300), 0, of(300), of(200)}
	carries := []int64{250, 0, 90, -50}
	for _, x := range []struct {
		name  string
		least uint64
		kept  bool
		n     int
		want  []int
	}{
		{"all", 1, false, 9, []int{0, 1, 3, 4, 2}},
		{"three", 1, false, 3, []int{0, 1, 3}},
		{"large ones", 220, false, 9, []int{0, 1, 3}},
		{"without what others pay", 1, true, 9, []int{1, 3, 4, 0}},
		{"none", 1, false, 0, []int{}},
	} {
		if got := Rank(parts, carries, 1_000_001, x.least, x.kept, x.n); !reflect.DeepEqual(got, x.want) {
			t.Errorf("%s: got %v, want %v", x.name, got, x.want)
		}
	}
}

// TestRankOfMany compares with the plain way.
func TestRankOfMany(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	parts, carries := make([]uint64, 5000), make([]int64, 5000)
	for i := range parts {
		parts[i], carries[i] = rng.Uint64N(Whole/5000), rng.Int64N(2000)-1000
	}
	all := Rank(parts, carries, 1_000_000, 1, false, len(parts))
	top := Rank(parts, carries, 1_000_000, 1, false, 200)
	if !reflect.DeepEqual(top, all[:200]) {
		t.Errorf("the first 200: got %v, want %v", top, all[:200])
	}
	for i := range all[1:] {
		a, b := all[i], all[i+1]
		x, y := due(parts[a], carries[a], 1_000_000, false), due(parts[b], carries[b], 1_000_000, false)
		if x < y || x == y && a > b {
			t.Fatalf("place %d has %d to get, place %d %d", i, x, i+1, y)
		}
	}
}
