package auxpow

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// Every block of a real chain: header hash, proof read and written with the
// same bytes, rules, work, and the rest of the block read to its end.
func TestRealBlocks(t *testing.T) {
	proofs := 0
	for _, file := range []string{"auxpow-blocks.json", "selfbuilt-blocks.json"} {
		for _, v := range mustLoad[blockVector](t, file) {
			t.Run(v.Name, func(t *testing.T) {
				raw := mustHex(t, v.Hex)
				header, rest := raw[:HeaderSize], raw[HeaderSize:]
				hash := DoubleHash(header)
				if v.Hash != "" && hash != mustHash(t, v.Hash) {
					t.Fatalf("header hash %x (internal), want %s (printed)", hash, v.Hash)
				}
				version := (&Proof{ParentHeader: [HeaderSize]byte(header)}).ParentVersion()
				if IsAux(version) {
					proofs++
					rest = checkRealProof(t, v, hash, rest)
					if err := CheckBlockVersion(version, v.rules()); err != nil {
						t.Error(err)
					}
				}
				checkRest(t, v, header, rest)
			})
		}
	}
	if proofs != 9 {
		t.Errorf("%d blocks with a proof, want 9", proofs)
	}
}

// checkRealProof checks the proof that a block carries and returns what
// follows.
func checkRealProof(t *testing.T, v blockVector, hash [32]byte, b []byte) []byte {
	t.Helper()
	p, rest := mustParse(t, b)
	if got, want := p.Append(nil), b[:len(b)-len(rest)]; !bytes.Equal(got, want) {
		t.Errorf("proof written as %x, read as %x", got, want)
	}
	if err := Verify(&p, hash, v.rules()); err != nil {
		t.Errorf("refused: %v", err)
	}
	if err := p.VerifyWork(headerBits(mustHex(t, v.Hex[:2*HeaderSize])), powFor(t, v.Algo)); err != nil {
		t.Errorf("refused: %v", err)
	}
	if wrong := Verify(&p, fill(1), v.rules()); !errors.Is(wrong, RuleRootMissing) {
		t.Errorf("proof for another hash: got %v, want %v", wrong, RuleRootMissing)
	}
	return rest
}

// checkRest reads the transactions of a whole block and compares their merkle
// root with the header's.
func checkRest(t *testing.T, v blockVector, header, b []byte) {
	t.Helper()
	if v.HeaderOnly {
		if len(b) > 0 {
			t.Errorf("%d bytes after header and proof", len(b))
		}
		return
	}
	r := reader{data: b}
	n := r.count()
	if v.Transactions != nil && *v.Transactions > 0 && n != uint64(*v.Transactions) {
		t.Errorf("%d transactions, want %d", n, *v.Transactions)
	}
	var ids [][32]byte
	for b = b[r.off:]; uint64(len(ids)) < n && len(b) > 0; {
		tx, err := scanTransaction(b)
		if err != nil {
			t.Fatalf("transaction %d: %v", len(ids), err)
		}
		ids = append(ids, tx.id())
		b = b[len(tx.raw):]
	}
	if uint64(len(ids)) != n || len(b) > 0 {
		t.Fatalf("%d of %d transactions, %d bytes after them", len(ids), n, len(b))
	}
	if got := merkleRoot(ids); n > 0 && !bytes.Equal(got[:], header[headerMerkleRoot:headerMerkleRootEnd]) {
		t.Errorf("merkle root %x, want %x", got, header[headerMerkleRoot:headerMerkleRootEnd])
	}
}

// merkleRoot hashes transaction ids as a block does: the last of an odd level
// is taken twice.
func merkleRoot(level [][32]byte) [32]byte {
	if len(level) == 0 {
		return [32]byte{}
	}
	for len(level) > 1 {
		if len(level)%2 != 0 {
			level = append(level, level[len(level)-1])
		}
		up := make([][32]byte, len(level)/2)
		for i := range up {
			up[i] = DoubleHash(slices.Concat(level[2*i][:], level[2*i+1][:]))
		}
		level = up
	}
	return level[0]
}

func TestRealProofs(t *testing.T) {
	for _, v := range mustLoad[blockVector](t, "auxpow-proofs.json") {
		t.Run(v.Name, func(t *testing.T) {
			raw := mustHex(t, v.Hex)
			p, rest := mustParse(t, raw)
			if len(rest) != 0 {
				t.Errorf("%d bytes after the proof", len(rest))
			}
			if got := p.Append(nil); !bytes.Equal(got, raw) {
				t.Errorf("written as %x, read as %x", got, raw)
			}
			if err := Verify(&p, mustHash(t, v.AuxHash), v.rules()); err != nil {
				t.Errorf("refused: %v", err)
			}
			if err := p.VerifyWork(mustBits(t, v.Bits), powFor(t, v.Algo)); err != nil {
				t.Errorf("refused: %v", err)
			}
		})
	}
}

// Proofs that live nodes took, and the parent blocks they were cut out of: the
// block's coinbase, stripped, is the proof's.
func TestRecordedProofs(t *testing.T) {
	for _, v := range mustLoad[recordedVector](t, "recorded.json") {
		t.Run(v.Name, func(t *testing.T) {
			raw := mustHex(t, v.AuxPow)
			p, rest := mustParse(t, raw)
			if got := p.Append(nil); len(rest) != 0 || !bytes.Equal(got, raw) {
				t.Errorf("written as %x with %d bytes left, read as %x", got, len(rest), raw)
			}
			rules := Rules{ChainID: v.AuxBlock.ChainID, StrictID: true, IndexZero: v.IndexZero, NoAuxParent: v.NoAuxParent}
			if err := Verify(&p, mustHash(t, v.AuxBlock.Hash), rules); err != nil {
				t.Errorf("refused: %v", err)
			}
			if err := p.VerifyWork(mustBits(t, v.AuxBlock.Bits), powFor(t, v.Algo)); err != nil {
				t.Errorf("refused: %v", err)
			}

			block := mustHex(t, v.Block)
			if !bytes.Equal(block[:HeaderSize], p.ParentHeader[:]) {
				t.Error("the block's header is not the proof's")
			}
			coinbase, err := scanTransaction(block[HeaderSize+1:])
			if err != nil {
				t.Fatal(err)
			}
			if !coinbase.extended {
				t.Error("the block's coinbase has no witness")
			}
			stripped, err := Strip(coinbase.raw)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(stripped, p.Coinbase) {
				t.Errorf("stripped coinbase %x, want %x", stripped, p.Coinbase)
			}
		})
	}
}
