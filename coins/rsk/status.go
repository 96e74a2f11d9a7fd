package rsk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/motherlode-pool/motherlode/coins"
)

const (
	// uncleDepth is how far above a block one may still name it as an uncle.
	uncleDepth = 7

	// lookBack is how many of the newest blocks are searched for one whose height
	// is not known.
	lookBack = 32
)

// head is a block as far as it is looked at.
type head struct {
	Number string   `json:"number"`
	Hash   string   `json:"hash"`
	Mined  string   `json:"hashForMergedMining"`
	Uncles []string `json:"uncles"`
}

func sum(b []byte) coins.Hash {
	first := sha256.Sum256(b)
	return sha256.Sum256(first[:])
}

// BlockStatus looks for the block that was mined by hash, at its height or among
// the uncles of the blocks above, asking one node after the other until one
// knows it. An uncle is on a side branch. A height of 0 is not known: then the
// newest blocks are searched.
func (c *coin) BlockStatus(ctx context.Context, hash coins.Hash, height uint64) (coins.BlockStatus, error) {
	best := coins.BlockStatus{State: coins.BlockUnknown}
	var failures []error
	for _, m := range c.members {
		st, err := c.sight(ctx, m, hash, height)
		switch {
		case err != nil:
			failures = append(failures, fmt.Errorf("%s: %w", m.name, err))
		case best.Node == "" || st.State > best.State:
			best = st
		}
		if best.State == coins.BlockBestChain {
			break
		}
	}
	if best.Node == "" {
		return coins.BlockStatus{}, errors.Join(append([]error{ErrNoNode}, failures...)...)
	}
	return best, nil
}

// sight is one node's view.
func (c *coin) sight(ctx context.Context, m *member, hash coins.Hash, height uint64) (coins.BlockStatus, error) {
	st := coins.BlockStatus{State: coins.BlockUnknown, Node: m.name}
	var printed string
	if err := m.urgent.Call(ctx, &printed, "eth_blockNumber"); err != nil {
		return st, err
	}
	tip, err := quantity(printed)
	if err != nil {
		return st, err
	}
	from, to := height, min(tip, height+uncleDepth)
	if height == 0 {
		from, to = tip-min(tip, lookBack-1), tip
	}
	for n := from; n <= to; n++ {
		var h *head
		if err := m.urgent.Call(ctx, &h, "eth_getBlockByNumber", fmt.Sprintf("0x%x", n), false); err != nil {
			return st, err
		}
		if h == nil {
			break // the chain became shorter meanwhile
		}
		if (n == height || height == 0) && mined(h, hash) {
			return coins.BlockStatus{State: coins.BlockBestChain, Confirmations: tip - n + 1, Height: n, Node: m.name}, nil
		}
		found, err := c.uncle(ctx, m, h, hash)
		if err != nil {
			return st, err
		}
		if found {
			return coins.BlockStatus{
				State: coins.BlockSide, Height: height, Node: m.name,
				Note: fmt.Sprintf("uncle, named by block %d: Rootstock pays a part of the reward for it", n),
			}, nil
		}
	}
	return st, nil
}

// uncle reports whether a block names the one that was mined by hash.
func (c *coin) uncle(ctx context.Context, m *member, of *head, hash coins.Hash) (bool, error) {
	for i := range of.Uncles {
		var h *head
		if err := m.urgent.Call(ctx, &h, "eth_getUncleByBlockHashAndIndex", of.Hash, fmt.Sprintf("0x%x", i)); err != nil {
			return false, err
		}
		if h != nil && mined(h, hash) {
			return true, nil
		}
	}
	return false, nil
}

func mined(h *head, hash coins.Hash) bool {
	got, err := parseHash(h.Mined)
	return err == nil && got == hash
}
