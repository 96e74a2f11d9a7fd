package block

import "github.com/motherlode-pool/motherlode/coins"

// NewHeader is the header of a template's block with the given coinbase: the
// template's version, bits and time, nonce 0.
func NewHeader(t *coins.Template, c *Coinbase) Header {
	return Header{
		Version: t.Tree.Version,
		Prev:    t.PrevHash,
		Root:    Root(c.TxID(), t.Tree.Branch),
		Time:    uint32(t.Time),
		Bits:    t.Tree.Bits,
	}
}

// Assemble serialises a block:
//
//	header         80
//	proof          AuxPoW of a merge-mined block; empty otherwise
//	count          variable length: transactions with the coinbase
//	coinbase       with its witness
//	transactions   TxBlob
//	trailer        Trailer (Litecoin's MWEB block)
func Assemble(h Header, proof []byte, c *Coinbase, tree *coins.CoinbaseTree) []byte {
	const small = 1024 // header, count and most coinbases
	out := make([]byte, 0, small+len(proof)+len(tree.TxBlob)+len(tree.Trailer))
	out = h.Append(out)
	out = append(out, proof...)
	out = AppendVarInt(out, uint64(tree.TxCount)+1)
	out = c.Append(out)
	out = append(out, tree.TxBlob...)
	return append(out, tree.Trailer...)
}

// standInTag makes the coinbase of a proposal longer than 100 bytes, below which
// some chains (eCash) take no transaction. The engine's coinbases are longer.
const standInTag = "/motherlode: a proposal, not to be mined/"

// StandIn assembles a template's block as a proposal: complete but for the
// work, with a coinbase that pays to payee.
func StandIn(t *coins.Template, payee []byte) []byte {
	c := NewCoinbase(t, []byte(standInTag), payee)
	return Assemble(NewHeader(t, c), nil, c, t.Tree)
}
