package litecoin

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

const deadline = 30 * time.Second

func TestDescribe(t *testing.T) {
	info := New(nil).Describe()
	c := info.Coin
	if info.Driver != "litecoin" || !info.Has(coins.RoleParent) || c.Symbol != "LTC" || c.Algorithm != "scrypt" {
		t.Errorf("got %+v", info)
	}
	if c.DifficultyOne != [32]byte{2: 0xff, 3: 0xff} {
		t.Errorf("difficulty one: got %x, want 0xffff * 2^224", c.DifficultyOne)
	}
	if c.BlockTime != 150*time.Second || c.Maturity != 100 || c.VersionMask != 0x1fffe000 {
		t.Errorf("coin: got %+v", c)
	}
}

// solve mines a template's block with scrypt on the CPU.
func solve(t *testing.T, tmpl *coins.Template) *coins.Block {
	t.Helper()
	scrypt, err := algos.ByName("scrypt")
	if err != nil {
		t.Fatal(err)
	}
	cb := block.NewCoinbase(tmpl, []byte("test"), []byte{0x51})
	h := block.NewHeader(tmpl, cb)
	target := algos.Target(tmpl.Target)
	var sum [32]byte
	for ; ; h.Nonce++ {
		scrypt.Sum(&sum, h.Append(nil), nil)
		if target.Meets(&sum) {
			return &coins.Block{TemplateID: tmpl.ID, Height: tmpl.Height, Hash: h.Hash(), PrevHash: tmpl.PrevHash, Raw: block.Assemble(h, nil, cb, tmpl.Tree)}
		}
	}
}

func TestLitecoindBeforeAndAfterMWEB(t *testing.T) {
	node := testnode.MustLitecoind(t)
	text, err := json.Marshal(map[string]any{"nodes": []any{
		map[string]any{"url": node.URL, "user": node.User, "password": node.Password},
		map[string]any{"url": node.Peer.URL, "user": node.User, "password": node.Password},
	}, "poll": "100ms", "refresh": "300ms"})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := New(nil).Open(t.Context(), coins.Settings{Instance: "litecoin", Network: "regtest", JSON: text})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	c := opened.(coins.Parent)

	ctx, cancel := context.WithCancel(t.Context())
	templates, ended := make(chan *coins.Template, 1024), make(chan error, 1)
	go func() { ended <- c.Templates(ctx, templates) }()
	defer func() {
		cancel()
		<-ended
	}()
	next := func(what string, want func(*coins.Template) bool) *coins.Template {
		t.Helper()
		timeout := time.After(deadline)
		for {
			select {
			case tmpl := <-templates:
				if want(tmpl) {
					return tmpl
				}
			case err := <-ended:
				ended <- err
				t.Fatalf("waiting for %s: stream ended: %v", what, err)
			case <-timeout:
				t.Fatalf("waiting for %s: nothing in %s", what, deadline)
			}
		}
	}
	submit := func(tmpl *coins.Template) {
		t.Helper()
		b := solve(t, tmpl)
		v, err := c.SubmitBlock(t.Context(), b)
		if err != nil || v.Code != coins.Received {
			t.Fatalf("submit height %d: got %+v, %v, want received", b.Height, v, err)
		}
		st, err := c.BlockStatus(t.Context(), b.Hash, 0)
		if err != nil || st.State != coins.BlockBestChain || st.Height != b.Height {
			t.Fatalf("status of height %d: got %+v, %v, want best chain", b.Height, st, err)
		}
		// The first node to take it answers for both: one that has not heard of
		// the block yet would take it again.
		for limit := time.Now().Add(deadline); ; time.Sleep(5 * time.Millisecond) {
			height, err := node.Peer.Height(t.Context())
			if err == nil && height >= b.Height {
				break
			}
			if time.Now().After(limit) {
				t.Fatalf("the other node's height is %d, %v; want %d", height, err, b.Height)
			}
		}
		if v, err = c.SubmitBlock(t.Context(), b); err != nil || v.Code != coins.Duplicate {
			t.Fatalf("the same again: got %+v, %v, want duplicate", v, err)
		}
	}

	early := next("a template before MWEB", func(*coins.Template) bool { return true })
	if len(early.Tree.Trailer) != 0 {
		t.Errorf("trailer at height %d: %x, want none before MWEB", early.Height, early.Tree.Trailer)
	}
	submit(early)

	if err := node.ActivateMWEB(t.Context()); err != nil {
		t.Fatal(err)
	}
	idle := next("a template with MWEB", func(tmpl *coins.Template) bool { return tmpl.Height > testnode.MWEBHeight })
	if idle.Tree.TxCount < 1 || len(idle.Tree.Trailer) < 100 || idle.Tree.Trailer[0] != 1 {
		t.Errorf("got %d transactions and trailer %x, want the HogEx and 01 with the MWEB block", idle.Tree.TxCount, idle.Tree.Trailer)
	}
	for _, o := range idle.Tree.Outputs {
		if !bytes.HasPrefix(o.Script, []byte{0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed}) {
			t.Errorf("required output %x is no witness commitment", o.Script)
		}
	}
	submit(idle)

	// A payment within MWEB makes the MWEB block larger, once the node that is
	// asked has heard of it.
	after := next("the height after", func(tmpl *coins.Template) bool { return tmpl.Height == idle.Height+1 })
	if err := node.SendMWEB(t.Context()); err != nil {
		t.Fatal(err)
	}
	submit(after)
	submit(next("an MWEB block that is not idle", func(tmpl *coins.Template) bool {
		return tmpl.Height > after.Height && len(tmpl.Tree.Trailer) > len(idle.Tree.Trailer)
	}))
}
