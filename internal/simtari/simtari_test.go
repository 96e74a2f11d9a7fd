package simtari

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// address is graxil's public example (its help text, MIT): main network.
const address = "125ohcEDcG8sL4DcdtqZ6YLbSgVYFJWtGeCfHmRocTcyGNYRqMYidnfs1JQPijqQvqV5SLygC5ynxZH3zED5Rr9fPAW"

// emptyHeader is the header of the vectors: nothing but a version and a time.
func emptyHeader(old bool) *tarirpc.BlockHeader {
	zero := make([]byte, 32)
	h := &tarirpc.BlockHeader{
		Version: 2, Timestamp: 946688461, PrevHash: zero, InputMr: zero, OutputMr: zero, KernelMr: zero,
		TotalKernelOffset: zero, TotalScriptOffset: zero, ValidatorNodeMr: zero, Pow: &tarirpc.ProofOfWork{PowAlgo: 1},
	}
	if !old {
		h.BlockOutputMr = zero
	}
	return h
}

func TestHashVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/headers.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Name       string
		Network    byte
		Old        bool
		Nonce      uint64
		MiningHash string `json:"mining_hash"`
		PowHash    string `json:"pow_hash"`
		Difficulty uint64
	}
	if err := json.Unmarshal(text, &vectors); err != nil || len(vectors) != 3 {
		t.Fatalf("%d vectors, %v", len(vectors), err)
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			mining := miningHash(v.Network, emptyHeader(v.Old), form{old: v.Old})
			if mining.String() != v.MiningHash {
				t.Errorf("mining hash: got %s, want %s", mining, v.MiningHash)
			}
			h := pow(mining, v.Nonce, 1)
			if h.String() != v.PowHash {
				t.Errorf("SHA3x: got %s, want %s", h, v.PowHash)
			}
			if got := achieved(h); got != v.Difficulty {
				t.Errorf("difficulty: got %d, want %d", got, v.Difficulty)
			}
		})
	}
	if got := achieved(Hash{0xff, 0xff, 0xff}); got != 1 {
		t.Errorf("ff ff ff 00...: got %d, want 1", got)
	}
	if got := achieved(Hash{31: 64}); got != 1<<64-1 {
		t.Errorf("64: got %d, want the most", got)
	}
}

