package job

import (
	"fmt"

	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
)

// minScript is the shortest input script that the Bitcoin family allows.
const minScript = 2

// scriptParts is the coinbase's input script around the extranonce.
type scriptParts struct {
	head []byte // up to the extranonce
	tail []byte // after it
}

func (s scriptParts) size(extranonce int) int { return len(s.head) + extranonce + len(s.tail) }

// layoutScript draws up the input script; see the package comment. The tag is
// cut to the room that is left, everything else must fit.
func (j *Job) layoutScript(commitment []byte) (scriptParts, error) {
	tree, n := j.Template.Tree, j.spec.ExtranonceSize
	var p scriptParts
	p.head = append(p.head, tree.ScriptPrefix...)
	if commitment != nil {
		p.head = append(p.head, auxpow.CommitmentSize)
		p.head = append(p.head, commitment...)
	}
	id := idBytes(j.ID)
	p.head = append(p.head, byte(len(id)+n))
	p.head = append(p.head, id[:]...)

	limit := tree.ScriptLimit
	if size := p.size(n); size > limit || size < minScript {
		return p, fmt.Errorf("%d bytes without a tag, limit %d: %w", size, limit, ErrScriptTooBig)
	}
	tag := j.spec.Tag
	if room := limit - p.size(n) - 1; len(tag) > room {
		tag = tag[:max(room, 0)]
	}
	if len(tag) > 0 {
		p.tail = append(p.tail, byte(len(tag)))
		p.tail = append(p.tail, tag...)
	}
	return p, nil
}

// Variant is the coinbase of a job for one payee, without the extranonce: what
// miners know as the two parts of the coinbase. Both are without witness.
type Variant struct {
	Part1 []byte // up to the extranonce
	Part2 []byte // after it
	Payee *Payee
	Note  any // what Input.Payout said of its outputs

	outputsAt int // offset of the output count in the stripped coinbase
}

// newVariant serialises the coinbase for p.
//
//	version            4  little-endian
//	input count        1  1
//	previous output   36  zeros, then ff ff ff ff
//	script length      1
//	script             n  the extranonce is in here
//	sequence           4  ff ff ff ff
//	outputs            .  payouts, required ones, commitments
//	lock time          4
//	payload            .  of forks with special transactions
func (j *Job) newVariant(p *Payee) (*Variant, error) {
	tree := j.Template.Tree
	if tree == nil {
		return &Variant{}, nil // no coinbase of ours: every payee hashes the same
	}
	outs, note := j.divide(p)
	var sum uint64
	for _, o := range outs {
		sum += o.Value
	}
	if sum != j.reward || len(outs) == 0 {
		return nil, fmt.Errorf("%d outputs pay %d of %d: %w", len(outs), sum, j.reward, ErrPayout)
	}

	v := &Variant{Payee: p, Note: note}
	b := appendU32(nil, tree.CoinbaseVersion)
	b = append(b, 1)
	b = append(b, make([]byte, 32)...)
	b = append(b, 0xff, 0xff, 0xff, 0xff, byte(j.script.size(j.spec.ExtranonceSize)))
	v.Part1 = append(b, j.script.head...)

	b = append([]byte(nil), j.script.tail...)
	b = append(b, 0xff, 0xff, 0xff, 0xff)
	v.outputsAt = len(v.Part1) + j.spec.ExtranonceSize + len(b)
	b = appendVarInt(b, uint64(len(outs)+len(j.outputs)))
	for _, o := range outs {
		b = appendOutput(b, o.Value, o.Script)
	}
	for _, o := range j.outputs {
		b = appendOutput(b, o.Value, o.Script)
	}
	b = appendU32(b, tree.LockTime)
	v.Part2 = append(b, tree.Payload...)
	return v, nil
}

// divide says who is paid what by the coinbase for p.
func (j *Job) divide(p *Payee) (outs []coins.Output, note any) {
	if j.payout == nil {
		return j.spec.Outputs(p, j.reward), nil
	}
	// All of newVariant's table but the outputs that pay; their number may take
	// three bytes.
	size := 4 + 1 + 36 + 1 + j.script.size(j.spec.ExtranonceSize) + 4 + 3 + 4 + len(j.Template.Tree.Payload)
	for _, o := range j.outputs {
		size += len(appendOutput(nil, o.Value, o.Script))
	}
	return j.payout(p, Room{Reward: j.reward, Bytes: size, Others: j.outputs})
}

// appendCoinbase appends the stripped coinbase.
func (v *Variant) appendCoinbase(b, extranonce []byte) []byte {
	b = append(b, v.Part1...)
	b = append(b, extranonce...)
	return append(b, v.Part2...)
}

// withWitness gives a stripped coinbase its witness: marker and flag after the
// version, one item before the lock time. No item leaves it as it is. Payload
// is the number of bytes after the lock time.
func withWitness(stripped, item []byte, payload int) []byte {
	if len(item) == 0 {
		return stripped
	}
	lock := len(stripped) - payload - 4
	b := make([]byte, 0, len(stripped)+4+len(item))
	b = append(b, stripped[:4]...)
	b = append(b, 0, 1)
	b = append(b, stripped[4:lock]...)
	b = append(b, 1, byte(len(item)))
	b = append(b, item...)
	return append(b, stripped[lock:]...)
}
