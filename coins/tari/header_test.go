package tari

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// headerVector is a header that has nothing but a version and a time.
type headerVector struct {
	Name       string
	Network    byte
	Old        bool
	Nonce      uint64
	MiningHash string `json:"mining_hash"`
	PowHash    string `json:"pow_hash"`
	Difficulty uint64
}

func (v *headerVector) header() *tarirpc.BlockHeader {
	zero := make([]byte, 32)
	h := &tarirpc.BlockHeader{
		Version: 2, Timestamp: 946688461, PrevHash: zero, InputMr: zero, OutputMr: zero, KernelMr: zero, Nonce: v.Nonce,
		TotalKernelOffset: zero, TotalScriptOffset: zero, ValidatorNodeMr: zero, Pow: &tarirpc.ProofOfWork{PowAlgo: 1},
	}
	if !v.Old {
		h.BlockOutputMr = zero
	}
	return h
}

func mustVectors(t *testing.T) (out []headerVector) {
	t.Helper()
	text, err := os.ReadFile("testdata/headers.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil || len(out) != 3 {
		t.Fatalf("%d vectors, %v", len(out), err)
	}
	return out
}

func TestHeaderVectors(t *testing.T) {
	for _, v := range mustVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			mining, err := miningHash(v.header(), v.Network)
			if err != nil || !bytes.Equal(mining[:], mustHex(t, v.MiningHash)) {
				t.Fatalf("mining hash: got %x, %v, want %s", mining, err, v.MiningHash)
			}
			hash, known := powHash(v.header(), v.Difficulty, v.Network)
			if !known || hash.String() != v.PowHash {
				t.Errorf("proof of work: got %s, %t, want %s", hash, known, v.PowHash)
			}
			if _, known := powHash(v.header(), v.Difficulty+1, v.Network); known {
				t.Error("a header that does not have its difficulty is known")
			}
			if _, known := powHash(v.header(), v.Difficulty, v.Network+1); known && v.Difficulty > 4 {
				t.Error("a header of another network is known")
			}
		})
	}
}

func TestMiningHashCoversEveryField(t *testing.T) {
	v := headerVector{}
	want, err := miningHash(v.header(), 0)
	if err != nil {
		t.Fatal(err)
	}
	one := bytes.Repeat([]byte{1}, 32)
	for name, change := range map[string]func(h *tarirpc.BlockHeader){
		"version":             func(h *tarirpc.BlockHeader) { h.Version++ },
		"height":              func(h *tarirpc.BlockHeader) { h.Height++ },
		"prev_hash":           func(h *tarirpc.BlockHeader) { h.PrevHash = one },
		"timestamp":           func(h *tarirpc.BlockHeader) { h.Timestamp++ },
		"input_mr":            func(h *tarirpc.BlockHeader) { h.InputMr = one },
		"output_mr":           func(h *tarirpc.BlockHeader) { h.OutputMr = one },
		"output_mmr_size":     func(h *tarirpc.BlockHeader) { h.OutputMmrSize++ },
		"block_output_mr":     func(h *tarirpc.BlockHeader) { h.BlockOutputMr = one },
		"kernel_mr":           func(h *tarirpc.BlockHeader) { h.KernelMr = one },
		"kernel_mmr_size":     func(h *tarirpc.BlockHeader) { h.KernelMmrSize++ },
		"total_kernel_offset": func(h *tarirpc.BlockHeader) { h.TotalKernelOffset = one },
		"total_script_offset": func(h *tarirpc.BlockHeader) { h.TotalScriptOffset = one },
		"validator_node_mr":   func(h *tarirpc.BlockHeader) { h.ValidatorNodeMr = one },
		"validator_node_size": func(h *tarirpc.BlockHeader) { h.ValidatorNodeSize++ },
	} {
		h := v.header()
		change(h)
		if got, err := miningHash(h, 0); err != nil || got == want {
			t.Errorf("%s: got the same hash, %v", name, err)
		}
	}
	h := v.header()
	h.Nonce++
	if got, _ := miningHash(h, 0); got != want {
		t.Error("the nonce is in the mining hash")
	}
	h.KernelMr = one[:31]
	if _, err := miningHash(h, 0); !errors.Is(err, ErrReply) {
		t.Errorf("short field: got %v", err)
	}
	h = v.header()
	h.Version = 1 << 16
	if _, err := miningHash(h, 0); !errors.Is(err, ErrReply) {
		t.Errorf("version of 17 bits: got %v", err)
	}
}

