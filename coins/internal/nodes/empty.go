package nodes

import (
	"context"
	"strconv"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/gbt"
)

// A node takes a while to choose the transactions of a template, and that is
// several megabytes. The header of the new tip is there at once, and where it
// says all that an empty block needs, miners leave the old tip that much sooner.

const (
	// peekTimeout bounds the look at a header: the full template waits for it.
	peekTimeout = 200 * time.Millisecond

	// fullPause is how long the full template is left alone once the empty one
	// is out. To fetch and to decode it takes a processor for some tens of
	// milliseconds, just while the job goes out to a thousand miners.
	fullPause = 50 * time.Millisecond
)

// peeked is the outcome of one getblockheader.
type peeked struct {
	node  int
	state State
	tip   gbt.Tip
	err   error
}

// peek asks a node for the header of its new tip, in the background, when an empty
// template could be made of it, and reports whether the full template is to wait
// for that: to take both at once would make the small one late.
func (st *stream) peek(ctx context.Context, i int, state State) bool {
	if st.peeking {
		return true
	}
	if st.src.Empty == nil || st.last == nil || st.looked == state.Tip {
		return false
	}
	st.looked = state.Tip
	ctx, st.unpeek = context.WithTimeout(ctx, peekTimeout)
	st.peeking = true
	m := st.set.members[i]
	go func() {
		p := peeked{node: i, state: state}
		p.tip, p.err = header(ctx, m, state.Tip)
		st.peeked <- p
	}()
	return true
}

// header asks for a block's header.
func header(ctx context.Context, m *member, hash coins.Hash) (gbt.Tip, error) {
	var reply struct {
		Height     uint64 `json:"height"`
		Bits       string `json:"bits"`
		Previous   string `json:"previousblockhash"`
		MedianTime int64  `json:"mediantime"`
	}
	if err := m.calls.Call(ctx, &reply, "getblockheader", hash.String(), true); err != nil {
		return gbt.Tip{}, err
	}
	prev, err := coins.ParseHash(reply.Previous)
	if err != nil {
		return gbt.Tip{}, err
	}
	bits, err := strconv.ParseUint(reply.Bits, 16, 32)
	if err != nil {
		return gbt.Tip{}, err
	}
	return gbt.Tip{Hash: hash, Prev: prev, Height: reply.Height, Bits: uint32(bits), MedianTime: reply.MedianTime}, nil
}

// takeEmpty sends the empty template of a new tip. The full one is due soon.
func (st *stream) takeEmpty(ctx context.Context, p peeked) error {
	if p.err != nil || st.last.PrevHash == p.tip.Hash {
		return nil
	}
	st.set.mu.Lock()
	broken := st.set.broken
	st.set.mu.Unlock()
	if broken != nil {
		return nil
	}
	t := st.src.Empty(st.last, p.tip)
	if t == nil {
		return nil
	}
	m := st.set.members[p.node]
	t.ID, t.Node, t.Source, t.Heard = st.src.NextID(), m.name, p.state.Source, p.state.Heard.UnixNano()
	t.Reason = coins.NewTip
	if err := st.emit(ctx, t); err != nil {
		return err
	}
	now := time.Now()
	st.last, st.node, st.good, st.next = t, p.node, now, now.Add(fullPause)
	if st.proposals {
		st.tester.after(m, t)
	}
	return nil
}
