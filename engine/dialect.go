package engine

import (
	"encoding/json"
	"fmt"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/stratum"
)

// The header of SHA3x work: nonce, mining hash, algorithm. Miners are sent the
// mining hash alone, and add the rest by themselves.
const (
	sha3xHeader    = 41
	sha3xHashAt    = 8
	sha3xHashEnd   = 40
	sha3xAlgorithm = 1 // the last byte
)

// dialectFor is what a coin's miners speak. A coin says what it is mined by, and
// with SHA3x only header blobs are.
func dialectFor(info coins.CoinInfo) stratum.Dialect {
	if info.Algorithm == "sha3x" {
		return stratum.SHA3x
	}
	return stratum.V1
}

// fault is something in a pool's table that does not go with its parent.
type fault struct{ key, text string }

// faults says what of a pool's configuration its parent's work makes impossible.
func faults(p configs.Pool, info coins.CoinInfo) (all []fault) {
	dialect := dialectFor(info)
	add := func(key, format string, args ...any) { all = append(all, fault{key, fmt.Sprintf(format, args...)}) }
	for i, l := range p.Listen {
		if l.Protocol != "" && l.Protocol != string(dialect) {
			add(fmt.Sprintf("listen[%d].protocol", i), "is %q, but %s is mined by %s, whose miners speak %q; expected that, or no protocol at all",
				l.Protocol, p.Parent, info.Algorithm, dialect)
		}
	}
	if dialect != stratum.SHA3x {
		return all
	}
	if p.Payout != "pool" {
		add("payout", "is %q, but the coinbase of %s is made by its node and pays the one address of the coin's settings; expected \"pool\"", p.Payout, p.Parent)
	}
	if p.Node != nil && p.MaxMiners > sha3xNodes {
		add("max_miners", "is %d, but beside a node number the nonce of %s can tell %d miners of this process apart; expected at most that, or no node", p.MaxMiners, info.Algorithm, sha3xNodes)
	}
	for i, a := range p.Aux {
		add(fmt.Sprintf("aux[%d]", i), "%s cannot be merge-mined under %s, whose coinbase is made by its node and has no room for a commitment", a.Coin, p.Parent)
	}
	return all
}

// otherAddress is the address that a coin's own settings pay, where they have one
// and it is not the pool's: the pool's would have no effect.
func otherAddress(p configs.Pool, settings coins.Settings) string {
	var s struct {
		Address string `json:"address"`
	}
	if json.Unmarshal(settings.JSON, &s) != nil || s.Address == p.Address {
		return ""
	}
	return s.Address
}

// speaks refuses a template that the pool's miners have no words for.
func (p *pool) speaks(t *coins.Template) error {
	if p.dialect != stratum.SHA3x {
		if t.Tree == nil {
			return fmt.Errorf("template %d: %w: the miners of this pool speak Stratum V1", t.ID, job.ErrShape)
		}
		return nil
	}
	b := t.Blob
	switch {
	case b == nil:
		return fmt.Errorf("template %d: %w: SHA3x miners search a header blob, and this is none", t.ID, job.ErrShape)
	case len(b.Header) != sha3xHeader || b.Header[sha3xHeader-1] != sha3xAlgorithm || len(b.HashParam) != 0:
		return fmt.Errorf("template %d: %w: SHA3x miners search nonce, mining hash and one byte of 1, and these %d bytes are not that", t.ID, job.ErrShape, len(b.Header))
	case b.NonceOffset != 0 || b.NonceSize != sha3xHashAt || b.ExtranonceOffset != 0 || b.ExtranonceSize != stratum.SHA3xExtranonce:
		return fmt.Errorf("template %d: %w: SHA3x miners search the first %d bytes, of which %d tell sessions apart", t.ID, job.ErrShape, sha3xHashAt, stratum.SHA3xExtranonce)
	}
	return nil
}

// sha3xBlob is a template as its miners see it.
func sha3xBlob(t *coins.Template) *stratum.Blob {
	return &stratum.Blob{Hash: [32]byte(t.Blob.Header[sha3xHashAt:sha3xHashEnd]), Height: t.Height}
}
