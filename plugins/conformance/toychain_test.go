package conformance

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
)

// toyTxs are transactions of every template: one plain, one with witness.
var toyTxs = mustHex("02000000" + "01" + zeros(36) + "00" + "ffffffff" + "01" + zeros(8) + "0151" + "00000000" +
	"02000000" + "0001" + "01" + zeros(36) + "00" + "ffffffff" + "01" + zeros(8) + "0152" + "0102beef" + "00000000")

func zeros(n int) string { return hex.EncodeToString(make([]byte, n)) }

func mustHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func (c *toyCoin) Templates(ctx context.Context, out chan<- *coins.Template) error {
	c.mu.Lock()
	c.streams++
	odd := c.streams%2 == 1
	c.mu.Unlock()
	var seen uint64
	return toyStream(ctx, c, "template", out, func() (*coins.Template, <-chan struct{}) {
		c.d.mu.Lock()
		defer c.d.mu.Unlock()
		height := uint64(len(c.d.parent.blocks))
		t := &coins.Template{
			ID: c.nextID(&seen), Reason: coins.NewTip, Height: height, PrevHash: c.d.parent.blocks[height-1],
			Reward: 50, Time: time.Now().Unix(), Node: "toy", Source: "start",
		}
		target, _ := algos.FromBits(toyBits)
		t.Target = target
		if c.d.has("header blobs") {
			header := make([]byte, 80)
			copy(header[4:], t.PrevHash[:])
			t.Blob = &coins.HeaderBlob{Header: header, NonceOffset: 72, NonceSize: 8, ExtranonceOffset: 78, ExtranonceSize: 2, Opaque: []byte("o")}
		} else {
			t.Tree = c.tree(height)
		}
		switch {
		case c.d.has("reason 0"):
			t.Reason = 0
		case c.d.has("other target"):
			t.Target[5] ^= 1
		case c.d.has("templates disagree") && odd:
			t.Height++
		case c.d.has("hard"):
			t.Tree.Bits = 0x1d00ffff
			t.Target = algos.DiffOneBitcoin
		}
		return t, c.d.parent.changed
	})
}

func (c *toyCoin) tree(height uint64) *coins.CoinbaseTree {
	ids, err := txIDs(toyTxs, 2)
	if err != nil {
		panic(err)
	}
	tree := &coins.CoinbaseTree{
		Version: 0x20000000, Bits: toyBits, Branch: merkleBranch(ids), CoinbaseVersion: 2, ScriptPrefix: []byte{1, byte(height)},
		ScriptLimit: 100, WitnessReserved: make([]byte, 32), TxCount: 2, TxBlob: toyTxs,
	}
	switch {
	case c.d.has("long branch"):
		tree.Branch = append(tree.Branch, coins.Hash{3})
	case c.d.has("wrong branch"):
		tree.Branch[1][0] ^= 1
	case c.d.has("txs cut"):
		tree.TxBlob = toyTxs[:len(toyTxs)-1]
	}
	return tree
}

func reject(err error) (coins.Verdict, error) {
	return coins.Verdict{Code: coins.Rejected, Reason: err.Error(), Node: "toy"}, nil
}

func (c *toyCoin) SubmitBlock(ctx context.Context, b *coins.Block) (coins.Verdict, error) {
	c.tardy(ctx)
	if len(b.Raw) > 4<<20 && c.d.has("small messages") {
		return coins.Verdict{}, errors.New("received message larger than max")
	}
	hash, err := c.readBlock(b)
	if err != nil && c.d.has("garbage is an error") {
		return coins.Verdict{}, err
	}
	if err != nil {
		return reject(err)
	}
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	return c.accept(&c.d.parent, hash, b.Raw)
}

// accept is the part that both chains share; the driver's lock is held.
func (c *toyCoin) accept(ch *toyChain, hash coins.Hash, header []byte) (coins.Verdict, error) {
	if slices.Contains(ch.blocks, hash) {
		if c.d.has("second time is refused") {
			return reject(errors.New("duplicate"))
		}
		return coins.Verdict{Code: coins.Duplicate, Node: "toy"}, nil
	}
	prev := coins.Hash(header[4:36])
	if ch == &c.d.parent {
		prev = ch.blocks[len(ch.blocks)-1]
	}
	if err := toyBody(c, header, prev); err != nil {
		return reject(err)
	}
	if c.d.has("refuses blocks") {
		return reject(errors.New("not today"))
	}
	c.d.extend(ch, hash)
	return coins.Verdict{Code: coins.Received, Node: "toy"}, nil
}

// readBlock checks all of a block but its work, and names it.
func (c *toyCoin) readBlock(b *coins.Block) (hash coins.Hash, err error) {
	if len(b.Raw) < 80 {
		return hash, errors.New("decode failed")
	}
	if c.d.has("header blobs") {
		if len(b.Raw) != 80 || string(b.Opaque) != "o" {
			return hash, errors.New("decode failed")
		}
		return toySum(c.d, b.Raw), nil
	}
	algos.DoubleSHA256((*[32]byte)(&hash), b.Raw[:80])
	if len(b.Raw) < 82 || b.Raw[80] != 3 {
		return hash, errors.New("decode failed")
	}
	ids, err := txIDs(b.Raw[81:], 3)
	if err != nil {
		return hash, err
	}
	root := ids[0]
	for _, step := range merkleBranch(ids[1:]) {
		algos.DoubleSHA256((*[32]byte)(&root), append(append([]byte{}, root[:]...), step[:]...))
	}
	if !bytes.Equal(root[:], b.Raw[36:68]) {
		return hash, errors.New("bad-txnmrklroot")
	}
	return hash, nil
}

