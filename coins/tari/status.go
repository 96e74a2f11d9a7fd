package tari

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// statusTimeout is for a look into the node's chain.
const statusTimeout = 10 * time.Second

// sighting is one node's view of a block.
type sighting struct {
	status coins.BlockStatus
	tip    uint64 // height of the node's best chain
	err    error
}

// BlockStatus asks every node for a block, by its proof-of-work hash or by its
// id. The node with the highest tip is believed; among equals the one that is
// best for the block.
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
	var best sighting
	var failures []error
	for range targets {
		select {
		case <-ctx.Done():
			failures = append(failures, ctx.Err())
		case v := <-views:
			switch {
			case v.err != nil:
				failures = append(failures, v.err)
			case best.status.State == 0, v.tip > best.tip,
				v.tip == best.tip && v.status.State > best.status.State:
				best = v
			}
		}
	}
	if best.status.State == 0 {
		return coins.BlockStatus{}, fmt.Errorf("%w: %w", ErrNoNode, errors.Join(failures...))
	}
	return best.status, nil
}

// sight asks one node for a block.
func (c *coin) sight(ctx context.Context, m *member, hash coins.Hash, height uint64) sighting {
	id := c.memory.find(hash)
	v := sighting{tip: c.set.see(m).height}
	if height == 0 {
		v = c.sightID(ctx, m, hash, id)
	} else {
		v = c.sightHeight(ctx, m, hash, id, height)
	}
	v.status.Node = m.name
	return v
}

// sightHeight looks at the block that stands at a height of the best chain.
func (c *coin) sightHeight(ctx context.Context, m *member, hash coins.Hash, id []byte, height uint64) sighting {
	r, err := headerAt(ctx, m, height)
	var e *nodeError
	if errors.As(err, &e) && errors.Is(err, ErrAllowed) && id != nil {
		return c.sightID(ctx, m, hash, id)
	}
	if err != nil {
		return sighting{err: err}
	}
	h := r.GetHeader()
	v := sighting{tip: h.GetHeight() + r.GetConfirmations() - 1}
	if h.GetHeight() == height {
		mine, err := c.isMine(m, r, hash, id)
		if err != nil {
			return sighting{err: err}
		}
		if mine {
			v.status = coins.BlockStatus{State: coins.BlockBestChain, Confirmations: r.GetConfirmations(), Height: height}
			return v
		}
	}
	v.status.State = coins.BlockUnknown
	if id != nil {
		v.status = coins.BlockStatus{State: coins.BlockSide, Height: height}
	}
	return v
}

// isMine reports whether the block of the best chain is the one with the hash.
func (c *coin) isMine(m *member, r *tarirpc.BlockHeaderResponse, hash coins.Hash, id []byte) (bool, error) {
	h := r.GetHeader()
	if id != nil || bytes.Equal(h.GetHash(), toNode(hash)) {
		return id == nil || bytes.Equal(h.GetHash(), id), nil
	}
	if h.GetPow().GetPowAlgo() != powSHA3x {
		return false, nil
	}
	got, known := powHash(h, r.GetDifficulty(), c.network.id)
	if !known {
		return false, fmt.Errorf("block %d of %s: %w", h.GetHeight(), m.name, ErrForm)
	}
	return got == hash, nil
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

// sightID looks a block up by its id; without one, the hash is taken for it.
func (c *coin) sightID(ctx context.Context, m *member, hash coins.Hash, id []byte) sighting {
	v := sighting{tip: c.set.see(m).height}
	v.status.State = coins.BlockUnknown
	if id != nil {
		v.status.State = coins.BlockSide
	} else {
		id = toNode(hash)
	}
	r, err := m.api.GetHeaderByHash(ctx, &tarirpc.GetHeaderByHashRequest{Hash: id})
	if err != nil {
		err = m.called("GetHeaderByHash", err)
		var e *nodeError
		if errors.As(err, &e) && e.code == codes.NotFound {
			return v
		}
		return sighting{err: err}
	}
	h := r.GetHeader()
	if r.GetConfirmations() == 0 || !bytes.Equal(h.GetHash(), id) {
		return sighting{err: fmt.Errorf("GetHeaderByHash of %s: %w: another header, or no confirmations", m.name, ErrReply)}
	}
	v.tip = h.GetHeight() + r.GetConfirmations() - 1
	v.status = coins.BlockStatus{State: coins.BlockBestChain, Confirmations: r.GetConfirmations(), Height: h.GetHeight()}
	return v
}
