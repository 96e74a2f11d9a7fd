package tari

import (
	"sync"

	"github.com/motherlode-pool/motherlode/coins"
)

// remembered is how many blocks a memory holds; found blocks are rare.
const remembered = 256

// memory holds the ids of blocks that nodes took in, by the proof-of-work hash
// under which the engine knows them. It saves look-ups, and tells a block on a
// side branch from one that nobody has; both can do without it.
type memory struct {
	mu    sync.Mutex
	ids   map[coins.Hash][]byte
	order []coins.Hash
}

func (m *memory) keep(hash coins.Hash, id []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ids == nil {
		m.ids = make(map[coins.Hash][]byte)
	}
	if m.ids[hash] == nil {
		m.order = append(m.order, hash)
	}
	m.ids[hash] = id
	if len(m.order) > remembered {
		delete(m.ids, m.order[0])
		m.order = m.order[1:]
	}
}

// find is the id of a block, nil when it is not remembered.
func (m *memory) find(hash coins.Hash) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ids[hash]
}
