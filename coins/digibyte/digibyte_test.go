package digibyte

import (
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
	"github.com/motherlode-pool/motherlode/coins/internal/family/familytest"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/simchain/simtest"
)

func TestDescribe(t *testing.T) {
	info := New(nil).Describe()
	if info.Driver != "digibyte" || info.Coin.Algorithm != "sha256d" || info.Coin.Symbol != "DGB" || info.Coin.BlockTime != 75*time.Second {
		t.Errorf("got %+v", info)
	}
	if !strings.HasPrefix(info.Coin.ExampleAddress, "dgb1q") {
		t.Errorf("example address: got %s", info.Coin.ExampleAddress)
	}
}

// Rolling never changes the algorithm, nor bit 12, which is kept for more of them.
func TestMaskIsAboveTheAlgorithm(t *testing.T) {
	if versionMask&(algoMask|1<<12) != 0 {
		t.Errorf("mask %08x touches the bits of the algorithm", uint32(versionMask))
	}
	seen := map[uint32]bool{}
	for _, l := range lanes() {
		if l.VersionBits.Value&^l.VersionBits.Mask != 0 || seen[l.VersionBits.Value] {
			t.Errorf("%s: bits %03x", l.Algorithm, l.VersionBits.Value)
		}
		seen[l.VersionBits.Value] = true
	}
}

// Both lanes mine one chain, each with its own algorithm, on a node whose blocks
// say in their version how they were found.
func TestBothLanesMineOneChain(t *testing.T) {
	n := simtest.MustStart(t, simchain.Config{Name: "byte", Parent: true, Fork: simchain.Fork{Lanes: true}})
	for algorithm, one := range map[string]algos.Target{"sha256d": algos.DiffOneBitcoin, "scrypt": algos.DiffOneScrypt} {
		t.Run(algorithm, func(t *testing.T) {
			c := familytest.MustOpen(t, New(nil), n.URL(), map[string]any{"algorithm": algorithm})
			if info := c.Info(); info.Algorithm != algorithm || info.DifficultyOne != one {
				t.Errorf("info: got %+v", info)
			}
			n.InjectFake(3, 500)
			familytest.MustMine(t, c, familytest.MustStream(t, c), algorithm, 5)
		})
	}
	if n.Height() != 10 {
		t.Errorf("height %d, want 10", n.Height())
	}
}

// The first blocks, with the fields that DigiByte Core's source gives, have the
// ids of our table, and were found by scrypt: their versions say so, as the
// lane's bits do.
func TestFirstBlocksAreOfTheScryptLane(t *testing.T) {
	root, err := coins.ParseHash("72ddd9496b004221ed0557358846d9248ecd4c440ebd28ed901efc18757d0fad")
	if err != nil {
		t.Fatal(err)
	}
	scrypt, err := algos.ByName("scrypt")
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range []block.Header{
		{Version: 1, Root: root, Time: 1389388394, Bits: 0x1e0ffff0, Nonce: 2447652},
		{Version: 1, Root: root, Time: 1516939474, Bits: 0x1e0ffff0, Nonce: 2411473},
	} {
		n := networks()[i]
		if h.Hash() != n.Genesis[0] {
			t.Errorf("%s: got %s, want %s", n.Name, h.Hash(), n.Genesis[0])
		}
		for _, l := range lanes() {
			if of := h.Version&l.VersionBits.Mask == l.VersionBits.Value; of != (l.Algorithm == "scrypt") {
				t.Errorf("%s: version %08x is of %s: %t", n.Name, h.Version, l.Algorithm, of)
			}
		}
		target, err := algos.FromBits(h.Bits)
		if err != nil {
			t.Fatal(err)
		}
		var sum [32]byte
		if scrypt.Sum(&sum, h.Append(nil), nil); !target.Meets(&sum) {
			t.Errorf("%s: not found by scrypt", n.Name)
		}
	}
}

// A node that does not know the second parameter gives templates of its default
// algorithm, whose target means nothing to another.
func TestTemplateOfAnotherAlgorithmIsRefused(t *testing.T) {
	d := New(nil)
	n := simtest.MustStart(t, simchain.Config{Parent: true, Fork: simchain.Fork{Lanes: true, Deaf: true}, Algorithm: simchain.Scrypt})
	c := familytest.MustOpen(t, d, n.URL(), map[string]any{"algorithm": "sha256d"})
	familytest.MustRefuse(t, c, "version 20000000 has 00000000 within 00000f00, expected 00000200: it is for another algorithm")
}

func TestAlgorithmOfNobody(t *testing.T) {
	_, err := New(nil).Open(t.Context(), coins.Settings{JSON: []byte(`{"algorithm":"skein"}`)})
	if err == nil || !strings.Contains(err.Error(), `algorithm: "skein" is not mined here, expected one of sha256d, scrypt`) {
		t.Errorf("got %v", err)
	}
}
