package namecoin

import (
	"fmt"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

var modes = []string{modeTemplate, modeCreate, modeGet}

// variant is a kind of chain that every mode is tested on.
type variant struct {
	name      string
	cfg       simchain.Config
	algorithm string
}

func variants() []variant {
	return []variant{
		{"namecoin", simchain.Config{ChainID: 1, Bits: 0x203fffff}, "sha256d"},
		{"dogecoin", simchain.Config{ChainID: 1, Dialect: simchain.Dogecoin}, "scrypt"},
		{"namecoin by scrypt", simchain.Config{ChainID: 1, Algorithm: simchain.Scrypt}, "scrypt"},
		{"dogecoin by sha256d", simchain.Config{ChainID: 1, Dialect: simchain.Dogecoin, Algorithm: simchain.SHA256d}, "sha256d"},
	}
}

func TestEveryModeOnEveryKindOfChain(t *testing.T) {
	for _, v := range variants() {
		for _, mode := range modes {
			t.Run(fmt.Sprintf("%s/%s", v.name, mode), func(t *testing.T) {
				cfg := v.cfg
				cfg.Wallet = testAddress
				n := mustNode(t, cfg)
				n.InjectFake(5, 1000)
				n.Jump(20)
				n.InjectFake(4, 1000)
				c := mustOpen(t, []*simchain.Node{n}, set("mode", mode), set("algorithm", v.algorithm))
				s := mustStream(t, c)
				w := s.next(t)
				if w.Height != 21 || w.PrevHash != coins.Hash(n.Tip()) || w.Slot.ChainID != 1 || w.Node != n.Addr() {
					t.Fatalf("work: got height %d, previous %s, id %d, node %s", w.Height, w.PrevHash, w.Slot.ChainID, w.Node)
				}
				p := solve(t, w, v.algorithm)
				wantVerdict(t, c, p, coins.Received)
				wantStatus(t, c, w.Hash, coins.BlockBestChain)
				if n.Tip() != simchain.Hash(w.Hash) {
					t.Fatalf("tip: got %s, want our block %s", n.Tip(), w.Hash)
				}

				// The next work stands on our block.
				if w2 := s.next(t); w2.PrevHash != w.Hash || w2.ID <= w.ID {
					t.Errorf("next work: got previous %s, id %d after %d", w2.PrevHash, w2.ID, w.ID)
				}
				// Now the node may have forgotten the work, but knows the block.
				wantVerdict(t, c, p, coins.Duplicate)
			})
		}
	}
}

func TestAutoTakesTheBestThatTheNodeOffers(t *testing.T) {
	tests := []struct {
		name    string
		without []string
		dialect simchain.Dialect
		lonely  bool
		want    kind
	}{
		{"all", nil, simchain.Namecoin, false, kindBlock},
		{"no templates", []string{"getblocktemplate"}, simchain.Namecoin, false, kindCreate},
		{"templates only with a peer", nil, simchain.Dogecoin, true, kindCreate},
		{"getauxblock alone", []string{"getblocktemplate", "createauxblock"}, simchain.Namecoin, false, kindGet},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := mustNode(t, simchain.Config{ChainID: 1, Without: tt.without, Dialect: tt.dialect, Wallet: testAddress, Algorithm: simchain.SHA256d})
			n.Peerless(tt.lonely)
			w := mustStream(t, mustOpen(t, []*simchain.Node{n})).next(t)
			if k, err := decodeKept(w.Opaque); err != nil || k.kind != tt.want {
				t.Errorf("kind: got %+v, %v, want %d", k, err, tt.want)
			}
		})
	}
}

func TestNothingOfferedIsSaid(t *testing.T) {
	t.Parallel()
	n := mustNode(t, simchain.Config{ChainID: 1, Without: []string{"getblocktemplate", "createauxblock", "getauxblock"}})
	err := mustStream(t, mustOpen(t, []*simchain.Node{n})).err(t)
	wantErr(t, err, ErrNoMode)
}

// A chain's own rules reach the engine, which verifies by them.
func TestRulesOfTheDrivers(t *testing.T) {
	nmc, doge := New(nil).(*driver).chain, NewDogecoin(nil).(*driver).chain
	if want := (coins.AuxRules{StrictID: true, NoAuxParent: true}); nmc.rules != want || nmc.coin.ChainID != 1 || !nmc.coin.HasChainID {
		t.Errorf("namecoin: got %+v, id %d", nmc.rules, nmc.coin.ChainID)
	}
	if want := (coins.AuxRules{StrictID: true, IndexZero: true}); doge.rules != want || doge.coin.ChainID != 98 || doge.coin.Algorithm != "scrypt" {
		t.Errorf("dogecoin: got %+v, id %d, %s", doge.rules, doge.coin.ChainID, doge.coin.Algorithm)
	}
	n := mustNode(t, simchain.Config{ChainID: 1})
	w := mustStream(t, mustOpen(t, []*simchain.Node{n}, set("magic_required", true))).next(t)
	if want := (coins.AuxRules{StrictID: true, NoAuxParent: true, MagicRequired: true}); w.Rules != want {
		t.Errorf("rules of work: got %+v, want %+v", w.Rules, want)
	}
}
