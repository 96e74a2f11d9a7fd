package simtari

import (
	"bytes"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// refusal is what a node says of a block that is wrong.
func refusal(format string, args ...any) error {
	return status.Error(codes.Internal, "Chain storage error: Validation error: "+fmt.Sprintf(format, args...))
}

// malformed is what a node says of a message that is no block.
func malformed(format string, args ...any) error {
	return status.Error(codes.InvalidArgument, "Invalid block provided: "+fmt.Sprintf(format, args...))
}

// Submit judges a block and adds it. Like a base node it returns the block's id
// for a new block, for one that it has, and for one that it puts aside because
// the previous block is not known.
func (c *Chain) Submit(in *tarirpc.Block) (Hash, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	msg := proto.CloneOf(in)
	future, err := c.wellFormed(msg.GetHeader())
	if err != nil {
		return Hash{}, err
	}
	h := msg.Header
	mining := miningHash(c.cfg.Network, h, form{c.cfg.OldHeader, future})
	id := blockID(c.cfg.Network, mining, h)
	h.Hash = id[:]
	if c.blocks[id] != nil {
		return id, nil
	}
	if why, bad := c.bad[id]; bad {
		return Hash{}, refusal("Bad block with hash %s found (%s)", id, why)
	}
	parent := c.blocks[Hash(h.PrevHash)]
	if parent == nil {
		c.orphans[Hash(h.PrevHash)] = append(c.orphans[Hash(h.PrevHash)], msg)
		return id, nil
	}
	got := achieved(pow(mining, h.Nonce, 1))
	content, ok := readBody(rawBody(msg.Body))
	if !ok {
		return Hash{}, malformed("body cannot be read")
	}
	if err := c.judge(parent, h, content, got, future); err != nil {
		c.bad[id] = status.Convert(err).Message()
		return Hash{}, err
	}
	b := c.link(parent, msg, id, got)
	b.body = content
	c.adopt(b)
	return id, nil
}

// adopt adds the blocks that waited for b.
func (c *Chain) adopt(b *block) {
	waiting := c.orphans[b.id]
	delete(c.orphans, b.id)
	for _, msg := range waiting {
		future, _ := c.wellFormed(msg.Header)
		mining := miningHash(c.cfg.Network, msg.Header, form{c.cfg.OldHeader, future})
		content, ok := readBody(rawBody(msg.Body))
		got := achieved(pow(mining, msg.Header.Nonce, 1))
		if !ok || c.judge(b, msg.Header, content, got, future) != nil {
			continue
		}
		child := c.link(b, msg, Hash(msg.Header.Hash), got)
		child.body = content
		c.adopt(child)
	}
}

// wellFormed looks at the form of a header, and returns the field of the future
// that it came with.
func (c *Chain) wellFormed(h *tarirpc.BlockHeader) (future []byte, err error) {
	if h == nil {
		return nil, malformed("No block header provided")
	}
	for _, f := range [][]byte{h.PrevHash, h.InputMr, h.OutputMr, h.KernelMr, h.TotalKernelOffset, h.TotalScriptOffset, h.ValidatorNodeMr} {
		if len(f) != 32 {
			return nil, malformed("Invalid size")
		}
	}
	switch {
	case h.Pow == nil:
		return nil, malformed("No proof of work provided")
	case h.Version > 0xffff:
		return nil, malformed("header version too large")
	case !c.cfg.OldHeader && len(h.BlockOutputMr) != 32:
		return nil, malformed("Invalid size")
	}
	fields(h.ProtoReflect().GetUnknown(), func(n protowire.Number, _ uint64, raw []byte) {
		if n == futureField {
			future = raw
		}
	})
	if c.cfg.FutureField && future == nil {
		return nil, malformed("Invalid size")
	}
	return future, nil
}

// judge holds a block against the rules.
func (c *Chain) judge(parent *block, h *tarirpc.BlockHeader, content body, got uint64, future []byte) error {
	target, before := parent.next, parent.msg.Header
	switch {
	case h.Version != blockVersion:
		return refusal("Invalid or unsupported blockchain version %d", h.Version)
	case h.Height != parent.height+1:
		return refusal("Block header validation failed: Incorrect height: Expected %d but got %d", parent.height+1, h.Height)
	case h.Timestamp < parent.minTime():
		return refusal("Block header validation failed: Invalid timestamp received on the header: %d is below the median", h.Timestamp)
	case h.Timestamp > uint64(time.Now().Unix())+futureLimit:
		return refusal("Block header validation failed: Invalid timestamp future time limit received on the header")
	case h.Pow.PowAlgo != 1:
		return refusal("Proof of work error: ProofOfWorkFailed")
	case len(h.Pow.PowData) != 0:
		return refusal("Proof of work error: Proof of work data must be empty for Sha3 blocks")
	case got < target:
		return refusal("Proof of work error: Target difficulty %d not achieved. Achieved difficulty: %d", target, got)
	case !bytes.Equal(future, c.future(h)):
		return refusal("Block validation error: Mismatched Future MMR roots")
	case !bytes.Equal(h.InputMr, before.InputMr):
		return refusal("Block validation error: Mismatched Input MMR roots")
	case !bytes.Equal(h.OutputMr, content.outputMR[:]):
		return refusal("Block validation error: Mismatched Output MMR roots")
	case !c.cfg.OldHeader && !bytes.Equal(h.BlockOutputMr, content.blockOutputMR[:]):
		return refusal("Block validation error: Mismatched BlockOutput MMR roots")
	case !bytes.Equal(h.KernelMr, content.kernelMR[:]):
		return refusal("Block validation error: Mismatched Kernel MMR roots")
	case h.OutputMmrSize != before.OutputMmrSize+uint64(len(content.outputs)):
		return refusal("Block validation error: MMR size for UTXO does not match. Expected: %d, received: %d",
			before.OutputMmrSize+uint64(len(content.outputs)), h.OutputMmrSize)
	case h.KernelMmrSize != before.KernelMmrSize+content.kernels:
		return refusal("Block validation error: MMR size for Kernel does not match. Expected: %d, received: %d",
			before.KernelMmrSize+content.kernels, h.KernelMmrSize)
	}
	return c.judgeCoinbase(content)
}

// judgeCoinbase holds the coinbases against the reward.
func (c *Chain) judgeCoinbase(content body) error {
	var paid uint64
	coinbases := 0
	for _, o := range content.outputs {
		if o.Coinbase {
			coinbases++
			paid += o.Value
		}
	}
	switch {
	case coinbases == 0 || content.coinbaseKernels != 1:
		return refusal("Block validation error: A transaction in the block failed to validate: `More than one or no coinbase`")
	case paid != c.cfg.Reward+content.fees:
		return refusal("The total value + fees of the block exceeds the maximum allowance on chain")
	}
	return nil
}
