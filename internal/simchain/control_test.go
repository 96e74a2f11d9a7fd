package simchain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// quick is a context for calls that are not to be answered.
func quick(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func TestDown(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	open, err := net.Dial("tcp", n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	n.Down(true)
	if c, err := net.Dial("tcp", n.Addr()); err == nil {
		c.Close()
		t.Error("the port is open")
	}
	open.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := open.Read(make([]byte, 1)); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the connection is open: %v", err)
	}
	n.Jump(3) // its own chain goes on
	n.Down(false)
	if got := want[int](t, n, "getblockcount"); got != 3 {
		t.Errorf("height: got %d, want 3", got)
	}
}

// TestDownAtOnce: the port is closed when Down returns, however early it is
// called.
func TestDownAtOnce(t *testing.T) {
	for range 50 {
		n := start(t, Config{ChainID: 1})
		n.Down(true)
		if c, err := net.Dial("tcp", n.Addr()); err == nil {
			c.Close()
			t.Fatal("the port is open")
		}
		n.Down(false)
		want[int](t, n, "getblockcount")
	}
}

// TestGivenListener serves on a listener that is open before Run.
func TestGivenListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := start(t, Config{ChainID: 1, Listener: l})
	if n.Addr() != l.Addr().String() || n.URL() != "http://"+n.Addr() {
		t.Errorf("got %s and %s, want %s", n.Addr(), n.URL(), l.Addr())
	}
	want[int](t, n, "getblockcount")
	n.Restart()
	want[int](t, n, "getblockcount")
}

// TestDownOutlastsOutage: who is told to go down does not come back with the
// end of a planned outage.
func TestDownOutlastsOutage(t *testing.T) {
	n := New(Config{ChainID: 1})
	n.begin(outage{length: time.Hour})
	if n.power.isUp() || n.power.recovery() == nil {
		t.Fatal("no outage")
	}
	n.Down(true)
	if n.power.isUp() || n.power.recovery() != nil {
		t.Error("the outage would end")
	}
}

