package namecoin

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// elastosAddress is one of the documentation's.
const elastosAddress = "Ef4UcaHwvFrFzzsyVf5YH4JBWgYgUqfTAB"

// mustOpenDriver opens a coin of a driver that its settings do not describe.
func mustOpenDriver(t testing.TB, made coins.Driver, network string, list []*simchain.Node, edits ...edit) *coin {
	t.Helper()
	d := made.(*driver)
	d.log, d.patience = slog.New(slog.DiscardHandler), testPatience
	edits = append(edits, func(m map[string]any) { delete(m, "symbol"); delete(m, "chain_id") })
	c, err := d.Open(t.Context(), coins.Settings{Instance: "sim", Network: network, JSON: settingsOf(t, list, edits...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if b, ok := c.(bare); ok {
		return b.Aux.(*coin)
	}
	return c.(*coin)
}

func mustElastos(t testing.TB) (*simchain.Node, *coin) {
	t.Helper()
	n := mustNode(t, simchain.Config{ChainID: 1224, Dialect: simchain.Elastos, Bits: 0x203fffff})
	return n, mustOpenDriver(t, NewElastos(nil), "regtest", []*simchain.Node{n}, set("address", elastosAddress))
}

func TestElastosFromWorkToBlock(t *testing.T) {
	n, c := mustElastos(t)
	n.Jump(20)
	s := mustStream(t, c)
	w := s.next(t)
	if w.Height != 21 || w.PrevHash != coins.Hash(n.Tip()) || w.Slot.ChainID != 1224 || w.Node != n.Addr() || w.Reward == 0 {
		t.Fatalf("work: got %+v", w)
	}
	if want := (coins.AuxRules{IndexZero: true, MagicRequired: true}); w.Rules != want {
		t.Errorf("rules: got %+v, want %+v", w.Rules, want)
	}
	wantStatus(t, c, w.Hash, coins.BlockUnknown)
	p := solve(t, w, "sha256d")
	wantVerdict(t, c, p, coins.Received)
	wantStatus(t, c, w.Hash, coins.BlockBestChain)
	if n.Tip() != simchain.Hash(w.Hash) {
		t.Fatalf("tip: got %s, want our block %s", n.Tip(), w.Hash)
	}
	next := s.next(t)
	for next.PrevHash != w.Hash {
		next = s.next(t)
	}
	wantVerdict(t, c, p, coins.Duplicate)
	n.Reorg(2)
	wantStatus(t, c, w.Hash, coins.BlockSide)
}

// The node has one error for everything; what it means is found out.
func TestElastosRefusalsAreToldApart(t *testing.T) {
	n, c := mustElastos(t)
	s := mustStream(t, c)
	w := s.next(t)

	bad := solve(t, w, "sha256d")
	bad.ChainIndex ^= 1
	if v := wantVerdict(t, c, bad, coins.Rejected); !strings.HasPrefix(v.Reason, "adding block failed: ") {
		t.Errorf("reason: got %q, want the node's words and the rule", v.Reason)
	}

	// Good and unknown: it may be waiting for the arbiters.
	good := solve(t, w, "sha256d")
	n.Restart()
	until(t, "an answer", func() bool {
		_, err := c.SubmitAux(t.Context(), good)
		if err == nil {
			t.Fatal("got a verdict, want an error")
		}
		return errors.Is(err, ErrUnsaid)
	})

	// The chain has gone on without it.
	n.Jump(1)
	for w.PrevHash != coins.Hash(n.Tip()) {
		w = s.next(t)
	}
	wantVerdict(t, c, good, coins.Stale)
}

func TestElastosNodesThatGiveNoWork(t *testing.T) {
	t.Parallel()
	t.Run("of another network", func(t *testing.T) {
		n := mustNode(t, simchain.Config{ChainID: 1224, Dialect: simchain.Elastos})
		c := mustOpenDriver(t, NewElastos(nil), "main", []*simchain.Node{n}, set("address", elastosAddress))
		err := mustStream(t, c).err(t)
		wantErr(t, err, nodes.ErrNetwork)
		if !strings.Contains(err.Error(), `"regnet"`) {
			t.Errorf("got %v, want the node's own name of its network", err)
		}
	})
	t.Run("catching up", func(t *testing.T) {
		n, c := mustElastos(t)
		n.Behind(elastosLag + 1)
		wantErr(t, mustStream(t, c).err(t), ErrSyncing)
	})
	t.Run("a little behind its peers", func(t *testing.T) {
		n, c := mustElastos(t)
		n.Behind(elastosLag)
		mustStream(t, c).next(t)
	})
}

// A pair of the documentation: a hash as submitauxblock takes it, and a proof
// that commits to it. It shows which way round the hash is committed.
func TestElastosDocumentedProof(t *testing.T) {
	text, err := os.ReadFile("testdata/elastos-submitauxblock.json")
	if err != nil {
		t.Fatal(err)
	}
	var example struct{ Source, Blockhash, Auxpow string }
	if err := json.Unmarshal(text, &example); err != nil {
		t.Fatal(err)
	}
	raw, err := hex.DecodeString(example.Auxpow)
	if err != nil {
		t.Fatal(err)
	}
	proof, rest, err := auxpow.Parse(raw)
	if err != nil || len(rest) > 0 {
		t.Fatalf("proof: %v, %d bytes left", err, len(rest))
	}
	hash, err := coins.ParseHash(example.Blockhash)
	if err != nil {
		t.Fatal(err)
	}
	root := auxpow.BranchRoot(hash, proof.ChainBranch, proof.ChainIndex)
	want := auxpow.Commitment(root, len(proof.ChainBranch), 0)
	if !strings.Contains(string(proof.Coinbase), string(want[:36])) {
		t.Errorf("the coinbase %x does not commit to %x", proof.Coinbase, want[:36])
	}
}

func TestElastosAddresses(t *testing.T) {
	c := mustOpenDriver(t, NewElastos(nil), "main", nil, set("address", elastosAddress),
		set("nodes", []any{map[string]any{"url": "http://127.0.0.1:1", "user": "u", "password": "p"}}))
	for a, want := range map[string]bool{
		elastosAddress: true, "8VYXVxKKSAxkmRrfmGpQR2Kc66XhG6m3ta": true, testAddress: false,
		"Ef4UcaHwvFrFzzsyVf5YH4JBWgYgUqfTAC": false,
	} {
		if p, err := c.ValidateAddress(t.Context(), a); err != nil || p.Valid != want {
			t.Errorf("%s: got %+v, %v, want valid %v", a, p, err, want)
		}
	}
}
