package gbt

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// A block with no transaction but its coinbase has a commitment all the same, to
// a tree of one zero leaf.
func TestCommitmentWithoutTransactions(t *testing.T) {
	got, err := Decode(bare(""), Options{Witness: WitnessAlways})
	if err != nil {
		t.Fatal(err)
	}
	const want = "6a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd836974e8cf9"
	if o := got.Tree.Outputs; len(o) != 1 || hex.EncodeToString(o[0].Script) != want || o[0].Value != 0 {
		t.Errorf("got %x, want %s", o, want)
	}
	if got.Tree.TxCount != 0 || len(got.Tree.Branch) != 0 || len(got.Tree.WitnessReserved) != 32 {
		t.Errorf("got %d transactions, branch %v, reserved %x", got.Tree.TxCount, got.Tree.Branch, got.Tree.WitnessReserved)
	}
}

// Heights 1 to 16 are single opcodes: nodes take no other form of them.
func TestLowHeights(t *testing.T) {
	for height := 1; height <= 17; height++ {
		text := strings.Replace(string(bare("")), `"height":7`, fmt.Sprintf(`"height":%d`, height), 1)
		got, err := Decode([]byte(text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("%02x", 0x50+height)
		if height == 17 {
			want = "0111"
		}
		if p := hex.EncodeToString(got.Tree.ScriptPrefix); p != want {
			t.Errorf("height %d: got %s, want %s", height, p, want)
		}
	}
}