func TestStall(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	n.Stall(true)
	if _, _, err := tryCall(t, quick(t), n, "getblockcount"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want no answer", err)
	}
	answered := make(chan error, 1)
	go func() {
		_, _, err := tryCall(t, t.Context(), n, "getblockcount")
		answered <- err
	}()
	select {
	case err := <-answered:
		t.Fatalf("answered while stalled: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	// The control methods still answer.
	want[any](t, n, "sim_stall", false)
	if err := <-answered; err != nil {
		t.Errorf("after the release: %v", err)
	}
}

// TestStallEndsWithRun: a node with held requests can be stopped.
func TestStallEndsWithRun(t *testing.T) {
	n := New(Config{ChainID: 1})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	<-n.Ready()
	n.Stall(true)
	answered := make(chan error, 1)
	go func() {
		_, _, err := tryCall(t, t.Context(), n, "getblockcount")
		answered <- err
	}()
	time.AfterFunc(20*time.Millisecond, cancel)
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("run: got %v, want %v", err, context.Canceled)
	}
	if err := <-answered; err == nil {
		t.Error("the held request was answered")
	}
	if err := n.Run(t.Context()); err == nil {
		t.Error("run twice")
	}
	n.Down(true) // does not hang
}

func TestSlow(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	n.Slow(60 * time.Millisecond)
	began := time.Now()
	want[int](t, n, "getblockcount")
	if took := time.Since(began); took < 60*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
}

func TestLoseReplies(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	_, h, bits := auxOf(t, n)
	proof := proofFor(t, n, h, bits)
	n.LoseReplies(true)
	if _, _, err := tryCall(t, t.Context(), n, "submitauxblock", h.String(), proof); err == nil {
		t.Fatal("answered")
	}
	n.LoseReplies(false)
	if got := want[headerReply](t, n, "getblockheader", h.String()).Confirmations; got != 1 {
		t.Errorf("confirmations: got %d, want 1", got)
	}
}

func TestLie(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	n.Lie(true)
	h := mineAux(t, n)
	if got := submit(t, n, solved(t, n, draft(t, n))); got != "" {
		t.Errorf("submitblock: got %q, want null", got)
	}
	if n.Height() != 0 {
		t.Errorf("height: got %d, want 0", n.Height())
	}
	wantFault(t, n, codeAddress, "getblockheader", h.String())
}

func TestWrongChainID(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	n.WrongChainID(77)
	w, h, bits := auxOf(t, n)
	if w.ChainID != 77 {
		t.Errorf("chain id: got %d, want 77", w.ChainID)
	}
	if got := want[template](t, n, "getblocktemplate", templateRules).Version; got != 77<<16|4 {
		t.Errorf("version: got %08x", got)
	}
	// Who believes it is refused.
	wrong := prove(t, SHA256d, h, 77, bits, 3, nil)
	if want[bool](t, n, "submitauxblock", h.String(), encodeHex(wrong.encode())) {
		t.Error("proof in the slot of id 77 taken")
	}
	if got := submit(t, n, solved(t, n, draft(t, n))); got != string(HighHash) {
		t.Errorf("block with id 77: got %q, want %q", got, HighHash)
	}
}

func TestReorg(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	n.Jump(5)
	ids := n.InjectFake(2, 900)
	b := solved(t, n, draft(t, n))
	if got := submit(t, n, b); got != "" {
		t.Fatalf("got %q, want null", got)
	}
	branch := n.Reorg(2)
	if len(branch) != 3 || n.Height() != 7 || n.Tip() != branch[2] {
		t.Fatalf("branch of %d, height %d, want 3 and 7", len(branch), n.Height())
	}
	if got := n.Confirmations(b.id); got != -1 {
		t.Errorf("confirmations: got %d, want -1", got)
	}
	// Its transactions wait again.
	if got := want[[]string](t, n, "getrawmempool"); len(got) != 2 || got[0] != ids[0].String() {
		t.Errorf("mempool: got %v, want %v", got, ids)
	}
	if got := submit(t, n, solved(t, n, draft(t, n))); got != "" {
		t.Errorf("the same transactions again: got %q, want null", got)
	}
	n.Reorg(1000)
	if n.Height() != 9 {
		t.Errorf("from genesis: height %d, want 9", n.Height())
	}
}

func TestInvalidateBlock(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	hashes := n.Jump(5)
	want[any](t, n, "invalidateblock", hashes[2].String())
	if n.Height() != 2 || n.Tip() != hashes[1] {
		t.Fatalf("height %d, want 2", n.Height())
	}
	if w, _, _ := auxOf(t, n); w.Height != 3 {
		t.Errorf("aux work for height %d, want 3", w.Height)
	}
	want[any](t, n, "reconsiderblock", hashes[4].String())
	if n.Height() != 5 || n.Tip() != hashes[4] {
		t.Errorf("height %d, want 5", n.Height())
	}
	wantFault(t, n, codeAddress, "invalidateblock", Hash{1}.String())
}

func TestSimMethods(t *testing.T) {
	n := start(t, Config{ChainID: 1, User: "u", Password: "p"})
	if got := want[[]string](t, n, "sim_jump", 3); len(got) != 3 || n.Height() != 3 {
		t.Fatalf("sim_jump: got %v, height %d", got, n.Height())
	}
	if got := want[[]string](t, n, "sim_reorg", 1); len(got) != 2 || n.Height() != 4 {
		t.Errorf("sim_reorg: got %v, height %d", got, n.Height())
	}
	if got := want[[]string](t, n, "sim_injectfake", 2, 100); len(got) != 2 {
		t.Errorf("sim_injectfake: got %v", got)
	}
	fake := encodeHex(n.pool.order[0].tx.encode(true))
	if fault := wantFault(t, n, codeVerify, "sim_injecttx", fake, 1); fault.Message != "txn-already-in-mempool" {
		t.Errorf("sim_injecttx: got %v", fault)
	}
	for _, name := range []string{"lie", "flipflop", "losereplies", "peerless"} {
		want[any](t, n, "sim_"+name, true)
		want[any](t, n, "sim_"+name, false)
	}
	want[any](t, n, "sim_slow", 0.001)
	want[any](t, n, "sim_wrongchainid", 9)
	if w, _, _ := auxOf(t, n); w.ChainID != 9 {
		t.Errorf("chain id: got %d, want 9", w.ChainID)
	}
	wantFault(t, n, codeParameter, "sim_wrongchainid", 70000)
	wantFault(t, n, codeParameter, "sim_down", -1)
	h := mineAux(t, n)
	subs := want[[]map[string]any](t, n, "sim_submissions")
	if len(subs) != 1 || subs[0]["hash"] != h.String() || subs[0]["verdict"] != "true" || subs[0]["best"] != true {
		t.Errorf("sim_submissions: got %v", subs)
	}
}

// TestSimOutage drives down and restart over RPC.
func TestSimOutage(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	_, h, bits := auxOf(t, n)
	proof := proofFor(t, n, h, bits)
	want[any](t, n, "sim_down", 0.3)
	refused := func() bool {
		c, err := net.Dial("tcp", n.Addr())
		if err == nil {
			c.Close()
		}
		return err != nil
	}
	until(t, "down", refused)
	until(t, "up", func() bool { return !refused() })
	want[any](t, n, "sim_restart")
	until(t, "forgotten", func() bool {
		_, fault, err := tryCall(t, t.Context(), n, "submitauxblock", h.String(), proof[:2])
		return err == nil && fault != nil && fault.Message == "block hash unknown"
	})
}

func TestPeers(t *testing.T) {
	cfg := Config{ChainID: 1}
	a, b, c := start(t, cfg), start(t, cfg), start(t, cfg)
	a.Jump(2)
	ids := a.InjectFake(2, 50)
	a.Peer(b)
	b.Peer(c)
	if c.Tip() != a.Tip() || len(want[[]string](t, c, "getrawmempool")) != len(ids) {
		t.Fatalf("the third node has height %d, want 2", c.Height())
	}
	// A block built on one node's template is taken by another, and reaches all.
	block := solved(t, a, draft(t, a))
	if got := submit(t, c, block); got != "" {
		t.Fatalf("got %q, want null", got)
	}
	if a.Tip() != block.id || b.Tip() != block.id {
		t.Error("the block did not come back")
	}
	if got := submit(t, a, block); got != string(Duplicate) {
		t.Errorf("got %q, want %q", got, Duplicate)
	}
	// createauxblock's work is known to its node alone.
	_, h, bits := auxOf(t, a)
	proof := proofFor(t, a, h, bits)
	wantFault(t, b, codeParameter, "submitauxblock", h.String(), proof)
	if !want[bool](t, a, "submitauxblock", h.String(), proof) || c.Tip() != h {
		t.Error("the aux block did not reach the others")
	}
	// Who was down catches up, and gives up a shorter chain of its own.
	c.Down(true)
	c.Jump(1)
	b.Jump(2)
	if c.Tip() == b.Tip() {
		t.Error("a closed node heard of a block")
	}
	c.Down(false)
	if c.Tip() != b.Tip() || c.Height() != 6 {
		t.Errorf("height: got %d, want 6", c.Height())
	}
}

func TestWaitHeight(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	done := make(chan error, 1)
	go func() { done <- n.WaitHeight(t.Context(), 2) }()
	n.Jump(1)
	n.Jump(1)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := n.WaitHeight(quick(t), 3); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
}

// TestLongPoll: a long poll ends with the tip, and holds a thread until then,
// whether its caller is still there or not.
func TestLongPoll(t *testing.T) {
	n := start(t, Config{ChainID: 1, Threads: 2, Queue: 1})
	tm := want[template](t, n, "getblocktemplate", templateRules)
	request := map[string]any{"rules": []string{"segwit"}, "longpollid": tm.LongPollID}
	got := make(chan json.RawMessage, 1)
	go func() {
		raw, _, _ := tryCall(t, t.Context(), n, "getblocktemplate", request)
		got <- raw
	}()
	until(t, "first long poll", func() bool { return n.Calls("getblocktemplate") == 2 })
	if _, _, err := tryCall(t, quick(t), n, "getblocktemplate", request); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want no answer", err)
	}
	until(t, "second long poll", func() bool { return n.Calls("getblocktemplate") == 3 })
	// Both threads are held now, one by nobody.
	if _, _, err := tryCall(t, quick(t), n, "getblockcount"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want no answer", err)
	}
	// That call waits in the queue, which is full with it.
	until(t, "503", func() bool {
		status, _, _ := post(t, quick(t), n, "", "", `{"method":"getblockcount","id":1}`)
		return status == http.StatusServiceUnavailable
	})
	n.Jump(1)
	if next := decode[template](t, <-got); next.Height != 2 {
		t.Errorf("height: got %d, want 2", next.Height)
	}
	until(t, "threads are free", func() bool {
		_, _, err := tryCall(t, quick(t), n, "getblockcount")
		return err == nil
	})
	for _, id := range []string{"x", strings.Repeat("z", 64) + "1"} {
		wantFault(t, n, codeParameter, "getblocktemplate", map[string]any{"rules": []string{"segwit"}, "longpollid": id})
	}
}

