package tari

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/simtari"
)

// deadline is the patience of the tests.
const deadline = 10 * time.Second

func mustNode(t testing.TB, chain *simtari.Chain, cfg simtari.NodeConfig) *simtari.Node {
	t.Helper()
	n, err := simtari.Start(chain, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Down)
	return n
}

// conf is the settings table of a coin that uses nodes.
func conf(nodes ...*simtari.Node) map[string]any {
	var list []any
	for _, n := range nodes {
		list = append(list, map[string]any{"url": n.Addr()})
	}
	return map[string]any{"nodes": list, "address": graxil, "poll": "20ms", "refresh": "1h", "timeout": "5s", "max_template_age": "2h"}
}

const testPatience = 3 * time.Second

// testDriver is a driver of little patience.
func testDriver() *Driver {
	d := New(slog.New(slog.DiscardHandler))
	d.patience, d.holdOff = testPatience, 300*time.Millisecond
	return d
}

func mustOpen(t testing.TB, d *Driver, settings map[string]any) *coin {
	t.Helper()
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Open(context.Background(), coins.Settings{Instance: "tari", JSON: text})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*coin)
}

// running is a running stream of templates or of health.
type running[T any] struct {
	out   chan T
	ended chan error
	stop  func()
}

// mustRun runs a stream until the test ends.
func mustRun[T any](t testing.TB, run func(context.Context, chan<- T) error) *running[T] {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running[T]{out: make(chan T), ended: make(chan error, 1), stop: cancel}
	go func() {
		r.ended <- run(ctx, r.out)
		close(r.ended)
	}()
	t.Cleanup(func() {
		cancel()
		select {
		case <-r.ended:
		case <-time.After(deadline):
			t.Error("stream does not end")
		}
	})
	return r
}

// until reads the stream until what comes is what is waited for.
func (r *running[T]) until(t testing.TB, what string, good func(T) bool) T {
	t.Helper()
	timer := time.NewTimer(deadline)
	defer timer.Stop()
	var last T
	for {
		select {
		case v := <-r.out:
			if last = v; good(v) {
				return v
			}
		case err := <-r.ended:
			t.Fatalf("waiting for %s: stream ended: %v; last %+v", what, err, last)
		case <-timer.C:
			t.Fatalf("waiting for %s: deadline; last %+v", what, last)
		}
	}
}

// next is what comes next.
func (r *running[T]) next(t testing.TB) T {
	t.Helper()
	return r.until(t, "the next", func(T) bool { return true })
}

// end is the error that the stream ends with.
func (r *running[T]) end(t testing.TB) error {
	t.Helper()
	timer := time.NewTimer(deadline)
	defer timer.Stop()
	for {
		select {
		case <-r.out:
		case err := <-r.ended:
			return err
		case <-timer.C:
			t.Fatal("stream does not end")
		}
	}
}

// mustMine searches the nonce of a template and makes the block as the engine
// does.
func mustMine(t testing.TB, tmpl *coins.Template) *coins.Block {
	t.Helper()
	b := tmpl.Blob
	header := append([]byte(nil), b.Header...)
	target := algos.Target(tmpl.Target)
	copy(header[b.ExtranonceOffset:], []byte{0xab, 0xcd})
	free := header[b.NonceOffset+b.ExtranonceSize : b.NonceOffset+b.NonceSize]
	var hash [32]byte
	for i := range 1 << 20 {
		free[0], free[1], free[2] = byte(i), byte(i>>8), byte(i>>16)
		if sha3x.Sum(&hash, header, b.HashParam); target.Meets(&hash) {
			return &coins.Block{TemplateID: tmpl.ID, Height: tmpl.Height, Hash: hash, PrevHash: tmpl.PrevHash, Raw: header, Opaque: b.Opaque}
		}
	}
	t.Fatal("no nonce found")
	return nil
}

func call(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	t.Cleanup(cancel)
	return ctx
}

// mustStatus asks for a block and expects a state.
func mustStatus(t testing.TB, c *coin, b *coins.Block, want coins.BlockState, confirmations uint64) coins.BlockStatus {
	t.Helper()
	st, err := c.BlockStatus(call(t), b.Hash, b.Height)
	if err != nil {
		t.Fatalf("status: %v", err)
	}
	if st.State != want || st.Confirmations != confirmations {
		t.Fatalf("status: got %s with %d confirmations, want %s with %d", st.State, st.Confirmations, want, confirmations)
	}
	return st
}

func mustSubmit(t testing.TB, c *coin, b *coins.Block, want coins.VerdictCode) coins.Verdict {
	t.Helper()
	v, err := c.SubmitBlock(call(t), b)
	if err != nil || v.Code != want {
		t.Fatalf("submit: got %s (%s) of %s, %v, want %s", v.Code, v.Reason, v.Node, err, want)
	}
	return v
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not so in time", what)
		}
	}
}
