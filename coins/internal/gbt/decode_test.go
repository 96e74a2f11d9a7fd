package gbt

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
)

// mustEdit decodes a recorded template, lets edit change it, and gives its text.
func mustEdit(t testing.TB, name string, edit func(m map[string]any)) []byte {
	t.Helper()
	for _, e := range mustRecorded(t) {
		if e.Name != name {
			continue
		}
		var m map[string]any
		d := json.NewDecoder(bytes.NewReader(e.Template))
		d.UseNumber()
		if err := d.Decode(&m); err != nil {
			t.Fatal(err)
		}
		edit(m)
		out, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	t.Fatalf("no recorded exchange %q", name)
	return nil
}

func firstTx(m map[string]any) map[string]any {
	return m["transactions"].([]any)[0].(map[string]any)
}

func TestFields(t *testing.T) {
	text := mustEdit(t, "btcd-txs", func(m map[string]any) {})
	got, err := Decode(text, Options{Witness: WitnessUnlessRules, VersionMask: 0x1fffe000})
	if err != nil {
		t.Fatal(err)
	}
	prev, _ := coins.ParseHash("25768491c12cc2670449a29e1bf6a3f1236d39a14c38f2ec6a2cd913152450eb")
	if got.Height != 135 || got.PrevHash != prev || got.Reward != 5000020000 || got.Fees != 20000 {
		t.Errorf("got height %d, previous %s, reward %d, fees %d", got.Height, got.PrevHash, got.Reward, got.Fees)
	}
	if got.Time != 1795208930 || got.MinTime != 1795207844 || got.MaxTime == 0 {
		t.Errorf("times: got %d, %d, %d", got.Time, got.MinTime, got.MaxTime)
	}
	if got.Target != [32]byte{0x7f, 0xff, 0xff} || got.Tree.Bits != 0x207fffff || got.Tree.Version != 0x20000000 {
		t.Errorf("got target %x, bits %08x, version %08x", got.Target, got.Tree.Bits, got.Tree.Version)
	}
	if got.Tree.VersionMask != 0x1fffe000 || got.Tree.ScriptLimit != 100 || got.Tree.TxCount != 4 || !got.Proposals {
		t.Errorf("got mask %08x, limit %d, %d transactions, proposals %t", got.Tree.VersionMask, got.Tree.ScriptLimit, got.Tree.TxCount, got.Proposals)
	}
}

func TestWitnessAndMask(t *testing.T) {
	for _, tt := range []struct {
		name, recorded string
		edit           func(map[string]any)
		opt            Options
		witness        bool
		mask           uint32
	}{
		{"btcd names no rules", "btcd-txs", func(map[string]any) {}, Options{Witness: WitnessUnlessRules}, true, 0},
		{"btcd without transactions", "btcd-txs", func(m map[string]any) {
			m["transactions"] = []any{}
			delete(m, "default_witness_commitment")
		}, Options{Witness: WitnessUnlessRules}, true, 0},
		{"rules name segwit", "knots-txs", func(map[string]any) {}, Options{Witness: WitnessUnlessRules}, true, 0},
		{"rules do not name it, commitment given all the same", "knots-txs", func(m map[string]any) { m["rules"] = []any{} }, Options{Witness: WitnessUnlessRules}, false, 0},
		{"by rules, none given", "btcd-txs", func(map[string]any) {}, Options{Witness: WitnessByRules}, false, 0},
		{"always", "knots-txs", func(m map[string]any) { m["rules"] = []any{} }, Options{Witness: WitnessAlways}, true, 0},
		{"never", "btcd-txs", func(map[string]any) {}, Options{Witness: WitnessNever}, false, 0},
		{"bits that the version signals stay in the mask", "knots-txs", func(m map[string]any) { m["version"] = 0x30000000 }, Options{VersionMask: 0x1fffe000}, true, 0x1fffe000},
		{"negative version", "knots-txs", func(m map[string]any) { m["version"] = -1 }, Options{VersionMask: 0x1fffe000}, true, 0x1fffe000},
		{"required bits outside the mask", "knots-txs", func(m map[string]any) { m["vbrequired"] = 1 << 2 }, Options{VersionMask: 0x1fffe000}, true, 0x1fffe000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode(mustEdit(t, tt.recorded, tt.edit), tt.opt)
			if err != nil {
				t.Fatal(err)
			}
			if has := got.Tree.WitnessReserved != nil; has != tt.witness || has != (len(got.Tree.Outputs) == 1) {
				t.Errorf("witness: got %t with %d required outputs, want %t", has, len(got.Tree.Outputs), tt.witness)
			}
			if got.Tree.VersionMask != tt.mask {
				t.Errorf("mask: got %08x, want %08x", got.Tree.VersionMask, tt.mask)
			}
		})
	}
}

