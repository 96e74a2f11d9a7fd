package simchain

import (
	"encoding/hex"
	"testing"
)

func FuzzParseProof(f *testing.F) {
	for _, v := range load[struct{ Proof string }](f, "proof-verdicts.json") {
		f.Add(unhex(f, v.Proof))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := parseProof(raw)
		if err != nil {
			return
		}
		again, err := parseProof(p.encode())
		if err != nil || hex.EncodeToString(again.encode()) != hex.EncodeToString(p.encode()) {
			t.Fatalf("written and read again: %v", err)
		}
	})
}

func FuzzParseBlock(f *testing.F) {
	for _, v := range realBlocks(f) {
		f.Add(unhex(f, v.Hex))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := parseBlock(raw, true)
		if err != nil {
			return
		}
		again, err := parseBlock(b.encode(), true)
		if err != nil || again.id != b.id || len(again.txs) != len(b.txs) {
			t.Fatalf("written and read again: %v", err)
		}
	})
}