// TestLongPollTransactions: new transactions end a long poll, but not before
// it is a minute old.
func TestLongPollTransactions(t *testing.T) {
	for _, c := range []struct {
		name       string
		come, want time.Duration
	}{{"early", 10 * time.Second, time.Minute}, {"late", 90 * time.Second, 90 * time.Second}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := New(Config{ChainID: 1})
				began, done := time.Now(), make(chan error, 1)
				go func() { done <- n.longPoll(t.Context(), n.getBlockTemplate().LongPollID) }()
				time.Sleep(c.come)
				n.InjectFake(1, 1)
				if err := <-done; err != nil || time.Since(began) != c.want {
					t.Errorf("after %v: %v, want %v", time.Since(began), err, c.want)
				}
			})
		})
	}
}

func TestConfigErrors(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{Algorithm: "x11"}, "algorithm"},
		{Config{Bits: 0x217fffff}, "bits"},
		{Config{PowLimit: 0xff7fffff}, "pow limit"},
		{Config{Wallet: "nobody"}, "wallet"},
		{Config{Listen: "256.0.0.1:1"}, "listen"},
	} {
		err := New(c.cfg).Run(t.Context())
		if err == nil || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%+v: got %v, want it to name %s", c.cfg, err, c.want)
		}
	}
}
