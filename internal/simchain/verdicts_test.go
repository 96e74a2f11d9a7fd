package simchain

import (
	"encoding/hex"
	"strings"
	"testing"
)

// TestProofVerdicts gives every recorded proof to submitauxblock over HTTP and
// wants the real node's verdict. The node is made to remember the block of the
// recording: one of its own templates under the recorded hash.
func TestProofVerdicts(t *testing.T) {
	type entry struct {
		AuxHash   string `json:"aux_hash"`
		Bits      string
		Case      string
		ChainID   uint16 `json:"chain_id"`
		Node      string
		Proof     string
		Reply     any
		Algorithm Algorithm
	}
	nodes := map[string]*Node{
		"namecoin-31.99": start(t, Config{Name: "namecoin", ChainID: 1}),
		"pepecoin-1.1.0": start(t, Config{Name: "pepecoin", ChainID: 63, Dialect: Dogecoin}),
	}
	verdicts := load[entry](t, "proof-verdicts.json")
	if len(verdicts) != 52 {
		t.Fatalf("got %d verdicts, want 52", len(verdicts))
	}
	for _, v := range verdicts {
		t.Run(v.Node+" "+v.Case, func(t *testing.T) {
			n := nodes[v.Node]
			if n.cfg.Algorithm != v.Algorithm || n.cfg.ChainID != v.ChainID {
				t.Fatalf("the node is of another chain")
			}
			if v.Case != "hash of no known block" && v.Case != "hash that is not hex" {
				remember(t, n, mustHash(t, v.AuxHash), bitsOf(t, v.Bits))
			}
			got, fault := invoke(t, n, "submitauxblock", v.AuxHash, v.Proof)
			switch reply := v.Reply.(type) {
			case bool:
				if fault != nil || decode[bool](t, got) != reply {
					t.Errorf("got %s, %v, want %v; submission %+v", got, fault, reply, last(t, n))
				}
			case map[string]any:
				if fault == nil || fault.Code != int(reply["code"].(float64)) || fault.Message != reply["message"] {
					t.Errorf("got %s, %v, want %v", got, fault, reply)
				}
			default:
				t.Fatalf("recorded reply %v", v.Reply)
			}
		})
	}
}

// remember makes the node know one of its templates under another hash.
func remember(t *testing.T, n *Node, h Hash, bits uint32) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	b := n.buildBlock(n.chain.tip(), []byte{0x51}, nil, 0, 1)
	b.version |= auxVersionBit
	b.id = h
	if b.bits != bits {
		t.Fatalf("bits: got %08x, want %08x", b.bits, bits)
	}
	n.aux.saved[h] = b
}

// last is the latest submission.
func last(t testing.TB, n *Node) Submission {
	t.Helper()
	list := n.Submissions()
	if len(list) == 0 {
		t.Fatal("no submission")
	}
	return list[len(list)-1]
}

// TestSelfBuiltBlocks tests what is in the recorded self-built blocks against
// the rules of a block in its place, as far as they can be tested without the
// chain that they stood on.
func TestSelfBuiltBlocks(t *testing.T) {
	for _, v := range load[realBlock](t, "selfbuilt-blocks.json") {
		t.Run(v.Name, func(t *testing.T) {
			b, err := parseBlock(unhex(t, v.Hex), true)
			if err != nil {
				t.Fatal(err)
			}
			tm := v.Template
			if got := b.prev.String(); got != tm.Previous {
				t.Errorf("previous block: got %s, want %s", got, tm.Previous)
			}
			if got, want := b.version, tm.Version|auxVersionBit; got != want {
				t.Errorf("version: got %08x, want %08x", got, want)
			}
			cfg := Config{ChainID: v.ChainID, Algorithm: Algorithm(v.Algo), Subsidy: tm.CoinbaseValue}
			if v.IndexZero {
				cfg.Dialect = Dogecoin
			}
			n := New(cfg)
			if reason, detail := n.chain.checkBlock(b, true); reason != "" {
				t.Fatalf("refused: %s, %v", reason, detail)
			}
			prev := &entry{blk: n.chain.tip().blk, height: tm.Height - 1}
			if reason := n.chain.checkContents(b, prev); reason != "" {
				t.Errorf("contents refused: %s", reason)
			}
			total := int64(0)
			for _, o := range b.txs[0].out {
				total += o.value
			}
			if total != tm.CoinbaseValue {
				t.Errorf("coinbase pays %d, want %d", total, tm.CoinbaseValue)
			}
			if len(b.txs) != len(tm.Transactions)+1 {
				t.Fatalf("got %d transactions, want %d", len(b.txs), len(tm.Transactions)+1)
			}
			for i, e := range tm.Transactions {
				got := b.txs[i+1]
				if got.id.String() != e.TxID || got.wid.String() != e.Hash || got.weight() != e.Weight ||
					hex.EncodeToString(got.encode(true)) != e.Data {
					t.Errorf("transaction %d is not the template's", i)
				}
			}
			// The template's commitment is the one that this package computes.
			if got := hex.EncodeToString(commitmentScript(b.txs, make([]byte, 32))); got != tm.Commitment {
				t.Errorf("commitment: got %s, want %s", got, tm.Commitment)
			}
		})
	}
}

// TestTemplateLikeRecorded compares the fields of templates with those of the
// recordings.
func TestTemplateLikeRecorded(t *testing.T) {
	type raw struct {
		Name     string
		Template map[string]any
	}
	for i, cfg := range []Config{
		{Name: "namecoin", ChainID: 1},
		{Name: "pepecoin", ChainID: 63, Dialect: Dogecoin},
	} {
		recorded := load[raw](t, "selfbuilt-blocks.json")[i]
		if !strings.Contains(recorded.Name, cfg.Name) {
			t.Fatalf("%s is not of %s", recorded.Name, cfg.Name)
		}
		n := start(t, cfg)
		n.InjectFake(len(recorded.Template["transactions"].([]any)), 20000)
		got := want[map[string]any](t, n, "getblocktemplate", templateRules)
		for key, v := range recorded.Template {
			if _, ok := got[key]; !ok {
				t.Errorf("%s: no %s in the template", cfg.Name, key)
			}
			switch key {
			case "version", "bits", "target", "noncerange", "sizelimit", "weightlimit", "sigoplimit", "vbrequired":
				if got[key] != v {
					t.Errorf("%s: %s: got %v, want %v", cfg.Name, key, got[key], v)
				}
			}
		}
		for key := range got {
			if _, ok := recorded.Template[key]; !ok {
				t.Errorf("%s: the template has a %s, the real one has none", cfg.Name, key)
			}
		}
	}
}
