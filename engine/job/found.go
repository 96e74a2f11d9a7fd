package job

import (
	"fmt"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
)

// Block rebuilds the parent's block from what a miner varied. Pow is the
// proof-of-work hash that was judged, by which header-blob work is named; a
// CoinbaseTree's block is named by the double SHA-256 of its header, whatever it
// is mined by. Nothing is hashed by the Algorithm again. The result shares no
// memory with the job or with n.
//
//	header         80
//	tx count        .
//	coinbase        .  with its witness
//	transactions    .  as the template gave them
//	trailer         .  Litecoin's MWEB block
func (j *Job) Block(v *Variant, n *Nonces, pow *[32]byte) *coins.Block {
	t := j.Template
	var s Scratch
	j.Prepare(&s, v, n)
	b := &coins.Block{TemplateID: t.ID, Height: t.Height, PrevHash: t.PrevHash}
	if t.Tree == nil {
		b.Raw, b.Opaque, b.Hash = s.header, t.Blob.Opaque, *pow
		return b
	}
	algos.DoubleSHA256((*[32]byte)(&b.Hash), s.header)

	coinbase := withWitness(s.coinbase, t.Tree.WitnessReserved, len(t.Tree.Payload))
	raw := make([]byte, 0, headerSize+9+len(coinbase)+len(t.Tree.TxBlob)+len(t.Tree.Trailer))
	raw = append(raw, s.header...)
	raw = appendVarInt(raw, uint64(t.Tree.TxCount)+1)
	raw = append(raw, coinbase...)
	raw = append(raw, t.Tree.TxBlob...)
	b.Raw = append(raw, t.Tree.Trailer...)
	return b
}

// Proof makes the proof for the auxiliary chain at index i of Job.Aux, and
// verifies it by the chain's own rules before any node sees it. An error is a
// proof that the chain would refuse, such as a rolled parent version that
// carries the chain's id.
func (j *Job) Proof(i int, v *Variant, n *Nonces) (*coins.AuxProof, error) {
	if j.Template.Tree == nil {
		return nil, fmt.Errorf("%s: %w", j.Aux[i].Chain, ErrShape)
	}
	a, t := &j.Aux[i], j.Template
	var s Scratch
	j.Prepare(&s, v, n)
	p := &coins.AuxProof{
		WorkID: a.Work.ID, Node: a.Work.Node, Hash: a.Work.Hash, Height: a.Work.Height, Opaque: a.Work.Opaque,
		ParentHeader: s.header, CoinbaseStripped: s.coinbase,
		Coinbase: withWitness(s.coinbase, t.Tree.WitnessReserved, len(t.Tree.Payload)),
		Branch:   t.Tree.Branch, TxCount: t.Tree.TxCount + 1,
		ChainBranch: toHashes(a.Branch), ChainIndex: a.Index,
	}
	algos.DoubleSHA256((*[32]byte)(&p.ParentHash), s.header)
	if a.Work.Output != nil {
		at, err := j.outputOffset(v, a.Work.Output.Script)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Chain, err)
		}
		p.OutputOffset = at
		return p, nil
	}
	if err := j.verify(a, p); err != nil {
		return nil, fmt.Errorf("proof for %s block %s: %w", a.Chain, a.Work.Hash, err)
	}
	return p, nil
}

func (j *Job) verify(a *AuxSlot, p *coins.AuxProof) error {
	proof := auxpow.Proof{
		Coinbase: p.CoinbaseStripped, ParentHash: p.ParentHash, CoinbaseBranch: j.branch,
		ChainBranch: a.Branch, ChainIndex: a.Index, ParentHeader: [auxpow.HeaderSize]byte(p.ParentHeader),
	}
	r := a.Work.Rules
	return auxpow.Verify(&proof, a.Work.Hash, auxpow.Rules{
		ChainID: a.Work.Slot.ChainID, StrictID: r.StrictID, IndexZero: r.IndexZero,
		NoAuxParent: r.NoAuxParent, MagicRequired: r.MagicRequired,
	})
}

// outputOffset finds a committing script among the outputs of the stripped
// coinbase of v: the last one that equals it, as nodes read the last tag.
func (j *Job) outputOffset(v *Variant, script []byte) (int, error) {
	base := v.outputsAt
	tail := v.Part2[base-len(v.Part1)-j.spec.ExtranonceSize:]
	for at := len(tail) - len(script); at >= 0; at-- {
		if string(tail[at:at+len(script)]) == string(script) {
			return base + at, nil
		}
	}
	return 0, fmt.Errorf("commitment is not among the outputs: %w", ErrUnknownAux)
}

func toHashes(in [][32]byte) []coins.Hash {
	out := make([]coins.Hash, len(in))
	for i, h := range in {
		out[i] = h
	}
	return out
}
