package nodes

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
)

// recorded is one recorded submission.
type recorded struct {
	Node         string          `json:"node"`
	Call         string          `json:"call"`
	Case         string          `json:"case"`
	HeightChange int             `json:"height_change"`
	Reply        json.RawMessage `json:"reply"`
}

func mustRecorded(t *testing.T, call string) []recorded {
	t.Helper()
	b, err := os.ReadFile("testdata/submit-replies.json")
	if err != nil {
		t.Fatal(err)
	}
	var all, out []recorded
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Call == call {
			out = append(out, r)
		}
	}
	if len(out) < 50 {
		t.Fatalf("only %d recorded replies to %s", len(out), call)
	}
	return out
}

// reply is what the client makes of a recorded reply.
func (r recorded) reply(t *testing.T) (json.RawMessage, error) {
	t.Helper()
	var fault struct {
		Code    int
		Message string
	}
	if json.Unmarshal(r.Reply, &fault) == nil && fault.Code != 0 {
		return nil, &rpc.NodeError{Node: r.Node, Code: fault.Code, Message: fault.Message}
	}
	// Texts are recorded as the JSON that came, within a string.
	var text string
	if json.Unmarshal(r.Reply, &text) == nil && (text == "null" || strings.HasPrefix(text, `"`)) {
		return json.RawMessage(text), nil
	}
	return r.Reply, nil
}

func TestRecordedSubmissions(t *testing.T) {
	for _, r := range mustRecorded(t, "submitblock") {
		t.Run(r.Node+"/"+r.Case, func(t *testing.T) {
			result, err := r.reply(t)
			a := read(r.Node, result, err)
			if r.Case == "time + 3 h" {
				if a.err == nil || a.verdict.Code != 0 {
					t.Errorf("%s: got %+v, want no verdict: the node would take it later", r.Reply, a)
				}
				return
			}
			if a.err != nil {
				t.Fatalf("%s: %v", r.Reply, a.err)
			}
			want := coins.Rejected
			switch {
			case string(result) == "null", string(result) == `"inconclusive"`:
				want = coins.Received
			case r.Case == "the same again":
				want = coins.Duplicate
			case string(result) == `"prev-blk-not-found"`:
				want = coins.Stale
			}
			if a.verdict.Code != want {
				t.Errorf("%s: got %s, want %s", r.Reply, a.verdict.Code, want)
			}
			if r.HeightChange > 0 && a.verdict.Code != coins.Received {
				t.Errorf("%s made the chain grow and counts as %s", r.Reply, a.verdict.Code)
			}
			if string(result) != "null" && a.verdict.Reason == "" {
				t.Errorf("%s: no reason", r.Reply)
			}
		})
	}
}

func TestRecordedProposals(t *testing.T) {
	pass := map[string]bool{"nothing wrong": true, "work above the target": true}
	for _, r := range mustRecorded(t, "proposal") {
		result, err := r.reply(t)
		verdict, asked := refusal(result, err)
		if pass[r.Case] && (!asked || verdict != "") {
			t.Errorf("%s, %s: got %q, %t, want a pass", r.Node, r.Case, verdict, asked)
		}
		if r.Case == "unknown previous block" && asked {
			t.Errorf("%s, %s: got %q, want no judgement", r.Node, r.Case, verdict)
		}
		if r.Case == "wrong merkle root" && verdict != "bad-txnmrklroot" {
			t.Errorf("%s, %s: got %q, want bad-txnmrklroot", r.Node, r.Case, verdict)
		}
		if r.Case == "no mweb block" && verdict == "" {
			t.Errorf("%s, %s: got a pass", r.Node, r.Case)
		}
	}
}

