package auxpow

import (
	"encoding/binary"
	"slices"
	"testing"
)

// forge holds the parts of a proof for one chain of a tree, each of which a
// test may spoil before it is assembled.
type forge struct {
	auxHash     [32]byte
	script      []byte // whole coinbase script
	inputs      int    // of the coinbase; 0 to 2
	second      []byte // script of the second input
	witness     bool   // serialise the coinbase with witness
	txBranch    [][32]byte
	txIndex     uint32
	chainBranch [][32]byte
	chainIndex  uint32
	version     uint32 // of the parent
	root        *[32]byte
	coinbase    func([]byte) []byte // last change to the serialised coinbase
}

// heightPush stands before a commitment, as in a real coinbase.
var heightPush = []byte{0x03, 0x40, 0x0d, 0x0c}

// newForge starts a sound proof for a chain in a tree of the given ids, the
// first of which is the chain proved.
func newForge(t testing.TB, ids ...uint32) *forge {
	t.Helper()
	leaves := leavesFor(ids)
	built := mustBuild(t, mustPlan(t, ids...), leaves...)
	commitment := built.Commitment()
	m := built.Members[0]
	return &forge{
		auxHash:     leaves[0].Hash,
		script:      slices.Concat(heightPush, commitment[:], []byte("extranonce/tag/")),
		inputs:      1,
		txBranch:    [][32]byte{fill(0x31), fill(0x32)},
		chainBranch: slices.Clone(m.Branch),
		chainIndex:  m.Index,
		version:     bitcoinVersion,
	}
}

// treeRoot is the root that the forged chain branch leads to.
func (f *forge) treeRoot() [32]byte {
	return BranchRoot(f.auxHash, f.chainBranch, f.chainIndex)
}

// commit returns a commitment to the root with any size and nonce.
func (f *forge) commit(size, nonce uint32) []byte {
	c := Commitment(f.treeRoot(), 0, nonce)
	binary.LittleEndian.PutUint32(c[36:40], size)
	return c[:]
}

// transaction serialises the coinbase.
func (f *forge) transaction() []byte {
	tx := []byte{1, 0, 0, 0}
	if f.witness {
		tx = append(tx, 0, witnessFlag)
	}
	tx = appendCount(tx, f.inputs)
	if f.inputs > 0 {
		for _, script := range [][]byte{f.script, f.second}[:f.inputs] {
			tx = append(tx, make([]byte, outpointSize-4)...)
			tx = append(tx, 0xff, 0xff, 0xff, 0xff)
			tx = appendCount(tx, len(script))
			tx = append(tx, script...)
			tx = append(tx, 0xff, 0xff, 0xff, 0xff)
		}
		tx = append(tx, 1)
		tx = binary.LittleEndian.AppendUint64(tx, 5_000_000_000)
		tx = append(tx, 1, 0x51)
	} else {
		tx = append(tx, 0)
	}
	if f.witness {
		reserved := [32]byte{}
		tx = append(tx, 1, 32)
		tx = append(tx, reserved[:]...)
	}
	tx = append(tx, 0, 0, 0, 0)
	if f.coinbase != nil {
		tx = f.coinbase(tx)
	}
	return tx
}

// proof assembles it all under a header whose merkle root fits.
func (f *forge) proof() Proof {
	p := Proof{
		Coinbase:       f.transaction(),
		CoinbaseBranch: f.txBranch,
		CoinbaseIndex:  f.txIndex,
		ChainBranch:    f.chainBranch,
		ChainIndex:     f.chainIndex,
	}
	binary.LittleEndian.PutUint32(p.ParentHeader[:4], f.version)
	var root [32]byte
	if f.root != nil {
		root = *f.root
	} else if id, err := TxID(p.Coinbase); err == nil {
		root = BranchRoot(id, f.txBranch, f.txIndex)
	}
	copy(p.ParentHeader[headerMerkleRoot:headerMerkleRootEnd], root[:])
	return p
}
