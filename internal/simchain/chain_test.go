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

func TestPushHeight(t *testing.T) {
	for _, c := range []struct {
		height int
		want   string
	}{
		{0, "00"}, {1, "51"}, {16, "60"}, {17, "0111"}, {127, "017f"}, {128, "028000"},
		{255, "02ff00"}, {256, "020001"}, {32768, "03008000"}, {840000, "0340d10c"},
	} {
		if got := encodeHex(pushHeight(c.height)); got != c.want {
			t.Errorf("%d: got %s, want %s", c.height, got, c.want)
		}
	}
}

func TestBits(t *testing.T) {
	for _, bits := range []uint32{0x207fffff, 0x1d00ffff, 0x1b0404cb, 0x03123456, 0x01120000 &^ 0xffff, 0x1f00ffff} {
		target, ok := expand(bits)
		if ok && compact(target) != bits && bits != 0x01120000 {
			t.Errorf("%08x: written again %08x", bits, compact(target))
		}
	}
	for _, bad := range []uint32{0, 0x1d000000, 0x1d800001, 0x237fffff, 0x01003456} {
		if target, ok := expand(bad); ok {
			t.Errorf("%08x: got target %x, want none", bad, target)
		}
	}
	if got := difficulty(0x1b0404cb); got < 16307.42 || got > 16307.43 {
		t.Errorf("difficulty: got %v, want 16307.42", got)
	}
	if got := blockWork(0x207fffff); got.Int64() != 2 {
		t.Errorf("work: got %v, want 2", got)
	}
}

func TestAddresses(t *testing.T) {
	regtest := Config{}.withDefaults()
	main := Config{PubKeyVersion: 0, ScriptVersion: 5, HRP: "bc"}.withDefaults()
	for _, c := range []struct {
		name, address, script string
		cfg                   Config
	}{
		{"p2pkh of regtest", testAddress, "76a914000000000000000000000000000000000000000088ac", regtest},
		{"p2wpkh of regtest", otherAddress, "00140000000000000000000000000000000000000001", regtest},
		{"p2pkh of main", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "76a91477bff20c60e522dfaa3350c39b030a5d004e839a88ac", main},
		{"p2sh of main", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "a914b472a266d0bd89c13706a4132ccfb16f7c3b9fcb87", main},
		{"bech32, capitals", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "0014751e76e8199196d454941c45d1b3a323f1433bd6", main},
		{"bech32m", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", main},
		{"another chain", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "", regtest},
		{"another prefix", otherAddress, "", main},
		{"one letter wrong", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3", "", main},
		{"one letter wrong, bech32", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "", main},
		{"mixed case", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4", "", main},
		{"version 1 with the checksum of version 0", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "", main},
		{"empty", "", "", main},
		{"no digits", "0OIl", "", main},
		{"prefix alone", "bc1", "", main},
	} {
		got, err := c.cfg.decodeAddress(c.address)
		if (err != nil) != (c.script == "") || encodeHex(got) != c.script {
			t.Errorf("%s: got %x, %v, want %q", c.name, got, err, c.script)
		}
	}
	n := start(t, Config{})
	mine := n.Address([20]byte{1, 2, 3})
	for text, valid := range map[string]bool{testAddress: true, otherAddress: true, mine: true, "nobody": false} {
		got := want[map[string]any](t, n, "validateaddress", text)
		if got["isvalid"] != valid {
			t.Errorf("%s: got %v, want %v", text, got, valid)
		}
	}
}
