package namecoin

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// A fresh coin, as after a restart of the plugin, submits what another made; in
// template mode a restart of the node is survived too.
func TestRestartsBetweenWorkAndSolution(t *testing.T) {
	tests := []struct {
		name, mode string
		node       bool // restart the node as well
		want       coins.VerdictCode
	}{
		{"template, the pool", modeTemplate, false, coins.Received},
		{"template, pool and node", modeTemplate, true, coins.Received},
		{"createauxblock, the pool", modeCreate, false, coins.Received},
		{"createauxblock, pool and node", modeCreate, true, coins.Stale},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := mustNode(t, simchain.Config{ChainID: 1})
			list := []*simchain.Node{n}
			old := mustOpen(t, list, set("mode", tt.mode))
			w := mustStream(t, old).next(t)
			p := solve(t, w, "sha256d")
			old.Close()
			if tt.node {
				n.Restart()
			}
			fresh := mustOpen(t, list, set("mode", tt.mode))
			v := wantVerdict(t, fresh, p, tt.want)
			if tt.want == coins.Stale {
				if v.Reason != "block hash unknown" {
					t.Errorf("reason: got %q, want the node's words", v.Reason)
				}
				wantStatus(t, fresh, w.Hash, coins.BlockUnknown)
				return
			}
			wantStatus(t, fresh, w.Hash, coins.BlockBestChain)
		})
	}
}

// A restarted node has forgotten its block; the stream notices, though tip and
// reward are what they were.
func TestForgottenWorkIsReplaced(t *testing.T) {
	n := mustNode(t, simchain.Config{ChainID: 1})
	c := mustOpen(t, []*simchain.Node{n}, set("mode", modeCreate))
	s := mustStream(t, c)
	first := s.next(t)
	n.Restart()
	second := s.next(t)
	if second.Hash == first.Hash || second.PrevHash != first.PrevHash {
		t.Fatalf("got hash %s after %s, previous %s after %s", second.Hash, first.Hash, second.PrevHash, first.PrevHash)
	}
	wantVerdict(t, c, solve(t, second, "sha256d"), coins.Received)
}

// The node still takes the block after its tip moved: "true" is no block.
func TestLateSolutionIsNoBlock(t *testing.T) {
	for _, mode := range []string{modeTemplate, modeCreate} {
		t.Run(mode, func(t *testing.T) {
			n := mustNode(t, simchain.Config{ChainID: 1})
			c := mustOpen(t, []*simchain.Node{n}, set("mode", mode), set("poll", "1m"), set("refresh", "1m"))
			s := mustStream(t, c)
			w := s.next(t)
			n.Jump(1)
			wantVerdict(t, c, solve(t, w, "sha256d"), coins.Received)
			wantStatus(t, c, w.Hash, coins.BlockSide)
		})
	}
}

func TestStaleOnceTheNodeWasAskedAnew(t *testing.T) {
	n := mustNode(t, simchain.Config{ChainID: 1})
	c := mustOpen(t, []*simchain.Node{n}, set("mode", modeCreate))
	s := mustStream(t, c)
	w := s.next(t)
	n.Jump(1)
	if next := s.next(t); next.PrevHash != coins.Hash(n.Tip()) {
		t.Fatalf("previous: got %s, want the new tip %s", next.PrevHash, n.Tip())
	}
	wantVerdict(t, c, solve(t, w, "sha256d"), coins.Stale)
}

// A block that is kept on asking at one tip makes no new work.
func TestFlipFlopMakesNoNewWork(t *testing.T) {
	for _, mode := range []string{modeTemplate, modeCreate} {
		t.Run(mode, func(t *testing.T) {
			n := mustNode(t, simchain.Config{ChainID: 1})
			n.FlipFlop(true)
			c := mustOpen(t, []*simchain.Node{n}, set("mode", mode))
			s := mustStream(t, c)
			w := s.next(t)
			method := "createauxblock"
			if mode == modeTemplate {
				method = "getblocktemplate"
			}
			asked := n.Calls(method)
			until(t, "ten more requests", func() bool { return n.Calls(method) >= asked+10 })
			select {
			case w2 := <-s.out:
				t.Fatalf("got %s at the tip of %s, want no new work", w2.Hash, w.Hash)
			default:
			}
			wantVerdict(t, c, solve(t, w, "sha256d"), coins.Received)
		})
	}
}

