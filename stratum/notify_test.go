package stratum

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"testing"
)

// Bitcoin block 125552, from vectors of public headers: the previous hash as
// explorers print it and as stratum sends it.
func TestNotifyLineIsWhatMinersRead(t *testing.T) {
	printed, _ := hex.DecodeString("00000000000008a3a41b85b8b29ad444def299fee21793cd8b9e567eab02cd81")
	slices.Reverse(printed)
	n := Notify{
		JobID: "0000000000000001", PrevHash: [32]byte(printed), Part1: []byte{1, 2}, Part2: []byte{3},
		Branch: [][32]byte{{0xaa}, {0xbb}}, Version: 0x20000000, Bits: 0x1a44b9f2, NTime: 0x4dd7f5c7, Clean: true,
	}
	line := n.Line()
	if line[len(line)-1] != '\n' {
		t.Error("line feed missing")
	}
	var msg struct {
		ID     any
		Method string
		Params []any
	}
	if err := json.Unmarshal(line, &msg); err != nil {
		t.Fatal(err)
	}
	if msg.ID != nil || msg.Method != "mining.notify" || len(msg.Params) != 9 {
		t.Fatalf("got %+v", msg)
	}
	want := []any{
		"0000000000000001", "ab02cd818b9e567ee21793cddef299feb29ad444a41b85b8000008a300000000", "0102", "03",
		nil, "20000000", "1a44b9f2", "4dd7f5c7", true,
	}
	for i, w := range want {
		if i != 4 && msg.Params[i] != w {
			t.Errorf("parameter %d: got %v, want %v", i, msg.Params[i], w)
		}
	}
	branch := msg.Params[4].([]any)
	if len(branch) != 2 || branch[0].(string)[:2] != "aa" || branch[1].(string)[:2] != "bb" {
		t.Errorf("branch %v", branch)
	}
	n.Branch, n.Clean = nil, false
	if err := json.Unmarshal(n.Line(), &msg); err != nil || len(msg.Params[4].([]any)) != 0 || msg.Params[8] != false {
		t.Errorf("empty branch, not clean: %v %v", err, msg.Params)
	}
}
