package simchain

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// spoilBlock breaks an unsolved block by the name of the recorded case.
var spoilBlock = map[string]func(b *block){
	"nothing wrong":     func(*block) {},
	"wrong merkle root": func(b *block) { b.root[0] ^= 1 },
	"wrong bits":        func(b *block) { b.bits-- },
	"version 1":         func(b *block) { b.version = 1 },
	// What a miner rolls: the chain id's place is overwritten.
	"version rolled":               func(b *block) { b.version = 0x3fffe000 },
	"time 1":                       func(b *block) { b.time = 1 },
	"time + 3 h":                   func(b *block) { b.time += 3 * 60 * 60 },
	"unknown previous block":       func(b *block) { b.prev[0] ^= 1 },
	"coinbase pays 1 too much":     func(b *block) { b.txs[0].out[0].value++ },
	"coinbase pays 1 too little":   func(b *block) { b.txs[0].out[0].value-- },
	"wrong height in coinbase":     func(b *block) { b.txs[0].in[0].script[1]++ },
	"coinbase script of 101 bytes": func(b *block) { padScript(b, 101) },
	"coinbase script of 100 bytes": func(b *block) { padScript(b, 100) },
	"coinbase spends an outpoint":  func(b *block) { b.txs[0].in[0].prev[0] = 1 },
	"no witness commitment and no witness": func(b *block) {
		b.txs[0].out = b.txs[0].out[:1]
		b.txs[0].in[0].witness = nil
	},
	"wrong witness commitment":          func(b *block) { b.txs[0].out[1].script[9] ^= 1 },
	"commitment without reserved value": func(b *block) { b.txs[0].in[0].witness = nil },
	"witness without commitment":        func(b *block) { b.txs[0].out = b.txs[0].out[:1] },
}

func padScript(b *block, size int) {
	in := &b.txs[0].in[0]
	in.script = append(in.script, make([]byte, size-len(in.script))...)
}

// recordedCase makes the bytes of a recorded case on top of the node's tip.
// work says that the block is to be solved.
func recordedCase(t *testing.T, n *Node, name string, work bool) string {
	t.Helper()
	raw := func(b *block) []byte {
		if work {
			// As in the recordings, these blocks have their own work.
			n.mine(b, 1<<16)
		}
		return b.encode()
	}
	good := draft(t, n)
	switch name {
	case "not hex":
		return "zz"
	case "empty string":
		return ""
	case "header only":
		return hex.EncodeToString(raw(good)[:80])
	case "one byte short":
		full := raw(good)
		return hex.EncodeToString(full[:len(full)-1])
	case "one byte more":
		return hex.EncodeToString(append(raw(good), 0))
	case "work above the target":
		limit, _ := expand(n.cfg.PowLimit)
		for meets(n.cfg.Algorithm.sum(good.header.encode()), good.bits, limit) {
			good.nonce++
		}
		good.seal()
		return hex.EncodeToString(good.encode())
	case "the same again":
		tip := want[string](t, n, "getbestblockhash")
		return want[string](t, n, "getblock", tip, 0)
	case "sibling of the tip":
		tip := n.chain.tip()
		return hex.EncodeToString(raw(n.buildBlock(tip.prev, []byte{0x51}, nil, 0, 99)))
	}
	spoil := spoilBlock[name]
	if spoil == nil {
		t.Fatalf("no recipe for the case %q", name)
	}
	root := good.root
	spoil(good)
	spoilt := good.root
	finish(good)
	if spoilt != root {
		good.root = spoilt
		good.seal()
	}
	return hex.EncodeToString(raw(good))
}

// TestSubmitReplies holds submitblock and the proposal mode against every
// recorded answer of Namecoin Core.
func TestSubmitReplies(t *testing.T) {
	type entry struct {
		Node, Call, Case string
		HeightChange     int `json:"height_change"`
		Reply            json.RawMessage
	}
	n := start(t, Config{Name: "namecoin", ChainID: 1})
	// Heights above 16 have a push of their own, as in the recordings.
	n.Jump(140)
	recorded := load[entry](t, "submit-replies.json")
	if len(recorded) < 40 {
		t.Fatalf("only %d cases", len(recorded))
	}
	for _, v := range recorded {
		t.Run(v.Call+" "+v.Case, func(t *testing.T) {
			before := n.Height()
			data := recordedCase(t, n, v.Case, v.Call == "submitblock")
			var got json.RawMessage
			var fault *rpcError
			if v.Call == "submitblock" {
				got, fault = invoke(t, n, "submitblock", data)
			} else {
				got, fault = invoke(t, n, "getblocktemplate", map[string]any{
					"mode": "proposal", "data": data, "rules": []string{"segwit"},
				})
			}
			wanted := decode[any](t, v.Reply)
			if object, ok := wanted.(map[string]any); ok {
				if fault == nil || float64(fault.Code) != object["code"] || fault.Message != object["message"] {
					t.Errorf("got %s, %v, want %v", got, fault, object)
				}
			} else if fault != nil || string(got) != wanted {
				t.Errorf("got %s, %v, want %v; %+v", got, fault, wanted, last(t, n))
			}
			if change := n.Height() - before; change != v.HeightChange {
				t.Errorf("height changed by %d, want %d", change, v.HeightChange)
			}
		})
	}
}

