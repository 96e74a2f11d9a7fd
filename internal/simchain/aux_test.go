package simchain

import (
	"sync"
	"testing"
	"time"
)

// testClock is a clock that a test moves.
type testClock struct {
	mu sync.Mutex
	at time.Time
}

func newTestClock() *testClock { return &testClock{at: time.Unix(1_800_000_000, 0)} }

func (c *testClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *testClock) step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// otherAddress is a bech32 address of Namecoin's regtest.
const otherAddress = "ncrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqp6c2zmd"

func TestAuxWork(t *testing.T) {
	for _, c := range []struct {
		name string
		cfg  Config
	}{
		{"namecoin", Config{ChainID: 1}},
		{"dogecoin", Config{ChainID: 98, Dialect: Dogecoin}},
		{"harder", Config{ChainID: 6, Bits: 0x2000ffff}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := start(t, c.cfg)
			w, h, bits := auxOf(t, n)
			if w.ChainID != c.cfg.ChainID || w.Height != 1 || w.Previous != n.Tip().String() ||
				w.CoinbaseValue != n.cfg.Subsidy || bits != n.cfg.Bits {
				t.Errorf("work: got %+v", w)
			}
			field, other := w.TargetUnder, w.TargetBare
			if c.cfg.Dialect == Dogecoin {
				field, other = other, field
			}
			if other != "" || Hash(unhex(t, field)).String() != targetHex(bits) {
				t.Errorf("targets: got %q and %q", w.TargetUnder, w.TargetBare)
			}
			if again, _, _ := auxOf(t, n); again != w {
				t.Errorf("asked again: got %+v, want %+v", again, w)
			}
			if !want[bool](t, n, "submitauxblock", w.Hash, proofFor(t, n, h, bits)) {
				t.Fatal("good proof refused")
			}
			if n.Height() != 1 || n.Tip() != h {
				t.Errorf("tip: got %d %s, want 1 %s", n.Height(), n.Tip(), h)
			}
			if got := last(t, n); got.Verdict != "true" || got.Height != 1 || !got.Best || got.Hash != h || got.Reason != "" {
				t.Errorf("submission: got %+v", got)
			}
		})
	}
}

// TestForgetting follows one template through everything that may happen to it.
func TestForgetting(t *testing.T) {
	for _, dialect := range []Dialect{Namecoin, Dogecoin} {
		n := start(t, Config{ChainID: 5, Dialect: dialect})
		_, h, bits := auxOf(t, n)
		good := proofFor(t, n, h, bits)

		// A bad proof is answered with false and does not spoil the block.
		bad := prove(t, n.cfg.Algorithm, h, 6, bits, 2, nil).encode()
		if want[bool](t, n, "submitauxblock", h.String(), encodeHex(bad)) {
			t.Fatal("proof for another chain id taken")
		}
		if got := last(t, n).Reason; got != RuleSlot.Error() {
			t.Errorf("reason: got %q, want %q", got, RuleSlot.Error())
		}
		for i := range 2 {
			if !want[bool](t, n, "submitauxblock", h.String(), good) {
				t.Fatalf("time %d: good proof refused", i+1)
			}
			if n.Height() != 1 {
				t.Fatalf("time %d: height %d, want 1", i+1, n.Height())
			}
		}
		// The tip has moved by this very block; the next call forgets.
		_, h2, _ := auxOf(t, n)
		if got := wantFault(t, n, codeParameter, "submitauxblock", h.String(), good); got.Message != "block hash unknown" {
			t.Errorf("message: got %q", got.Message)
		}

		// Moved by another miner, and not asked since: true, and no new height.
		good2 := proofFor(t, n, h2, bits)
		n.Jump(1)
		if !want[bool](t, n, "submitauxblock", h2.String(), good2) {
			t.Error("side block refused")
		}
		if n.Height() != 2 || n.Confirmations(h2) != -1 {
			t.Errorf("height %d, confirmations %d, want 2, -1", n.Height(), n.Confirmations(h2))
		}
		if got := last(t, n); got.Reason != string(Inconclusive) || got.Best {
			t.Errorf("submission: got %+v", got)
		}
		auxOf(t, n)
		wantFault(t, n, codeParameter, "submitauxblock", h2.String(), good2)

		// A restart forgets at once; a port that was closed does not.
		_, h3, _ := auxOf(t, n)
		good3 := proofFor(t, n, h3, bits)
		n.Down(true)
		n.Down(false)
		if !want[bool](t, n, "submitauxblock", h3.String(), good3) {
			t.Error("forgotten while the port was closed")
		}
		_, h4, _ := auxOf(t, n)
		n.Restart()
		wantFault(t, n, codeParameter, "submitauxblock", h4.String(), proofFor(t, n, h4, bits))
	}
}