// vectorResult is what a node of the main network says of the vector's block.
func vectorResult(t *testing.T) *tarirpc.GetNewBlockResult {
	v := mustVectors(t)[2]
	h := v.header()
	h.Height, h.Nonce = 7, 0
	mining, err := miningHash(h, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &tarirpc.GetNewBlockResult{
		Block: &tarirpc.Block{Header: h, Body: new(tarirpc.AggregateBody)}, MergeMiningHash: mining[:], TariUniqueId: []byte("genesis"),
		MinerData: &tarirpc.MinerData{
			Algo: &tarirpc.PowAlgo{PowAlgo: tarirpc.PowAlgo_POW_ALGOS_SHA3X}, TargetDifficulty: 60e9, Reward: 100, TotalFees: 5,
		},
	}
}

func TestDecode(t *testing.T) {
	w, err := decode(vectorResult(t), mainNet)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := algos.FromDifficulty64(60e9)
	if !w.known || w.genesis != "genesis" || w.Height != 7 || w.Reward != 105 || w.Fees != 5 || w.Target != want {
		t.Errorf("got %+v, %+v", w, w.Template)
	}
	if w.Time != 946688461 || w.MinTime != w.Time || w.MaxTime != w.Time {
		t.Errorf("times: got %d, %d to %d", w.Time, w.MinTime, w.MaxTime)
	}
	b := w.Blob
	if len(b.Header) != 41 || b.NonceOffset != 0 || b.NonceSize != 8 || b.ExtranonceOffset != 0 || b.ExtranonceSize != 2 ||
		b.Header[40] != 1 || !bytes.Equal(b.Header[8:40], vectorResult(t).MergeMiningHash) {
		t.Errorf("blob: got %+v", b)
	}

	for _, tt := range []struct {
		name  string
		spoil func(r *tarirpc.GetNewBlockResult)
		kind  error // nil: taken, though the header is not known
	}{
		{"no block", func(r *tarirpc.GetNewBlockResult) { r.Block = nil }, ErrReply},
		{"no miner data", func(r *tarirpc.GetNewBlockResult) { r.MinerData = nil }, ErrReply},
		{"other algorithm", func(r *tarirpc.GetNewBlockResult) { r.Block.Header.Pow.PowAlgo = 2 }, ErrReply},
		{"miner data of another algorithm", func(r *tarirpc.GetNewBlockResult) { r.MinerData.Algo = nil }, ErrReply},
		{"proof-of-work data", func(r *tarirpc.GetNewBlockResult) { r.Block.Header.Pow.PowData = []byte{1} }, ErrReply},
		{"height 0", func(r *tarirpc.GetNewBlockResult) { r.Block.Header.Height = 0 }, ErrReply},
		{"short mining hash", func(r *tarirpc.GetNewBlockResult) { r.MergeMiningHash = r.MergeMiningHash[1:] }, ErrReply},
		{"short previous hash", func(r *tarirpc.GetNewBlockResult) { r.Block.Header.PrevHash = []byte{1} }, ErrReply},
		{"no difficulty", func(r *tarirpc.GetNewBlockResult) { r.MinerData.TargetDifficulty = 0 }, ErrReply},
		{"reward overflows", func(r *tarirpc.GetNewBlockResult) { r.MinerData.Reward = 1<<64 - 1 }, ErrReply},
		{"header not known", func(r *tarirpc.GetNewBlockResult) { r.MergeMiningHash[0] ^= 1 }, nil},
		{"other network", func(r *tarirpc.GetNewBlockResult) {
			mining, _ := miningHash(r.Block.Header, 38)
			r.MergeMiningHash = mining[:]
		}, ErrNetwork},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := vectorResult(t)
			tt.spoil(r)
			w, err := decode(r, mainNet)
			if !errors.Is(err, tt.kind) || err == nil && w.known {
				t.Errorf("got %v, %v, want %v", w, err, tt.kind)
			}
		})
	}
}

