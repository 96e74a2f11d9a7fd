package conformance

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
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

func idOf(stripped string) (h coins.Hash) {
	algos.DoubleSHA256((*[32]byte)(&h), mustHex(stripped))
	return h
}

func TestTxIDs(t *testing.T) {
	for _, tt := range []struct {
		name string
		blob string
		n    int
		want []coins.Hash
		says string
	}{
		{name: "none", n: 0},
		{name: "plain and witness", blob: plainTx + witnessTx, n: 2,
			want: []coins.Hash{idOf(plainTx), idOf(strings.ReplaceAll(plainTx, "0151", "0152"))}},
		{name: "HogEx", blob: hogEx, n: 1, want: []coins.Hash{idOf(strings.ReplaceAll(plainTx, "0151", "0153"))}},
		{name: "special transaction", blob: special + plainTx, n: 2, want: []coins.Hash{idOf(special), idOf(plainTx)}},
		{name: "a version that only looks special", blob: bigType, n: 1, want: []coins.Hash{idOf(bigType)}},
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
			got, err := txIDs(mustHex(tt.blob), tt.n)
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

// FuzzTxIDs holds the reader against btcd's, for what both can read.
func FuzzTxIDs(f *testing.F) {
	for _, s := range []string{plainTx, witnessTx, hogEx, withMWEB, special} {
		f.Add(mustHex(s))
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		got, err := splitTxs(blob, 1, false)
		var tx wire.MsgTx
		r := bytes.NewReader(blob)
		oracle := tx.Deserialize(r)
		if oracle != nil || r.Len() > 0 || len(tx.TxIn) == 0 {
			return // what btcd refuses may be Litecoin's, or a block's odd one
		}
		if err != nil {
			t.Fatalf("btcd reads it: %v", err)
		}
		if got[0] != coins.Hash(tx.TxHash()) {
			t.Fatalf("got %s, btcd gives %s", got[0], tx.TxHash())
		}
	})
}

func TestMerkleBranchLeadsToTheRoot(t *testing.T) {
	sum := func(a, b coins.Hash) (h coins.Hash) {
		algos.DoubleSHA256((*[32]byte)(&h), append(append([]byte{}, a[:]...), b[:]...))
		return h
	}
	var root func(leaves []coins.Hash) coins.Hash
	root = func(leaves []coins.Hash) coins.Hash {
		if len(leaves) == 1 {
			return leaves[0]
		}
		var up []coins.Hash
		for i := 0; i < len(leaves); i += 2 {
			up = append(up, sum(leaves[i], leaves[min(i+1, len(leaves)-1)]))
		}
		return root(up)
	}
	for n := range 20 {
		leaves := []coins.Hash{{0xff}}
		for i := range n {
			leaves = append(leaves, coins.Hash{byte(i), 1})
		}
		got := leaves[0]
		for _, step := range merkleBranch(leaves[1:]) {
			got = sum(got, step)
		}
		if want := root(leaves); got != want {
			t.Errorf("%d leaves: got %s, want %s", n+1, got, want)
		}
	}
}