// auxHeader is the aux block of a height.
func (c *toyCoin) auxHeader(height uint64, prev coins.Hash) []byte {
	h := make([]byte, 0, 80)
	h = binary.LittleEndian.AppendUint64(h, height)
	h = append(h, prev[:]...)
	return append(h, make([]byte, 40)...)
}

func (c *toyCoin) AuxWork(ctx context.Context, parents <-chan coins.ParentTip, out chan<- *coins.AuxWork) error {
	c.mu.Lock()
	c.streams++
	odd := c.streams%2 == 1
	c.mu.Unlock()
	var seen uint64
	told := make(chan struct{}, 1)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		for {
			select {
			case <-parents:
				if c.d.has("dies of a tip") {
					cancel(errors.New("a tip"))
				}
				if !c.d.has("heeds no tip") {
					told <- struct{}{}
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return toyStream(ctx, c, "aux", out, func() (*coins.AuxWork, <-chan struct{}) {
		c.d.mu.Lock()
		defer c.d.mu.Unlock()
		w := c.auxWork(&seen)
		if c.d.has("aux works disagree") && odd {
			w.Height++
		}
		var changed <-chan struct{} = c.d.aux.changed
		if c.d.has("hears of no aux block") {
			changed = nil
		}
		return w, either(ctx, changed, told)
	})
}

// either is closed after news from either side.
func either(ctx context.Context, a, b <-chan struct{}) <-chan struct{} {
	out := make(chan struct{})
	go func() {
		select {
		case <-a:
		case <-b:
		case <-ctx.Done():
			return
		}
		close(out)
	}()
	return out
}

func (c *toyCoin) auxWork(seen *uint64) *coins.AuxWork {
	ch := &c.d.aux
	height := uint64(len(ch.blocks))
	header := c.auxHeader(height, ch.blocks[height-1])
	w := &coins.AuxWork{
		ID: c.nextID(seen), PrevHash: ch.blocks[height-1], Height: height, Bits: toyBits, Reward: 1, Node: "toy", Opaque: header,
		Slot: &coins.Slot{ChainID: 7}, DependsOnParent: true, Rules: coins.AuxRules{StrictID: true},
	}
	target, _ := algos.FromBits(toyBits)
	w.Target = target
	algos.DoubleSHA256((*[32]byte)(&w.Hash), header)
	switch {
	case c.d.has("other chain id"):
		w.Slot.ChainID = 8
	case c.d.has("other aux target"):
		w.Target[9] ^= 1
	case c.d.has("commits by output"):
		w.Slot, w.Output = nil, &coins.OutputCommitment{Script: append([]byte{0x6a, 32}, w.Hash[:]...)}
	}
	return w
}

func (c *toyCoin) SubmitAux(ctx context.Context, p *coins.AuxProof) (coins.Verdict, error) {
	c.tardy(ctx)
	if len(p.Coinbase) > 2<<20 && c.d.has("small messages") {
		return coins.Verdict{}, errors.New("received message larger than max")
	}
	if len(p.Opaque) != 80 {
		if c.d.has("opaque is an error") {
			return coins.Verdict{}, errors.New("opaque")
		}
		return reject(errors.New("opaque"))
	}
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	var hash coins.Hash
	algos.DoubleSHA256((*[32]byte)(&hash), p.Opaque)
	ch := &c.d.aux
	height := uint64(len(ch.blocks))
	known := slices.Contains(ch.blocks, hash)
	if !known && !bytes.Equal(p.Opaque, c.auxHeader(height, ch.blocks[height-1])) {
		return coins.Verdict{Code: coins.Stale, Reason: "not on the tip", Node: "toy"}, nil
	}
	if err := c.verify(p, hash); err != nil {
		if c.d.has("garbage is an error") {
			return coins.Verdict{}, err
		}
		return reject(err)
	}
	return c.accept(ch, hash, p.ParentHeader)
}

func (c *toyCoin) verify(p *coins.AuxProof, hash coins.Hash) error {
	if p.CoinbaseStripped == nil || len(p.ParentHeader) != 80 {
		return errors.New("no proof")
	}
	if c.d.has("commits by output") {
		script := append([]byte{0x6a, 32}, hash[:]...)
		if at := p.OutputOffset; at <= 0 || at+len(script) > len(p.CoinbaseStripped) || !bytes.Equal(p.CoinbaseStripped[at:at+len(script)], script) {
			return fmt.Errorf("no commitment at %d", at)
		}
		var root coins.Hash
		algos.DoubleSHA256((*[32]byte)(&root), p.CoinbaseStripped)
		for _, step := range p.Branch {
			algos.DoubleSHA256((*[32]byte)(&root), append(append([]byte{}, root[:]...), step[:]...))
		}
		if !bytes.Equal(root[:], p.ParentHeader[36:68]) {
			return errors.New("not in the parent")
		}
		return nil
	}
	if c.d.has("judges no proof") {
		return nil
	}
	proof := auxpow.Proof{
		Coinbase: p.CoinbaseStripped, ParentHash: p.ParentHash, CoinbaseBranch: plain(p.Branch),
		ChainBranch: plain(p.ChainBranch), ChainIndex: p.ChainIndex, ParentHeader: [80]byte(p.ParentHeader),
	}
	return auxpow.Verify(&proof, hash, auxpow.Rules{ChainID: 7, StrictID: true})
}

func plain(in []coins.Hash) [][32]byte {
	out := make([][32]byte, len(in))
	for i, h := range in {
		out[i] = h
	}
	return out
}
