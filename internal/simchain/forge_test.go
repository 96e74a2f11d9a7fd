package simchain

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"testing"
)

// forge is a proof in the making: what a test may spoil before it is solved.
type forge struct {
	script  []byte  // of the parent's coinbase
	version uint32  // of the parent
	prev    Hash    // the block that the parent is built on
	more    []txOut // of the parent's coinbase
	p       proof
}

// commit is the usual commitment.
func commit(root Hash, size, nonce uint32) []byte {
	slices.Reverse(root[:])
	b := slices.Concat(magic, root[:])
	b = binary.LittleEndian.AppendUint32(b, size)
	return binary.LittleEndian.AppendUint32(b, nonce)
}

// prove makes a solved proof for an aux block in a tree of 2^height slots.
// spoil, if not nil, changes it before the parent's coinbase is put together.
func prove(t testing.TB, alg Algorithm, aux Hash, chainID uint16, bits uint32, height int, spoil func(*forge)) *proof {
	t.Helper()
	f := &forge{version: 0x20000000}
	for i := range height {
		f.p.chainBranch = append(f.p.chainBranch, doubleSHA256([]byte{byte(i)}))
	}
	f.p.chainIndex = slot(7, int32(chainID), height)
	root := foldBranch(aux, f.p.chainBranch, f.p.chainIndex)
	f.script = slices.Concat([]byte{0x51, 44}, commit(root, 1<<height, 7), []byte("tail"))
	f.p.branch = []Hash{doubleSHA256([]byte("another transaction of the parent"))}
	if spoil != nil {
		spoil(f)
	}
	return f.solve(t, alg, bits, true)
}

// solve puts the coinbase and the header together and looks for a nonce whose
// work suffices, or does not.
func (f *forge) solve(t testing.TB, alg Algorithm, bits uint32, good bool) *proof {
	t.Helper()
	p := &f.p
	p.coinbase = &tx{
		version: 2,
		in:      []txIn{{index: math.MaxUint32, script: f.script, sequence: math.MaxUint32}},
		out:     append([]txOut{{value: 50, script: []byte{0x51}}}, f.more...),
	}
	p.coinbase.rehash()
	p.parent = header{version: f.version, prev: f.prev, time: 1, bits: bits}
	p.parent.root = foldBranch(p.coinbase.id, p.branch, 0)
	limit, _ := expand(easiestBits)
	for range 1 << 20 {
		if meets(alg.sum(p.parent.encode()), bits, limit) == good {
			return p
		}
		p.parent.nonce++
	}
	t.Fatal("no nonce found")
	return nil
}

// auxOf asks for aux work and reads its hash and bits.
func auxOf(t testing.TB, n *Node) (auxWork, Hash, uint32) {
	t.Helper()
	w := want[auxWork](t, n, "createauxblock", testAddress)
	return w, mustHash(t, w.Hash), bitsOf(t, w.Bits)
}

func bitsOf(t testing.TB, s string) uint32 {
	t.Helper()
	return binary.BigEndian.Uint32(unhex(t, s))
}

// proofFor solves aux work with nothing wrong.
func proofFor(t testing.TB, n *Node, aux Hash, bits uint32) string {
	t.Helper()
	return hex.EncodeToString(prove(t, n.cfg.Algorithm, aux, n.cfg.ChainID, bits, 2, nil).encode())
}

// mineAux asks for aux work, solves and submits it.
func mineAux(t testing.TB, n *Node) Hash {
	t.Helper()
	_, h, bits := auxOf(t, n)
	if !want[bool](t, n, "submitauxblock", h.String(), proofFor(t, n, h, bits)) {
		t.Fatal("good proof refused")
	}
	return h
}

// templateRules is what most callers say.
var templateRules = map[string]any{"rules": []string{"segwit"}}

// draft makes an unsolved block from the node's template: a coinbase of two
// outputs, the template's transactions, and the witness commitment.
func draft(t testing.TB, n *Node) *block {
	t.Helper()
	tm := want[template](t, n, "getblocktemplate", templateRules)
	script := append(pushHeight(tm.Height), 0x03, 'a', 'b', 'c')
	coinbase := &tx{
		version: 2,
		in:      []txIn{{index: math.MaxUint32, script: script, sequence: math.MaxUint32}},
		out:     []txOut{{value: tm.CoinbaseValue, script: []byte{0x51}}},
	}
	b := &block{txs: []*tx{coinbase}}
	for _, e := range tm.Transactions {
		r := &reader{rest: unhex(t, e.Data)}
		b.txs = append(b.txs, readTx(r))
		if r.err != nil {
			t.Fatal(r.err)
		}
	}
	if n.cfg.segwit() {
		coinbase.out = append(coinbase.out, txOut{script: unhex(t, tm.Commitment)})
		coinbase.in[0].witness = [][]byte{make([]byte, 32)}
	}
	b.header = header{version: tm.Version, prev: mustHash(t, tm.Previous), time: uint32(tm.CurTime), bits: bitsOf(t, tm.Bits)}
	finish(b)
	return b
}

// finish computes hashes and the merkle root after changes.
func finish(b *block) {
	for _, t := range b.txs {
		t.rehash()
	}
	b.root, _ = b.txRoot()
	b.seal()
}

// solved gives a draft its work: a proof on a chain with merged mining, else
// its own.
func solved(t testing.TB, n *Node, b *block) *block {
	t.Helper()
	if n.cfg.Parent {
		for b.nonce = 0; !n.mine(b, 1<<20); {
			t.Fatal("no nonce found")
		}
		return b
	}
	b.version |= auxVersionBit
	b.seal()
	b.aux = prove(t, n.cfg.Algorithm, b.id, uint16(b.chainID()), b.bits, 2, nil)
	return b
}

// submit gives a block to submitblock and returns its word, "" for null.
func submit(t testing.TB, n *Node, b *block) string {
	t.Helper()
	return want[string](t, n, "submitblock", hex.EncodeToString(b.encode()))
}
