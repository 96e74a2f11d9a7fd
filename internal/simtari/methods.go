package simtari

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// GetVersion is the node's software.
func (n *Node) GetVersion(context.Context, *tarirpc.Empty) (*tarirpc.StringValue, error) {
	if n.now().NoVersion {
		return nil, status.Error(codes.Internal, "no version")
	}
	return &tarirpc.StringValue{Value: n.cfg.Version}, nil
}

// GetTipInfo is the best block.
func (n *Node) GetTipInfo(context.Context, *tarirpc.Empty) (*tarirpc.TipInfoResponse, error) {
	f := n.now()
	_, tip := n.view()
	out := &tarirpc.TipInfoResponse{
		Metadata: &tarirpc.MetaData{
			BestBlockHeight: tip.height, BestBlockHash: tip.id[:],
			AccumulatedDifficulty: tip.work.FillBytes(make([]byte, 32)), Timestamp: tip.msg.Header.Timestamp,
		},
		InitialSyncAchieved: !f.Syncing,
		BaseNodeState:       tarirpc.BaseNodeState_LISTENING,
		FailedCheckpoints:   f.Forked,
	}
	if f.Syncing {
		out.BaseNodeState = tarirpc.BaseNodeState_BLOCK_SYNC
	}
	return out, nil
}

// GetNetworkState is of newer nodes.
func (n *Node) GetNetworkState(context.Context, *tarirpc.Empty) (*tarirpc.GetNetworkStateResponse, error) {
	if n.cfg.Old {
		return nil, status.Error(codes.Unimplemented, "")
	}
	return &tarirpc.GetNetworkStateResponse{NumConnections: n.peers()}, nil
}

// GetNetworkStatus is of all nodes.
func (n *Node) GetNetworkStatus(context.Context, *tarirpc.Empty) (*tarirpc.NetworkStatusResponse, error) {
	return &tarirpc.NetworkStatusResponse{NumNodeConnections: uint32(n.peers())}, nil
}

func (n *Node) peers() uint64 {
	if n.now().NoPeers {
		return 0
	}
	return n.cfg.Peers
}

// GetNewBlockTemplateWithCoinbases makes a whole block but for its nonce.
func (n *Node) GetNewBlockTemplateWithCoinbases(_ context.Context, r *tarirpc.GetNewBlockTemplateWithCoinbasesRequest) (*tarirpc.GetNewBlockResult, error) {
	if err := n.passing(); err != nil {
		return nil, err
	}
	chain, tip := n.view()
	switch {
	case r.GetAlgo() == nil:
		return nil, status.Error(codes.InvalidArgument, "PoW algo not provided")
	case r.Algo.PowAlgo != tarirpc.PowAlgo_POW_ALGOS_SHA3X:
		return nil, status.Error(codes.InvalidArgument, "Invalid PoW algo 'not simulated'")
	}
	var shares []share
	for _, c := range r.GetCoinbases() {
		key, err := spendKey(chain.cfg.Network, c.GetAddress())
		if err != nil {
			return nil, status.Error(codes.Internal, err.Error())
		}
		if len(c.GetCoinbaseExtra()) > 64 {
			return nil, status.Error(codes.Internal, "coinbase extra is too long")
		}
		shares = append(shares, share{script: append([]byte{0x7e}, key...), weight: c.GetValue(), extra: c.GetCoinbaseExtra()})
	}
	if _, err := split(1, shares); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return chain.template(tip, shares), nil
}

// passing is an error that a node gives when its tip has just moved.
func (n *Node) passing() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.faults.Lag > 0:
		n.faults.Lag--
		return status.Error(codes.Internal, "Internal error:Mempool out of sync, blockchain db advanced passed current tip in mempool storage; "+
			"this should auto correct with the next block template request")
	case n.faults.Moved > 0:
		n.faults.Moved--
		return status.Error(codes.FailedPrecondition, "CannotCalculateNonTipMmr")
	}
	return nil
}

// SubmitBlock judges a block and adds it.
func (n *Node) SubmitBlock(_ context.Context, b *tarirpc.Block) (*tarirpc.SubmitBlockResponse, error) {
	f := n.now()
	chain, tip := n.view()
	switch {
	case f.Refuse != nil:
		return nil, f.Refuse
	case f.Lie:
		return &tarirpc.SubmitBlockResponse{BlockHash: random()}, nil
	case n.behind(b, tip):
		return &tarirpc.SubmitBlockResponse{BlockHash: random()}, nil // put aside, for the previous block is not known
	}
	id, err := chain.Submit(b)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	n.taken++
	n.mu.Unlock()
	return &tarirpc.SubmitBlockResponse{BlockHash: id[:]}, nil
}

// behind reports whether a frozen node does not know what a block stands on.
func (n *Node) behind(b *tarirpc.Block, tip *block) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.frozen != nil && string(b.GetHeader().GetPrevHash()) != string(tip.id[:])
}

// GetHeaderByHash finds a block of the best chain.
func (n *Node) GetHeaderByHash(_ context.Context, r *tarirpc.GetHeaderByHashRequest) (*tarirpc.BlockHeaderResponse, error) {
	if len(r.GetHash()) != 32 {
		return nil, status.Error(codes.InvalidArgument, "Malformed block hash 'Invalid size'")
	}
	chain, tip := n.view()
	chain.mu.Lock()
	b := chain.blocks[Hash(r.GetHash())]
	chain.mu.Unlock()
	if b == nil || !descends(tip, b) {
		return nil, status.Error(codes.NotFound, fmt.Sprintf("Header not found with hash `%x`", r.GetHash()))
	}
	return chain.response(tip, b), nil
}

// ListHeaders lists headers of the best chain.
func (n *Node) ListHeaders(r *tarirpc.ListHeadersRequest, s grpc.ServerStreamingServer[tarirpc.BlockHeaderResponse]) error {
	chain, tip := n.view()
	count := r.GetNumHeaders()
	if count == 0 {
		count = 10
	}
	from := min(r.GetFromHeight(), tip.height)
	if from == 0 && r.GetSorting() == tarirpc.Sorting_SORTING_DESC {
		from = tip.height
	}
	for i := range count {
		height := from + i
		if r.GetSorting() == tarirpc.Sorting_SORTING_DESC {
			height = from - i
		}
		b := at(tip, height)
		if b == nil { // past the tip, or below zero and so around
			return nil
		}
		if err := s.Send(chain.response(tip, b)); err != nil {
			return err
		}
	}
	return nil
}

// response describes a block of the chain that ends with tip.
func (c *Chain) response(tip, b *block) *tarirpc.BlockHeaderResponse {
	return &tarirpc.BlockHeaderResponse{
		Header: b.clone().Header, Confirmations: tip.height - b.height + 1,
		Reward: c.cfg.Reward + b.body.fees, Difficulty: b.achieved, NumTransactions: uint32(b.body.kernels),
	}
}
