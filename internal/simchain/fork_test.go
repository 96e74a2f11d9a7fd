package simchain

import (
	"slices"
	"testing"
)

// solvedFork is a block on the tip that breaks a rule after spoil, with its work.
func solvedFork(t *testing.T, n *Node, list []*memTx, fees int64, spoil func(*block)) *block {
	t.Helper()
	b := n.buildBlock(n.chain.tip(), []byte{0x51}, list, fees, 1)
	spoil(b)
	b.txs[0].rehash()
	b.root, _ = b.txRoot()
	if !n.mine(b, 10_000) {
		t.Fatal("no nonce")
	}
	return b
}

func TestForkRules(t *testing.T) {
	fund := &Fund{Field: "dev", Value: 700, Script: []byte{0x53}}
	onTop := &Fund{Field: "dev", Value: 700, Script: []byte{0x53}, OnTop: true}
	leave := func(*block) {}
	for _, tt := range []struct {
		name  string
		fork  Fork
		spoil func(*block)
		want  Reject
	}{
		{"sorted", Fork{Sorted: true}, leave, ""},
		{"not sorted", Fork{Sorted: true}, func(b *block) { slices.Reverse(b.txs[1:]) }, BadOrder},
		{"fund", Fork{Fund: fund}, leave, ""},
		{"fund on top", Fork{Fund: onTop}, leave, ""},
		{"no fund", Fork{Fund: fund}, func(b *block) { b.txs[0].out = slices.Delete(b.txs[0].out, 1, 2) }, BadFund},
		{"too small a fund", Fork{Fund: fund}, func(b *block) { b.txs[0].out[1].value-- }, BadFund},
		{"fund to another", Fork{Fund: fund}, func(b *block) { b.txs[0].out[1].script = []byte{0x54} }, BadFund},
		{"fund on top taken by the miner", Fork{Fund: fund}, func(b *block) { b.txs[0].out[0].value += 700 }, "bad-cb-amount"},
		{"payload", Fork{Payload: true}, leave, ""},
		{"no payload", Fork{Payload: true}, func(b *block) { b.txs[0].version, b.txs[0].payload = 2, nil }, BadPayload},
		{"payload of another height", Fork{Payload: true}, func(b *block) { b.txs[0].payload = payloadOf(9) }, BadPayload},
		{"own algorithm", Fork{Lanes: true}, leave, ""},
		{"another algorithm's bits", Fork{Lanes: true}, func(b *block) { b.version |= 0x400 }, BadAlgo},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Config{Parent: true, Fork: tt.fork}
			if tt.fork.Sorted {
				cfg.Dialect, cfg.Algorithm = Dogecoin, SHA256d // no commitment to the order
			}
			n := New(cfg)
			n.InjectFake(6, 10)
			list, fees := n.pool.waiting()
			b := solvedFork(t, n, list, fees, tt.spoil)
			// As a miner would hand it in: serialised.
			again, err := parseForkBlock(b.encode(), false, tt.fork.Payload)
			if err != nil {
				t.Fatal(err)
			}
			verdict := n.takeBlock("test", again)
			if verdict != tt.want || (verdict == "") != (n.Height() == 1) {
				t.Errorf("got %q at height %d, want %q", verdict, n.Height(), tt.want)
			}
		})
	}
}

// The blocks that the node makes itself follow the rules.
func TestForeignBlocksOfForks(t *testing.T) {
	n := New(Config{Parent: true, Fork: Fork{Sorted: true, Lanes: true, Payload: true, Fund: &Fund{Field: "dev", Value: 1, Script: []byte{0x51}}}})
	if n.Jump(3); n.Height() != 3 {
		t.Errorf("height %d, want 3", n.Height())
	}
}

func TestLanes(t *testing.T) {
	n := start(t, Config{Parent: true, Fork: Fork{Lanes: true}})
	rules := map[string]any{"rules": []string{"segwit"}}
	for algo, version := range map[string]uint32{"scrypt": 0x20000000, "sha256d": 0x20000200, "odo": 0x20000200} {
		if got := want[struct{ Version uint32 }](t, n, "getblocktemplate", rules, algo).Version; got != version {
			t.Errorf("%s: version %08x, want %08x", algo, got, version)
		}
	}
	// A chain of one algorithm takes no second parameter.
	wantFault(t, start(t, Config{Parent: true}), codeMisc, "getblocktemplate", rules, "scrypt")

	// Bits of one algorithm over the work of the other are no work.
	limit, _ := expand(n.cfg.PowLimit)
	b := n.buildBlock(n.chain.tip(), []byte{0x51}, nil, 0, 1)
	b.version &^= laneMask
	for meets(Scrypt.sum(b.header.encode()), b.bits, limit) || !meets(SHA256d.sum(b.header.encode()), b.bits, limit) {
		b.nonce++
	}
	b.seal()
	if got := n.takeBlock("test", b); got != HighHash {
		t.Errorf("sha256d's work under scrypt's bits: got %q, want %q", got, HighHash)
	}
}
