package nodes

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// proposalPause is how long a template is left alone before it is proposed, so
// that its job goes out to the miners first: megabytes of hex are written and
// sent for it.
const proposalPause = 200 * time.Millisecond

// tester tests templates in their node's proposal mode, one at a time beside
// the stream; of those that wait only the latest is tested.
type tester struct {
	set     *Set
	propose func(*coins.Template) []byte
	rules   []string   // to name in the request
	params  []any      // to follow it
	failed  chan error // of the first template that was refused
	work    chan trial
	cancel  context.CancelFunc
	done    chan struct{}
}

type trial struct {
	m *member
	t *coins.Template
}

func newTester(s *Set, src TemplateSource) *tester {
	ctx, cancel := context.WithCancel(s.life)
	p := &tester{
		set:     s,
		propose: src.Propose,
		rules:   src.Rules,
		params:  src.Params,
		failed:  make(chan error, 1),
		work:    make(chan trial, 1),
		cancel:  cancel,
		done:    make(chan struct{}),
	}
	if p.rules == nil {
		p.rules = Rules
	}
	go p.run(ctx)
	return p
}

func (p *tester) stop() {
	p.cancel()
	<-p.done
}

func (p *tester) run(ctx context.Context) {
	defer close(p.done)
	for {
		select {
		case <-ctx.Done():
			return
		case w := <-p.work:
			if !pause(ctx, proposalPause) {
				return
			}
			select {
			case w = <-p.work: // a later one came meanwhile
			default:
			}
			if err := p.test(ctx, w.m, w.t); err != nil {
				p.set.setBroken(err)
				p.failed <- err
				return
			}
		}
	}
}

// pause waits and reports whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// after queues a template that was sent. Only the stream calls it.
func (p *tester) after(m *member, t *coins.Template) {
	if p.propose == nil {
		return
	}
	select {
	case <-p.work:
	default:
	}
	p.work <- trial{m, t}
}

// before tests a template ahead of its being sent, when the last one failed, or the
// last one of its node: the coin goes on as soon as one passes, and sends none until
// then.
func (p *tester) before(ctx context.Context, m *member, t *coins.Template) error {
	p.set.mu.Lock()
	broken := p.set.broken != nil || m.state.Broken
	p.set.mu.Unlock()
	if !broken || p.propose == nil {
		return nil
	}
	return p.test(ctx, m, t)
}

// test proposes a template's block to the node that made it. Only a refusal on
// the template's own tip is an error, of the node: whether it stops the coin is
// for the caller to say.
func (p *tester) test(ctx context.Context, m *member, t *coins.Template) error {
	request := map[string]any{
		"mode": "proposal",
		"data": hex.EncodeToString(p.propose(t)),
		// Some nodes refuse a request without the rules.
		"rules":        p.rules,
		"capabilities": []string{"proposal"},
	}
	result, err := m.calls.CallRaw(ctx, "getblocktemplate", append([]any{request}, p.params...)...)
	verdict, asked := refusal(result, err)
	if !asked {
		p.set.log.Debug("proposal was not tested", "node", m.name, "height", t.Height, "error", err)
		return nil
	}
	if verdict != "" {
		// A refusal counts only if the tip is still the one we built on.
		tip, err := p.set.bestHash(ctx, m)
		if err != nil || tip != t.PrevHash || ctx.Err() != nil {
			return nil
		}
	}
	var broken error
	if verdict != "" {
		broken = fmt.Errorf("%w: %s says %q to height %d", ErrProposal, m.name, verdict, t.Height)
		p.set.log.Error("template refused", "node", m.name, "height", t.Height, "reason", verdict)
	} else {
		p.set.setBroken(nil)
	}
	p.set.update(m, func(st *State) {
		if st.Broken = broken != nil; st.Broken {
			st.WorkErr = broken
		}
	})
	return broken
}

// refusal reads the reply to a proposal: null is good, a text or an error in
// the block's form is a refusal. Asked is false when the node did not judge.
func refusal(result json.RawMessage, err error) (verdict string, asked bool) {
	if e := rpc.AsNodeError(err); e != nil && !rpc.Unanswered(err) && e.Code == rpc.CodeDeserialize {
		return e.Message, true
	}
	var text *string
	if err != nil || json.Unmarshal(result, &text) != nil {
		return "", false
	}
	switch {
	case text == nil:
		return "", true
	case *text == "bad-prevblk",
		strings.HasPrefix(*text, "inconclusive"),
		strings.HasPrefix(*text, "duplicate"):
		return "", false
	}
	return *text, true
}

// Rules are the rules that a request for a template names; nodes ignore those
// that they do not know, and some refuse to answer without theirs.
var Rules = []string{"mweb", "segwit"}

func (s *Set) setBroken(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if words(s.broken) != words(err) {
		s.broken = err
		s.wake()
	}
}
