package nodes

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// submitTimeout is how long a node may take to validate a block of ours. It is
// the node's clock, not the caller's: a slow node still gets the whole block
// after a quick one has answered.
const submitTimeout = time.Minute

// recall is how long after its last answer a node is still waited for by a block
// that another one refuses: nodes are restarted and overloaded, and one that has
// gone for good must not keep a refusal from being believed.
const recall = 10 * time.Minute

// The order in which answers of several nodes win.
const (
	rankRejected = iota + 1
	rankStale
	rankSide      // stored on a side branch
	rankDuplicate // was in already
	rankReceived
)

// answer is what one node made of a submission.
type answer struct {
	verdict coins.Verdict
	rank    int
	err     error
	awaited bool // with err: the node is there, or was a short while ago
}

// Submit gives a block to every node at once and returns the best of their
// answers: as soon as one has taken it in, otherwise when all have answered.
// The error is not nil when the outcome is unknown: nobody answered, who answered
// lacks the previous block, or refuses the block while another, who may take it
// yet, did not answer. That answer comes beside the error.
func (s *Set) Submit(ctx context.Context, raw []byte) (coins.Verdict, error) {
	block := hex.EncodeToString(raw)
	targets := s.targets()
	answers := make(chan answer, len(targets))
	for _, m := range targets {
		if !s.spawn(func() {
			ctx, cancel := s.lasting(ctx)
			defer cancel()
			a := submit(ctx, m, block)
			a.awaited = a.awaited || a.err != nil && s.awaited(m, a.err)
			answers <- a
		}) {
			return coins.Verdict{}, ErrClosed
		}
	}

	var best answer
	var failures []error
	awaited := false
	for range targets {
		select {
		case <-ctx.Done():
			return settle(best, append(failures, ctx.Err()), true)
		case a := <-answers:
			switch {
			case a.err != nil:
				failures = append(failures, a.err)
				awaited = awaited || a.awaited
			case a.rank == rankReceived:
				return a.verdict, nil
			case a.rank > best.rank:
				best = a
			}
		}
	}
	return settle(best, failures, awaited)
}

// settle makes the best answer the verdict, unless it may yet become better. A node
// that was killed loses its last blocks, and lacks the previous one until it has
// fetched them again. And a node of an old version or with a wrong idea of the
// chain may be the only one that answers, and refuse what the others would take.
func settle(best answer, failures []error, awaited bool) (coins.Verdict, error) {
	kind := ErrNoNode
	switch {
	case best.rank == 0:
	case best.rank == rankStale:
		kind = ErrBehind
	case best.rank == rankRejected && awaited:
		kind = ErrRefusal
	default:
		return best.verdict, nil
	}
	if best.rank > 0 {
		failures = append([]error{fmt.Errorf("%s says %q", best.verdict.Node, best.verdict.Reason)}, failures...)
	}
	return best.verdict, fmt.Errorf("%w: %w", kind, errors.Join(failures...))
}

// awaited reports whether a node that failed to answer is worth waiting for.
func (s *Set) awaited(m *member, err error) bool {
	if errors.Is(err, rpc.ErrWarmup) || errors.Is(err, rpc.ErrBusy) {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return m.state.Status == Up || !m.well.IsZero() && time.Since(m.well) < recall
}

// targets are the members that a block may go to: all but those that are known
// to be of another network, which would refuse it.
func (s *Set) targets() []*member {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*member
	for _, m := range s.members {
		if !errors.Is(m.state.Err, ErrNetwork) {
			out = append(out, m)
		}
	}
	if out == nil {
		return s.members
	}
	return out
}

// spawn runs f in the background; Close waits for it. It reports false when
// the set is closed.
func (s *Set) spawn(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.late.Go(f)
	return true
}

// lasting is a context that outlives the caller's but not the set.
func (s *Set) lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), submitTimeout)
	unhook := context.AfterFunc(s.life, cancel)
	return ctx, func() {
		unhook()
		cancel()
	}
}

func submit(ctx context.Context, m *member, block string) answer {
	result, err := m.urgent.CallRaw(ctx, "submitblock", block)
	return read(m.name, result, err)
}

// read turns a reply to submitblock into an answer: null is received, a text
// is a refusal or says where the block went.
func read(node string, result json.RawMessage, err error) answer {
	if e := rpc.AsNodeError(err); e != nil && e.Code == rpc.CodeDeserialize && !rpc.Unanswered(err) {
		return answer{verdict: coins.Verdict{Code: coins.Rejected, Reason: e.Message, Node: node}, rank: rankRejected}
	}
	if err != nil {
		return answer{err: err}
	}
	var text *string
	if err := json.Unmarshal(result, &text); err != nil {
		return answer{err: fmt.Errorf("submitblock of %s: unexpected answer %.100s", node, result)}
	}
	if text == nil {
		return answer{verdict: coins.Verdict{Code: coins.Received, Node: node}, rank: rankReceived}
	}
	if tooNew(*text) {
		return answer{err: fmt.Errorf("submitblock of %s: it says %q, by its clock or the miner's", node, *text), awaited: true}
	}
	a := classify(*text)
	a.verdict.Reason, a.verdict.Node = *text, node
	return a
}

// tooNew reports whether a node says that the block's time is too far ahead of its
// clock. It has not judged the block and would take it later.
func tooNew(text string) bool {
	return text == "time-too-new" || strings.HasPrefix(text, "rejected: block timestamp") && strings.HasSuffix(text, "too far in the future")
}

// classify reads the words of a node. They are those of BIP22 and Bitcoin Core
// but for btcd, which has sentences.
func classify(text string) answer {
	switch {
	case text == "duplicate",
		text == "duplicate-inconclusive",
		strings.HasPrefix(text, "rejected: already have block"):
		return answer{verdict: coins.Verdict{Code: coins.Duplicate}, rank: rankDuplicate}
	case text == "inconclusive":
		return answer{verdict: coins.Verdict{Code: coins.Received}, rank: rankSide}
	case text == "prev-blk-not-found":
		return answer{verdict: coins.Verdict{Code: coins.Stale}, rank: rankStale}
	}
	return answer{verdict: coins.Verdict{Code: coins.Rejected}, rank: rankRejected}
}
