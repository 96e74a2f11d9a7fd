package simchain

import (
	"encoding/binary"
	"math"
	"slices"
)

// genesis is the first block; nobody mined it.
func genesis(cfg *Config) *block {
	script := pushData([]byte{0x04, 0, 0, 0, 0}, []byte(shortTag(cfg.Name)))
	coinbase := &tx{
		version: 1,
		in:      []txIn{{index: math.MaxUint32, script: script, sequence: math.MaxUint32}},
		out:     []txOut{{script: []byte{0x6a}}},
	}
	coinbase.rehash()
	b := &block{header: header{version: 1, time: cfg.GenesisTime, bits: cfg.Bits}, txs: []*tx{coinbase}}
	b.root, _ = b.txRoot()
	b.seal()
	return b
}

// shortTag cuts a name so that it fits any coinbase script.
func shortTag(name string) string {
	return "/" + name[:min(len(name), 40)] + "/"
}

// buildBlock makes a block on top of prev which pays all to script. extra makes
// its coinbase differ from others at the same place. It has no work yet, and
// its version does not announce a proof.
func (n *Node) buildBlock(prev *entry, script []byte, list []*memTx, fees int64, extra uint64) *block {
	sig := pushHeight(prev.height + 1)
	sig = pushData(sig, binary.BigEndian.AppendUint64(nil, extra))
	sig = pushData(sig, []byte(shortTag(n.cfg.Name)))
	coinbase := &tx{
		version: 2,
		in:      []txIn{{index: math.MaxUint32, script: sig, sequence: math.MaxUint32}},
		out:     []txOut{{value: n.cfg.Subsidy + fees, script: script}},
	}
	n.cfg.Fork.fill(coinbase, prev.height+1)
	b := &block{txs: []*tx{coinbase}}
	for _, mt := range list {
		b.txs = append(b.txs, mt.tx)
	}
	if n.cfg.segwit() {
		reserved := make([]byte, 32)
		coinbase.in[0].witness = [][]byte{reserved}
		coinbase.out = append(coinbase.out, txOut{script: commitmentScript(b.txs, reserved)})
	}
	coinbase.rehash()
	b.header = header{
		version: n.cfg.version(),
		prev:    prev.hash,
		time:    n.blockTime(prev),
		bits:    n.chain.nextBits(prev),
	}
	b.root, _ = b.txRoot()
	b.seal()
	return b
}

// commitmentScript is the output script that commits to the witness data of a
// block whose first transaction is the coinbase.
func commitmentScript(txs []*tx, reserved []byte) []byte {
	root := witnessRoot(txs)
	sum := doubleSHA256(root[:], reserved)
	return slices.Concat(commitmentPrefix, sum[:])
}

// blockTime is now, or the first second that the rules allow.
func (n *Node) blockTime(prev *entry) uint32 {
	return uint32(max(n.now(), prev.medianTime()+1))
}

// mine looks for a nonce. It reports whether it found one within tries.
func (n *Node) mine(b *block, tries int) bool {
	limit, _ := expand(n.cfg.PowLimit)
	by, _ := n.cfg.algorithm(b.version)
	for range tries {
		if meets(by.sum(b.header.encode()), b.bits, limit) {
			b.seal()
			return true
		}
		b.nonce++
	}
	b.seal()
	return false
}

// How many nonces one foreign block may cost: a fraction of a second.
const (
	maxForeignSHA256d = 1 << 14
	maxForeignScrypt  = 1 << 6
)

// foreignLocked puts an empty block of another miner on top of prev. Where the
// target is hard its work is taken on trust.
func (n *Node) foreignLocked(prev *entry) *entry {
	n.extra++
	script := append([]byte{0x00, 0x14}, make([]byte, 20)...)
	b := n.buildBlock(prev, script, nil, 0, n.extra)
	tries := int64(maxForeignSHA256d)
	if n.cfg.Algorithm == Scrypt {
		tries = maxForeignScrypt
	}
	if work := blockWork(b.bits); work.IsInt64() && work.Int64() <= tries/4 {
		n.mine(b, int(tries))
	}
	n.chain.process(b, int64(b.time), true)
	return n.chain.blocks[b.id]
}
