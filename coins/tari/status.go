package tari

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// Times of a look into the nodes' chains.
const (
	statusTimeout = 10 * time.Second

	// statusGrace is how long the others may take once a node has answered.
	statusGrace = time.Second
)

// sighting is one node's view of a block.
type sighting struct {
	status coins.BlockStatus
	tip    uint64 // height of the node's best chain
	err    error
}

// BlockStatus asks every node for a block, by its proof-of-work hash or by its
// id. Of those that answer about as quickly as the first, the one with the
// highest tip is believed; among equals the one that is best for the block.
//
// Without the id, which only the process that submitted the block has, the
// block is found by its height, and recognised by hashing the header that is
// there.
func (c *coin) BlockStatus(ctx context.Context, hash coins.Hash, height uint64) (coins.BlockStatus, error) {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	targets := c.set.targets()
	views := make(chan sighting, len(targets))
	for _, m := range targets {
		if !c.set.spawn(func() {
			ctx, cancel := c.set.lasting(ctx, statusTimeout)
			defer cancel()
			views <- c.sight(ctx, m, hash, height)
		}) {
			return coins.BlockStatus{}, ErrClosed
		}
	}
	best, err := bestView(ctx, len(targets), views)
	if err != nil {
		return coins.BlockStatus{}, err
	}
	return best.status, nil
}

// bestView waits for n views and returns the one to believe.
func bestView(ctx context.Context, n int, views <-chan sighting) (best sighting, err error) {
	var failures []error
	var grace <-chan time.Time // starts with the first answer
	for range n {
		select {
		case <-ctx.Done():
			failures = append(failures, ctx.Err())
		case <-grace:
			return best, nil
		case v := <-views:
			switch {
			case v.err != nil:
				failures = append(failures, v.err)
			case best.status.State == 0, v.tip > best.tip,
				v.tip == best.tip && v.status.State > best.status.State:
				best = v
			}
			if v.err == nil && grace == nil {
				grace = time.After(statusGrace)
			}
		}
	}
	if best.status.State == 0 {
		return best, fmt.Errorf("%w: %w", ErrNoNode, errors.Join(failures...))
	}
	return best, nil
}

// sight asks one node for a block.
func (c *coin) sight(ctx context.Context, m *member, hash coins.Hash, height uint64) sighting {
	known := c.memory.find(hash)
	var v sighting
	if height == 0 {
		v = c.sightID(ctx, m, hash, known.ids)
	} else {
		v = c.sightHeight(ctx, m, hash, known.ids, height)
	}
	switch v.status.State {
	case coins.BlockBestChain:
		c.memory.saw(hash)
	case coins.BlockUnknown:
		// Nodes tell nothing of blocks beside the best chain: what was on it
		// is on a side branch now, unless the node has yet to get that far.
		if known.seen && v.tip >= height {
			v.status.State, v.status.Height = coins.BlockSide, height
		}
	}
	v.status.Node = m.name
	return v
}

// sightHeight looks at the block that stands at a height of the best chain.
func (c *coin) sightHeight(ctx context.Context, m *member, hash coins.Hash, ids [][]byte, height uint64) sighting {
	r, err := headerAt(ctx, m, height)
	if errors.Is(err, ErrAllowed) && len(ids) > 0 {
		return c.sightID(ctx, m, hash, ids)
	}
	if err != nil {
		return sighting{err: err}
	}
	h := r.GetHeader()
	v := sighting{tip: h.GetHeight() + r.GetConfirmations() - 1}
	v.status.State = coins.BlockUnknown
	if h.GetHeight() != height {
		return v // the chain has not got that far
	}
	mine, err := c.isMine(m, r, hash, ids)
	if err != nil {
		return sighting{err: err}
	}
	if mine {
		v.status = coins.BlockStatus{State: coins.BlockBestChain, Confirmations: r.GetConfirmations(), Height: height}
	}
	return v
}

// isMine reports whether the block of the best chain is the one with the hash.
func (c *coin) isMine(m *member, r *tarirpc.BlockHeaderResponse, hash coins.Hash, ids [][]byte) (bool, error) {
	h := r.GetHeader()
	for _, id := range append([][]byte{toNode(hash)}, ids...) {
		if bytes.Equal(h.GetHash(), id) {
			return true, nil
		}
	}
	if h.GetPow().GetPowAlgo() != powSHA3x {
		return false, nil
	}
	got, known := powHash(h, r.GetDifficulty(), c.network.id)
	if !known && len(ids) == 0 {
		return false, fmt.Errorf("block %d of %s: %w", h.GetHeight(), m.name, ErrForm)
	}
	return known && got == hash, nil
}

// headerAt asks for the header at a height of the best chain; for one above the
// tip the node gives the tip's.
func headerAt(ctx context.Context, m *member, height uint64) (*tarirpc.BlockHeaderResponse, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := m.api.ListHeaders(ctx, &tarirpc.ListHeadersRequest{FromHeight: height, NumHeaders: 1, Sorting: tarirpc.Sorting_SORTING_ASC})
	if err != nil {
		return nil, m.called("ListHeaders", err)
	}
	r, err := s.Recv()
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("ListHeaders of %s: %w: no header from height %d", m.name, ErrReply, height)
	case err != nil:
		return nil, m.called("ListHeaders", err)
	case r.GetHeader() == nil || r.GetConfirmations() == 0:
		return nil, fmt.Errorf("ListHeaders of %s: %w: no header or no confirmations", m.name, ErrReply)
	}
	return r, nil
}

// sightID looks a block up by its id; where none is known, the hash is taken
// for it.
func (c *coin) sightID(ctx context.Context, m *member, hash coins.Hash, ids [][]byte) sighting {
	v := sighting{tip: c.set.see(m).height}
	v.status.State = coins.BlockUnknown
	for _, id := range append([][]byte{toNode(hash)}, ids...) {
		r, err := m.api.GetHeaderByHash(ctx, &tarirpc.GetHeaderByHashRequest{Hash: id})
		if status.Code(err) == codes.NotFound {
			continue
		}
		h := r.GetHeader()
		switch {
		case err != nil:
			return sighting{err: m.called("GetHeaderByHash", err)}
		case r.GetConfirmations() == 0 || !bytes.Equal(h.GetHash(), id):
			return sighting{err: fmt.Errorf("GetHeaderByHash of %s: %w: another header, or no confirmations", m.name, ErrReply)}
		}
		v.tip = h.GetHeight() + r.GetConfirmations() - 1
		v.status = coins.BlockStatus{State: coins.BlockBestChain, Confirmations: r.GetConfirmations(), Height: h.GetHeight()}
		break
	}
	return v
}
