package namecoin

import (
	"context"
	"encoding/json"

	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
	"github.com/motherlode-pool/motherlode/coins/internal/gbt"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
)

// templateRequest is the parameter of getblocktemplate.
func (c *coin) templateRequest() map[string]any {
	return map[string]any{
		"rules":        nodes.Rules,
		"capabilities": []string{"coinbasevalue", "proposal"},
	}
}

// decodeTemplate decodes a reply and checks that it is of this chain.
func (c *coin) decodeTemplate(node string, result json.RawMessage) (*gbt.Template, error) {
	t, err := gbt.Decode(result, gbt.Options{Witness: gbt.WitnessByRules})
	if err != nil {
		return nil, err
	}
	return t, c.checkID(node, auxpow.ChainID(t.Tree.Version))
}

// templates streams blocks of our own, made of the nodes' templates.
func (c *coin) templates(ctx context.Context, send func(context.Context, *coins.AuxWork) error) error {
	src := nodes.TemplateSource{
		Request: c.templateRequest(),
		Decode: func(result json.RawMessage) (*gbt.Template, error) {
			return c.decodeTemplate("the node", result)
		},
		NextID: func() uint64 { return c.driver.ids.Add(1) },
	}
	if c.conf.Propose {
		// Without bit 8, which would announce a proof that is not there yet.
		src.Propose = func(t *coins.Template) []byte {
			cb := c.coinbase(t)
			return block.Assemble(block.NewHeader(t, cb), nil, cb, t.Tree)
		}
	}
	var last *coins.AuxWork
	return c.set.Templates(ctx, src, func(ctx context.Context, t *coins.Template) error {
		// Each work makes a parent job: at one tip only more money or another
		// target is worth it, or that a node has refused what is out.
		bad := c.refused.Load()
		spent := last != nil && bad != nil && *bad == last.Hash
		if last != nil && last.PrevHash == t.PrevHash && last.Bits == t.Tree.Bits && t.Reward <= last.Reward && !spent {
			return nil
		}
		w := c.ownWork(t)
		if spent && w.Hash == last.Hash {
			return nil // until the template's time is another
		}
		last = w
		return send(ctx, last)
	})
}

func (c *coin) coinbase(t *coins.Template) *block.Coinbase {
	return block.NewCoinbase(t, []byte(c.conf.Tag), c.script)
}

// ownWork builds the block of a template, and the work that asks for its proof.
func (c *coin) ownWork(t *coins.Template) *coins.AuxWork {
	cb := c.coinbase(t)
	h := block.NewHeader(t, cb)
	h.Version |= auxpow.AuxFlag
	k := kept{
		kind:     kindBlock,
		coinbase: cb.Append(nil),
		count:    uint32(t.Tree.TxCount),
		txs:      t.Tree.TxBlob,
	}
	copy(k.header[:], h.Append(nil))
	return &coins.AuxWork{
		ID:       t.ID,
		Hash:     k.hash(),
		PrevHash: t.PrevHash,
		Height:   t.Height,
		Bits:     t.Tree.Bits,
		Target:   t.Target,
		Reward:   t.Reward,
		Node:     t.Node,
		Source:   t.Source,
		Opaque:   k.encode(),
		Slot:     &coins.Slot{ChainID: auxpow.ChainID(t.Tree.Version)},
		Rules:    c.rules,
	}
}