// TestRefreshFlipsBack: a minute later and with new fees there is a better
// block. Namecoin hands it out once, the others from then on.
func TestRefreshFlipsBack(t *testing.T) {
	for _, c := range []struct {
		name    string
		dialect Dialect
		stays   bool
	}{{"namecoin", Namecoin, false}, {"dogecoin", Dogecoin, true}} {
		t.Run(c.name, func(t *testing.T) {
			clock := newTestClock()
			n := start(t, Config{ChainID: 1, Dialect: c.dialect, Clock: clock.now})
			old, _, _ := auxOf(t, n)
			clock.step(61 * time.Second)
			if w, _, _ := auxOf(t, n); w != old {
				t.Error("another block without new transactions")
			}
			n.InjectFake(2, 700)
			clock.step(time.Second)
			better, h, bits := auxOf(t, n)
			if better.Hash == old.Hash || better.CoinbaseValue != old.CoinbaseValue+1400 {
				t.Fatalf("after a minute: got %+v, want 1400 more than %+v", better, old)
			}
			then := old
			if c.stays {
				then = better
			}
			for range 3 {
				if w, _, _ := auxOf(t, n); w != then {
					t.Fatalf("later: got %+v, want %+v", w, then)
				}
			}
			// Both are remembered.
			if !want[bool](t, n, "submitauxblock", better.Hash, proofFor(t, n, h, bits)) {
				t.Error("the better block is refused")
			}
		})
	}
	t.Run("not within the minute", func(t *testing.T) {
		clock := newTestClock()
		n := start(t, Config{ChainID: 1, Clock: clock.now})
		old, _, _ := auxOf(t, n)
		n.InjectFake(1, 700)
		clock.step(60 * time.Second)
		if w, _, _ := auxOf(t, n); w != old {
			t.Errorf("got %+v, want %+v", w, old)
		}
	})
}

func TestFlipFlop(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	n.FlipFlop(true)
	a, hash, bits := auxOf(t, n)
	b, _, _ := auxOf(t, n)
	if a.Hash == b.Hash || a.Previous != b.Previous || a.Height != b.Height {
		t.Fatalf("got %+v and %+v", a, b)
	}
	for range 2 {
		if again, _, _ := auxOf(t, n); again != a {
			t.Fatalf("third: got %+v, want %+v", again, a)
		}
		if again, _, _ := auxOf(t, n); again != b {
			t.Fatalf("fourth: got %+v, want %+v", again, b)
		}
	}
	if !want[bool](t, n, "submitauxblock", a.Hash, proofFor(t, n, hash, bits)) {
		t.Error("one of the two is refused")
	}
	n.FlipFlop(false)
	c, _, _ := auxOf(t, n)
	if d, _, _ := auxOf(t, n); c != d {
		t.Errorf("switched off: got %+v and %+v", c, d)
	}
}

func TestTwoCallers(t *testing.T) {
	for _, c := range []struct {
		name string
		one  bool
	}{{"a template each", false}, {"one for all", true}} {
		n := start(t, Config{ChainID: 1, OneTemplate: c.one})
		a := want[auxWork](t, n, "createauxblock", testAddress)
		b := want[auxWork](t, n, "createauxblock", otherAddress)
		if same := a.Hash == b.Hash; same != c.one {
			t.Errorf("%s: same block is %v", c.name, same)
		}
		if again := want[auxWork](t, n, "createauxblock", testAddress); again != a {
			t.Errorf("%s: first caller got %+v, want %+v", c.name, again, a)
		}
	}
}

func TestAuxErrors(t *testing.T) {
	nmc := start(t, Config{ChainID: 1})
	doge := start(t, Config{ChainID: 98, Dialect: Dogecoin, AuxFrom: 20})
	for _, c := range []struct {
		name    string
		n       *Node
		code    int
		message string
		method  string
		params  []any
	}{
		{"namecoin, bad address", nmc, -5, "Error: Invalid coinbase payout address", "createauxblock", []any{"x"}},
		{"dogecoin, bad address", doge, -8, "Invalid coinbase payout address", "createauxblock", []any{"x"}},
		{"dogecoin, bech32", doge, -8, "Invalid coinbase payout address", "createauxblock", []any{otherAddress}},
		{"no address", nmc, -1, "", "createauxblock", nil},
		{"address of another type", nmc, -3, "", "createauxblock", []any{7}},
		{"too early", doge, -1, "getauxblock method is not yet available", "createauxblock", []any{testAddress}},
		{"namecoin without wallet", nmc, -32601, "Method not found", "getauxblock", nil},
		{"dogecoin without wallet", doge, -12, "Error: Keypool ran out, please call keypoolrefill first", "getauxblock", nil},
		{"too many parameters", nmc, -1, "", "submitauxblock", []any{"a", "b", "c"}},
	} {
		got := wantFault(t, c.n, c.code, c.method, c.params...)
		if c.message != "" && got.Message != c.message {
			t.Errorf("%s: got %q, want %q", c.name, got.Message, c.message)
		}
	}
	doge.Jump(20)
	auxOf(t, doge)
}

// TestOnlyGetAuxBlock is a node which has the old call alone.
func TestOnlyGetAuxBlock(t *testing.T) {
	n := start(t, Config{
		ChainID: 98, Dialect: Dogecoin, Wallet: testAddress,
		Without: []string{"createauxblock", "submitauxblock", "getblocktemplate"},
	})
	for _, gone := range n.cfg.Without {
		wantFault(t, n, codeMethod, gone)
	}
	w := want[auxWork](t, n, "getauxblock")
	proof := proofFor(t, n, mustHash(t, w.Hash), bitsOf(t, w.Bits))
	wantFault(t, n, codeMisc, "getauxblock", w.Hash)
	if !want[bool](t, n, "getauxblock", w.Hash, proof) || n.Height() != 1 {
		t.Errorf("not taken: height %d, %+v", n.Height(), last(t, n))
	}
}
