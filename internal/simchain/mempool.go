package simchain

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// memTx is a transaction that was put into the mempool once.
type memTx struct {
	tx    *tx
	fee   int64
	mined bool // in a block of the best chain
}

// mempool knows the transactions that may stand in blocks. Those which a
// reorganisation takes out of the chain wait again.
type mempool struct {
	known map[Hash]*memTx
	order []*memTx // as they came, so that parents are before children
	// counter rises with every change, as Core's "transactions updated" does.
	counter uint64
	sorted  bool // blocks have them by id
}

// add takes a transaction with the fee that it is said to pay.
func (m *mempool) add(t *tx, fee int64) error {
	if reason := t.check(); reason != "" {
		return reason
	}
	if t.isCoinbase() || fee < 0 {
		return fmt.Errorf("fee %d of transaction %s: %w", fee, t.id, Reject("bad-txns-fee-outofrange"))
	}
	if m.known[t.id] != nil {
		return Reject("txn-already-in-mempool")
	}
	mt := &memTx{tx: t, fee: fee}
	m.known[t.id] = mt
	m.order = append(m.order, mt)
	m.counter++
	return nil
}

// waiting lists what is in no block yet, and what it pays.
func (m *mempool) waiting() (list []*memTx, fees int64) {
	for _, mt := range m.order {
		if !mt.mined {
			list = append(list, mt)
			fees += mt.fee
		}
	}
	if m.sorted {
		slices.SortFunc(list, func(a, b *memTx) int { return compareIDs(a.tx.id, b.tx.id) })
	}
	return list, fees
}

// fees adds up what the transactions of a block pay, and refuses those which
// are unknown, mined already, twice in the block or before their parents.
func (m *mempool) fees(list []*tx) (int64, Reject) {
	total := int64(0)
	here := make(map[Hash]bool, len(list))
	whole := make(map[Hash]bool) // where the order is not that of spending
	for _, t := range list {
		whole[t.id] = m.sorted
	}
	for _, t := range list {
		mt := m.known[t.id]
		if mt == nil || mt.mined || here[t.id] {
			return 0, "bad-txns-inputs-missingorspent"
		}
		for _, in := range t.in {
			if parent := m.known[in.prev]; parent != nil && !parent.mined && !here[in.prev] && !whole[in.prev] {
				return 0, "bad-txns-inputs-missingorspent"
			}
		}
		here[t.id] = true
		total += mt.fee
	}
	return total, ""
}

func (m *mempool) connect(b *block)    { m.mark(b, true) }
func (m *mempool) disconnect(b *block) { m.mark(b, false) }

func (m *mempool) mark(b *block, mined bool) {
	for _, t := range b.txs[1:] {
		if mt := m.known[t.id]; mt != nil {
			mt.mined = mined
			m.counter++
		}
	}
}

// InjectTx puts a serialised transaction into the mempool and returns its id.
// Nothing about its inputs is checked; the fee is the one named here.
func (n *Node) InjectTx(raw []byte, fee int64) (Hash, error) {
	r := &reader{rest: raw}
	t := readTx(r)
	if r.err == nil && len(r.rest) > 0 {
		r.fail(fmt.Errorf("%d bytes behind it", len(r.rest)))
	}
	if r.err != nil {
		return Hash{}, fmt.Errorf("transaction: %w", r.err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.pool.add(t, fee); err != nil {
		return Hash{}, err
	}
	n.announceLocked()
	return t.id, nil
}

// InjectFake puts count made-up transactions into the mempool, each with that
// fee, and returns their ids. On a chain with segwit they carry witness data,
// and each second one spends the one before.
func (n *Node) InjectFake(count int, fee int64) []Hash {
	n.mu.Lock()
	defer n.mu.Unlock()
	ids := make([]Hash, 0, count)
	for i := range count {
		n.fakes++
		t := n.fakeTx()
		if i%2 == 1 {
			t.in[0].prev = ids[i-1]
			t.rehash()
		}
		// A made-up transaction breaks no rule and is never there already.
		if err := n.pool.add(t, fee); err != nil {
			panic(err)
		}
		ids = append(ids, t.id)
	}
	n.announceLocked()
	return slices.Clip(ids)
}

// fakeTx spends an output of no chain.
func (n *Node) fakeTx() *tx {
	seed := binary.BigEndian.AppendUint64([]byte(n.cfg.Name), n.fakes)
	script := append([]byte{0x00, 0x14}, make([]byte, 20)...)
	t := &tx{
		version: 2,
		in:      []txIn{{prev: doubleSHA256(seed), sequence: 0xffffffff}},
		out:     []txOut{{value: 100_000, script: script}},
	}
	if n.cfg.segwit() {
		t.in[0].witness = [][]byte{{0x51}}
	} else {
		t.in[0].script = []byte{0x51}
	}
	t.rehash()
	return t
}
