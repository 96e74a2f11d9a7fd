package simchain

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// quick is a context for calls that are not to be answered.
func quick(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
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

func TestWarmUp(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	want[any](t, n, "sim_warmup", true)
	for _, method := range []string{"getblockcount", "nope"} {
		wantFault(t, n, codeWarmUp, method)
	}
	want[any](t, n, "sim_warmup", false)
	want[int](t, n, "getblockcount")
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
