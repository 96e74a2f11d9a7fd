package simchain

import (
	"encoding/hex"
	"encoding/json"
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
