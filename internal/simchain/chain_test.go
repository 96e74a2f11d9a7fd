package simchain

import (
	"math/big"
	"testing"
	"time"
)

func TestRetarget(t *testing.T) {
	clock := newTestClock()
	n := New(Config{ChainID: 1, Bits: 0x1f7fffff, Retarget: 4, Spacing: 10 * time.Second, Clock: clock.now})
	step := func(blocks int, each time.Duration) uint32 {
		for range blocks {
			clock.step(each)
			n.Jump(1)
		}
		return n.chain.tip().blk.bits
	}
	// Heights 1 to 3 keep the first target; the interval ends at 4.
	if got := step(3, time.Second); got != 0x1f7fffff {
		t.Fatalf("first interval: got %08x", got)
	}
	harder := step(1, time.Second)
	if ratio(harder, 0x1f7fffff) != "1/4" {
		t.Errorf("ten times too fast: target is %s of the one before, want the limit of 1/4", ratio(harder, 0x1f7fffff))
	}
	step(3, 20*time.Second)
	easier := step(1, 20*time.Second)
	if got, _ := new(big.Rat).SetString(ratio(easier, harder)); got.Cmp(big.NewRat(3, 2)) < 0 || got.Cmp(big.NewRat(2, 1)) > 0 {
		t.Errorf("twice too slow: target is %s of the one before", got)
	}
	if got := step(24, time.Hour); got != easiestBits {
		t.Errorf("hours: got %08x, want the limit %08x", got, easiestBits)
	}
	// Who does not follow is refused.
	b := n.buildBlock(n.chain.tip(), []byte{0x51}, nil, 0, 1)
	b.bits = harder
	b.seal()
	if got := n.chain.checkHeader(b, n.chain.tip(), n.now()); got != "bad-diffbits" {
		t.Errorf("got %q, want bad-diffbits", got)
	}
}

// ratio of two targets, rounded to what the mantissa holds.
func ratio(a, b uint32) string {
	x, _ := expand(a)
	y, _ := expand(b)
	r := new(big.Rat).SetFrac(x, y)
	if f, _ := r.Float64(); f > 0.2499 && f < 0.2501 {
		return "1/4"
	}
	return r.RatString()
}

func TestConstantBits(t *testing.T) {
	clock := newTestClock()
	n := New(Config{ChainID: 1, Bits: 0x1f00ffff, Clock: clock.now})
	for range 30 {
		clock.step(time.Millisecond)
		n.Jump(1)
	}
	if got := n.chain.tip().blk.bits; got != 0x1f00ffff {
		t.Errorf("got %08x, want 1f00ffff", got)
	}
}

// TestMostWork: fewer but harder blocks beat more and easier ones.
func TestMostWork(t *testing.T) {
	clock := newTestClock()
	n := New(Config{ChainID: 1, Retarget: 2, Spacing: time.Second, Bits: 0x1f7fffff, Clock: clock.now})
	genesis := n.chain.tip()
	grow := func(from *entry, blocks int, each time.Duration) *entry {
		for range blocks {
			clock.step(each)
			from = n.foreignLocked(from)
		}
		return from
	}
	slow := grow(genesis, 8, 100*time.Second)
	if n.chain.tip() != slow {
		t.Fatal("the only branch is not the tip")
	}
	fast := grow(genesis, 7, 0)
	if slow.work.Cmp(fast.work) >= 0 || n.chain.tip() != fast {
		t.Errorf("tip at height %d, want the shorter branch with more work", n.chain.tip().height)
	}
}

// TestTies: of two branches with the same work the first stays.
func TestTies(t *testing.T) {
	n := New(Config{ChainID: 1})
	genesis := n.chain.tip()
	first := n.Jump(1)[0]
	n.foreignLocked(genesis)
	if n.Tip() != first {
		t.Error("the second branch took over")
	}
}

func TestTenThousandBlocks(t *testing.T) {
	n := New(Config{ChainID: 1})
	n.Jump(10_000)
	if n.Height() != 10_000 {
		t.Fatalf("height: got %d, want 10000", n.Height())
	}
	n.Reorg(100)
	if n.Height() != 10_001 {
		t.Errorf("height: got %d, want 10001", n.Height())
	}
	if got := pushHeight(n.Height()); len(got) != 3 {
		t.Errorf("height push: got %x", got)
	}
}