// Pinned work goes to the node that made it, whichever it was.
func TestPinnedWorkGoesToItsNode(t *testing.T) {
	a, b := mustNode(t, simchain.Config{ChainID: 1}), mustNode(t, simchain.Config{ChainID: 1})
	a.Peer(b)
	c := mustOpen(t, []*simchain.Node{a, b}, set("mode", modeCreate))
	s := mustStream(t, c)
	w := s.next(t)
	for w.Node != a.Addr() {
		w = s.next(t)
	}
	a.Down(true)
	w = s.next(t)
	if w.Node != b.Addr() {
		t.Fatalf("node: got %s, want %s", w.Node, b.Addr())
	}
	a.Down(false)
	wantVerdict(t, c, solve(t, w, "sha256d"), coins.Received)
	if subs := b.Submissions(); len(subs) != 1 || !subs[0].Best || len(a.Submissions()) != 0 {
		t.Errorf("submissions: got %+v and %+v, want one, to %s", a.Submissions(), subs, b.Addr())
	}
}

// A node that is stuck one block behind another is left: no block on its tip would
// stay in the chain.
func TestPinnedWorkLeavesANodeThatIsBehind(t *testing.T) {
	t.Parallel()
	a, b := mustNode(t, simchain.Config{ChainID: 1}), mustNode(t, simchain.Config{ChainID: 1})
	a.Jump(5)
	b.Jump(5)
	c := mustOpen(t, []*simchain.Node{a, b}, set("mode", modeCreate))
	c.patience = soon
	s := mustStream(t, c)
	other := b
	if s.next(t).Node == b.Addr() {
		other = a
	}
	other.Jump(1)
	if w := s.next(t); w.Node != other.Addr() || w.Height != 7 {
		t.Errorf("work of %s at height %d, want that of %s at 7", w.Node, w.Height, other.Addr())
	}
}

// A node that has lost its peers for a moment has not judged the proof, and takes it
// when they are back.
func TestProofOutlivesALossOfPeers(t *testing.T) {
	cfg := simchain.Config{ChainID: 1, Dialect: simchain.Dogecoin, Algorithm: simchain.SHA256d, Wallet: testAddress}
	for _, mode := range []string{modeCreate, modeGet} {
		n := mustNode(t, cfg)
		c := mustOpen(t, []*simchain.Node{n}, set("mode", mode))
		c.patience = soon
		w := mustStream(t, c).next(t)
		p := solve(t, w, "sha256d")
		n.CutOff(true)
		if v, err := c.SubmitAux(t.Context(), p); err == nil {
			t.Errorf("%s: got %s %q, want no verdict", mode, v.Code, v.Reason)
		}
		n.CutOff(false)
		wantVerdict(t, c, p, coins.Received)
		wantStatus(t, c, w.Hash, coins.BlockBestChain)
	}
}

func TestOwnBlocksGoToEveryNode(t *testing.T) {
	a, b := mustNode(t, simchain.Config{ChainID: 1}), mustNode(t, simchain.Config{ChainID: 1})
	c := mustOpen(t, []*simchain.Node{a, b}, set("mode", modeTemplate))
	w := mustStream(t, c).next(t)
	wantVerdict(t, c, solve(t, w, "sha256d"), coins.Received)
	for _, n := range []*simchain.Node{a, b} {
		until(t, "block on both nodes", func() bool { return n.Tip() == simchain.Hash(w.Hash) })
	}
}

