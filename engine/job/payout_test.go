package job

import (
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
)

// TestPayoutByClass has two classes of miners whose coinbases pay differently, and
// compares the room that they were told of with what the coinbase has.
func TestPayoutByClass(t *testing.T) {
	spec := mustSpec(t, 5)
	tmpl := testTemplate(t, 3)
	small, large := NewClass("small", 1), NewClass("large", 300)
	calls := 0
	var room Room
	j := mustBuild(t, spec, Input{ID: 7, Template: tmpl, Now: testNow, Payout: func(p *Payee, r Room) (outs []coins.Output, note any) {
		calls++
		room = r
		left, n := r.Reward, p.Class.(int)
		for range n - 1 {
			outs = append(outs, coins.Output{Value: 1, Script: poolPayee.Script})
			left--
		}
		return append(outs, coins.Output{Value: left, Script: poolPayee.Script}), n
	}})
	for _, p := range []*Payee{small, large, small} {
		v, err := j.Variant(p)
		if err != nil {
			t.Fatal(err)
		}
		n := p.Class.(int)
		if v.Note != n {
			t.Errorf("%s: note %v, want %d", p.Address, v.Note, n)
		}
		size := len(v.appendCoinbase(nil, make([]byte, spec.ExtranonceSize)))
		want := room.Bytes + n*(8+1+len(poolPayee.Script))
		if n < 0xfd-len(room.Others) {
			want -= 2 // their number takes one byte
		}
		if size != want {
			t.Errorf("%s: the coinbase has %d bytes, want %d", p.Address, size, want)
		}
	}
	if calls != 2 || room.Reward != j.Reward() || len(room.Others) != len(tmpl.Tree.Outputs) {
		t.Errorf("asked %d times, told of %+v; want twice, of %d and the template's outputs", calls, room, j.Reward())
	}
	if small.key == large.key || small.key != NewClass("small", 1).key {
		t.Error("duplicates are told by the class's name, and are not")
	}

	j = mustBuild(t, spec, Input{ID: 8, Template: tmpl, Now: testNow, Payout: func(p *Payee, r Room) ([]coins.Output, any) {
		return []coins.Output{{Value: r.Reward - 1, Script: poolPayee.Script}}, nil
	}})
	if _, err := j.Variant(small); err == nil {
		t.Error("a coinbase that does not pay all of the reward was made")
	}
}
