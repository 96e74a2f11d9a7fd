package namecoin

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// testAddress is one that every simulated chain takes.
const testAddress = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"

// soon is how long a test waits for what must come.
const soon = 20 * time.Second

// testPatience is how long a coin waits for a node: tests wait for its end, and a busy
// machine must not come to it.
const testPatience = 3 * time.Second

// mustNode runs a simulated node until the test ends.
func mustNode(t testing.TB, cfg simchain.Config) *simchain.Node {
	t.Helper()
	cfg.User, cfg.Password = "u", "p"
	n := simchain.New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	select {
	case <-n.Ready():
	case err := <-done:
		t.Fatalf("simulated node: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return n
}

// edit changes the settings of a test's coin.
type edit func(map[string]any)

func set(key string, value any) edit { return func(m map[string]any) { m[key] = value } }

// settingsOf are quick settings for simulated nodes.
func settingsOf(t testing.TB, nodes []*simchain.Node, edits ...edit) []byte {
	t.Helper()
	var list []any
	for _, n := range nodes {
		list = append(list, map[string]any{"url": n.URL(), "user": "u", "password": "p"})
	}
	m := map[string]any{
		"nodes": list, "address": testAddress, "symbol": "sim", "chain_id": 1,
		"poll": "20ms", "refresh": "100ms", "timeout": "2s",
	}
	for _, e := range edits {
		e(m)
	}
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// mustOpen opens a coin of the generic driver on regtest.
func mustOpen(t testing.TB, nodes []*simchain.Node, edits ...edit) *coin {
	t.Helper()
	d := NewGeneric(slog.New(slog.DiscardHandler)).(*driver)
	d.patience = testPatience
	c, err := d.Open(t.Context(), coins.Settings{Instance: "sim", Network: "regtest", JSON: settingsOf(t, nodes, edits...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*coin)
}

// stream runs a coin's AuxWork and keeps what it sends.
type stream struct {
	out  chan *coins.AuxWork
	done chan error
}

func mustStream(t testing.TB, c *coin) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &stream{out: make(chan *coins.AuxWork, 100), done: make(chan error, 1)}
	go func() { s.done <- c.AuxWork(ctx, nil, s.out) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-s.done:
		case <-time.After(soon):
			t.Error("the stream does not end with its context")
		}
	})
	return s
}

// next is the next work sent.
func (s *stream) next(t testing.TB) *coins.AuxWork {
	t.Helper()
	select {
	case w := <-s.out:
		return w
	case err := <-s.done:
		s.done <- err
		t.Fatalf("the stream ended: %v", err)
	case <-time.After(soon):
		t.Fatal("no work")
	}
	return nil
}

// err is the error that the stream ends with.
func (s *stream) err(t testing.TB) error {
	t.Helper()
	select {
	case err := <-s.done:
		s.done <- err
		return err
	case <-time.After(soon):
		t.Fatal("the stream does not end")
	}
	return nil
}

// solve finds a parent whose coinbase commits to the work in a tree of several
// chains, and returns the proof as the engine makes it.
func solve(t testing.TB, w *coins.AuxWork, algorithm string) *coins.AuxProof {
	t.Helper()
	alg, err := algos.ByName(algorithm)
	if err != nil {
		t.Fatal(err)
	}
	id := w.Slot.ChainID
	tree, err := auxpow.Plan([]uint32{id, id + 1, id + 2})
	if err != nil {
		t.Fatal(err)
	}
	built, err := tree.Build([]auxpow.Leaf{{ID: id, Hash: w.Hash}})
	if err != nil {
		t.Fatal(err)
	}
	commitment := built.Commitment()
	cb := block.Coinbase{
		Version: 2,
		Script:  slices.Concat(block.HeightPush(700000), commitment[:], []byte("extranonce")),
		Outputs: []coins.Output{{Value: 1, Script: []byte{0x51}}},
		Witness: make([]byte, 32),
	}
	branch := []coins.Hash{block.Sum([]byte("a transaction"))}
	h := block.Header{Version: 0x20000000, Root: block.Root(cb.TxID(), branch), Time: 1, Bits: w.Bits}
	raw := h.Append(nil)
	target := algos.Target(w.Target)
	for nonce := range uint32(1 << 20) {
		binary.LittleEndian.PutUint32(raw[76:], nonce)
		var sum [32]byte
		alg.Sum(&sum, raw, nil)
		if !target.Meets(&sum) {
			continue
		}
		p := &coins.AuxProof{
			WorkID: w.ID, Node: w.Node, Hash: w.Hash, Height: w.Height, Opaque: w.Opaque,
			ParentHash: block.Sum(raw), ParentHeader: raw,
			Coinbase: cb.Append(nil), CoinbaseStripped: cb.AppendStripped(nil),
			Branch: branch, TxCount: 2, ChainIndex: built.Members[0].Index,
		}
		for _, b := range built.Members[0].Branch {
			p.ChainBranch = append(p.ChainBranch, b)
		}
		return p
	}
	t.Fatal("no nonce found")
	return nil
}

// wantVerdict submits a proof.
func wantVerdict(t testing.TB, c *coin, p *coins.AuxProof, want coins.VerdictCode) coins.Verdict {
	t.Helper()
	v, err := c.SubmitAux(t.Context(), p)
	if err != nil || v.Code != want {
		t.Fatalf("verdict: got %s %q, %v, want %s", v.Code, v.Reason, err, want)
	}
	return v
}

func wantStatus(t testing.TB, c *coin, h coins.Hash, want coins.BlockState) {
	t.Helper()
	st, err := c.BlockStatus(t.Context(), h, 0)
	if err != nil || st.State != want {
		t.Fatalf("status: got %s, %v, want %s", st.State, err, want)
	}
}

// until polls a condition that another goroutine brings about.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(soon); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in %s: %s", soon, what)
		}
	}
}

func wantErr(t testing.TB, got error, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("error: got %v, want %v", got, want)
	}
}