func TestOpaque(t *testing.T) {
	r := vectorResult(t)
	w, err := decode(r, mainNet)
	if err != nil {
		t.Fatal(err)
	}
	solved := bytes.Clone(w.Blob.Header)
	copy(solved, []byte{0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01})
	block, err := solve(w.Blob.Opaque, solved)
	if err != nil || block.Header.Nonce != 0x0123456789abcdef {
		t.Fatalf("got nonce %x, %v", block.GetHeader().GetNonce(), err)
	}
	block.Header.Nonce = 0
	if !proto.Equal(block, r.Block) {
		t.Errorf("got block %v, want %v", block, r.Block)
	}

	other := bytes.Clone(solved)
	other[20] ^= 1
	for name, tt := range map[string]struct{ opaque, solved []byte }{
		"empty":            {nil, solved},
		"other version":    {append([]byte{2}, w.Blob.Opaque[1:]...), solved},
		"cut":              {w.Blob.Opaque[:60], solved},
		"no block":         {w.Blob.Opaque[:opaqueBlockAt], solved},
		"another template": {w.Blob.Opaque, other},
		"short header":     {w.Blob.Opaque, solved[:40]},
		"no header":        {w.Blob.Opaque, nil},
	} {
		if _, err := solve(tt.opaque, tt.solved); !errors.Is(err, ErrOpaque) {
			t.Errorf("%s: got %v, want %v", name, err, ErrOpaque)
		}
	}
}

// An unknown field, such as the whole body, goes back as it came.
func TestOpaqueKeepsUnknownFields(t *testing.T) {
	r := vectorResult(t)
	strange := []byte{0xf2, 0x01, 3, 'a', 'b', 'c'} // field 30
	r.Block.Header.ProtoReflect().SetUnknown(strange)
	r.Block.Body.ProtoReflect().SetUnknown(strange)
	r.Block.ProtoReflect().SetUnknown(strange)
	w, err := decode(r, mainNet)
	if err != nil {
		t.Fatal(err)
	}
	block, err := solve(w.Blob.Opaque, w.Blob.Header)
	if err != nil || !proto.Equal(block, r.Block) || !bytes.Equal(block.Body.ProtoReflect().GetUnknown(), strange) {
		t.Errorf("got %v, %v, want %v", block, err, r.Block)
	}
}

func FuzzSolve(f *testing.F) {
	block := &tarirpc.Block{Header: &tarirpc.BlockHeader{Height: 7, Nonce: 3}}
	opaque, err := packOpaque([32]byte{1, 2, 3}, block)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(opaque, powHeader([32]byte{1, 2, 3}, 99))
	f.Add([]byte{1}, []byte{})
	f.Fuzz(func(t *testing.T, opaque, solved []byte) {
		b, err := solve(opaque, solved)
		if err == nil && !bytes.Equal(powHeader([32]byte(opaque[1:33]), b.Header.Nonce), solved) {
			t.Errorf("block has nonce %d, header %x", b.Header.Nonce, solved)
		}
		if err != nil && !errors.Is(err, ErrOpaque) {
			t.Errorf("got %v", err)
		}
	})
}

func TestHashesArePrintedAsTariPrintsThem(t *testing.T) {
	raw := mustHex(t, "69f299c03758138315ce7a4d14408953f4e706ffc60ab04992641d0309189852")
	h, err := fromNode(raw)
	if err != nil || h.String() != "69f299c03758138315ce7a4d14408953f4e706ffc60ab04992641d0309189852" {
		t.Errorf("got %s, %v", h, err)
	}
	if !bytes.Equal(toNode(h), raw) || h == (coins.Hash{}) {
		t.Errorf("back: got %x", toNode(h))
	}
	if _, err := fromNode(raw[1:]); !errors.Is(err, ErrReply) {
		t.Errorf("short: got %v", err)
	}
}
