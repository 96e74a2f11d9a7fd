package conformance

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"testing"
)

// A share that solved a block of a public chain, read from its mining.notify and
// built again: only with every byte order right is the hash as small as it must be.
func TestHeaderOfARealShare(t *testing.T) {
	text, err := os.ReadFile("testdata/share.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Hash, Bits, Extranonce1, Extranonce2, Nonce string
		Notify                                      []json.RawMessage
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	j, err := readJob(v.Notify)
	if err != nil {
		t.Fatal(err)
	}
	e1, err1 := hex.DecodeString(v.Extranonce1)
	e2, err2 := hex.DecodeString(v.Extranonce2)
	nonce, err3 := strconv.ParseUint(v.Nonce, 16, 32)
	bits, err4 := strconv.ParseUint(v.Bits, 16, 32)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	s := share{header: j.header(e1, e2, j.version, j.ntime, uint32(nonce))}
	if got := s.blockHash(); got != v.Hash {
		t.Errorf("block hash %s, want %s", got, v.Hash)
	}
	if target := bitsTarget(uint32(bits)); hex.EncodeToString(target[:]) < v.Hash {
		t.Errorf("the hash %s is above the target %x of the block", v.Hash, target)
	}
	if len(j.branch) < 2 || j.prev == [32]byte{} {
		t.Errorf("%d steps, previous hash %x", len(j.branch), j.prev)
	}
}
