package bitcoin

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

const deadline = 30 * time.Second

// mustOpen opens the driver on the given nodes and closes it with the test.
func mustOpen(t *testing.T, extra map[string]any, nodes ...*testnode.Node) coins.Parent {
	t.Helper()
	var list []map[string]any
	for _, n := range nodes {
		list = append(list, map[string]any{"url": n.URL, "user": n.User, "password": n.Password})
	}
	s := map[string]any{"nodes": list}
	for k, v := range extra {
		s[k] = v
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(nil).Open(t.Context(), coins.Settings{Instance: "bitcoin", Network: "regtest", JSON: text})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(coins.Parent)
}

// stream runs Templates until the test ends.
type stream struct {
	c   chan *coins.Template
	err chan error
}

func mustStream(t *testing.T, c coins.Parent) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &stream{c: make(chan *coins.Template, 64), err: make(chan error, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.err <- c.Templates(ctx, s.c)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return s
}

// next waits for a template that want accepts.
func (s *stream) next(t *testing.T, what string, want func(*coins.Template) bool) *coins.Template {
	t.Helper()
	timeout := time.After(deadline)
	for {
		select {
		case tmpl := <-s.c:
			if want(tmpl) {
				return tmpl
			}
		case err := <-s.err:
			t.Fatalf("waiting for %s: stream ended: %v", what, err)
		case <-timeout:
			t.Fatalf("waiting for %s: nothing in %s", what, deadline)
		}
	}
}

func any1(*coins.Template) bool { return true }

func height(h uint64) func(*coins.Template) bool {
	return func(t *coins.Template) bool { return t.Height == h }
}

// solve mines a template's block on the CPU, with extra in the coinbase.
func solve(t *testing.T, tmpl *coins.Template, extra string) *coins.Block {
	t.Helper()
	cb := block.NewCoinbase(tmpl, []byte(extra), []byte{0x51})
	h := block.NewHeader(tmpl, cb)
	target := algos.Target(tmpl.Target)
	for ; ; h.Nonce++ {
		if hash := h.Hash(); target.Meets((*[32]byte)(&hash)) {
			return &coins.Block{TemplateID: tmpl.ID, Height: tmpl.Height, Hash: hash, PrevHash: tmpl.PrevHash, Raw: block.Assemble(h, nil, cb, tmpl.Tree)}
		}
	}
}

func mustVerdict(t *testing.T, c coins.Parent, b *coins.Block, want coins.VerdictCode) coins.Verdict {
	t.Helper()
	v, err := c.SubmitBlock(t.Context(), b)
	if err != nil {
		t.Fatalf("submit: %v", err)
	}
	if v.Code != want {
		t.Fatalf("verdict: got %s %q, want %s", v.Code, v.Reason, want)
	}
	return v
}

func mustStatus(t *testing.T, c coins.Parent, hash coins.Hash) coins.BlockStatus {
	t.Helper()
	st, err := c.BlockStatus(t.Context(), hash, 0)
	if err != nil {
		t.Fatalf("block status: %v", err)
	}
	return st
}

func mustWait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	if err := testnode.Wait(ctx, func() (bool, error) { return ok(), nil }); err != nil {
		t.Fatalf("waiting for %s: %v", what, err)
	}
}

// healthOf runs Health until the test ends and returns the latest.
func healthOf(t *testing.T, c coins.Coin) func() coins.Health {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out := make(chan coins.Health, 64)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Health(ctx, out)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	var last coins.Health
	return func() coins.Health {
		for {
			select {
			case last = <-out:
			default:
				return last
			}
		}
	}
}

func TestBTCDFromTemplateToConfirmedBlock(t *testing.T) {
	node := testnode.MustBTCD(t)
	c := mustOpen(t, map[string]any{"poll": "10s"}, node)
	templates := mustStream(t, c)
	health := healthOf(t, c)

	first := templates.next(t, "the first template", any1)
	if first.Height != 1 || first.Reason != coins.NewTip || first.Tree == nil || first.Tree.WitnessReserved == nil {
		t.Errorf("first template: got %+v", first)
	}
	mustWait(t, "the websocket", func() bool {
		h := health()
		return len(h.Nodes) == 1 && h.Nodes[0].News == "websocket" && h.State == coins.HealthReady
	})
	if v := health().Nodes[0].Version; !strings.HasPrefix(v, "btcd 0.") {
		t.Errorf("version: got %q, want btcd's", v)
	}

	// Blocks of heights whose push is one opcode, and the first that is not.
	tmpl := first
	for h := uint64(1); h <= 17; h++ {
		b := solve(t, tmpl, "")
		mustVerdict(t, c, b, coins.Received)
		if st := mustStatus(t, c, b.Hash); st.State != coins.BlockBestChain || st.Confirmations != 1 || st.Height != h {
			t.Fatalf("status of height %d: got %+v", h, st)
		}
		submitted := time.Now()
		tmpl = templates.next(t, "the next height", height(h+1))
		if tmpl.PrevHash != b.Hash || tmpl.Reason != coins.NewTip {
			t.Fatalf("template %d: previous %s, reason %s, want %s, new tip", tmpl.Height, tmpl.PrevHash, tmpl.Reason, b.Hash)
		}
		if h == 17 {
			t.Logf("own block to next template: %s, by %s", time.Since(submitted), tmpl.Source)
			mustVerdict(t, c, b, coins.Duplicate)
		}
	}

	// A foreign block is heard of by the WebSocket, well before the poll.
	began := time.Now()
	if _, err := node.Generate(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	tmpl = templates.next(t, "a foreign block", height(19))
	t.Logf("generate call to template: %s, by %s", time.Since(began), tmpl.Source)
	if tmpl.Source != "websocket" {
		t.Errorf("source: got %s, want websocket", tmpl.Source)
	}
}

func TestBTCDRefusalsAndSideBranch(t *testing.T) {
	node := testnode.MustBTCD(t)
	c := mustOpen(t, nil, node)
	templates := mustStream(t, c)
	tmpl := templates.next(t, "the first template", any1)
	best := solve(t, tmpl, "best")
	side := solve(t, tmpl, "side")
	mustVerdict(t, c, best, coins.Received)
	mustVerdict(t, c, side, coins.Received)
	if st := mustStatus(t, c, side.Hash); st.State != coins.BlockSide {
		t.Errorf("side branch: got %s, want side branch", st.State)
	}
	if st := mustStatus(t, c, best.Hash); st.State != coins.BlockBestChain {
		t.Errorf("best chain: got %s, want best chain", st.State)
	}
	if st := mustStatus(t, c, coins.Hash{1, 2, 3}); st.State != coins.BlockUnknown {
		t.Errorf("no such block: got %s, want unknown", st.State)
	}

	cut := *best
	cut.Raw = best.Raw[:len(best.Raw)-1]
	if v := mustVerdict(t, c, &cut, coins.Rejected); !strings.Contains(v.Reason, "decode failed") {
		t.Errorf("cut off block: reason %q", v.Reason)
	}

	// A second, harder solution with a nonce that does not meet the target.
	weak := solve(t, tmpl, "weak")
	for nonce := binary.LittleEndian.Uint32(weak.Raw[76:]) + 1; ; nonce++ {
		binary.LittleEndian.PutUint32(weak.Raw[76:], nonce)
		hash := block.Sum(weak.Raw[:80])
		target := algos.Target(tmpl.Target)
		if !target.Meets((*[32]byte)(&hash)) {
			break
		}
	}
	if v := mustVerdict(t, c, weak, coins.Rejected); !strings.Contains(v.Reason, "higher than") {
		t.Errorf("too little work: reason %q", v.Reason)
	}
}

func TestBTCDBlockWithTransactions(t *testing.T) {
	node := testnode.MustBTCD(t)
	if _, err := node.Generate(t.Context(), 107); err != nil {
		t.Fatal(err)
	}
	if err := node.SpendCoinbases(t.Context(), 5000, 1, 2, 3, 4, 5, 6, 7); err != nil {
		t.Fatal(err)
	}
	c := mustOpen(t, nil, node)
	templates := mustStream(t, c)
	tmpl := templates.next(t, "a template with transactions", func(t *coins.Template) bool { return t.Tree.TxCount > 0 })
	if tmpl.Tree.TxCount != 7 || tmpl.Fees != 7*5000 || len(tmpl.Tree.Branch) != bits.Len(7) {
		t.Errorf("got %d transactions, fees %d, branch of %d; want 7, 35000, 3", tmpl.Tree.TxCount, tmpl.Fees, len(tmpl.Tree.Branch))
	}
	b := solve(t, tmpl, "with transactions")
	mustVerdict(t, c, b, coins.Received)
	if st := mustStatus(t, c, b.Hash); st.State != coins.BlockBestChain {
		t.Errorf("got %s, want best chain", st.State)
	}
	var pool []string
	if err := node.Call(t.Context(), &pool, "getrawmempool"); err != nil || len(pool) != 0 {
		t.Errorf("mempool after the block: %v, %v, want it empty", pool, err)
	}
}

func TestBTCDFailover(t *testing.T) {
	first := testnode.MustBTCD(t)
	second := testnode.MustBTCD(t, first)
	c := mustOpen(t, map[string]any{"refresh": "1s"}, first, second)
	templates := mustStream(t, c)
	health := healthOf(t, c)
	name := func(n *testnode.Node) string { return strings.TrimPrefix(n.URL, "http://") }

	tmpl := templates.next(t, "the first template", any1)
	if tmpl.Node != name(first) {
		t.Errorf("first template: from %s, want the preferred node %s", tmpl.Node, name(first))
	}
	b := solve(t, tmpl, "both")
	mustVerdict(t, c, b, coins.Received)
	mustWait(t, "both nodes to have the block", func() bool {
		h, err := second.Height(t.Context())
		return err == nil && h == 1
	})
	templates.next(t, "height 2", height(2))

	// The preferred node dies.
	began := time.Now()
	first.Kill()
	tmpl = templates.next(t, "work from the other node", func(t *coins.Template) bool { return t.Node == name(second) })
	t.Logf("failover took %s", time.Since(began))
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("failover took %s, want about a second", took)
	}
	if tmpl.Height != 2 {
		t.Errorf("height after failover: got %d, want 2", tmpl.Height)
	}
	mustWait(t, "health to say so", func() bool { return health().State == coins.HealthDegraded })

	// A block goes to whoever lives.
	b = solve(t, tmpl, "one")
	v := mustVerdict(t, c, b, coins.Received)
	if v.Node != name(second) {
		t.Errorf("verdict from %s, want %s", v.Node, name(second))
	}
	if st := mustStatus(t, c, b.Hash); st.State != coins.BlockBestChain || st.Node != name(second) {
		t.Errorf("status: got %+v", st)
	}
}

func TestBTCDGoneMakesTheOutcomeUnknown(t *testing.T) {
	node := testnode.MustBTCD(t)
	c := mustOpen(t, nil, node)
	b := solve(t, mustStream(t, c).next(t, "the first template", any1), "")
	node.Kill()
	if v, err := c.SubmitBlock(t.Context(), b); err == nil {
		t.Errorf("submission without a node: got %+v, want an error", v)
	}
	if st, err := c.BlockStatus(t.Context(), b.Hash, 1); err == nil {
		t.Errorf("status without a node: got %+v, want an error", st)
	}
}
