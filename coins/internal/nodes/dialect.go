package nodes

import (
	"context"

	"github.com/motherlode-pool/motherlode/coins"
)

// Ask makes one call to a node, as rpc.Client.Call does.
type Ask func(ctx context.Context, out any, method string, params ...any) error

// Dialect is how the nodes of a coin are asked for what every coin needs. Its
// methods may be called concurrently. An error is what ask returned, or says why
// an answer makes no sense.
type Dialect interface {
	// Tip is the hash of the best chain's last block.
	Tip(ctx context.Context, ask Ask) (coins.Hash, error)

	// Chain is the state of the best chain.
	Chain(ctx context.Context, ask Ask) (Chain, error)

	// HashAt is the hash of a block of the best chain.
	HashAt(ctx context.Context, ask Ask, height uint64) (coins.Hash, error)

	// Software names the node's program, and says whether it is btcd, which
	// announces blocks on its WebSocket. An error of kind ErrNetwork says that
	// the node is of another network.
	Software(ctx context.Context, ask Ask) (version string, btcd bool, err error)

	// Block says where a block is: its state, and on the best chain its height
	// and confirmations. A block that the node does not know is no error.
	Block(ctx context.Context, ask Ask, hash coins.Hash) (coins.BlockStatus, error)
}

// Chain is a node's best chain.
type Chain struct {
	Best    coins.Hash
	Height  uint64
	Headers uint64 // height of the best header, where the node tells
	Syncing bool   // the node is far behind, in its own words
}
