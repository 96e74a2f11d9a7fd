package namecoin

import (
	"context"
	"encoding/binary"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

func mustSyscoin(t testing.TB, cfg simchain.Config, edits ...edit) (*simchain.Node, *coin) {
	t.Helper()
	cfg.ChainID, cfg.Dialect = 16, simchain.Syscoin
	n := mustNode(t, cfg)
	n.Jump(1)
	return n, mustOpenDriver(t, NewSyscoin(nil), "regtest", []*simchain.Node{n}, edits...)
}

// mustStreamTold is mustStream that tells the stream of the parent's tips.
func mustStreamTold(t testing.TB, c *coin) (s *stream, tell func(coins.Hash)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s = &stream{out: make(chan *coins.AuxWork, 100), done: make(chan error, 1)}
	tips := make(chan coins.ParentTip)
	go func() { s.done <- c.AuxWork(ctx, tips, s.out) }()
	t.Cleanup(func() {
		cancel()
		<-s.done
	})
	return s, func(h coins.Hash) {
		select {
		case tips <- coins.ParentTip{Hash: h, Height: 7}:
		case err := <-s.done:
			s.done <- err
			t.Fatalf("the stream ended: %v", err)
		case <-time.After(soon):
			t.Fatal("the stream does not take the parent's tip")
		}
	}
}

// solveOn is solve with a parent that is built on prev and carries what the work
// wants in its coinbase.
func solveOn(t testing.TB, w *coins.AuxWork, prev coins.Hash) *coins.AuxProof {
	t.Helper()
	tree, err := auxpow.Plan([]uint32{w.Slot.ChainID})
	if err != nil {
		t.Fatal(err)
	}
	built, err := tree.Build([]auxpow.Leaf{{ID: w.Slot.ChainID, Hash: w.Hash}})
	if err != nil {
		t.Fatal(err)
	}
	commitment := built.Commitment()
	cb := block.Coinbase{
		Version: 2, Script: append(block.HeightPush(700000), commitment[:]...),
		Outputs: append([]coins.Output{{Value: 1, Script: []byte{0x51}}}, w.ExtraOutputs...),
	}
	h := block.Header{Version: 0x20000000, Prev: prev, Root: cb.TxID(), Time: 1, Bits: w.Bits}
	raw := h.Append(nil)
	alg, err := algos.ByName("sha256d")
	if err != nil {
		t.Fatal(err)
	}
	target := algos.Target(w.Target)
	for nonce := range uint32(1 << 20) {
		binary.LittleEndian.PutUint32(raw[76:], nonce)
		var sum [32]byte
		if alg.Sum(&sum, raw, nil); !target.Meets(&sum) {
			continue
		}
		return &coins.AuxProof{
			WorkID: w.ID, Node: w.Node, Hash: w.Hash, Height: w.Height, Opaque: w.Opaque,
			ParentHash: block.Sum(raw), ParentHeader: raw,
			Coinbase: cb.Append(nil), CoinbaseStripped: cb.AppendStripped(nil), TxCount: 1,
		}
	}
	t.Fatal("no nonce found")
	return nil
}

func TestSyscoinsOutputInTheParent(t *testing.T) {
	n, c := mustSyscoin(t, simchain.Config{})
	w := mustStream(t, c).next(t)
	if len(w.ExtraOutputs) != 1 || w.ExtraOutputs[0].Value != 0 || w.DependsOnParent {
		t.Fatalf("work: got %+v, want one extra output and no dependence", w)
	}
	if want := (coins.AuxRules{MagicRequired: true}); w.Rules != want || w.Slot.ChainID != 16 {
		t.Errorf("rules: got %+v, id %d, want %+v", w.Rules, w.Slot.ChainID, want)
	}
	wantVerdict(t, c, solve(t, w, "sha256d"), coins.Rejected) // without the output
	wantVerdict(t, c, solveOn(t, w, coins.Hash{9}), coins.Received)
	wantStatus(t, c, w.Hash, coins.BlockBestChain)
	if n.Tip() != simchain.Hash(w.Hash) {
		t.Errorf("tip: got %s, want our block %s", n.Tip(), w.Hash)
	}
}

// Work that is bound to the parent's tip waits for it, and is made anew when it
// moves; a proof on another tip never reaches the node.
func TestSyscoinFollowsTheParentsTip(t *testing.T) {
	n, c := mustSyscoin(t, simchain.Config{ParentEvery: 1}, set("refresh", "1m"))
	s, tell := mustStreamTold(t, c)
	until(t, "requests without a tip", func() bool { return n.Calls("createauxblock") >= 2 }) // beyond its patience
	one, two := coins.Hash{1}, coins.Hash{2}
	tell(one)
	first := s.next(t)
	asked := n.Calls("createauxblock")
	tell(two)
	second := s.next(t)
	if got := n.Calls("createauxblock") - asked; got != 1 {
		t.Errorf("got %d requests at the parent's next tip, want 1", got)
	}
	if !first.DependsOnParent || first.PrevHash != second.PrevHash || first.Hash == second.Hash || second.ID <= first.ID {
		t.Fatalf("work: got %+v, then %+v, want two that depend, on one tip", first, second)
	}
	given := len(n.Submissions())
	wantVerdict(t, c, solveOn(t, second, one), coins.Stale)
	if got := len(n.Submissions()); got != given {
		t.Fatalf("the node was given %d proofs on the wrong tip", got-given)
	}
	// What is bound to the earlier tip is still good on it.
	wantVerdict(t, c, solveOn(t, first, one), coins.Received)
	third := s.next(t)
	if third.PrevHash != first.Hash {
		t.Fatalf("next: got previous %s, want %s", third.PrevHash, first.Hash)
	}
	wantVerdict(t, c, solveOn(t, third, two), coins.Received)
}

// A tip that is told again, or of no concern to the work, makes no new work.
func TestSyscoinTipsThatChangeNothing(t *testing.T) {
	n, c := mustSyscoin(t, simchain.Config{ParentEvery: 3}, set("refresh", "1m")) // height 2 commits
	s, tell := mustStreamTold(t, c)
	tell(coins.Hash{1})
	w := s.next(t)
	tell(coins.Hash{1})
	wantVerdict(t, c, solveOn(t, w, coins.Hash{1}), coins.Received)
	next := s.next(t)
	if !w.DependsOnParent || next.DependsOnParent || next.PrevHash != w.Hash {
		t.Fatalf("work: got %+v, then %+v, want the first alone to depend", w, next)
	}
	asked := n.Calls("createauxblock")
	for i := range byte(3) {
		tell(coins.Hash{5 + i})
	}
	n.Jump(1)
	if w := s.next(t); w.PrevHash != coins.Hash(n.Tip()) || n.Calls("createauxblock") > asked+2 {
		t.Errorf("got previous %s after %d requests, want %s after one", w.PrevHash, n.Calls("createauxblock")-asked, n.Tip())
	}
}

// The generic driver finds out by itself that a template is not enough.
func TestGenericTakesTheNodesOwnBlockWhereTheParentMustCarryAnOutput(t *testing.T) {
	n := mustNode(t, simchain.Config{ChainID: 1, Dialect: simchain.Syscoin})
	c := mustOpen(t, []*simchain.Node{n}, set("strict_id", false), set("magic_required", true))
	w := mustStream(t, c).next(t)
	if k, err := decodeKept(w.Opaque); err != nil || k.kind != kindCreate || len(w.ExtraOutputs) != 1 {
		t.Fatalf("got %+v, %v, %d outputs, want the node's own block with one", k, err, len(w.ExtraOutputs))
	}
	wantVerdict(t, c, solveOn(t, w, coins.Hash{}), coins.Received)
}

func TestGenericOfOtherDialects(t *testing.T) {
	t.Run("bound to the parent's tip", func(t *testing.T) {
		n := mustNode(t, simchain.Config{ChainID: 1, Dialect: simchain.Syscoin, ParentEvery: 1})
		n.Jump(1)
		s, tell := mustStreamTold(t, mustOpen(t, []*simchain.Node{n}, set("parent_tip", true)))
		tell(coins.Hash{3})
		if w := s.next(t); !w.DependsOnParent {
			t.Errorf("got %+v, want dependence", w)
		}
	})
	t.Run("elastos", func(t *testing.T) {
		n := mustNode(t, simchain.Config{ChainID: 1, Dialect: simchain.Elastos})
		c := mustOpen(t, []*simchain.Node{n}, set("dialect", "elastos"), set("p2pkh", 0x21), set("p2sh", 0x12), set("address", elastosAddress),
			set("strict_id", false), set("index_zero", true), set("magic_required", true), set("no_aux_parent", false))
		w := mustStream(t, c).next(t)
		wantVerdict(t, c, solve(t, w, "sha256d"), coins.Received)
		wantStatus(t, c, w.Hash, coins.BlockBestChain)
	})
}

func TestSyscoinsTestNetworkHasAnIDOfItsOwn(t *testing.T) {
	nobody := set("nodes", []any{map[string]any{"url": "http://127.0.0.1:1", "user": "u", "password": "p"}})
	for of, want := range map[*address.Network]uint32{&address.SyscoinMain: 16, &address.SyscoinTest: 8, &address.SyscoinRegtest: 16} {
		c := mustOpenDriver(t, NewSyscoin(nil), of.Name, nil, nobody, set("address", address.Example(*of)))
		if c.Info().ChainID != want {
			t.Errorf("%s: got id %d, want %d", of.Name, c.Info().ChainID, want)
		}
	}
}
