package simchain

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestSubmitRefusals are refusals beyond the recorded ones.
func TestSubmitRefusals(t *testing.T) {
	cases := []struct {
		name  string
		cfg   Config
		spoil func(n *Node, b *block) // before the work
		after func(b *block)          // after it
		want  string
	}{
		{name: "proof missing", after: func(b *block) { b.aux = nil }, want: "error -22"},
		{name: "proof of another block", after: func(b *block) { b.nonce++; b.seal() }, want: "high-hash"},
		{name: "chain id of another", spoil: func(_ *Node, b *block) { b.version = 9<<16 | 4 }, want: "high-hash"},
		{name: "base version 3", spoil: func(_ *Node, b *block) { b.version = 1<<16 | 3 }, want: "bad-version(0x00010103)"},
		{name: "transaction left out", spoil: func(_ *Node, b *block) { b.txs = b.txs[:2] }, want: "bad-witness-merkle-match"},
		{name: "child without its parent", spoil: func(_ *Node, b *block) {
			b.txs = slices.Delete(b.txs, 1, 2)
			recommit(b)
		}, want: "bad-txns-inputs-missingorspent"},
		{name: "child before its parent", spoil: func(_ *Node, b *block) {
			b.txs[1], b.txs[2] = b.txs[2], b.txs[1]
			recommit(b)
		}, want: "bad-txns-inputs-missingorspent"},
		{name: "transaction of no mempool", spoil: func(_ *Node, b *block) {
			b.txs[1] = &tx{version: 2, in: []txIn{{sequence: 1}}, out: []txOut{{value: 1}}}
			b.txs[1].rehash()
			recommit(b)
		}, want: "bad-txns-inputs-missingorspent"},
		{name: "a transaction twice", spoil: func(_ *Node, b *block) { b.txs = append(b.txs, b.txs[2]) }, want: "bad-txns-duplicate"},
		{name: "two coinbases", spoil: func(_ *Node, b *block) {
			other := *b.txs[0]
			other.version++
			b.txs = append(b.txs, &other)
		}, want: "bad-cb-multiple"},
		{name: "coinbase script of one byte", spoil: func(_ *Node, b *block) { b.txs[0].in[0].script = []byte{0x52} }, want: "bad-cb-length"},
		{name: "coinbase without output", spoil: func(_ *Node, b *block) { b.txs[0].out = nil }, want: "bad-txns-vout-empty"},
		{name: "negative output", spoil: func(_ *Node, b *block) { b.txs[0].out[0].value = -1 }, want: "bad-txns-vout-negative"},
		{name: "coinbase locked", spoil: func(_ *Node, b *block) {
			b.txs[0].lockTime, b.txs[0].in[0].sequence = 1000, 0
		}, want: "bad-txns-nonfinal"},
		{name: "reserved value of 31 bytes", spoil: func(_ *Node, b *block) {
			b.txs[0].in[0].witness = [][]byte{make([]byte, 31)}
		}, want: "bad-witness-nonce-size"},
		{name: "fees of transactions that are not there", spoil: func(n *Node, b *block) {
			b.txs = b.txs[:1]
			recommit(b)
		}, want: "bad-cb-amount"},
		{name: "own work where it is not allowed", cfg: Config{NoNative: true}, after: func(b *block) {
			b.aux, b.version = nil, 1<<16|4
			for b.nonce = 0; !easy(b); b.nonce++ {
			}
			b.seal()
		}, want: string(NativeRefused)},
		{name: "own work", after: func(b *block) {
			b.aux, b.version = nil, 1<<16|4
			for b.nonce = 0; !easy(b); b.nonce++ {
			}
			b.seal()
		}},
		{name: "witness on a chain without", cfg: Config{Dialect: Dogecoin, Algorithm: SHA256d}, spoil: func(_ *Node, b *block) {
			b.txs[0].in[0].witness = [][]byte{make([]byte, 32)}
		}, want: "unexpected-witness"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.ChainID = 1
			n := start(t, c.cfg)
			n.InjectFake(2, 1000)
			b := draft(t, n)
			if c.spoil != nil {
				c.spoil(n, b)
				finish(b)
			}
			solved(t, n, b)
			if c.after != nil {
				c.after(b)
			}
			result, fault := invoke(t, n, "submitblock", hex.EncodeToString(b.encode()))
			got := fmt.Sprint(fault)
			if fault == nil {
				got = decode[string](t, result)
			}
			if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
				t.Errorf("got %q, want %q; %+v", got, c.want, last(t, n))
			}
			if good := c.want == ""; (n.Height() == 1) != good {
				t.Errorf("height: got %d, taken should be %v", n.Height(), good)
			}
		})
	}
}

