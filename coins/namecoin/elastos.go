package namecoin

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// Error codes of Elastos's node.
const (
	elastosUnknown  = 44003 // no such block
	elastosInternal = 45002 // among all else: a block that could not be added
)

// elastosLag is by how many blocks of two minutes the peers must be ahead of a
// node before it counts as catching up.
const elastosLag = 24

// elastosNodes is the dialect of Elastos.ELA. Its createauxblock and
// submitauxblock print hashes the way that Bitcoin does, relative to what the
// parent commits to; every other call prints them the other way round. Here, as
// everywhere in this package, the former is a hash's order, so that explorers of
// Elastos show the text of a hash back to front.
type elastosNodes struct {
	network string // "main", "test" or "regtest"
}

var _ nodes.Dialect = elastosNodes{}

// parseElastos reads a hash as the node's other calls print it.
func parseElastos(text string) (coins.Hash, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(coins.Hash{}) {
		return coins.Hash{}, fmt.Errorf("%w: hash %.80q", ErrReply, text)
	}
	return coins.Hash(raw), nil
}

// Tip asks by getbestblockhash.
func (elastosNodes) Tip(ctx context.Context, ask nodes.Ask) (coins.Hash, error) {
	var text string
	if err := ask(ctx, &text, "getbestblockhash"); err != nil {
		return coins.Hash{}, err
	}
	return parseElastos(text)
}

// HashAt asks by getblockhash.
func (elastosNodes) HashAt(ctx context.Context, ask nodes.Ask, height uint64) (coins.Hash, error) {
	var text string
	if err := ask(ctx, &text, "getblockhash", rpc.Named{"height": height}); err != nil {
		return coins.Hash{}, err
	}
	return parseElastos(text)
}

// Chain asks by getnodestate, which also tells how far the peers are. A node is
// catching up when most of them are far ahead, so that no single one can stop
// the work of others by its claims.
func (d elastosNodes) Chain(ctx context.Context, ask nodes.Ask) (nodes.Chain, error) {
	var state struct {
		Height    uint64 `json:"height"`
		Neighbors []struct {
			Start uint64 `json:"startingheight"`
			Last  uint64 `json:"lastblock"`
		} `json:"neighbors"`
	}
	if err := ask(ctx, &state, "getnodestate"); err != nil {
		return nodes.Chain{}, err
	}
	best, err := d.HashAt(ctx, ask, state.Height)
	if err != nil {
		return nodes.Chain{}, err
	}
	chain := nodes.Chain{Best: best, Height: state.Height, Headers: state.Height}
	if n := len(state.Neighbors); n > 0 {
		heights := make([]uint64, n)
		for i, peer := range state.Neighbors {
			heights[i] = max(peer.Start, peer.Last)
		}
		slices.Sort(heights)
		chain.Headers = max(chain.Headers, heights[(n-1)/2])
		chain.Syncing = chain.Headers > chain.Height+elastosLag
	}
	return chain, nil
}

// Software asks by getnodestate for the version, and by getmininginfo for the
// network, which the chain id does not tell.
func (d elastosNodes) Software(ctx context.Context, ask nodes.Ask) (version string, btcd bool, err error) {
	var info struct {
		Chain string `json:"chain"`
	}
	if err := ask(ctx, &info, "getmininginfo"); err != nil {
		return "", false, err
	}
	if of := elastosNetwork(info.Chain); of != d.network {
		return "", false, fmt.Errorf("%w: it says %q, expected %s", nodes.ErrNetwork, info.Chain, d.network)
	}
	var state struct {
		Compile string `json:"compile"`
	}
	if err := ask(ctx, &state, "getnodestate"); err != nil {
		return "", false, err
	}
	return strings.TrimSpace("elastos " + state.Compile), false, nil
}

// elastosNetwork is our name of a network that a node's configuration names in
// one of several ways.
func elastosNetwork(name string) string {
	switch strings.ToLower(name) {
	case "", "main", "mainnet":
		return "main"
	case "test", "testnet":
		return "test"
	}
	return "regtest"
}

// Block asks by getblock, whose confirmations say nothing about the best chain,
// and by the hash at the block's height, which does.
func (d elastosNodes) Block(ctx context.Context, ask nodes.Ask, hash coins.Hash) (coins.BlockStatus, error) {
	var block struct {
		Height        uint64 `json:"height"`
		Confirmations uint64 `json:"confirmations"`
	}
	err := ask(ctx, &block, "getblock", rpc.Named{"blockhash": hex.EncodeToString(hash[:]), "verbosity": 1})
	if e := rpc.AsNodeError(err); e != nil && !rpc.Unanswered(err) && e.Code == elastosUnknown {
		return coins.BlockStatus{State: coins.BlockUnknown}, nil
	}
	if err != nil {
		return coins.BlockStatus{}, err
	}
	at, err := d.HashAt(ctx, ask, block.Height)
	switch {
	case rpc.Unanswered(err):
		return coins.BlockStatus{}, err
	case err != nil || at != hash || block.Confirmations == 0:
		return coins.BlockStatus{State: coins.BlockSide, Height: block.Height}, nil
	}
	return coins.BlockStatus{State: coins.BlockBestChain, Height: block.Height, Confirmations: block.Confirmations}, nil
}
