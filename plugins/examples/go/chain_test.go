package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
)

const testID = 7

func mustOpen(t *testing.T, settings string) *coin {
	t.Helper()
	opened, err := driver{}.Open(t.Context(), coins.Settings{Instance: "toy", Network: "regtest", JSON: []byte(settings)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	return opened.(*coin)
}

// easy is a chain on which every second hash is a block.
func easy(t *testing.T) *coin { return mustOpen(t, `{"chain_id": 7, "bits": "207fffff"}`) }

// solve makes the proof that a pool would send for work, mined for ids.
func solve(t *testing.T, work *coins.AuxWork, ids ...uint32) *coins.AuxProof {
	t.Helper()
	tree, err := auxpow.Plan(ids)
	if err != nil {
		t.Fatal(err)
	}
	built, err := tree.Build([]auxpow.Leaf{{ID: work.Slot.ChainID, Hash: work.Hash}})
	if err != nil {
		t.Fatal(err)
	}
	coinbase := coinbaseWith(built.Commitment())
	header := make([]byte, auxpow.HeaderSize)
	header[3] = 0x20
	root := auxpow.DoubleHash(coinbase)
	copy(header[36:], root[:])
	target := algos.Target(work.Target)
	for nonce := uint32(0); ; nonce++ {
		binary.LittleEndian.PutUint32(header[76:], nonce)
		hash := auxpow.DoubleHash(header)
		if target.Meets(&hash) {
			break
		}
	}
	p := &coins.AuxProof{
		WorkID: work.ID, Node: work.Node, Hash: work.Hash, Height: work.Height, Opaque: work.Opaque,
		ParentHeader: header, Coinbase: coinbase, CoinbaseStripped: coinbase, TxCount: 1,
	}
	for _, m := range built.Members {
		if m.ID == work.Slot.ChainID {
			p.ChainIndex = m.Index
			for _, h := range m.Branch {
				p.ChainBranch = append(p.ChainBranch, h)
			}
		}
	}
	return p
}

// coinbaseWith is the smallest coinbase that carries a commitment.
func coinbaseWith(commitment [auxpow.CommitmentSize]byte) []byte {
	tx := []byte{2, 0, 0, 0, 1}
	tx = append(tx, make([]byte, 32)...)
	tx = append(tx, 0xff, 0xff, 0xff, 0xff, byte(4+len(commitment)), 3, 1, 2, 3)
	tx = append(tx, commitment[:]...)
	tx = append(tx, 0xff, 0xff, 0xff, 0xff)    // sequence
	tx = append(tx, 1, 0, 0, 0, 0, 0, 0, 0, 0) // one output of nothing
	return append(tx, 1, 0x51, 0, 0, 0, 0)     // to anybody; lock time
}

func mustSubmit(t *testing.T, c *coin, p *coins.AuxProof) coins.Verdict {
	t.Helper()
	v, err := c.SubmitAux(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestProofsMakeTheChainGrow(t *testing.T) {
	c := easy(t)
	for height := uint64(1); height <= 5; height++ {
		_, _, work, _ := c.chain.state()
		if work.Height != height {
			t.Fatalf("work for height %d, want %d", work.Height, height)
		}
		p := solve(t, work, 1, testID, 20)
		if v := mustSubmit(t, c, p); v.Code != coins.Received {
			t.Fatalf("got %v, want received", v)
		}
		if v := mustSubmit(t, c, p); v.Code != coins.Duplicate {
			t.Errorf("again: got %v, want duplicate", v)
		}
	}
	tip, _, work, _ := c.chain.state()
	got, err := c.BlockStatus(t.Context(), tip, 0)
	if err != nil || got.State != coins.BlockBestChain || got.Height != 5 || got.Confirmations != 1 {
		t.Errorf("the tip: got %+v, %v", got, err)
	}
	if got, _ := c.BlockStatus(t.Context(), work.Hash, 6); got.State != coins.BlockUnknown {
		t.Errorf("a block of the future: got %+v, want unknown", got)
	}
}

func TestBadProofsAreRefusedWithAReason(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*coins.AuxProof)
		code  coins.VerdictCode
	}{
		"other slot":       {func(p *coins.AuxProof) { p.ChainIndex++ }, coins.Rejected},
		"other branch":     {func(p *coins.AuxProof) { p.ChainBranch[0][5]++ }, coins.Rejected},
		"other coinbase":   {func(p *coins.AuxProof) { p.CoinbaseStripped[46]++ }, coins.Rejected},
		"work undone":      {func(p *coins.AuxProof) { undo(p.ParentHeader) }, coins.Rejected},
		"aux parent":       {func(p *coins.AuxProof) { p.ParentHeader[1] |= 1 }, coins.Rejected},
		"short header":     {func(p *coins.AuxProof) { p.ParentHeader = p.ParentHeader[:79] }, coins.Rejected},
		"nothing opaque":   {func(p *coins.AuxProof) { p.Opaque = nil }, coins.Rejected},
		"other block":      {func(p *coins.AuxProof) { p.Opaque[40]++ }, coins.Rejected},
		"not on the tip":   {func(p *coins.AuxProof) { p.Opaque[10]++ }, coins.Stale},
		"easier than told": {func(p *coins.AuxProof) { p.Opaque[75] = 0x21 }, coins.Rejected},
	} {
		t.Run(name, func(t *testing.T) {
			coin := easy(t)
			_, _, work, _ := coin.chain.state()
			mine := *work
			mine.Opaque = append([]byte(nil), work.Opaque...)
			p := solve(t, &mine, 1, testID)
			c.spoil(p)
			if v := mustSubmit(t, coin, p); v.Code != c.code || v.Reason == "" {
				t.Errorf("got %v, want %v with a reason", v, c.code)
			}
			if _, height, _, _ := coin.chain.state(); height != 0 {
				t.Errorf("height %d after a refusal", height)
			}
		})
	}
}

// undo changes the nonce until the header is no longer solved.
func undo(header []byte) {
	for {
		header[76]++
		if hash := auxpow.DoubleHash(header); hash[31] >= 0x80 {
			return
		}
	}
}

func TestStreamsSendThePresentStateAndEveryChange(t *testing.T) {
	c := easy(t)
	works, healths := make(chan *coins.AuxWork), make(chan coins.Health)
	ended := make(chan error, 2)
	go func() { ended <- c.AuxWork(t.Context(), nil, works) }()
	go func() { ended <- c.Health(t.Context(), healths) }()
	for height := uint64(0); height < 3; height++ {
		work, health := <-works, <-healths
		if work.Height != height+1 || health.Height != height || health.State != coins.HealthReady {
			t.Fatalf("got work for %d and %v at %d, want %d and ready at %d", work.Height, health.State, health.Height, height+1, height)
		}
		mustSubmit(t, c, solve(t, work, testID))
	}
	_, _ = <-works, <-healths
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-ended; !errors.Is(err, errClosed) {
			t.Errorf("a stream ended with %v, want %v", err, errClosed)
		}
	}
}

func TestWrongSettingsAreAllNamed(t *testing.T) {
	for name, c := range map[string]struct {
		network, settings string
		paths             []string
	}{
		"all at once": {"moon", `{"chain_id": 0, "bits": "zz", "crash_after": -1}`, []string{"network", "chain_id", "bits", "crash_after"}},
		"id too big":  {"", `{"chain_id": 32768}`, []string{"chain_id"}},
		"zero bits":   {"", `{"bits": "1d000000"}`, []string{"bits"}},
		"wrong type":  {"", `{"garbage": 1}`, []string{"garbage"}},
		"unknown key": {"", `{"chainid": 1}`, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := driver{}.Open(t.Context(), coins.Settings{Network: c.network, JSON: []byte(c.settings)})
			var problems coins.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			var paths []string
			for _, p := range problems {
				paths = append(paths, p.Path)
			}
			if strings.Join(paths, ",") != strings.Join(c.paths, ",") {
				t.Errorf("got %q, want %q: %v", paths, c.paths, err)
			}
		})
	}
	if _, err := (driver{}).Open(t.Context(), coins.Settings{}); err != nil {
		t.Errorf("no settings at all: %v", err)
	}
	if !json.Valid((driver{}).Describe().Schema) {
		t.Error("the schema is no JSON")
	}
}

func TestAddresses(t *testing.T) {
	c := easy(t)
	for address, valid := range map[string]bool{address("abc"): true, address("abc")[1:]: false, address("abc") + "0": false, "toy1": false, "toy1abc": false, "": false, "bc1q": false} {
		got, err := c.ValidateAddress(t.Context(), address)
		if err != nil || got.Valid != valid || (got.Reason == "") != valid {
			t.Errorf("%q: got %+v, %v, want valid %v", address, got, err, valid)
		}
	}
}