func TestBestAnswerOfSeveralNodes(t *testing.T) {
	const down = "down"
	decode := fakeError{-22, "Block decode failed"}
	for _, tt := range []struct {
		name string
		a, b any
		want coins.VerdictCode // 0: an error
		says string
	}{
		{"received wins over a refusal", "high-hash", nil, coins.Received, ""},
		{"received wins over duplicate", "duplicate", nil, coins.Received, ""},
		{"duplicate wins over a side branch", "inconclusive", "duplicate", coins.Duplicate, "duplicate"},
		{"btcd's duplicate", "rejected: already have block 00ff", "high-hash", coins.Duplicate, "already have"},
		{"side branch wins over a refusal", "bad-prevblk", "inconclusive", coins.Received, "inconclusive"},
		{"stored before, on a side branch", "duplicate-inconclusive", "high-hash", coins.Duplicate, "inconclusive"},
		{"refused before", "duplicate-invalid", "duplicate-invalid", coins.Rejected, "duplicate-invalid"},
		{"both refuse", "high-hash", "high-hash", coins.Rejected, "high-hash"},
		{"our serialisation is broken", decode, decode, coins.Rejected, "decode failed"},
		{"one is down", down, nil, coins.Received, ""},
		{"one is down, one refuses", down, "bad-cb-amount", coins.Rejected, "bad-cb-amount"},
		{"one is starting up, one refuses", "warmup", "bad-prevblk", 0, ""},
		{"one has a full queue, one refuses", "busy", "bad-prevblk", 0, ""},
		{"one is starting up, one has it", "warmup", "duplicate", coins.Duplicate, "duplicate"},
		{"too new by one clock", "time-too-new", nil, coins.Received, ""},
		{"too new by one clock, refused by another", "time-too-new", "high-hash", 0, ""},
		{"too new by both", "time-too-new", "time-too-new", 0, ""},
		{"too new by btcd's clock", "rejected: block timestamp of 2026-11-21 00:19:34 +0000 UTC is too far in the future", down, 0, ""},
		{"unknown previous block, which may come yet", "prev-blk-not-found", "prev-blk-not-found", 0, ""},
		{"unknown previous block, but one is down", down, "prev-blk-not-found", 0, ""},
		{"unknown previous block loses to a refusal's opposite", "prev-blk-not-found", nil, coins.Received, ""},
		{"unknown previous block at one, and at the other one that is no good", "prev-blk-not-found", "bad-prevblk", 0, ""},
		{"nobody answers", down, down, 0, ""},
		{"an error that is no verdict", fakeError{-32601, "Method not found"}, down, 0, ""},
		{"an answer of another type", 7, down, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b := mustFake(t), mustFake(t)
			for n, answer := range map[*fakeNode]any{a: tt.a, b: tt.b} {
				switch answer {
				case down:
					n.server.Close()
				case "warmup", "busy":
					n.set(func(n *fakeNode) { n.fault = answer.(string) })
				}
				n.set(func(n *fakeNode) { n.submit = answer })
			}
			s := mustSet(t, nil, a, b)
			v, err := s.Submit(t.Context(), []byte{0xab, 0xcd})
			if tt.want == 0 {
				if err == nil {
					t.Fatalf("got %+v, want an error", v)
				}
				return
			}
			if err != nil || v.Code != tt.want || !strings.Contains(v.Reason, tt.says) {
				t.Errorf("got %s %q, %v; want %s with %q", v.Code, v.Reason, err, tt.want, tt.says)
			}
			if v.Node == "" {
				t.Error("no node")
			}
		})
	}
}

// A refusal is not believed while another node is away that was well a short while
// ago, and is once that one has been away for long.
func TestRefusalWaitsForANodeThatIsRestarted(t *testing.T) {
	a, b := mustFake(t), mustFake(t)
	b.set(func(n *fakeNode) { n.submit = "bad-cb-amount" })
	s := mustSet(t, nil, a, b)
	mustHealth(t, s, "both nodes", func(h coins.Health) bool {
		return h.Nodes[0].State == coins.HealthReady && h.Nodes[1].State == coins.HealthReady
	})
	a.server.Close()
	v, err := s.Submit(t.Context(), []byte{0xab})
	if !errors.Is(err, ErrRefusal) || v.Code != coins.Rejected {
		t.Errorf("one has just gone: got %+v, %v, want the refusal beside kind %q", v, err, ErrRefusal)
	}
	s.mu.Lock()
	s.members[0].state.Status, s.members[0].well = Down, time.Now().Add(-recall)
	s.mu.Unlock()
	if v, err = s.Submit(t.Context(), []byte{0xab}); err != nil || v.Code != coins.Rejected {
		t.Errorf("it is away for long: got %+v, %v, want rejected", v, err)
	}
}