func TestAddresses(t *testing.T) {
	key, err := spendKey(0, address)
	if err != nil || len(key) != 32 {
		t.Fatalf("got %x, %v", key, err)
	}
	for _, tt := range []struct {
		name, address, want string
		network             byte
	}{
		{"mistyped", strings.Replace(address, "ohc", "ohd", 1), "Invalid checksum", 0},
		{"other network", address, "Invalid network", 38},
		{"short", address[:40], "Invalid size", 0},
		{"not base58", strings.Replace(address, "ohc", "0hc", 1), "Cannot recover public key", 0},
	} {
		if _, err := spendKey(tt.network, tt.address); err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
}

// mustSolve searches the nonce of a template's block.
func mustSolve(t *testing.T, r *tarirpc.GetNewBlockResult) *tarirpc.Block {
	t.Helper()
	b := proto.CloneOf(r.Block)
	for b.Header.Nonce = 0; achieved(pow(Hash(r.MergeMiningHash), b.Header.Nonce, 1)) < r.MinerData.TargetDifficulty; b.Header.Nonce++ {
		if b.Header.Nonce > 1e6 {
			t.Fatal("no nonce found")
		}
	}
	return b
}

func mustTemplate(t *testing.T, c *Chain) *tarirpc.GetNewBlockResult {
	t.Helper()
	return c.template(c.tip, []share{{script: []byte{0x7e, 1}, weight: 1, extra: []byte("tag")}})
}

func TestSubmit(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
	}{
		{"main", Config{Difficulty: 200}},
		{"old header", Config{Difficulty: 200, OldHeader: true, Network: 38}},
		{"header of the future", Config{Difficulty: 200, FutureField: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := NewChain(tt.cfg)
			c.AddTx(500)
			c.Mine(2)
			c.AddTx(70)
			r := mustTemplate(t, c)
			if r.MinerData.TotalFees != 70 {
				t.Errorf("fees: got %d, want 70", r.MinerData.TotalFees)
			}
			// Through the wire and back.
			raw, err := proto.Marshal(mustSolve(t, r))
			if err != nil {
				t.Fatal(err)
			}
			b := new(tarirpc.Block)
			if err := proto.Unmarshal(raw, b); err != nil {
				t.Fatal(err)
			}
			id, err := c.Submit(b)
			if err != nil {
				t.Fatal(err)
			}
			if tip, height := c.Tip(); tip != id || height != 3 {
				t.Errorf("tip: got %s at %d, want %s at 3", tip, height, id)
			}
			out := c.Outputs(3)
			if len(out) != 1 || out[0].Value != defaultReward+70 || string(out[0].Extra) != "tag" {
				t.Errorf("outputs: got %+v", out)
			}
			if again, err := c.Submit(b); err != nil || again != id {
				t.Errorf("again: got %s, %v, want the same id", again, err)
			}
			if got := mustTemplate(t, c).MinerData.TotalFees; got != 0 {
				t.Errorf("fees after the block: got %d, want 0", got)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(b *tarirpc.Block)
		code  codes.Code
		want  string
	}{
		{"nonce", func(b *tarirpc.Block) { b.Header.Nonce = 1 << 60 }, codes.Internal, "Target difficulty 5000 not achieved. Achieved difficulty: "},
		{"timestamp changed", func(b *tarirpc.Block) { b.Header.Timestamp++ }, codes.Internal, "not achieved"},
		{"field dropped", func(b *tarirpc.Block) { b.Header.BlockOutputMr = nil }, codes.InvalidArgument, "Invalid block provided: Invalid size"},
		{"no proof of work", func(b *tarirpc.Block) { b.Header.Pow = nil }, codes.InvalidArgument, "No proof of work provided"},
		{"no header", func(b *tarirpc.Block) { b.Header = nil }, codes.InvalidArgument, "No block header"},
		{"proof-of-work data", func(b *tarirpc.Block) { b.Header.Pow.PowData = []byte{1} }, codes.Internal, "must be empty for Sha3 blocks"},
		{"algorithm", func(b *tarirpc.Block) { b.Header.Pow.PowAlgo = 0 }, codes.Internal, "ProofOfWorkFailed"},
		{"height", func(b *tarirpc.Block) { b.Header.Height++ }, codes.Internal, "Incorrect height: Expected 1 but got 2"},
		{"version", func(b *tarirpc.Block) { b.Header.Version = 3 }, codes.Internal, "Invalid or unsupported blockchain version 3"},
		{"old", func(b *tarirpc.Block) { b.Header.Timestamp = 5 }, codes.Internal, "Invalid timestamp received"},
		{"future", func(b *tarirpc.Block) { b.Header.Timestamp += 10000 }, codes.Internal, "future time limit"},
		{"body dropped", func(b *tarirpc.Block) { b.Body = nil }, codes.Internal, "Mismatched Output MMR roots"},
		{"body spoilt", func(b *tarirpc.Block) {
			raw := append([]byte(nil), rawBody(b.Body)...)
			raw[20] ^= 1
			b.Body.ProtoReflect().SetUnknown(raw)
		}, codes.Internal, "Mismatched Output MMR roots"},
		{"body garbage", func(b *tarirpc.Block) {
			b.Body.ProtoReflect().SetUnknown([]byte{0xff})
		}, codes.InvalidArgument, "body cannot be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := NewChain(Config{Difficulty: 5000})
			b := mustSolve(t, mustTemplate(t, c))
			tt.spoil(b)
			_, err := c.Submit(b)
			if status.Code(err) != tt.code || !strings.Contains(status.Convert(err).Message(), tt.want) {
				t.Errorf("got %v, want %v: %s", err, tt.code, tt.want)
			}
			if _, height := c.Tip(); height != 0 {
				t.Error("the block is on the chain")
			}
			if tt.code == codes.Internal {
				if _, err := c.Submit(b); err == nil || !strings.Contains(err.Error(), "Bad block with hash") {
					t.Errorf("again: got %v, want a bad block", err)
				}
			}
		})
	}
}

func TestOrphansAndReorganisation(t *testing.T) {
	c := NewChain(Config{Difficulty: 10})
	c.Mine(5)
	f := c.Fork(1)
	f.Mine(1)
	first := mustSolve(t, mustTemplate(t, f))
	if _, err := f.Submit(first); err != nil {
		t.Fatal(err)
	}
	old, _ := c.Tip()

	// The second block of the branch comes first, and is put aside.
	if _, err := c.Submit(first); err != nil {
		t.Fatal(err)
	}
	if tip, _ := c.Tip(); tip != old {
		t.Fatal("a block without its previous one moved the tip")
	}
	below := at(f.tip, 5)
	if _, err := c.Submit(below.clone()); err != nil {
		t.Fatal(err)
	}
	want, _ := f.Tip()
	if tip, height := c.Tip(); tip != want || height != 6 {
		t.Errorf("got tip %s at %d, want the branch's %s at 6", tip, height, want)
	}

	c.Reorg(3)
	if _, height := c.Tip(); height != 7 {
		t.Errorf("height after a reorganisation: got %d, want 7", height)
	}
	if id, _ := c.At(6); id == want {
		t.Error("block 6 is still there")
	}
	if _, ok := c.At(8); ok {
		t.Error("a block beyond the tip")
	}
}

func TestSplit(t *testing.T) {
	// What is left of rounding goes to the later ones.
	got, err := split(100, []share{{weight: 1}, {weight: 1}, {weight: 1}})
	if err != nil || got[0] != 33 || got[1] != 33 || got[2] != 34 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := split(100, []share{{}}); err == nil {
		t.Error("no weight at all: got no error")
	}
}

func TestDifficultyIsForTheChildrenOfLaterBlocks(t *testing.T) {
	c := NewChain(Config{Difficulty: 7})
	c.SetDifficulty(9)
	if got := mustTemplate(t, c).MinerData.TargetDifficulty; got != 7 {
		t.Errorf("got %d, want 7", got)
	}
	c.Mine(1)
	if got := mustTemplate(t, c).MinerData.TargetDifficulty; got != 9 {
		t.Errorf("got %d, want 9", got)
	}
}
