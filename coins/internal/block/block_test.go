package block

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"github.com/motherlode-pool/motherlode/coins"
)

func TestHeightPush(t *testing.T) {
	for height, want := range map[uint64]string{
		0: "00", 1: "51", 16: "60", 17: "0111", 127: "017f", 128: "028000", 255: "02ff00", 256: "020001",
		32767: "02ff7f", 32768: "03008000", 800000: "0300350c", 8388607: "03ffff7f", 8388608: "0400008000",
	} {
		if got := hex.EncodeToString(HeightPush(height)); got != want {
			t.Errorf("%d: got %s, want %s", height, got, want)
		}
	}
}

func TestVarInt(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "00", 252: "fc", 253: "fdfd00", 0xffff: "fdffff", 0x10000: "fe00000100", 1 << 32: "ff0000000001000000",
	} {
		if got := hex.EncodeToString(AppendVarInt(nil, n)); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

// slowRoot is the merkle root by its definition: rows of pairs, the last of an
// odd row twice.
func slowRoot(row []coins.Hash) coins.Hash {
	for len(row) > 1 {
		if len(row)%2 == 1 {
			row = append(row, row[len(row)-1])
		}
		var up []coins.Hash
		for i := 0; i < len(row); i += 2 {
			up = append(up, Sum(append(append([]byte(nil), row[i][:]...), row[i+1][:]...)))
		}
		row = up
	}
	return row[0]
}

func TestBranchGivesTheRootOfTheWholeTree(t *testing.T) {
	for n := range 40 {
		leaves := make([]coins.Hash, n+1)
		for i := range leaves {
			leaves[i] = Sum([]byte(fmt.Sprint("leaf", i)))
		}
		rest := append([]coins.Hash(nil), leaves[1:]...)
		if got, want := Root(leaves[0], Branch(rest)), slowRoot(leaves); got != want {
			t.Errorf("%d leaves: got %s, want %s", n+1, got, want)
		}
		for i := range rest {
			if rest[i] != leaves[i+1] {
				t.Fatalf("%d leaves: Branch changed its argument", n+1)
			}
		}
	}
}

// btcd's own parser reads what we write.
func TestBlockReadsBack(t *testing.T) {
	tmpl := &coins.Template{
		Height: 5, Reward: 1000, Time: 1795208936, PrevHash: coins.Hash{9},
		Tree: &coins.CoinbaseTree{
			Version: 0x20000000, Bits: 0x207fffff, CoinbaseVersion: 2, ScriptPrefix: HeightPush(5),
			Outputs:         []coins.Output{{Value: 300, Script: []byte{0x51}}, {Script: CommitmentScript(coins.Hash{1})}},
			WitnessReserved: make([]byte, 32), LockTime: 7,
		},
	}
	raw := StandIn(tmpl, []byte{0x52})
	var b wire.MsgBlock
	r := bytes.NewReader(raw)
	if err := b.Deserialize(r); err != nil || r.Len() != 0 {
		t.Fatalf("%v, %d bytes left", err, r.Len())
	}
	cb := b.Transactions[0]
	if len(cb.TxOut) != 3 || cb.TxOut[0].Value != 700 || cb.TxOut[1].Value != 300 || cb.TxOut[2].Value != 0 {
		t.Errorf("outputs: got %+v, want 700, 300 and 0", cb.TxOut)
	}
	if cb.LockTime != 7 || cb.Version != 2 || len(cb.TxIn[0].Witness) != 1 || cb.TxIn[0].SignatureScript[0] != 0x55 {
		t.Errorf("coinbase: got %+v", cb)
	}
	if b.Header.MerkleRoot != [32]byte(NewCoinbase(tmpl, []byte(standInTag), []byte{0x52}).TxID()) || cb.TxHash() != b.Header.MerkleRoot {
		t.Error("merkle root of a lone coinbase must be its id")
	}
	if got := (Header{Version: 0x20000000, Prev: coins.Hash{9}, Root: coins.Hash(b.Header.MerkleRoot), Time: 1795208936, Bits: 0x207fffff}).Hash(); got != coins.Hash(b.BlockHash()) {
		t.Errorf("hash: got %s, want %s", got, b.BlockHash())
	}
}

// Some chains take no transaction below 100 bytes, and none of the family takes a
// coinbase script above 100.
func TestStandInIsOfALengthThatAllChainsTake(t *testing.T) {
	for _, height := range []uint64{1, 800000, 1 << 31} {
		tmpl := &coins.Template{Height: height, Tree: &coins.CoinbaseTree{ScriptPrefix: HeightPush(height)}}
		c := NewCoinbase(tmpl, []byte(standInTag), []byte{0x51})
		if size := len(c.Append(nil)); size < 100 || len(c.Script) > 100 {
			t.Errorf("height %d: %d bytes with a script of %d, want at least 100 with at most 100", height, size, len(c.Script))
		}
	}
}

func TestShortScriptIsPadded(t *testing.T) {
	tmpl := &coins.Template{Tree: &coins.CoinbaseTree{ScriptPrefix: HeightPush(3)}}
	if got := NewCoinbase(tmpl, nil, nil).Script; len(got) != 2 {
		t.Errorf("script: got %x, want 2 bytes", got)
	}
}

func TestPayloadAndProofHaveTheirPlaces(t *testing.T) {
	c := &Coinbase{Script: []byte{1, 1}, LockTime: 1, Payload: []byte{0xaa, 0xbb}}
	raw := Assemble(Header{}, []byte("proof"), c, &coins.CoinbaseTree{TxCount: 300, TxBlob: []byte("txs"), Trailer: []byte("end")})
	if !bytes.HasPrefix(raw[HeaderSize:], []byte("proof\xfd\x2d\x01")) || !bytes.HasSuffix(raw, []byte("\x01\x00\x00\x00\xaa\xbbtxsend")) {
		t.Errorf("got %x", raw)
	}
	if binary.LittleEndian.Uint32(raw) != 0 {
		t.Error("version must be zero")
	}
}
