package txlist

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"
)

// Parts of transactions, in hex.
var (
	plainTx   = "02000000" + "01" + zeros(36) + "00" + "ffffffff" + "01" + zeros(8) + "0151" + "00000000"
	witnessTx = "02000000" + "0001" + "01" + zeros(36) + "00" + "ffffffff" + "01" + zeros(8) + "0152" + "0102beef" + "00000000"
	hogEx     = "02000000" + "0008" + "01" + zeros(36) + "00" + "ffffffff" + "01" + zeros(8) + "0153" + "00" + "00000000"
	withMWEB  = "02000000" + "0008" + "01" + zeros(36) + "00" + "ffffffff" + "01" + zeros(8) + "0153" + "01" + "00000000"
	special   = "03000500" + "01" + zeros(36) + "00" + "ffffffff" + "01" + zeros(8) + "0151" + "00000000" + "03aabbcc"
	bigType   = "03000500" + "01" + zeros(36) + "00" + "ffffffff" + "01" + zeros(8) + "0151" + "00000000"
)

func idOf(stripped string) [32]byte {
	return doubleSHA256(mustHex(stripped))
}

func TestIDs(t *testing.T) {
	for _, tt := range []struct {
		name string
		blob string
		n    int
		want [][32]byte
		says string
	}{
		{name: "none", n: 0},
		{name: "plain and witness", blob: plainTx + witnessTx, n: 2,
			want: [][32]byte{idOf(plainTx), idOf(strings.ReplaceAll(plainTx, "0151", "0152"))}},
		{name: "HogEx", blob: hogEx, n: 1, want: [][32]byte{idOf(strings.ReplaceAll(plainTx, "0151", "0153"))}},
		{name: "special transaction", blob: special + plainTx, n: 2, want: [][32]byte{idOf(special), idOf(plainTx)}},
		{name: "a version that only looks special", blob: bigType, n: 1, want: [][32]byte{idOf(bigType)}},
		{name: "MWEB data", blob: withMWEB, n: 1, says: "must not"},
		{name: "cut", blob: plainTx[:len(plainTx)-2], n: 1, says: "ends in the middle"},
		{name: "one too few", blob: plainTx + plainTx, n: 1, says: "are left"},
		{name: "one too many", blob: plainTx, n: 2, says: "transaction 2 of 2"},
		{name: "long form of a number", blob: strings.Replace(plainTx, "0200000001", "02000000fd0100", 1), n: 1, says: "shortest form"},
		{name: "no inputs", blob: "0200000000" + "00", n: 1, says: "flags 00"},
		{name: "unknown flags", blob: strings.Replace(witnessTx, "0200000000"+"01", "0200000000"+"11", 1), n: 1, says: "flags 11"},
		{name: "a script beyond the end", blob: "0200000001" + zeros(36) + "ff" + "ffffffffffffffff", n: 1, says: "script"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := IDs(mustHex(tt.blob), tt.n)
			if tt.says != "" {
				if err == nil || !strings.Contains(err.Error(), tt.says) {
					t.Fatalf("got %v, %v, want an error with %q", got, err, tt.says)
				}
				return
			}
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

// FuzzIDs holds the reader against btcd's, for what both can read.
func FuzzIDs(f *testing.F) {
	for _, s := range []string{plainTx, witnessTx, hogEx, withMWEB, special} {
		f.Add(mustHex(s))
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		got, err := Split(blob, 1, false)
		var tx wire.MsgTx
		r := bytes.NewReader(blob)
		oracle := tx.Deserialize(r)
		if oracle != nil || r.Len() > 0 || len(tx.TxIn) == 0 {
			return // what btcd refuses may be Litecoin's, or a block's odd one
		}
		if err != nil {
			t.Fatalf("btcd reads it: %v", err)
		}
		if got[0] != tx.TxHash() {
			t.Fatalf("got %x, btcd gives %s", got[0], tx.TxHash())
		}
	})
}

func TestMerkleBranchLeadsToTheRoot(t *testing.T) {
	sum := func(a, b [32]byte) [32]byte {
		return doubleSHA256(append(append([]byte{}, a[:]...), b[:]...))
	}
	var root func(leaves [][32]byte) [32]byte
	root = func(leaves [][32]byte) [32]byte {
		if len(leaves) == 1 {
			return leaves[0]
		}
		var up [][32]byte
		for i := 0; i < len(leaves); i += 2 {
			up = append(up, sum(leaves[i], leaves[min(i+1, len(leaves)-1)]))
		}
		return root(up)
	}
	for n := range 20 {
		leaves := [][32]byte{{0xff}}
		for i := range n {
			leaves = append(leaves, [32]byte{byte(i), 1})
		}
		got := leaves[0]
		for _, step := range Branch(leaves[1:]) {
			got = sum(got, step)
		}
		if want := root(leaves); got != want {
			t.Errorf("%d leaves: got %x, want %x", n+1, got, want)
		}
	}
}

// BenchmarkBlock reads 4,000 transactions of 250 bytes and makes their branch.
func BenchmarkBlock(b *testing.B) {
	one := mustHex(strings.Replace(plainTx, zeros(8)+"0151", zeros(8)+"ba"+strings.Repeat("51", 0xba), 1))
	blob := bytes.Repeat(one, 4000)
	b.SetBytes(int64(len(blob)))
	for b.Loop() {
		ids, err := IDs(blob, 4000)
		if err != nil {
			b.Fatal(err)
		}
		if len(Branch(ids)) != 12 {
			b.Fatal("branch")
		}
	}
}

func zeros(n int) string { return hex.EncodeToString(make([]byte, n)) }

func mustHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}
