package nodes

import (
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// newsGrace is how much later than the answer to a question a node's own
// announcement may come before it is taken for lost.
const newsGrace = 2 * time.Second

// announces reports whether a node should tell of its blocks by itself.
func (s *Set) announces(m *member) bool {
	ws := m.node.WebSocket
	s.mu.Lock()
	defer s.mu.Unlock()
	return m.node.ZMQ != "" || ws != nil && *ws || ws == nil && m.btcd
}

// expectNews notes that asking was the first to find a tip which the node should
// announce.
func (s *Set) expectNews(m *member, tip coins.Hash) {
	if !s.announces(m) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m.unheard, m.foundAt = tip, time.Now()
}

// heardOf notes that a node has announced a tip.
func (s *Set) heardOf(m *member, tip coins.Hash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.unheard == tip {
		m.unheard = coins.Hash{}
	}
}

// countMissed counts a tip that has stood for a while and was not announced. One
// that was gone sooner, as in a reorganisation, says nothing of the node.
func (s *Set) countMissed(m *member, tip coins.Hash, now time.Time) {
	s.mu.Lock()
	unheard, foundAt := m.unheard, m.foundAt
	due := !unheard.IsZero() && (tip != unheard || now.Sub(foundAt) >= newsGrace)
	if due {
		m.unheard = coins.Hash{}
	}
	s.mu.Unlock()
	if !due || tip != unheard {
		return
	}
	s.update(m, func(st *State) { st.Missed++ })
	s.log.Warn("node did not announce a block, asking found it", "node", m.name, "block", tip)
}
