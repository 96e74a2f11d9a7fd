package rsk

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/simrsk"
)

const limit = 10 * time.Second

// easy is met by one hash in sixteen.
var easy = [32]byte{0: 0x0f, 1: 0xff}

func mustNode(t *testing.T) *simrsk.Node {
	t.Helper()
	n, err := simrsk.New(simrsk.Config{Target: easy})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// mustOpen opens a coin on nodes, with times for tests.
func mustOpen(t *testing.T, extra map[string]any, nodes ...*simrsk.Node) *coin {
	t.Helper()
	set := map[string]any{"poll": "20ms", "max_submits": 100}
	var list []map[string]any
	for _, n := range nodes {
		list = append(list, map[string]any{"url": n.URL()})
	}
	set["nodes"] = list
	for k, v := range extra {
		set[k] = v
	}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(nil).Open(t.Context(), coins.Settings{Instance: "rsk", Network: "regtest", JSON: text})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*coin)
}

// mustWork opens the stream of work.
func mustWork(t *testing.T, c *coin) (work <-chan *coins.AuxWork, ended <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, end, done := make(chan *coins.AuxWork), make(chan error, 1), make(chan struct{})
	go func() {
		defer close(done)
		end <- c.AuxWork(ctx, make(chan coins.ParentTip), out)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return out, end
}

func next(t *testing.T, work <-chan *coins.AuxWork) *coins.AuxWork {
	t.Helper()
	select {
	case w := <-work:
		return w
	case <-time.After(limit):
		t.Fatal("no work")
		return nil
	}
}

// solve mines a proof for work: a coinbase with the commitment last and tail
// bytes behind it, beside one other transaction.
func solve(w *coins.AuxWork, tail int) *coins.AuxProof {
	coinbase := make([]byte, 70)
	coinbase[4] = 1 // one input
	coinbase = append(coinbase, w.Output.Script...)
	offset := len(coinbase) - len(w.Output.Script)
	coinbase = append(coinbase, make([]byte, tail)...)
	sibling := coins.Hash{7}
	id := sum(coinbase)
	root := sum(append(id[:], sibling[:]...))
	header := make([]byte, 80)
	copy(header[36:], root[:])
	for nonce := uint32(0); ; nonce++ {
		binary.LittleEndian.PutUint32(header[76:], nonce)
		h := sum(header)
		slices.Reverse(h[:])
		if bytes.Compare(h[:], w.Target[:]) <= 0 {
			break
		}
	}
	return &coins.AuxProof{
		WorkID: w.ID, Node: w.Node, Hash: w.Hash, Height: w.Height, Opaque: w.Opaque, ParentHash: sum(header), ParentHeader: header,
		Coinbase: coinbase, CoinbaseStripped: coinbase, Branch: []coins.Hash{sibling}, TxCount: 2, OutputOffset: offset,
	}
}

func mustSubmit(t *testing.T, c *coin, p *coins.AuxProof) coins.Verdict {
	t.Helper()
	v, err := c.SubmitAux(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWorkIsCommittedAndTaken(t *testing.T) {
	n := mustNode(t)
	c := mustOpen(t, nil, n)
	work, _ := mustWork(t, c)
	w := next(t, work)
	if got := w.Output.Script; len(got) != 43 || got[0] != 0x6a || got[1] != 0x29 || string(got[2:11]) != "RSKBLOCK:" || fmt.Sprintf("%x", got[11:]) != w.Hash.String() {
		t.Errorf("script %x of hash %s", got, w.Hash)
	}
	if w.Height != n.Best().Number+1 || w.PrevHash.String() != fmt.Sprintf("%x", n.Best().Hash) || w.Target != easy || w.Bits != 0 || w.Source != "start" || w.Heard == 0 {
		t.Errorf("got %+v on block %d", w, n.Best().Number)
	}
	if w.Output.MaxAfter != 128 || w.Output.Weight != weight || !w.Rules.Uncles {
		t.Errorf("got %+v, %+v", w.Output, w.Rules)
	}

	if v := mustSubmit(t, c, solve(w, 4)); v.Code != coins.Received || v.Reason != "IMPORTED_BEST" || v.Node != n.Name() {
		t.Fatalf("got %+v", v)
	}
	if got := n.Best().Mined; fmt.Sprintf("%x", got) != w.Hash.String() {
		t.Errorf("the tip was mined for %x, want %s", got, w.Hash)
	}
	st, err := c.BlockStatus(t.Context(), w.Hash, w.Height)
	if err != nil || st.State != coins.BlockBestChain || st.Confirmations != 1 || st.Height != w.Height {
		t.Errorf("status %+v, %v", st, err)
	}
	if later := next(t, work); later.ID <= w.ID || later.Height != w.Height+1 || later.Source != "poll" {
		t.Errorf("got %+v after %+v", later, w)
	}

	// A second solution of the same work is known to be of no use.
	again := solve(w, 5)
	if v := mustSubmit(t, c, again); v.Code != coins.Duplicate || len(n.Results()) != 1 {
		t.Errorf("got %+v, %d submissions reached the node", v, len(n.Results()))
	}
}

func TestLateBlockIsAnUncle(t *testing.T) {
	n := mustNode(t)
	c := mustOpen(t, nil, n)
	work, _ := mustWork(t, c)
	w := next(t, work)
	n.Mine()
	if v := mustSubmit(t, c, solve(w, 4)); v.Code != coins.Received || v.Reason != "IMPORTED_NOT_BEST" {
		t.Fatalf("got %+v", v)
	}
	var child *coins.AuxWork
	for child == nil || child.Height != w.Height+2 {
		n.Refresh(0) // the next work names the uncle
		child = next(t, work)
		if v := mustSubmit(t, c, solve(child, 4)); v.Code != coins.Received {
			t.Fatalf("got %+v", v)
		}
	}
	st, err := c.BlockStatus(t.Context(), w.Hash, w.Height)
	if err != nil || st.State != coins.BlockSide || st.Confirmations != 0 || !strings.HasPrefix(st.Note, "uncle, named by block ") {
		t.Errorf("status %+v, %v; want an uncle on a side branch", st, err)
	}
	if st, err := c.BlockStatus(t.Context(), coins.Hash{1}, w.Height); err != nil || st.State != coins.BlockUnknown {
		t.Errorf("status of nothing: %+v, %v", st, err)
	}
	if st, err := c.BlockStatus(t.Context(), w.Hash, 0); err != nil || st.State != coins.BlockSide {
		t.Errorf("status without a height: %+v, %v", st, err)
	}
	if st, err := c.BlockStatus(t.Context(), child.Hash, 0); err != nil || st.State != coins.BlockBestChain || st.Confirmations != 1 || st.Height != child.Height {
		t.Errorf("status without a height: %+v, %v", st, err)
	}
}

func TestForgottenWorkIsStale(t *testing.T) {
	n := mustNode(t)
	c := mustOpen(t, nil, n)
	work, _ := mustWork(t, c)
	w := next(t, work)
	for range 20 {
		n.Refresh(0)
	}
	if v := mustSubmit(t, c, solve(w, 4)); v.Code != coins.Stale || !strings.Contains(v.Reason, "could not find hash") {
		t.Errorf("got %+v", v)
	}
}

func TestWrongProofsAreRejected(t *testing.T) {
	n := mustNode(t)
	c := mustOpen(t, nil, n)
	work, _ := mustWork(t, c)
	w := next(t, work)
	for name, spoil := range map[string]func(*coins.AuxProof){
		"more than 128 bytes after":   func(p *coins.AuxProof) { *p = *solve(w, 129) },
		"branch that leads elsewhere": func(p *coins.AuxProof) { p.Branch[0] = coins.Hash{8} },
		"too little work":             func(p *coins.AuxProof) { p.ParentHeader = make([]byte, 80) },
		"no header":                   func(p *coins.AuxProof) { p.ParentHeader = nil },
		"coinbase without the tag":    func(p *coins.AuxProof) { p.CoinbaseStripped = make([]byte, 100) },
		"another tag behind it": func(p *coins.AuxProof) {
			p.CoinbaseStripped = append(slices.Clone(p.CoinbaseStripped), commitment(coins.Hash{1})...)
		},
		"node that is gone": func(p *coins.AuxProof) { p.Node = "127.0.0.1:1" },
	} {
		t.Run(name, func(t *testing.T) {
			p := solve(w, 4)
			spoil(p)
			if v := mustSubmit(t, c, p); v.Code != coins.Rejected || v.Reason == "" {
				t.Errorf("got %+v", v)
			}
		})
	}
	if v := mustSubmit(t, c, solve(w, 128)); v.Code != coins.Received {
		t.Errorf("128 bytes after the hash: %+v", v)
	}
}

// New work at the same tip goes out when the node says that it pays, and
// otherwise only once what is out is old.
func TestNotifyFlag(t *testing.T) {
	n := mustNode(t)
	c := mustOpen(t, map[string]any{"refresh": "1h"}, n)
	work, _ := mustWork(t, c)
	first := next(t, work)
	quiet := n.Calls("mnr_getWork")
	n.Refresh(0) // a little other, not worth a job
	wait(t, "three more polls", func() bool { return n.Calls("mnr_getWork") >= quiet+3 })
	n.Refresh(1000_000_000_999) // pays
	second := next(t, work)
	if second.Reward != 1000 || second.PrevHash != first.PrevHash || second.Hash == first.Hash {
		t.Errorf("got %+v, want the work that pays, after %+v", second, first)
	}
}

func TestOldWorkIsReplaced(t *testing.T) {
	n := mustNode(t)
	c := mustOpen(t, map[string]any{"refresh": "100ms"}, n)
	work, _ := mustWork(t, c)
	first := next(t, work)
	n.Refresh(0)
	if second := next(t, work); second.Hash == first.Hash || second.PrevHash != first.PrevHash {
		t.Errorf("got %+v after %+v", second, first)
	}
}

func TestFailover(t *testing.T) {
	for _, fault := range []string{simrsk.Busy, simrsk.Garbage, simrsk.Reset, simrsk.Hang, simrsk.NoModule, simrsk.NoWork} {
		t.Run(fault, func(t *testing.T) {
			a, b := mustNode(t), mustNode(t)
			c := mustOpen(t, nil, a, b)
			work, _ := mustWork(t, c)
			if w := next(t, work); w.Node != a.Name() {
				t.Fatalf("first work of %s, want the preferred node's", w.Node)
			}
			a.Fault(fault)
			began := time.Now()
			w := next(t, work)
			if w.Node != b.Name() {
				t.Errorf("work of %s, want the other node's", w.Node)
			}
			t.Logf("%s: other node's work after %v", fault, time.Since(began).Round(time.Millisecond))

			// A proof for what the faulty node made is an error: try again.
			if v := mustSubmit(t, c, solve(w, 4)); v.Code != coins.Received {
				t.Errorf("got %+v", v)
			}
		})
	}
}

// A node is left when it is stuck: no block on its tip would stay in the chain. Two
// blocks say so at once, one does when it has stood for a while.
func TestNodeThatIsBehindIsLeft(t *testing.T) {
	for _, blocks := range []int{1, 2} {
		t.Run(fmt.Sprint(blocks), func(t *testing.T) {
			t.Parallel()
			a, b := mustNode(t), mustNode(t)
			c := mustOpen(t, nil, a, b)
			work, _ := mustWork(t, c)
			other := b // of the one that was quicker to answer
			if next(t, work).Node == b.Name() {
				other = a
			}
			for range blocks {
				other.Mine()
			}
			w := next(t, work)
			for w.Height < other.Best().Number+1 {
				w = next(t, work) // made between the blocks, or still of the stuck one
			}
			if w.Node != other.Name() || w.Height != other.Best().Number+1 {
				t.Errorf("got work of %s at height %d, want that of %s at %d", w.Node, w.Height, other.Name(), other.Best().Number+1)
			}
		})
	}
}

func TestNodeThatDoesNotAnswerIsAskedAgain(t *testing.T) {
	n := mustNode(t)
	c := mustOpen(t, nil, n)
	work, _ := mustWork(t, c)
	w := next(t, work)
	n.Fault(simrsk.Reset)
	if v, err := c.SubmitAux(t.Context(), solve(w, 4)); err == nil {
		t.Errorf("got %+v, want an error: the outcome is unknown", v)
	}
	n.Fault("")
	if v := mustSubmit(t, c, solve(w, 4)); v.Code != coins.Received {
		t.Errorf("got %+v", v)
	}
}

// A node that limits submissions, or is in trouble itself, has not judged the
// solution.
func TestWhatIsNoVerdictIsTriedAgain(t *testing.T) {
	for _, fault := range []string{simrsk.Limit, simrsk.Trouble, simrsk.Busy, simrsk.NoModule} {
		t.Run(fault, func(t *testing.T) {
			n := mustNode(t)
			c := mustOpen(t, nil, n)
			work, _ := mustWork(t, c)
			p := solve(next(t, work), 4)
			n.Fault(fault)
			if v, err := c.SubmitAux(t.Context(), p); err == nil {
				t.Errorf("got %+v, want an error: the outcome is unknown", v)
			}
			n.Fault("")
			if v := mustSubmit(t, c, p); v.Code != coins.Received || v.Reason != "IMPORTED_BEST" {
				t.Errorf("got %+v", v)
			}
		})
	}
}

func TestRefusedSolutionIsRejectedInTheNodesWords(t *testing.T) {
	n := mustNode(t)
	c := mustOpen(t, nil, n)
	work, _ := mustWork(t, c)
	p := solve(next(t, work), 4)
	n.Fault(simrsk.Refuse)
	if v := mustSubmit(t, c, p); v.Code != coins.Rejected || !strings.HasPrefix(v.Reason, "Invalid block supplied by miner") || v.Node != n.Name() {
		t.Errorf("got %+v", v)
	}
	n.Fault("")
	if v := mustSubmit(t, c, p); v.Code != coins.Received {
		t.Errorf("a refusal settles nothing, got %+v", v)
	}
}

// A node that takes longer than others may is slow, but where there are no
// others it is mined all the same.
func TestSlowNodeWithoutOthers(t *testing.T) {
	t.Parallel()
	n := mustNode(t)
	n.Slow(pollTimeout + 100*time.Millisecond)
	c := mustOpen(t, nil, n)
	work, _ := mustWork(t, c)
	if v := mustSubmit(t, c, solve(next(t, work), 4)); v.Code != coins.Received {
		t.Errorf("got %+v", v)
	}
}

// A node that says "imported" and forgets is found out by BlockStatus.
func TestLieIsFoundOut(t *testing.T) {
	n := mustNode(t)
	c := mustOpen(t, nil, n)
	work, _ := mustWork(t, c)
	w := next(t, work)
	n.Fault(simrsk.Lie)
	if v := mustSubmit(t, c, solve(w, 4)); v.Code != coins.Received {
		t.Errorf("got %+v", v)
	}
	if st, err := c.BlockStatus(t.Context(), w.Hash, w.Height); err != nil || st.State != coins.BlockUnknown {
		t.Errorf("status %+v, %v", st, err)
	}
}

func TestSubmissionsWaitForTheirTurn(t *testing.T) {
	n := mustNode(t)
	c := mustOpen(t, map[string]any{"max_submits": 1}, n)
	work, _ := mustWork(t, c)
	w := next(t, work)
	if v := mustSubmit(t, c, solve(w, 4)); v.Code != coins.Received {
		t.Fatalf("got %+v", v)
	}
	w = next(t, work)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if v, err := c.SubmitAux(ctx, solve(w, 4)); err == nil {
		t.Errorf("got %+v, want no second submission within a second", v)
	}
	if got := len(n.Results()); got != 1 {
		t.Errorf("%d submissions reached the node, want 1", got)
	}
}

func TestHealth(t *testing.T) {
	n := mustNode(t)
	c := mustOpen(t, nil, n)
	out := make(chan coins.Health)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Health(ctx, out) }()
	until := func(what string, ok func(coins.Health) bool) {
		t.Helper()
		timeout := time.After(limit)
		for {
			select {
			case h := <-out:
				if ok(h) {
					return
				}
			case <-timeout:
				t.Fatalf("no health of %s", what)
			}
		}
	}
	until("a node that is well", func(h coins.Health) bool {
		return h.State == coins.HealthReady && h.Height == n.Best().Number && h.Nodes[0].Version == "RskJ/0.0.0/Simulated"
	})
	n.Fault(simrsk.NoModule)
	until("a node without the module", func(h coins.Health) bool {
		return h.State == coins.HealthDown && strings.Contains(h.Message, "enable rpc.modules.mnr")
	})
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

func TestNodeOfAnotherNetwork(t *testing.T) {
	n, err := simrsk.New(simrsk.Config{Target: easy, Network: "30"})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	c := mustOpen(t, nil, n)
	mustWork(t, c)
	wait(t, "the refusal", func() bool {
		states, _ := c.states()
		return errors.Is(states[0].err, ErrNetwork)
	})
	if n.Calls("mnr_getWork") != 0 {
		t.Error("work was taken from a node of another network")
	}
}

func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
