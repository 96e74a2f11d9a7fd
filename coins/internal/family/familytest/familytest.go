package familytest

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
)

// Deadline is how long anything may take that a test waits for.
const Deadline = 30 * time.Second

// MustOpen opens a driver's regtest coin on a node, with quick times and further
// settings, and closes it with the test.
func MustOpen(t *testing.T, d coins.Driver, url string, further map[string]any) coins.Parent {
	t.Helper()
	s := map[string]any{
		"nodes": []any{map[string]any{"url": url, "user": "u", "password": "p"}},
		"poll":  "20ms", "refresh": "200ms",
	}
	maps.Copy(s, further)
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Open(t.Context(), coins.Settings{Instance: "test", Network: "regtest", JSON: text})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(coins.Parent)
}

// Stream is a coin's stream of templates.
type Stream struct {
	c   chan *coins.Template
	err chan error
}

// MustStream runs a coin's template stream until the test ends.
func MustStream(t *testing.T, c coins.Parent) *Stream {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &Stream{c: make(chan *coins.Template, 1024), err: make(chan error, 1)}
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

// Next waits for a template that want accepts; nil accepts any.
func (s *Stream) Next(t *testing.T, want func(*coins.Template) bool) *coins.Template {
	t.Helper()
	timeout := time.After(Deadline)
	for {
		select {
		case tmpl := <-s.c:
			if want == nil || want(tmpl) {
				return tmpl
			}
		case err := <-s.err:
			t.Fatalf("the stream ended: %v", err)
		case <-timeout:
			t.Fatalf("no such template in %s", Deadline)
		}
	}
}

// MustRefuse wants a coin that takes no template of its node, and whose health
// says so in the given words.
func MustRefuse(t *testing.T, c coins.Parent, says string) {
	t.Helper()
	if tmpl := watch(t, c, says); tmpl != nil {
		t.Errorf("got a template of height %d, version %08x, want none", tmpl.Height, tmpl.Tree.Version)
	}
}

// MustSay wants a coin whose health comes to say something in the given words,
// while its templates are streamed.
func MustSay(t *testing.T, c coins.Parent, says string) {
	t.Helper()
	watch(t, c, says)
}

// watch streams templates until the health says what it should, and returns the
// last one.
func watch(t *testing.T, c coins.Parent, says string) (last *coins.Template) {
	t.Helper()
	s := MustStream(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	out, done := make(chan coins.Health, 64), make(chan struct{})
	go func() {
		defer close(done)
		c.Health(ctx, out)
	}()
	defer func() {
		cancel()
		<-done
	}()
	timeout := time.After(Deadline)
	var h coins.Health
	for {
		select {
		case h = <-out:
			if strings.Contains(h.Message, says) {
				return last
			}
		case last = <-s.c:
		case <-timeout:
			t.Fatalf("health: got %+v, want %q in it", h, says)
		}
	}
}

// Solve mines a template's block with an algorithm, as the engine does: the
// version without bits inside the mask, then roll's bits inside it.
func Solve(t *testing.T, tmpl *coins.Template, algorithm string, roll uint32) *coins.Block {
	t.Helper()
	algo, err := algos.ByName(algorithm)
	if err != nil {
		t.Fatal(err)
	}
	tree := tmpl.Tree
	cb := block.NewCoinbase(tmpl, []byte("mined by a test"), []byte{0x51})
	h := block.NewHeader(tmpl, cb)
	h.Version = tree.Version&^tree.VersionMask | roll&tree.VersionMask
	target := algos.Target(tmpl.Target)
	var sum [32]byte
	for ; ; h.Nonce++ {
		if algo.Sum(&sum, h.Append(nil), nil); target.Meets(&sum) {
			return &coins.Block{
				TemplateID: tmpl.ID, Height: tmpl.Height, Hash: h.Hash(), PrevHash: tmpl.PrevHash,
				Raw: block.Assemble(h, nil, cb, tree),
			}
		}
	}
}

// MustTake hands a block in, and wants it on the best chain.
func MustTake(t *testing.T, c coins.Parent, b *coins.Block) {
	t.Helper()
	if v, err := c.SubmitBlock(t.Context(), b); err != nil || v.Code != coins.Received {
		t.Fatalf("block %d: got %+v, %v, want it received", b.Height, v, err)
	}
	st, err := c.BlockStatus(t.Context(), b.Hash, b.Height)
	if err != nil || st.State != coins.BlockBestChain || st.Height != b.Height {
		t.Fatalf("block %d: got %+v, %v, want it on the best chain", b.Height, st, err)
	}
}

// MustMine mines and hands in a chain of blocks with an algorithm, rolling
// other version bits for each.
func MustMine(t *testing.T, c coins.Parent, s *Stream, algorithm string, blocks int) {
	t.Helper()
	var last coins.Hash
	for i := range blocks {
		tmpl := s.Next(t, func(tmpl *coins.Template) bool { return i == 0 || tmpl.PrevHash == last })
		b := Solve(t, tmpl, algorithm, 0x55555555*uint32(i+1))
		MustTake(t, c, b)
		last = b.Hash
	}
}
