package simtari

import (
	"errors"
	"math/big"
	"slices"
	"time"

	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// share is a payee of a block.
type share struct {
	script []byte
	weight uint64
	extra  []byte
}

// split divides a reward by weights as a base node does: each payee gets what
// is his of the sum so far, less what was given out before.
func split(reward uint64, shares []share) ([]uint64, error) {
	total, running, given := new(big.Int), new(big.Int), uint64(0)
	for _, s := range shares {
		total.Add(total, new(big.Int).SetUint64(s.weight))
	}
	if total.Sign() == 0 {
		return nil, errors.New("total shares are zero")
	}
	var out []uint64
	for _, s := range shares {
		running.Add(running, new(big.Int).SetUint64(s.weight))
		upTo := new(big.Int).Mul(running, new(big.Int).SetUint64(reward))
		upTo.Div(upTo, total)
		out = append(out, upTo.Uint64()-given)
		given = upTo.Uint64()
	}
	return out, nil
}

// newBlock makes a block on top of parent. The caller holds mu and has checked
// that the weights are not all zero.
func (c *Chain) newBlock(parent *block, shares []share, fees []uint64) *tarirpc.Block {
	reward := c.cfg.Reward
	kernels := [][]byte{kernel(true, 0)}
	for _, f := range fees {
		reward += f
		kernels = append(kernels, kernel(false, f))
	}
	values, err := split(reward, shares)
	if err != nil {
		panic("simtari: " + err.Error())
	}
	var outputs [][]byte
	for i, s := range shares {
		o := Output{Coinbase: true, Script: s.script, Value: values[i], Extra: s.extra}
		outputs = append(outputs, o.encode(parent.height+1+maturity))
	}
	slices.SortFunc(outputs, slices.Compare)

	var raw []byte
	for _, o := range outputs {
		raw = appendBytes(raw, bodyOutputs, o)
	}
	for _, k := range kernels {
		raw = appendBytes(raw, bodyKernels, k)
	}
	content, _ := readBody(raw)
	msg := &tarirpc.Block{Header: c.header(parent, content), Body: new(tarirpc.AggregateBody)}
	msg.Body.ProtoReflect().SetUnknown(raw)
	return msg
}

// header makes the header of a block with a body.
func (c *Chain) header(parent *block, content body) *tarirpc.BlockHeader {
	before := parent.msg.Header
	h := &tarirpc.BlockHeader{
		Version: blockVersion, Height: parent.height + 1, PrevHash: parent.id[:],
		Timestamp:       max(uint64(time.Now().Unix()), parent.minTime()),
		InputMr:         before.InputMr,
		OutputMr:        content.outputMR[:],
		OutputMmrSize:   before.OutputMmrSize + uint64(len(content.outputs)),
		KernelMr:        content.kernelMR[:],
		KernelMmrSize:   before.KernelMmrSize + content.kernels,
		ValidatorNodeMr: before.ValidatorNodeMr, ValidatorNodeSize: before.ValidatorNodeSize,
		TotalKernelOffset: random(), TotalScriptOffset: random(),
		Pow: &tarirpc.ProofOfWork{PowAlgo: 1},
	}
	if !c.cfg.OldHeader {
		h.BlockOutputMr = content.blockOutputMR[:]
	}
	return h
}

// template makes the answer to GetNewBlockTemplateWithCoinbases.
func (c *Chain) template(parent *block, shares []share) *tarirpc.GetNewBlockResult {
	c.mu.Lock()
	defer c.mu.Unlock()
	var fees []uint64
	if parent == c.tip {
		fees = c.fees
	}
	msg := c.newBlock(parent, shares, fees)
	future := c.future(msg.Header)
	mining := miningHash(c.cfg.Network, msg.Header, form{c.cfg.OldHeader, future})
	c.finish(msg.Header, future)
	data := &tarirpc.MinerData{
		Algo:             &tarirpc.PowAlgo{PowAlgo: tarirpc.PowAlgo_POW_ALGOS_SHA3X},
		TargetDifficulty: parent.next, Reward: c.cfg.Reward,
	}
	for _, f := range fees {
		data.TotalFees += f
	}
	return &tarirpc.GetNewBlockResult{
		BlockHash: msg.Header.Hash, Block: msg, MergeMiningHash: mining[:], TariUniqueId: c.genesis.id[:], MinerData: data,
	}
}

func median(in []uint64) uint64 {
	slices.Sort(in)
	return in[len(in)/2]
}