// easy reports whether a block has regtest's work.
func easy(b *block) bool {
	limit, _ := expand(easiestBits)
	return meets(SHA256d.sum(b.header.encode()), b.bits, limit)
}

// recommit renews the witness commitment.
func recommit(b *block) {
	b.txs[0].out[1].script = commitmentScript(b.txs, make([]byte, 32))
}

// TestInvalidStaysInvalid: a block that broke a rule at connecting is refused
// for ever, and so is what is built on it.
func TestInvalidStaysInvalid(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	bad := draft(t, n)
	bad.txs[0].out[0].value++
	finish(bad)
	solved(t, n, bad)
	if got := submit(t, n, bad); got != "bad-cb-amount" {
		t.Fatalf("got %q, want bad-cb-amount", got)
	}
	if got := submit(t, n, bad); got != string(DuplicateInvalid) {
		t.Errorf("again: got %q, want %q", got, DuplicateInvalid)
	}
	child := n.buildBlock(n.chain.blocks[bad.id], []byte{0x51}, nil, 0, 1)
	if got := submit(t, n, solved(t, n, child)); got != string(PrevInvalid) {
		t.Errorf("child: got %q, want %q", got, PrevInvalid)
	}
	if n.Height() != 0 {
		t.Errorf("height: got %d, want 0", n.Height())
	}
}

// TestBrokenContentsStayBroken: the same for a rule that needs no connecting,
// which reconsiderblock does not undo.
func TestBrokenContentsStayBroken(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	bad := draft(t, n)
	bad.txs[0].in[0].script[0]++
	finish(bad)
	solved(t, n, bad)
	for i, want := range []Reject{"bad-cb-height", DuplicateInvalid} {
		if got := submit(t, n, bad); got != string(want) {
			t.Errorf("time %d: got %q, want %q", i+1, got, want)
		}
	}
	want[any](t, n, "reconsiderblock", bad.id.String())
	if got := submit(t, n, bad); got != string(DuplicateInvalid) || n.Height() != 0 {
		t.Errorf("reconsidered: got %q at height %d", got, n.Height())
	}
	// A witness that does not fit does not spoil the block.
	good := solved(t, n, draft(t, n))
	reserved := good.txs[0].in[0].witness
	good.txs[0].in[0].witness = [][]byte{{1}}
	if got := submit(t, n, good); got != "bad-witness-nonce-size" {
		t.Errorf("got %q, want bad-witness-nonce-size", got)
	}
	good.txs[0].in[0].witness = reserved
	if got := submit(t, n, good); got != "" {
		t.Errorf("put right: got %q, want null", got)
	}
}

// TestTransactionsOnce: no transaction stands in a chain, or in a block, twice.
func TestTransactionsOnce(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	n.InjectFake(2, 0)
	first := draft(t, n)
	twice := draft(t, n)
	twice.txs = append(twice.txs, twice.txs[1])
	recommit(twice)
	finish(twice)
	if got := submit(t, n, solved(t, n, twice)); got != "bad-txns-inputs-missingorspent" {
		t.Errorf("in one block: got %q", got)
	}
	if got := submit(t, n, solved(t, n, first)); got != "" {
		t.Fatalf("got %q, want null", got)
	}
	again := draft(t, n)
	again.txs = append(again.txs, first.txs[1])
	recommit(again)
	finish(again)
	if got := submit(t, n, solved(t, n, again)); got != "bad-txns-inputs-missingorspent" {
		t.Errorf("in the next block: got %q", got)
	}
}