func TestRequiredBitsInsideTheMaskAreRefused(t *testing.T) {
	text := mustEdit(t, "knots-txs", func(m map[string]any) { m["vbrequired"] = 1<<14 | 1<<2 })
	if _, err := Decode(text, Options{VersionMask: 0x1fffe000}); !errors.Is(err, ErrRule) {
		t.Errorf("got %v, want %v: miners would roll a bit that the chain demands", err, ErrRule)
	}
}

func TestRefused(t *testing.T) {
	const h64 = "00000000000000000000000000000000000000000000000000000000000000ff"
	for _, tt := range []struct {
		name, recorded string
		edit           func(map[string]any)
		kind           ErrorKind
		says           string
	}{
		{"no height and bits", "knots-txs", func(m map[string]any) { delete(m, "height"); delete(m, "bits") }, ErrMissing, "height, bits"},
		{"coinbasetxn instead of a value", "knots-txs", func(m map[string]any) { delete(m, "coinbasevalue") }, ErrMissing, "coinbasevalue"},
		{"negative height", "knots-txs", func(m map[string]any) { m["height"] = -1 }, ErrFormat, "height"},
		{"reward as text", "knots-txs", func(m map[string]any) { m["coinbasevalue"] = "5" }, ErrFormat, "coinbasevalue"},
		{"bits that are no target", "knots-txs", func(m map[string]any) { m["bits"] = "00000000"; delete(m, "target") }, ErrFormat, "bits"},
		{"target of other bits", "knots-txs", func(m map[string]any) { m["target"] = h64 }, ErrTarget, "207fffff"},
		{"short previous hash", "knots-txs", func(m map[string]any) { m["previousblockhash"] = "00" }, ErrFormat, "previousblockhash"},
		{"commitment script of others", "knots-txs", func(m map[string]any) { m["default_witness_commitment"] = "6a24aa21a9ed" + h64 }, ErrCommitment, h64},
		{"bare commitment of others", "btcd-txs", func(m map[string]any) { m["default_witness_commitment"] = h64 }, ErrCommitment, h64},
		{"commitment of another length", "btcd-txs", func(m map[string]any) { m["default_witness_commitment"] = "00" }, ErrCommitment, ""},
		{"a transaction missing", "knots-txs", func(m map[string]any) { m["transactions"] = m["transactions"].([]any)[1:] }, ErrCommitment, ""},
		{"transaction without data", "knots-txs", func(m map[string]any) { delete(firstTx(m), "data") }, ErrFormat, "transaction 0"},
		{"transaction without ids", "knots-txs", func(m map[string]any) { delete(firstTx(m), "txid"); delete(firstTx(m), "hash") }, ErrFormat, "neither"},
		{"transaction not hex", "knots-txs", func(m map[string]any) { firstTx(m)["data"] = "zz" }, ErrFormat, "data"},
		{"unknown rule demanded", "knots-txs", func(m map[string]any) { m["rules"] = []any{"!segwit", "!covenants"} }, ErrRule, "covenants"},
		{"signed signet", "knots-txs", func(m map[string]any) { m["signet_challenge"] = "5121" }, ErrRule, "5121"},
		{"mweb demanded of a coin without", "knots-txs", func(m map[string]any) { m["rules"] = []any{"!segwit", "!mweb"} }, ErrRule, "mweb"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode(mustEdit(t, tt.recorded, tt.edit), Options{Witness: WitnessUnlessRules})
			if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want kind %q with %q", err, string(tt.kind), tt.says)
			}
		})
	}
}

func TestMWEB(t *testing.T) {
	opt := Options{MWEB: true}
	got, err := Decode(mustEdit(t, "litecoin-mweb", func(map[string]any) {}), opt)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Tree.Trailer) != 168 || got.Tree.Trailer[0] != 1 {
		t.Errorf("trailer: got %d bytes from %x, want 01 and 167 bytes", len(got.Tree.Trailer), got.Tree.Trailer[:1])
	}
	_, err = Decode(mustEdit(t, "litecoin-mweb", func(m map[string]any) { delete(m, "mweb") }), opt)
	if !errors.Is(err, ErrMWEB) {
		t.Errorf("active without its block: got %v, want kind %q", err, ErrMWEB)
	}
	got, err = Decode(mustEdit(t, "litecoin-mweb", func(m map[string]any) {
		delete(m, "mweb")
		m["rules"] = []any{"csv", "!segwit", "taproot"}
	}), opt)
	if err != nil || len(got.Tree.Trailer) != 0 {
		t.Errorf("not active yet: got %v, want no trailer", err)
	}
}

