package job

import (
	"bytes"
	"testing"

	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
)

// The script is fullest with the longest height, a tree of many chains, the
// longest extranonce and a tag that is cut: nodes refuse a block whose script is
// longer than 100 bytes.
func TestFullestScriptIsWithinTheLimit(t *testing.T) {
	const nodesLimit = 100
	ids := []uint32{1, 6, 16, 117, 1224, 1829}
	spec := mustSpec(t, ids...)
	spec.Tag = bytes.Repeat([]byte("tag"), 100)
	spec.ExtranonceSize = 4 + 16
	var works []Work
	for i, id := range ids {
		works = append(works, Work{i, auxWork(id, string(rune('a'+i)))})
	}
	tmpl := testTemplate(t, 2)
	tmpl.Tree.ScriptPrefix = []byte{5, 1, 2, 3, 4, 5}
	j := mustBuild(t, spec, Input{Template: tmpl, Aux: works})
	n, v := testNonces(), mustVariant(t, j, poolPayee)
	n.Extranonce = bytes.Repeat([]byte{0xff}, spec.ExtranonceSize)
	if got := j.script.size(spec.ExtranonceSize); got != nodesLimit {
		t.Errorf("script of %d bytes, want it filled up to %d", got, nodesLimit)
	}
	if len(j.Aux) != len(ids) || len(j.Dropped) != 0 {
		t.Fatalf("%d chains, dropped %v; want all", len(j.Aux), j.Dropped)
	}
	for i := range j.Aux {
		if _, err := j.Proof(i, v, n); err != nil {
			t.Errorf("%s: %v", j.Aux[i].Chain, err)
		}
	}
}

// A proof carries the coinbase both ways, and the one for the chains is without
// witness: older forks cannot read the other.
func TestCoinbaseOfAProofIsStripped(t *testing.T) {
	j := mustBuild(t, mustSpec(t, 1), Input{Template: testTemplate(t, 1), Aux: []Work{{0, auxWork(1, "a")}}})
	p, err := j.Proof(0, mustVariant(t, j, poolPayee), testNonces())
	if err != nil {
		t.Fatal(err)
	}
	if p.CoinbaseStripped[4] != 1 {
		t.Errorf("byte 4 is %d, want the number of inputs, no segwit marker", p.CoinbaseStripped[4])
	}
	if !bytes.Equal(p.Coinbase[4:6], []byte{0, 1}) || bytes.Equal(p.Coinbase, p.CoinbaseStripped) {
		t.Errorf("the whole coinbase begins %x, want marker and flag", p.Coinbase[:8])
	}
	stripped, err := auxpow.Strip(p.Coinbase)
	if err != nil || !bytes.Equal(stripped, p.CoinbaseStripped) {
		t.Errorf("they are not the same transaction: %v", err)
	}
}

// Where the script has no room for the tree, a chain that commits by an output
// is mined with the parent all the same.
func TestOutputCommitmentStaysWithoutRoomForTheTree(t *testing.T) {
	spec := mustSpec(t, 1)
	spec.Aux = append(spec.Aux, AuxChain{Name: "rsk"})
	if err := spec.Plan(); err != nil {
		t.Fatal(err)
	}
	tmpl := testTemplate(t, 0)
	tmpl.Tree.ScriptLimit = 60
	out := &coins.AuxWork{Target: easyTarget, Output: &coins.OutputCommitment{Script: []byte{0x6a, 1, 7}}}
	j := mustBuild(t, spec, Input{Template: tmpl, Aux: []Work{{0, auxWork(1, "a")}, {1, out}}})
	if len(j.Aux) != 1 || j.Aux[0].Chain != "rsk" || len(j.Dropped) != 1 {
		t.Fatalf("chains %+v, dropped %v", j.Aux, j.Dropped)
	}
	if _, err := j.Proof(0, mustVariant(t, j, poolPayee), testNonces()); err != nil {
		t.Error(err)
	}
}
