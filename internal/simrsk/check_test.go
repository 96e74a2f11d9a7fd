package simrsk

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// half is met by every second hash.
var half = [32]byte{0: 0x7f, 1: 0xff}

// proof is a solution as a pool hands it in.
type proof struct {
	header, coinbase []byte
	branch           [][32]byte
}

// forge makes a proof for a hash: head bytes, the tag, tail bytes; one other
// transaction. Want says whether its work is to meet half.
func forge(mined [32]byte, head, tail int, want bool) *proof {
	p := &proof{header: make([]byte, 80), coinbase: make([]byte, head)}
	if head > 4 {
		p.coinbase[4] = 1 // one input
	}
	p.coinbase = append(append(append(p.coinbase, tagText...), mined[:]...), make([]byte, tail)...)
	p.branch = [][32]byte{twice(p.coinbase), {7}}
	root := twice(append(p.branch[0][:], p.branch[1][:]...))
	copy(p.header[36:], root[:])
	for nonce := uint32(0); ; nonce++ {
		binary.LittleEndian.PutUint32(p.header[76:], nonce)
		h := twice(p.header)
		slices.Reverse(h[:])
		if (bytes.Compare(h[:], half[:]) <= 0) == want {
			return p
		}
	}
}

func TestRulesOfAProof(t *testing.T) {
	mined := [32]byte{1, 2, 3}
	for _, c := range []struct {
		name string
		p    *proof
		want string // empty: taken
	}{
		{"good", forge(mined, 60, 4, true), ""},
		{"128 bytes after the hash", forge(mined, 60, 128, true), ""},
		{"129 bytes after the hash", forge(mined, 60, 129, true), "more than 128"},
		{"coinbase of 64 bytes", forge(mined, 19, 4, true), "longer than 64"},
		{"too little work", forge(mined, 60, 4, false), "high"},
		{"header cut", func() *proof { p := forge(mined, 60, 4, true); p.header = p.header[:79]; return p }(), "header"},
		{"no branch", func() *proof { p := forge(mined, 60, 4, true); p.branch = nil; return p }(), "begin with the coinbase"},
		{"branch without the coinbase", func() *proof { p := forge(mined, 60, 4, true); p.branch = p.branch[1:]; return p }(), "begin with the coinbase"},
		{"branch that leads elsewhere", func() *proof { p := forge(mined, 60, 4, true); p.branch[1] = [32]byte{8}; return p }(), "root"},
		{"coinbase with a witness", func() *proof {
			p := forge(mined, 60, 4, true)
			p.coinbase = slices.Insert(p.coinbase, 4, 0, 1)
			return p
		}(), "witness"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := check(c.p.header, c.p.coinbase, c.p.branch, half)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestLastTagCounts(t *testing.T) {
	first, last := [32]byte{1}, [32]byte{2}
	coinbase := append(append(append([]byte(tagText), first[:]...), tagText...), last[:]...)
	if got, ok := tagged(coinbase); !ok || got != last {
		t.Errorf("got %x, %v, want the last", got, ok)
	}
	for name, b := range map[string][]byte{"none": make([]byte, 100), "cut off": coinbase[:len(coinbase)-1]} {
		if name == "cut off" {
			b = b[len(tagText)+32:]
		}
		if got, ok := tagged(b); ok {
			t.Errorf("%s: got %x", name, got)
		}
	}
}

func mustNode(t *testing.T) *Node {
	t.Helper()
	n, err := New(Config{Target: half})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

func give(n *Node, mined [32]byte, tail int) (Block, string, string) {
	p := forge(mined, 60, tail, true)
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.accept(p.header, p.coinbase, p.branch)
}

func TestLateBlocksBecomeUncles(t *testing.T) {
	n := mustNode(t)
	late := n.current.block.Mined
	n.Mine()
	b, result, refusal := give(n, late, 4)
	if result != "IMPORTED_NOT_BEST" {
		t.Fatalf("got %q, %q", result, refusal)
	}
	if _, again, _ := give(n, late, 4); again != "EXIST" {
		t.Errorf("the same again: %q", again)
	}
	if _, other, _ := give(n, late, 5); other != "IMPORTED_NOT_BEST" {
		t.Errorf("another proof makes another block, got %q", other)
	}
	if _, result, refusal := give(n, n.current.block.Mined, 4); result != "IMPORTED_BEST" || !slices.Contains(n.best().Uncles, b.Hash) {
		t.Errorf("got %q, %q; uncles %x", result, refusal, n.best().Uncles)
	}
}

func TestOnlyTheLastWorksAreKnown(t *testing.T) {
	n := mustNode(t)
	old := n.current.block.Mined
	for range keptWorks - 1 {
		n.Refresh(0)
	}
	kept := n.order[0]
	if kept != old {
		t.Fatalf("the oldest work is %x, want %x", kept, old)
	}
	n.Refresh(0)
	if _, _, refusal := give(n, old, 4); !strings.Contains(refusal, "could not find hash") {
		t.Errorf("got %q", refusal)
	}
}

func TestNotifyIsToldOnce(t *testing.T) {
	n := mustNode(t)
	notify := func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.getWork().(map[string]any)["notify"].(bool)
	}
	if !notify() || notify() {
		t.Error("a new block is told to the first who asks, and to nobody else")
	}
	n.Refresh(0)
	if notify() {
		t.Error("a little other work is not worth telling")
	}
	n.Refresh(100)
	if !notify() || notify() {
		t.Error("work that pays is told once")
	}
}
