package nodes

import (
	"context"
	"fmt"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// Core is the dialect of Bitcoin Core, of what descends from it, and of btcd.
type Core struct{}

var _ Dialect = Core{}

// Tip asks by getbestblockhash.
func (Core) Tip(ctx context.Context, ask Ask) (coins.Hash, error) {
	return askHash(ctx, ask, "getbestblockhash")
}

// HashAt asks by getblockhash.
func (Core) HashAt(ctx context.Context, ask Ask, height uint64) (coins.Hash, error) {
	return askHash(ctx, ask, "getblockhash", height)
}

// askHash makes a call whose answer is a hash.
func askHash(ctx context.Context, ask Ask, method string, params ...any) (coins.Hash, error) {
	var printed string
	if err := ask(ctx, &printed, method, params...); err != nil {
		return coins.Hash{}, err
	}
	hash, err := coins.ParseHash(printed)
	if err != nil {
		return coins.Hash{}, fmt.Errorf("%s: %w", method, err)
	}
	return hash, nil
}

// Chain asks by getblockchaininfo.
func (Core) Chain(ctx context.Context, ask Ask) (Chain, error) {
	var reply struct {
		Blocks  uint64 `json:"blocks"`
		Headers uint64 `json:"headers"`
		Best    string `json:"bestblockhash"`
		Syncing bool   `json:"initialblockdownload"`
	}
	if err := ask(ctx, &reply, "getblockchaininfo"); err != nil {
		return Chain{}, err
	}
	best, err := coins.ParseHash(reply.Best)
	if err != nil {
		return Chain{}, fmt.Errorf("getblockchaininfo: %w", err)
	}
	return Chain{Best: best, Height: reply.Blocks, Headers: reply.Headers, Syncing: reply.Syncing}, nil
}

// Software asks Core-like nodes by getnetworkinfo; btcd does not have that, and
// names its own API version.
func (Core) Software(ctx context.Context, ask Ask) (version string, btcd bool, err error) {
	var network struct {
		Subversion string `json:"subversion"`
	}
	err = ask(ctx, &network, "getnetworkinfo")
	if err == nil || rpc.Unanswered(err) {
		return network.Subversion, false, err
	}
	var api struct {
		BTCD *struct{} `json:"btcdjsonrpcapi"`
	}
	if err := ask(ctx, &api, "version"); err != nil || api.BTCD == nil {
		return "", false, answered(err)
	}
	var info struct {
		Version int `json:"version"`
	}
	if err := ask(ctx, &info, "getinfo"); err != nil {
		return "btcd", true, answered(err)
	}
	// 1000000*major + 10000*minor + 100*patch
	v := info.Version
	return fmt.Sprintf("btcd %d.%d.%d", v/1000000, v/10000%100, v/100%100), true, nil
}

// Block asks by getblockheader.
func (Core) Block(ctx context.Context, ask Ask, hash coins.Hash) (coins.BlockStatus, error) {
	var header struct {
		Confirmations int64  `json:"confirmations"`
		Height        uint64 `json:"height"`
	}
	err := ask(ctx, &header, "getblockheader", hash.String(), true)
	switch {
	case err == nil && header.Confirmations >= 1:
		return coins.BlockStatus{
			State: coins.BlockBestChain, Height: header.Height, Confirmations: uint64(header.Confirmations),
		}, nil
	case err == nil:
		return coins.BlockStatus{State: coins.BlockSide, Height: header.Height}, nil
	case rpc.Unanswered(err) || ctx.Err() != nil:
		return coins.BlockStatus{}, err
	}
	state, err := offChain(ctx, ask, hash, err)
	return coins.BlockStatus{State: state}, err
}

// offChain finds out why a node gave no header. Unknown is -5. Btcd gives -32603
// for a block that is not in its main chain, and for faults of its own: the
// first still has a header in its plain form.
func offChain(ctx context.Context, ask Ask, hash coins.Hash, cause error) (coins.BlockState, error) {
	e := rpc.AsNodeError(cause)
	if e == nil {
		return 0, cause
	}
	switch e.Code {
	case rpc.CodeNotFound:
		return coins.BlockUnknown, nil
	case rpc.CodeInternal:
		if err := ask(ctx, nil, "getblockheader", hash.String(), false); err == nil {
			return coins.BlockSide, nil
		}
	}
	return 0, cause
}