// The operator's limit for a call is not one for a block on its way to a node that
// is slow or far away.
func TestBlockHasItsOwnTime(t *testing.T) {
	n := mustFake(t)
	began := make(chan struct{})
	n.set(func(n *fakeNode) {
		n.seen = func(method string, _ []json.RawMessage) {
			if method == "submitblock" {
				close(began)
				time.Sleep(300 * time.Millisecond) // the node's time, not the test's
			}
		}
	})
	s := mustSet(t, func(c *Config) { c.Timeout = settings.Duration(100 * time.Millisecond) }, n)
	v, err := s.Submit(t.Context(), []byte{0xab})
	if err != nil || v.Code != coins.Received {
		t.Errorf("got %+v, %v, want received", v, err)
	}
	<-began
}

// A node that hangs keeps nobody waiting once another has taken the block, and
// still gets it.
func TestSlowNodeDelaysNoVerdict(t *testing.T) {
	a, b := mustFake(t), mustFake(t)
	a.set(func(n *fakeNode) { n.fault = "hang" })
	s := mustSet(t, nil, a, b)
	v, err := s.Submit(t.Context(), []byte{0xab})
	if err != nil || v.Code != coins.Received || v.Node != b.name() {
		t.Errorf("got %+v, %v, want received by %s", v, err, b.name())
	}
	if b.blocks[0] != `"ab"` {
		t.Errorf("block: got %s, want hex", b.blocks[0])
	}
	mustWait(t, "the slow node to be given the block", func() bool { return a.asked("submitblock") == 1 })
}

func TestBlockStatusOfEachDialect(t *testing.T) {
	known := map[string]any{"confirmations": 3, "height": 50}
	notFound := fakeError{-5, "Block not found"}
	offMain := fakeError{-32603, "block is not in the main chain"}
	for _, tt := range []struct {
		name          string
		header, plain any
		want          coins.BlockState // 0: an error
	}{
		{"on the best chain", known, "00", coins.BlockBestChain},
		{"core, side branch", map[string]any{"confirmations": -1, "height": 50}, "00", coins.BlockSide},
		{"btcd, side branch", offMain, "00", coins.BlockSide},
		{"unknown, or btcd's orphan", notFound, notFound, coins.BlockUnknown},
		{"a fault of the node's own", offMain, offMain, 0},
		{"another error", fakeError{-1, "help"}, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := mustFake(t)
			n.set(func(n *fakeNode) { n.header, n.plain = tt.header, tt.plain })
			got, err := mustSet(t, nil, n).BlockStatus(t.Context(), coins.Hash{1})
			if (tt.want == 0) != (err != nil) || got.State != tt.want {
				t.Errorf("got %+v, %v, want %s", got, err, tt.want)
			}
			if tt.want == coins.BlockBestChain && (got.Confirmations != 3 || got.Height != 50 || got.Node != n.name()) {
				t.Errorf("got %+v, want 3 confirmations at 50", got)
			}
		})
	}
}

func TestBlockStatusBelievesTheHighestTip(t *testing.T) {
	stuck, ahead := mustFake(t), mustFake(t)
	stuck.set(func(n *fakeNode) { n.header = map[string]any{"confirmations": 1, "height": 100} })
	ahead.set(func(n *fakeNode) { n.header, n.height = map[string]any{"confirmations": -1, "height": 100}, 120 })
	s := mustSet(t, nil, stuck, ahead)
	mustHealth(t, s, "both heights", func(h coins.Health) bool {
		return len(h.Nodes) == 2 && h.Nodes[0].Height == 100 && h.Nodes[1].Height == 120
	})
	for range 20 { // either may answer first
		got, err := s.BlockStatus(t.Context(), coins.Hash{1})
		if err != nil || got.State != coins.BlockSide || got.Node != ahead.name() {
			t.Fatalf("got %+v, %v, want the side branch of %s", got, err, ahead.name())
		}
	}
	ahead.set(func(n *fakeNode) { n.fault = "busy" })
	got, err := s.BlockStatus(t.Context(), coins.Hash{1})
	if err != nil || got.State != coins.BlockBestChain {
		t.Errorf("with that one busy: got %+v, %v, want the best chain of the other", got, err)
	}
	stuck.set(func(n *fakeNode) { n.fault = "busy" })
	if _, err = s.BlockStatus(t.Context(), coins.Hash{1}); !errors.Is(err, ErrNoNode) {
		t.Errorf("nobody answers: got %v, want kind %q", err, ErrNoNode)
	}
}