func TestOwnBlocksSurviveTheirNode(t *testing.T) {
	a, b := mustNode(t, simchain.Config{ChainID: 1}), mustNode(t, simchain.Config{ChainID: 1})
	c := mustOpen(t, []*simchain.Node{a, b}, set("mode", modeTemplate))
	w := mustStream(t, c).next(t)
	a.Down(true)
	wantVerdict(t, c, solve(t, w, "sha256d"), coins.Received)
}

func TestRefusalsCarryTheNodesWords(t *testing.T) {
	tests := []struct{ mode, want string }{
		{modeTemplate, "high-hash"},
		{modeCreate, "the node says false; its log has the reason"},
	}
	for _, tt := range tests {
		t.Run(tt.mode, func(t *testing.T) {
			n := mustNode(t, simchain.Config{ChainID: 1})
			c := mustOpen(t, []*simchain.Node{n}, set("mode", tt.mode))
			w := mustStream(t, c).next(t)
			p := solve(t, w, "sha256d")
			p.ChainIndex ^= 1
			if v := wantVerdict(t, c, p, coins.Rejected); v.Reason != tt.want || v.Node != n.Addr() {
				t.Errorf("got %q of %s, want %q of %s", v.Reason, v.Node, tt.want, n.Addr())
			}
		})
	}
}

func TestWrongChainIDFailsLoudly(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{modeAuto, modeTemplate, modeCreate} {
		t.Run(mode, func(t *testing.T) {
			n := mustNode(t, simchain.Config{ChainID: 6})
			err := mustStream(t, mustOpen(t, []*simchain.Node{n}, set("mode", mode), set("max_template_age", "1s"))).err(t)
			wantErr(t, err, ErrChainID)
			if text := err.Error(); !strings.Contains(text, "says 6") || !strings.Contains(text, "has 1") {
				t.Errorf("text: got %q, want both ids", text)
			}
		})
	}
	t.Run("known from the node alone", func(t *testing.T) {
		n := mustNode(t, simchain.Config{ChainID: 6})
		c := mustOpen(t, []*simchain.Node{n}, func(m map[string]any) { delete(m, "chain_id") })
		if w := mustStream(t, c).next(t); w.Slot.ChainID != 6 || c.Info().HasChainID {
			t.Errorf("got id %d, known %v, want 6 of the node", w.Slot.ChainID, c.Info().HasChainID)
		}
	})
}

