package tari

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/simtari"
)

// From a template to a block with confirmations, in every form of the header.
func TestMineBlocks(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  simtari.Config
		form bool // the header's form is known
	}{
		{"header of today", simtari.Config{Difficulty: 3000}, true},
		{"header of 2024", simtari.Config{Difficulty: 3000, OldHeader: true}, true},
		{"header of the future", simtari.Config{Difficulty: 3000, FutureField: true}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			chain := simtari.NewChain(tt.cfg)
			chain.Mine(3)
			chain.AddTx(700)
			node := mustNode(t, chain, simtari.NodeConfig{})
			c := mustOpen(t, testDriver(), conf(node))
			s := mustRun(t, c.Templates)

			tip, _ := chain.Tip()
			tmpl := s.next(t)
			want, _ := algos.FromDifficulty64(3000)
			if tmpl.Height != 4 || tmpl.PrevHash.String() != tip.String() || tmpl.Target != want || tmpl.Reason != coins.NewTip {
				t.Errorf("template: got %+v", tmpl)
			}
			if tmpl.Reward != 13_000_000_700 || tmpl.Fees != 700 || tmpl.Node != node.Addr() || tmpl.Source != "start" || tmpl.Heard == 0 {
				t.Errorf("template: got %+v", tmpl)
			}

			block := mustMine(t, tmpl)
			mustStatus(t, c, block, coins.BlockUnknown, 0)
			mustSubmit(t, c, block, coins.Received)
			mustStatus(t, c, block, coins.BlockBestChain, 1)
			checkPaid(t, chain, 4, 13_000_000_700)

			next := s.next(t)
			id, height := chain.Tip()
			if height != 4 || next.PrevHash.String() != id.String() || next.Height != 5 || next.ID <= tmpl.ID || next.Reason != coins.NewTip || next.Source != "poll" {
				t.Errorf("next template: got %+v, want one on %s", next, id)
			}

			chain.Mine(3)
			st := mustStatus(t, c, block, coins.BlockBestChain, 4)
			if st.Height != 4 || st.Node != node.Addr() {
				t.Errorf("status: got %+v", st)
			}
			mustSubmit(t, c, block, coins.Duplicate)

			// Without its height, and by its id.
			block.Height = 0
			mustStatus(t, c, block, coins.BlockBestChain, 4)
			var byID coins.Block
			byID.Hash, _ = coins.ParseHash(id.String())
			mustStatus(t, c, &byID, coins.BlockBestChain, 4)

			// Another process does not have the id.
			other := mustOpen(t, testDriver(), conf(node))
			block.Height = 4
			if tt.form {
				mustStatus(t, other, block, coins.BlockBestChain, 4)
			} else if _, err := other.BlockStatus(call(t), block.Hash, 4); !errors.Is(err, ErrForm) {
				t.Errorf("status of a header that is not known: got %v, want %v", err, ErrForm)
			}
			mustStatus(t, other, &byID, coins.BlockBestChain, 4)
		})
	}
}

// checkPaid looks at the outputs of a block.
func checkPaid(t *testing.T, chain *simtari.Chain, height, reward uint64) {
	t.Helper()
	key, err := decodeAddress(mainNet, graxil)
	if err != nil {
		t.Fatal(err)
	}
	out := chain.Outputs(height)
	if len(out) != 1 || out[0].Value != reward || !bytes.HasSuffix(out[0].Script, key[spendAt:spendAt+32]) || string(out[0].Extra) != "/motherlode/" {
		t.Errorf("outputs of block %d: got %+v, want %d to the address", height, out, reward)
	}
}

// The process that fetched the template is gone, and so is the node that made
// it: any process can submit its block to any node.
func TestRestartBetweenTemplateAndSubmission(t *testing.T) {
	chain := simtari.NewChain(simtari.Config{Difficulty: 500, FutureField: true})
	a, b := mustNode(t, chain, simtari.NodeConfig{}), mustNode(t, chain, simtari.NodeConfig{})
	c := mustOpen(t, testDriver(), conf(a))
	s := mustRun(t, c.Templates)
	block := mustMine(t, s.next(t))
	s.stop()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	a.Down()

	c = mustOpen(t, testDriver(), conf(b))
	mustSubmit(t, c, block, coins.Received)
	mustStatus(t, c, block, coins.BlockBestChain, 1)
}