func TestNotATemplate(t *testing.T) {
	for _, text := range []string{``, `null`, `[]`, `"x"`, `{`, `{"version":}`, `{"transactions":[],"transactions":[]}`} {
		if got, err := Decode([]byte(text), Options{}); err == nil {
			t.Errorf("%q: got %+v, want an error", text, got)
		}
	}
}

// bigTemplate is a template of n transactions of about 1000 bytes.
func bigTemplate(t testing.TB, n int) []byte {
	random := rand.NewChaCha8([32]byte{1})
	var b bytes.Buffer
	var hashes []coins.Hash
	b.WriteString(`{"capabilities":["proposal"],"version":536870912,"rules":["csv","!segwit","taproot"],"vbavailable":{},"vbrequired":0,` +
		`"previousblockhash":"719ab8e3c30520b481ad6e3f359effbc1533487cd6e24978f0e980bc40ac9c99","transactions":[`)
	data := make([]byte, 1000)
	for i := range n {
		random.Read(data)
		h := block.Sum(data)
		hashes = append(hashes, h)
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"data":"%x","txid":"%s","hash":"%s","depends":[],"fee":5000,"sigops":4,"weight":4000}`, data, h, h)
	}
	commitment := block.CommitmentScript(block.Commitment(hashes, [32]byte{}))
	fmt.Fprintf(&b, `],"coinbaseaux":{},"coinbasevalue":5000030000,"target":"7fffff%058d","mintime":1,"curtime":1795208936,"bits":"207fffff","height":800000,"default_witness_commitment":"%x"}`, 0, commitment)
	return b.Bytes()
}

func TestBigTemplate(t *testing.T) {
	got, err := Decode(bigTemplate(t, 4000), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Tree.TxCount != 4000 || len(got.Tree.TxBlob) != 4000*1000 || len(got.Tree.Branch) != 12 || got.Fees != 4000*5000 {
		t.Errorf("got %d transactions in %d bytes, branch of %d, fees %d", got.Tree.TxCount, len(got.Tree.TxBlob), len(got.Tree.Branch), got.Fees)
	}
}

// The text may be written over once it is decoded.
func TestDecodeKeepsNothingOfTheText(t *testing.T) {
	options := Options{
		Witness: WitnessUnlessRules, MWEB: true, VersionMask: 0x1fffe000, Payload: Payload{Field: "coinbase_payload", Version: 3},
		Required: []Required{{At: Path{"coinbasetxn", "minerfund"}, Value: Path{"minimumvalue"}, To: []byte{0x51}, Optional: true}},
	}
	decoded := 0
	for _, e := range mustRecorded(t) {
		text := []byte(e.Template)
		want, err := Decode(bytes.Clone(text), options)
		if err != nil {
			continue // a template that these options do not suit
		}
		decoded++
		got, err := Decode(text, options)
		if err != nil {
			t.Fatal(err)
		}
		for i := range text {
			text[i] = 'x'
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", e.Name, got, want)
		}
	}
	if decoded < 2 {
		t.Errorf("%d templates were decoded, want most", decoded)
	}
}

func BenchmarkDecode4000(b *testing.B) {
	text := bigTemplate(b, 4000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(text, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzDecode: no panic, and whatever is decoded assembles to a block of the
// right length.
func FuzzDecode(f *testing.F) {
	for _, e := range mustRecorded(f) {
		f.Add([]byte(e.Template))
	}
	f.Add([]byte(`{"version":1,"previousblockhash":"` + strings.Repeat("0", 64) + `","height":1,"bits":"207fffff","curtime":1,"coinbasevalue":1,"transactions":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := Decode(text, Options{Witness: WitnessUnlessRules, MWEB: true, VersionMask: 0x1fffe000})
		if err != nil {
			return
		}
		tree := got.Tree
		if tree.VersionMask != 0x1fffe000 {
			t.Errorf("mask %08x, want the coin's", tree.VersionMask)
		}
		raw := block.StandIn(got.Template, []byte{0x51})
		if !bytes.HasSuffix(raw, append(append([]byte(nil), tree.TxBlob...), tree.Trailer...)) {
			t.Error("block does not end with its transactions and trailer")
		}
		if _, err := hex.DecodeString(hex.EncodeToString(raw)); err != nil {
			t.Error(err)
		}
	})
}
