package simchain

// Peer links two nodes of one chain: each hears of the other's blocks and
// transactions from now on, and they exchange what they have. A node that is
// down hears nothing and catches up when it is back.
func (n *Node) Peer(other *Node) {
	n.mu.Lock()
	n.peers = append(n.peers, other)
	n.mu.Unlock()
	other.mu.Lock()
	other.peers = append(other.peers, n)
	other.mu.Unlock()
	n.catchUp(other)
	other.catchUp(n)
}

// relay offers the best chain and the mempool to all peers. No lock is held.
func (n *Node) relay() {
	if !n.power.isUp() {
		return
	}
	for _, p := range n.peerList() {
		p.catchUp(n)
	}
}

// catchUpAll takes over what the peers have.
func (n *Node) catchUpAll() {
	for _, p := range n.peerList() {
		n.catchUp(p)
	}
}

func (n *Node) peerList() []*Node {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.peers[:len(n.peers):len(n.peers)]
}

// offer is what a node tells a peer: blocks and transactions which nobody
// changes any more.
func (n *Node) offer() (blocks []*block, txs []memTx) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range n.chain.best {
		blocks = append(blocks, e.blk)
	}
	for _, mt := range n.pool.order {
		txs = append(txs, *mt)
	}
	return blocks, txs
}

// catchUp takes over from's chain if it has more work, and its transactions.
func (n *Node) catchUp(from *Node) {
	if !n.power.isUp() || !from.power.isUp() {
		return
	}
	blocks, txs := from.offer()

	n.mu.Lock()
	news := false
	for _, mt := range txs {
		// What is here already is refused, which is right.
		if n.pool.add(mt.tx, mt.fee) == nil {
			news = true
		}
	}
	at := len(blocks)
	for at > 0 && n.chain.blocks[blocks[at-1].id] == nil {
		at--
	}
	for _, b := range blocks[at:] {
		// The sender has tested the work, or knows better than to ask.
		if n.chain.process(b, int64(b.time), true).fresh {
			news = true
		}
	}
	if news {
		n.announceLocked()
	}
	n.mu.Unlock()
	if news {
		n.relay()
	}
}