func TestReorganisedBlock(t *testing.T) {
	chain := simtari.NewChain(simtari.Config{Difficulty: 500})
	node := mustNode(t, chain, simtari.NodeConfig{})
	c := mustOpen(t, testDriver(), conf(node))
	s := mustRun(t, c.Templates)
	chain.Mine(1)
	block := mustMine(t, s.until(t, "work on block 1", func(tmpl *coins.Template) bool { return tmpl.Height == 2 }))
	mustSubmit(t, c, block, coins.Received)
	mustStatus(t, c, block, coins.BlockBestChain, 1)

	chain.Reorg(1)
	mustStatus(t, c, block, coins.BlockSide, 0)
	tip, _ := chain.Tip()
	s.until(t, "work on the new branch", func(tmpl *coins.Template) bool { return tmpl.PrevHash.String() == tip.String() })

	// Who did not submit it does not know where it went.
	other := mustOpen(t, testDriver(), conf(node))
	mustStatus(t, other, block, coins.BlockUnknown, 0)
	block.Height = 0
	mustStatus(t, c, block, coins.BlockSide, 0)
	mustStatus(t, other, block, coins.BlockUnknown, 0)
}

// A node that has lost its last blocks, and fetches them again, says nothing of the
// one that stood there.
func TestBlockOfANodeThatCatchesUp(t *testing.T) {
	chain := simtari.NewChain(simtari.Config{Difficulty: 500})
	node := mustNode(t, chain, simtari.NodeConfig{})
	c := mustOpen(t, testDriver(), conf(node))
	s := mustRun(t, c.Templates)
	block := mustMine(t, s.next(t))
	behind := chain.Fork(0)
	mustSubmit(t, c, block, coins.Received)
	mustStatus(t, c, block, coins.BlockBestChain, 1)
	node.Follow(behind)
	mustStatus(t, c, block, coins.BlockUnknown, 0)
	node.Follow(chain)
	mustStatus(t, c, block, coins.BlockBestChain, 1)
}

// A share that is no block, and blocks that were spoilt on the way, are refused
// with the node's words or our own.
func TestRejectedBlocks(t *testing.T) {
	chain := simtari.NewChain(simtari.Config{Difficulty: 1 << 40})
	node := mustNode(t, chain, simtari.NodeConfig{})
	c := mustOpen(t, testDriver(), conf(node))
	tmpl := mustRun(t, c.Templates).next(t)
	block := &coins.Block{Height: 1, PrevHash: tmpl.PrevHash, Raw: tmpl.Blob.Header, Opaque: tmpl.Blob.Opaque, Hash: coins.Hash{1}}
	v := mustSubmit(t, c, block, coins.Rejected)
	if !strings.Contains(v.Reason, "Target difficulty 1099511627776 not achieved") || v.Node != node.Addr() {
		t.Errorf("got %+v", v)
	}
	if v = mustSubmit(t, c, block, coins.Rejected); !strings.Contains(v.Reason, "Bad block with hash") {
		t.Errorf("again: got %+v", v)
	}
	block.Opaque = block.Opaque[:50]
	if v = mustSubmit(t, c, block, coins.Rejected); !strings.Contains(v.Reason, ErrOpaque.Error()) {
		t.Errorf("cut opaque bytes: got %+v", v)
	}
	if _, err := c.SubmitBlock(call(t), &coins.Block{}); err != nil {
		t.Errorf("empty block: got error %v, want a refusal", err)
	}
}

func TestTemplatesFollowTheMempool(t *testing.T) {
	chain := simtari.NewChain(simtari.Config{})
	set := conf(mustNode(t, chain, simtari.NodeConfig{}))
	set["refresh"] = "100ms"
	s := mustRun(t, mustOpen(t, testDriver(), set).Templates)
	first := s.next(t)
	second := s.next(t)
	if second.Reason != coins.Refresh || second.PrevHash != first.PrevHash || bytes.Equal(second.Blob.Header, first.Blob.Header) {
		t.Errorf("refresh: got %+v after %+v, want another block on the same tip", second, first)
	}
	chain.AddTx(900)
	fees := s.until(t, "fees", func(tmpl *coins.Template) bool { return tmpl.Fees == 900 })
	if fees.Reason != coins.NewTxs || fees.Reward != 13_000_000_900 {
		t.Errorf("got %+v", fees)
	}
}