// TestSubmitAuxBlockItself builds aux blocks from the template, with
// transactions, and submits them with a proof.
func TestSubmitAuxBlockItself(t *testing.T) {
	for _, cfg := range []Config{
		{Name: "namecoin", ChainID: 1},
		{Name: "pepecoin", ChainID: 63, Dialect: Dogecoin},
	} {
		t.Run(cfg.Name, func(t *testing.T) {
			n := start(t, cfg)
			n.Jump(20)
			ids := n.InjectFake(5, 20000)
			b := draft(t, n)
			if len(b.txs) != 6 {
				t.Fatalf("got %d transactions, want 6", len(b.txs))
			}
			solved(t, n, b)
			if got := submit(t, n, b); got != "" {
				t.Fatalf("got %q, want null: %+v", got, last(t, n))
			}
			if n.Height() != 21 || n.Tip() != b.id {
				t.Errorf("tip: got %d %s, want 21 %s", n.Height(), n.Tip(), b.id)
			}
			if got := submit(t, n, b); got != string(Duplicate) {
				t.Errorf("again: got %q, want %q", got, Duplicate)
			}
			// The chain keeps what it was given, and shows the proof.
			if got := want[string](t, n, "getblock", b.id.String(), 0); got != hex.EncodeToString(b.encode()) {
				t.Error("getblock gives other bytes")
			}
			head := want[headerReply](t, n, "getblockheader", b.id.String())
			if head.Confirmations != 1 || head.NTx != 6 || head.AuxPow == nil ||
				head.AuxPow.Tx.TxID != b.aux.coinbase.id.String() || head.AuxPow.ChainIndex != b.aux.chainIndex {
				t.Errorf("header: got %+v", head)
			}
			full := want[struct{ Tx []string }](t, n, "getblock", b.id.String())
			if full.Tx[1] != ids[0].String() || full.Tx[5] != ids[4].String() {
				t.Errorf("transactions: got %v, want %v", full.Tx, ids)
			}
			if left := want[[]string](t, n, "getrawmempool"); len(left) != 0 {
				t.Errorf("mempool: got %v, want none", left)
			}
		})
	}
}

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

// TestSideBranchOvertakes submits a branch whose blocks are inconclusive until
// it has more work.
func TestSideBranchOvertakes(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	genesis := n.chain.tip()
	first := n.Jump(1)[0]
	side := solved(t, n, n.buildBlock(genesis, []byte{0x51}, nil, 0, 1))
	if got := submit(t, n, side); got != string(Inconclusive) {
		t.Fatalf("got %q, want %q", got, Inconclusive)
	}
	if got := submit(t, n, side); got != string(Duplicate) {
		t.Errorf("again: got %q, want %q", got, Duplicate)
	}
	if got := want[headerReply](t, n, "getblockheader", side.id.String()).Confirmations; got != -1 {
		t.Errorf("confirmations: got %d, want -1", got)
	}
	next := solved(t, n, n.buildBlock(n.chain.blocks[side.id], []byte{0x51}, nil, 0, 2))
	if got := submit(t, n, next); got != "" {
		t.Fatalf("got %q, want null", got)
	}
	if n.Confirmations(side.id) != 2 || n.Confirmations(first) != -1 {
		t.Errorf("confirmations: got %d and %d, want 2 and -1", n.Confirmations(side.id), n.Confirmations(first))
	}
	// A branch with a broken block does not win, however long it is.
	at := n.chain.ancestorOfTip(t, 1)
	b := n.buildBlock(at, []byte{0x51}, nil, 0, 3)
	b.txs[0].out[0].value++
	finish(b)
	if got := submit(t, n, solved(t, n, b)); got != string(Inconclusive) {
		t.Fatalf("broken side block: got %q, want %q", got, Inconclusive)
	}
	tip := n.Tip()
	onBad := solved(t, n, n.buildBlock(n.chain.blocks[b.id], []byte{0x51}, nil, 0, 4))
	submit(t, n, onBad)
	if n.Tip() != tip {
		t.Errorf("tip: got %s, want %s", n.Tip(), tip)
	}
	if got := submit(t, n, b); got != string(DuplicateInvalid) {
		t.Errorf("broken side block again: got %q, want %q", got, DuplicateInvalid)
	}
}

func (c *chain) ancestorOfTip(t *testing.T, height int) *entry {
	t.Helper()
	return c.tip().ancestor(height)
}

// TestDogecoinSideDuplicate: 0.14 knows one more word.
func TestDogecoinSideDuplicate(t *testing.T) {
	n := start(t, Config{ChainID: 63, Dialect: Dogecoin})
	genesis := n.chain.tip()
	n.Jump(1)
	side := solved(t, n, n.buildBlock(genesis, []byte{0x51}, nil, 0, 1))
	for i, want := range []Reject{Inconclusive, DuplicateUnclear} {
		if got := submit(t, n, side); got != string(want) {
			t.Errorf("time %d: got %q, want %q", i+1, got, want)
		}
	}
}

// TestParentChain is the plain chain without merged mining.
func TestParentChain(t *testing.T) {
	for _, alg := range []Algorithm{SHA256d, Scrypt} {
		t.Run(string(alg), func(t *testing.T) {
			n := start(t, Config{Name: "parent", Parent: true, Algorithm: alg})
			n.InjectFake(3, 500)
			b := solved(t, n, draft(t, n))
			if b.version != 0x20000000 {
				t.Errorf("version: got %08x, want 20000000", b.version)
			}
			if got := submit(t, n, b); got != "" {
				t.Fatalf("got %q, want null; %+v", got, last(t, n))
			}
			rolled := draft(t, n)
			rolled.version = 0x3fffe100
			if got := submit(t, n, solved(t, n, rolled)); got != "" {
				t.Errorf("rolled, bit 8 included: got %q, want null", got)
			}
			old := draft(t, n)
			old.version = 1
			if got := submit(t, n, solved(t, n, old)); got != "bad-version(0x00000001)" {
				t.Errorf("version 1: got %q", got)
			}
			wantFault(t, n, codeMethod, "createauxblock", testAddress)
			if n.Height() != 2 {
				t.Errorf("height: got %d, want 2", n.Height())
			}
		})
	}
}
