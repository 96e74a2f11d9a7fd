package tari

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// submitTimeout is how long a node may take to validate a block of ours. It is
// the node's clock, not the caller's: a slow node still gets the whole block
// after a quick one has answered.
const submitTimeout = time.Minute

// The order in which answers of several nodes win.
const (
	rankRejected = iota + 1
	rankStale
	rankAside // taken in by a node that is on another tip: maybe put aside
	rankReceived
)

// answer is what one node made of a submission.
type answer struct {
	verdict coins.Verdict
	id      []byte // the block's id, of a node that took it in
	rank    int
	final   bool // no other node's answer could be better
	err     error
}

// SubmitBlock gives a block to every node at once and returns the best of their
// answers: as soon as one has taken it in that is on its tip, otherwise when
// all have answered. The error is not nil when the outcome is unknown.
//
// A base node answers a block that it has already, and one that it has put
// aside because it does not know the previous block, as it answers a new one:
// with the block's id. So Duplicate is what this process knows, and Received
// says no more than its word.
func (c *coin) SubmitBlock(ctx context.Context, b *coins.Block) (coins.Verdict, error) {
	block, err := solve(b.Opaque, b.Raw)
	if err != nil {
		return coins.Verdict{Code: coins.Rejected, Reason: err.Error()}, nil
	}
	prev, err := fromNode(block.GetHeader().GetPrevHash())
	if err != nil {
		return coins.Verdict{Code: coins.Rejected, Reason: err.Error()}, nil
	}
	known := c.memory.find(b.Hash).seen

	targets := c.set.targets()
	answers := make(chan answer, len(targets))
	for _, m := range targets {
		if !c.set.spawn(func() {
			ctx, cancel := c.set.lasting(ctx, submitTimeout)
			defer cancel()
			a := c.submit(ctx, m, block, prev)
			if a.id != nil {
				c.memory.keep(b.Hash, a.id)
			}
			answers <- a
		}) {
			return coins.Verdict{}, ErrClosed
		}
	}
	v, err := collect(ctx, len(targets), answers)
	if err == nil && v.Code == coins.Received && known {
		v.Code = coins.Duplicate
	}
	return v, err
}

// collect waits for answers until one is as good as it gets.
func collect(ctx context.Context, n int, answers <-chan answer) (coins.Verdict, error) {
	var best answer
	var failures []error
	for range n {
		select {
		case <-ctx.Done():
			return settle(best, append(failures, ctx.Err()))
		case a := <-answers:
			switch {
			case a.err != nil:
				failures = append(failures, a.err)
			case a.rank == rankReceived:
				return a.verdict, nil
			case a.rank > best.rank:
				best = a
			}
		}
	}
	return settle(best, failures)
}

// settle makes the best answer the verdict. One that is no more than a refusal
// or a block put aside may yet become better while a node has not answered: it
// is asked again.
func settle(best answer, failures []error) (coins.Verdict, error) {
	if best.rank == 0 || !best.final && len(failures) > 0 {
		return coins.Verdict{}, fmt.Errorf("%w: %w", ErrNoNode, errors.Join(failures...))
	}
	return best.verdict, nil
}

// submit gives a block to one node.
func (c *coin) submit(ctx context.Context, m *member, block *tarirpc.Block, prev coins.Hash) answer {
	tip := c.set.see(m).tip
	r, err := m.api.SubmitBlock(ctx, block)
	if err != nil {
		err := m.called("SubmitBlock", err)
		a := classify(err)
		a.verdict.Node = m.name
		return a
	}
	m.nudge() // our own block is news
	a := answer{verdict: coins.Verdict{Code: coins.Received, Node: m.name}, id: r.GetBlockHash(), rank: rankReceived, final: true}
	if id, err := fromNode(a.id); err != nil {
		a.id = nil
	} else if !tip.IsZero() && tip != prev && tip != id {
		a.rank, a.final = rankAside, false
	}
	return a
}

// classify reads a refusal. What is not a judgement of the block, such as a
// fault of the node's own or a refusal whose reason it hides, is an error: the
// block is submitted again.
func classify(err error) answer {
	var e *nodeError
	if !errors.As(err, &e) {
		return answer{err: err}
	}
	stale := strings.Contains(e.text, "revious hash") || strings.Contains(e.text, "ncorrect height") ||
		strings.Contains(e.text, "block height to be")
	judged := e.code == codes.InvalidArgument || e.code == codes.Internal && judgement(e.text)
	switch {
	case strings.Contains(e.text, "already exists"):
		return answer{verdict: coins.Verdict{Code: coins.Duplicate, Reason: e.text}, rank: rankReceived, final: true}
	case judged && stale:
		return answer{verdict: coins.Verdict{Code: coins.Stale, Reason: e.text}, rank: rankStale}
	case judged:
		return answer{verdict: coins.Verdict{Code: coins.Rejected, Reason: e.text}, rank: rankRejected}
	}
	return answer{err: err}
}

// judgements are parts of a node's words about a block that is wrong; its code
// for them is the same as for its own troubles. Source: the error texts of
// tari, base_layer/core/src: chain_storage, validation, blocks, proof_of_work.
var judgements = []string{
	"Validation error: ",
	"Invalid Block Header: ",
	"Block error: ",
	"Invalid proof of work: ",
	"Invalid merge mined block: ",
	"Transaction error: ",
	"Transaction Error: ",
	"An invalid block was submitted",
	"A given input could not be spent",
	"did not match the MMR root",
	"sent invalid full block",
}

func judgement(text string) bool {
	// A look into the node's store that failed while it judged is no judgement.
	if strings.Contains(text, "Fatal storage error") {
		return false
	}
	for _, j := range judgements {
		if strings.Contains(text, j) {
			return true
		}
	}
	return false
}
