package tari

import (
	"bytes"
	"slices"
	"sync"

	"github.com/motherlode-pool/motherlode/coins"
)

// remembered is how many blocks a memory holds; found blocks are rare.
const remembered = 256

// memory is what this process knows of blocks, by the proof-of-work hash under
// which the engine has them. Everything but the state of a side branch can be
// had without it. Its methods may be called concurrently.
type memory struct {
	mu     sync.Mutex
	blocks map[coins.Hash]*entry
	order  []coins.Hash
}

// entry is one block.
type entry struct {
	ids  [][]byte // what nodes said its id is; more than one when one of them lies
	seen bool     // it has been on the best chain
}

// note changes what is known of a block.
func (m *memory) note(hash coins.Hash, change func(*entry)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.blocks == nil {
		m.blocks = make(map[coins.Hash]*entry)
	}
	e := m.blocks[hash]
	if e == nil {
		e = new(entry)
		m.blocks[hash] = e
		m.order = append(m.order, hash)
	}
	change(e)
	if len(m.order) > remembered {
		delete(m.blocks, m.order[0])
		m.order = m.order[1:]
	}
}

// keep takes note of what a node says is the id of a block.
func (m *memory) keep(hash coins.Hash, id []byte) {
	m.note(hash, func(e *entry) {
		if !slices.ContainsFunc(e.ids, func(b []byte) bool { return bytes.Equal(b, id) }) && len(e.ids) < maxNodes {
			e.ids = append(slices.Clip(e.ids), id)
		}
	})
}

// saw takes note that a block is on the best chain.
func (m *memory) saw(hash coins.Hash) { m.note(hash, func(e *entry) { e.seen = true }) }

// find is what is known of a block: nothing, for one that is not remembered.
func (m *memory) find(hash coins.Hash) entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.blocks[hash]; e != nil {
		return *e
	}
	return entry{}
}