func TestWrongCredentials(t *testing.T) {
	t.Parallel()
	n := mustNode(t, simchain.Config{ChainID: 1})
	for _, mode := range []string{modeAuto, modeTemplate, modeCreate} {
		t.Run(mode, func(t *testing.T) {
			c := mustOpen(t, []*simchain.Node{n}, set("mode", mode),
				set("nodes", []any{map[string]any{"url": n.URL(), "user": "u", "password": "wrong-secret"}}))
			err := mustStream(t, c).err(t)
			wantErr(t, err, rpc.ErrCredentials)
			if strings.Contains(err.Error(), "wrong-secret") {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

// A node that is down at the start, or goes away for long, ends the stream;
// one that is slow does not.
func TestNodeDownStalledSlow(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{modeTemplate, modeCreate} {
		t.Run(mode, func(t *testing.T) {
			n := mustNode(t, simchain.Config{ChainID: 1})
			n.Down(true)
			c := mustOpen(t, []*simchain.Node{n}, set("mode", mode))
			wantErr(t, mustStream(t, c).err(t), nodes.ErrNoNode)

			n.Down(false)
			n.Slow(50 * time.Millisecond)
			s := mustStream(t, c)
			w := s.next(t)
			n.Slow(0)

			n.Down(true)
			if _, err := c.SubmitAux(t.Context(), solve(t, w, "sha256d")); err == nil {
				t.Error("submission to a node that is down: got no error, want unknown outcome")
			}
			if err := s.err(t); err == nil {
				t.Error("stream without a node: got no error")
			}
		})
	}
}

// While a submission is under way its node is not asked for the next block,
// which would make it forget this one; the submission itself does not wait.
func TestSubmissionsGoBeforeRequests(t *testing.T) {
	n := mustNode(t, simchain.Config{ChainID: 1})
	c := mustOpen(t, []*simchain.Node{n}, set("mode", modeCreate), set("refresh", "1m"))
	s := mustStream(t, c)
	w := s.next(t)
	p := solve(t, w, "sha256d")
	until(t, "idle", func() bool { states, _ := c.set.Watch(); return states[0].Height == 0 || states[0].Peers > 0 })

	done := c.pending.begin(n.Addr())
	asked, looked := n.Calls("createauxblock"), n.Calls("getblockchaininfo")
	n.Jump(1)
	// The watcher looks once at the new tip, and the stream before it asks.
	until(t, "a request that waits", func() bool { return n.Calls("getblockchaininfo") >= looked+2 })
	wantVerdict(t, c, p, coins.Received)
	if got := n.Calls("createauxblock"); got != asked {
		t.Errorf("createauxblock: got %d calls, want %d", got, asked)
	}
	done()
	if next := s.next(t); next.PrevHash != coins.Hash(n.Tip()) {
		t.Errorf("next work: got previous %s, want %s", next.PrevHash, n.Tip())
	}
}

func TestMoreMoneyAtOneTipIsNewWork(t *testing.T) {
	at := time.Now()
	n := mustNode(t, simchain.Config{ChainID: 1, Clock: func() time.Time { at = at.Add(time.Second); return at }})
	s := mustStream(t, mustOpen(t, []*simchain.Node{n}, set("mode", modeTemplate)))
	w := s.next(t)
	n.InjectFake(3, 5000)
	if w2 := s.next(t); w2.PrevHash != w.PrevHash || w2.Reward != w.Reward+15000 {
		t.Errorf("got reward %d after %d, want 15000 more at the same tip", w2.Reward, w.Reward)
	}
}

func TestHealthAndAddresses(t *testing.T) {
	n := mustNode(t, simchain.Config{ChainID: 1})
	c := mustOpen(t, []*simchain.Node{n})
	mustStream(t, c).next(t)
	out := make(chan coins.Health, 1)
	done := make(chan error, 1)
	go func() { done <- c.Health(t.Context(), out) }()
	until(t, "ready", func() bool {
		select {
		case h := <-out:
			return h.State == coins.HealthReady
		default:
			return false
		}
	})
	c.Close()
	wantErr(t, <-done, nodes.ErrClosed)

	nmc, err := New(slog.New(slog.DiscardHandler)).Open(t.Context(), coins.Settings{Network: "regtest", JSON: []byte(
		`{"nodes":[{"url":"http://127.0.0.1:1","user":"u","password":"p"}],"address":"` + testAddress + `"}`)})
	if err != nil {
		t.Fatal(err)
	}
	defer nmc.Close()
	for a, want := range map[string]bool{testAddress: true, "nope": false, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa": false} {
		if p, err := nmc.ValidateAddress(t.Context(), a); err != nil || p.Valid != want {
			t.Errorf("%s: got %+v, %v, want valid %v", a, p, err, want)
		}
	}
}

// A block of our own that a node refused is replaced: at a tip that nobody else
// moves, the chain would never be mined again.
func TestRefusedBlockIsReplaced(t *testing.T) {
	n := mustNode(t, simchain.Config{ChainID: 1})
	c := mustOpen(t, []*simchain.Node{n}, set("mode", modeTemplate))
	s := mustStream(t, c)
	w := s.next(t)
	p := solve(t, w, "sha256d")
	p.CoinbaseStripped = append(p.CoinbaseStripped[:len(p.CoinbaseStripped):len(p.CoinbaseStripped)], 0)
	wantVerdict(t, c, p, coins.Rejected)
	again := s.next(t)
	if again.Hash == w.Hash || again.PrevHash != w.PrevHash {
		t.Fatalf("got %s on %s, want another block on %s", again.Hash, again.PrevHash, w.PrevHash)
	}
	wantVerdict(t, c, solve(t, again, "sha256d"), coins.Received)
}
