package namecoin

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
)

func randomKept(r *rand.Rand) *kept {
	fill := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	k := &kept{kind: kindBlock, coinbase: fill(r.IntN(300)), count: r.Uint32(), txs: fill(r.IntN(3000))}
	copy(k.header[:], fill(len(k.header)))
	return k
}

func TestKeptWorkComesBackAsItWas(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		k := randomKept(r)
		got, err := decodeKept(k.encode())
		if err != nil || got.kind != k.kind || got.header != k.header || got.count != k.count ||
			!bytes.Equal(got.coinbase, k.coinbase) || !bytes.Equal(got.txs, k.txs) {
			t.Fatalf("got %+v, %v, want %+v", got, err, k)
		}
	}
	bound := &kept{kind: kindBound, bits: 0x1d00ffff, parent: coins.Hash{1, 31: 2}}
	if got, err := decodeKept(bound.encode()); err != nil || got.kind != kindBound || got.bits != bound.bits || got.parent != bound.parent {
		t.Errorf("got %+v, %v, want %+v", got, err, bound)
	}
	for _, kd := range []kind{kindCreate, kindGet} {
		if got, err := decodeKept((&kept{kind: kd}).encode()); err != nil || got.kind != kd {
			t.Errorf("kind %d: got %+v, %v", kd, got, err)
		}
	}
}

func TestDamagedWorkIsRefused(t *testing.T) {
	whole := randomKept(rand.New(rand.NewPCG(3, 4))).encode()
	tests := map[string][]byte{
		"empty":          {},
		"other magic":    append([]byte("xx"), whole[2:]...),
		"later version":  append([]byte("mA\x02"), whole[3:]...),
		"unknown kind":   {'m', 'A', 1, 9},
		"header cut off": whole[:50],
		"coinbase cut":   whole[:opaqueFront+80+4],
		"length too big": append(append([]byte{}, whole[:84]...), 0xff, 0xff, 0xff, 0xff),
		"more behind":    {'m', 'A', 1, 2, 0},
		"bound, cut":     (&kept{kind: kindBound}).encode()[:30],
		"bound, longer":  append((&kept{kind: kindBound}).encode(), 0),
	}
	c := &coin{}
	for name, b := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := decodeKept(b); err == nil {
				t.Error("got no error")
			} else {
				wantErr(t, err, ErrOpaque)
			}
			// Trying again would not mend it: a verdict, not an error.
			wantVerdict(t, c, &coins.AuxProof{Opaque: b}, coins.Rejected)
		})
	}
	p := &coins.AuxProof{Opaque: whole, ParentHeader: make([]byte, 80), CoinbaseStripped: []byte{1}}
	wantVerdict(t, c, p, coins.Rejected) // of another block
}

func FuzzDecodeKept(f *testing.F) {
	f.Add(randomKept(rand.New(rand.NewPCG(5, 6))).encode())
	f.Add((&kept{kind: kindGet}).encode())
	f.Add((&kept{kind: kindBound, bits: 0x1d00ffff, parent: coins.Hash{1}}).encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := decodeKept(b)
		if err != nil {
			wantErr(t, err, ErrOpaque)
			return
		}
		if again := k.encode(); !bytes.Equal(again, b) {
			t.Fatalf("got %x, want %x", again, b)
		}
	})
}

// The blocks that real nodes took come out of our parts byte for byte.
func TestBlocksThatRealNodesTook(t *testing.T) {
	text, err := os.ReadFile("testdata/selfbuilt-blocks.json")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []struct {
		Name, Hash, Hex string
		ChainID         uint32
		Template        json.RawMessage
	}
	if err := json.Unmarshal(text, &blocks); err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		t.Run(b.Name, func(t *testing.T) {
			raw, err := hex.DecodeString(b.Hex)
			if err != nil {
				t.Fatal(err)
			}
			proof, rest, err := auxpow.Parse(raw[80:])
			if err != nil {
				t.Fatal(err)
			}
			ch := New(nil).(*driver).chain
			ch.coin.ChainID = b.ChainID
			c := &coin{driver: &driver{}, info: ch.coin, rules: ch.rules, script: []byte{0x51}}
			tm, err := c.decodeTemplate("node", b.Template)
			if err != nil {
				t.Fatal(err)
			}
			w := c.ownWork(tm.Template)
			ours, err := decodeKept(w.Opaque)
			if err != nil {
				t.Fatal(err)
			}
			// Version, previous hash, bits and transactions are theirs; the
			// coinbase, and so the root, are another's.
			if !bytes.Equal(ours.header[:36], raw[:36]) || !bytes.Equal(ours.header[72:76], raw[72:76]) {
				t.Errorf("header: got %x, want %x but for root and time", ours.header, raw[:80])
			}
			if !bytes.HasSuffix(rest, ours.txs) || uint32(rest[0]) != ours.count+1 {
				t.Fatalf("transactions: got %d, want %d", ours.count+1, rest[0])
			}
			witness := ours.coinbase[4] == 0
			if theirs := rest[5] == 0; witness != theirs {
				t.Errorf("coinbase with witness: got %v, want %v", witness, theirs)
			}

			// With their coinbase and proof the block is theirs.
			copy(ours.header[:], raw)
			ours.coinbase = rest[1 : len(rest)-len(ours.txs)]
			p := &coins.AuxProof{
				ParentHash: proof.ParentHash, ParentHeader: proof.ParentHeader[:], CoinbaseStripped: proof.Coinbase,
				ChainIndex: proof.ChainIndex,
			}
			for _, h := range proof.CoinbaseBranch {
				p.Branch = append(p.Branch, h)
			}
			for _, h := range proof.ChainBranch {
				p.ChainBranch = append(p.ChainBranch, h)
			}
			wire, err := encodeProof(p)
			if err != nil {
				t.Fatal(err)
			}
			if got := ours.assemble(wire); !bytes.Equal(got, raw) {
				t.Errorf("block: got %x, want %x", got, raw)
			}
			if got := ours.hash().String(); got != b.Hash {
				t.Errorf("hash: got %s, want %s", got, b.Hash)
			}
		})
	}
}
