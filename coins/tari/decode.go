package tari

import (
	"fmt"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// work is a decoded template.
type work struct {
	*coins.Template
	genesis string // what the node calls the chain's first block, its bytes
	known   bool   // the mining hash is what we compute of the header ourselves
}

// decode makes an engine-ready template of a node's block. It refuses what
// could not be mined, and a block of another network.
func decode(r *tarirpc.GetNewBlockResult, n network) (*work, error) {
	h, data := r.GetBlock().GetHeader(), r.GetMinerData()
	switch {
	case h == nil || data == nil:
		return nil, fmt.Errorf("%w: new block without header or miner data", ErrReply)
	case h.GetPow().GetPowAlgo() != powSHA3x || data.GetAlgo().GetPowAlgo() != tarirpc.PowAlgo_POW_ALGOS_SHA3X:
		return nil, fmt.Errorf("%w: new block is for algorithm %d, want SHA3x", ErrReply, h.GetPow().GetPowAlgo())
	case len(h.GetPow().GetPowData()) != 0:
		return nil, fmt.Errorf("%w: new block has %d bytes of proof-of-work data, want none", ErrReply, len(h.GetPow().GetPowData()))
	case h.GetHeight() == 0:
		return nil, fmt.Errorf("%w: new block has height 0", ErrReply)
	case len(r.GetMergeMiningHash()) != hashSize:
		return nil, fmt.Errorf("%w: mining hash of %d bytes, want %d", ErrReply, len(r.GetMergeMiningHash()), hashSize)
	case data.GetReward()+data.GetTotalFees() < data.GetReward():
		return nil, fmt.Errorf("%w: reward and fees overflow", ErrReply)
	}
	prev, err := fromNode(h.GetPrevHash())
	if err != nil {
		return nil, err
	}
	target, err := algos.FromDifficulty64(data.GetTargetDifficulty())
	if err != nil {
		return nil, fmt.Errorf("%w: target difficulty: %w", ErrReply, err)
	}

	mining := [hashSize]byte(r.GetMergeMiningHash())
	known, err := recognise(h, mining, n)
	if err != nil {
		return nil, err
	}
	opaque, err := packOpaque(mining, r.GetBlock())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReply, err)
	}
	at := int64(h.GetTimestamp())
	return &work{
		genesis: string(r.GetTariUniqueId()),
		known:   known,
		Template: &coins.Template{
			Height: h.GetHeight(), PrevHash: prev, Target: target,
			Reward: data.GetReward() + data.GetTotalFees(), Fees: data.GetTotalFees(),
			Time: at, MinTime: at, MaxTime: at, // the node has fixed it
			Blob: &coins.HeaderBlob{
				Header: powHeader(mining, 0), NonceSize: nonceSize,
				ExtranonceSize: extranonceSize, Opaque: opaque,
			},
		},
	}, nil
}

// recognise computes the mining hash of a header again, and so finds out
// whether the node is of our network: the hash covers the network's number. It
// reports false for a header that has changed in a way that is not known here,
// which is no reason not to mine on it.
func recognise(h *tarirpc.BlockHeader, mining [hashSize]byte, n network) (known bool, err error) {
	for _, other := range append([]network{n}, networks...) {
		got, err := miningHash(h, other.id)
		if err != nil || got != mining {
			continue
		}
		if other.id != n.id {
			return false, fmt.Errorf("%w: it is of %s, the coin of %s", ErrNetwork, other.name, n.name)
		}
		return true, nil
	}
	return false, nil
}
