package gbt

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
)

// exchange is one recorded template with the block that the node took.
type exchange struct {
	Name     string          `json:"name"`
	Parent   string          `json:"parent"`
	Template json.RawMessage `json:"template"`
	Block    string          `json:"block"`
}

func mustRecorded(t testing.TB) []exchange {
	t.Helper()
	b, err := os.ReadFile("testdata/recorded.json")
	if err != nil {
		t.Fatal(err)
	}
	var out []exchange
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (e exchange) options() Options {
	opt := Options{VersionMask: 0x1fffe000}
	switch {
	case strings.HasPrefix(e.Parent, "btcd"):
		opt.Witness = WitnessAlways
	case strings.HasPrefix(e.Parent, "litecoind"):
		opt.MWEB = true
	}
	return opt
}

// coinbaseOf parses the coinbase of a recorded block by fixed offsets: none of
// the coinbases has more than 252 of anything.
func coinbaseOf(t *testing.T, raw []byte) *block.Coinbase {
	t.Helper()
	c := &block.Coinbase{Version: binary.LittleEndian.Uint32(raw)}
	raw = raw[4:]
	witness := raw[0] == 0
	if witness {
		raw = raw[2:]
	}
	raw = raw[1+36:]
	n := int(raw[0])
	c.Script, raw = raw[1:1+n], raw[1+n+4:]
	outputs := int(raw[0])
	raw = raw[1:]
	for range outputs {
		o := coins.Output{Value: binary.LittleEndian.Uint64(raw)}
		n := int(raw[8])
		o.Script, raw = raw[9:9+n], raw[9+n:]
		c.Outputs = append(c.Outputs, o)
	}
	if witness {
		c.Witness, raw = raw[2:34], raw[34:]
	}
	c.LockTime = binary.LittleEndian.Uint32(raw)
	return c
}

func TestRecordedBlocksAreRebuiltByteForByte(t *testing.T) {
	for _, e := range mustRecorded(t) {
		t.Run(e.Name, func(t *testing.T) {
			tmpl, err := Decode(e.Template, e.options())
			if err != nil {
				t.Fatal(err)
			}
			want, err := hex.DecodeString(e.Block)
			if err != nil {
				t.Fatal(err)
			}

			// The recorded coinbase and the searched fields are the miner's; all
			// else must follow from the template.
			countSize := 1
			if want[80] >= 0xfd {
				t.Fatal("recorded block has more transactions than this test can read")
			}
			cb := coinbaseOf(t, want[80+countSize:])
			h := block.NewHeader(tmpl.Template, cb)
			h.Version = binary.LittleEndian.Uint32(want)
			h.Time = binary.LittleEndian.Uint32(want[68:])
			h.Nonce = binary.LittleEndian.Uint32(want[76:])
			got := block.Assemble(h, nil, cb, tmpl.Tree)
			if hex.EncodeToString(got) != e.Block {
				t.Errorf("rebuilt block differs\n got %x\nwant %s", got, e.Block)
			}
			if !strings.HasPrefix(string(cb.Script), string(tmpl.Tree.ScriptPrefix)) {
				t.Errorf("script prefix: got %x, the accepted coinbase's script is %x", tmpl.Tree.ScriptPrefix, cb.Script)
			}
			last := cb.Outputs[len(cb.Outputs)-1]
			if o := tmpl.Tree.Outputs; len(o) != 1 || string(o[0].Script) != string(last.Script) || o[0].Value != 0 {
				t.Errorf("required outputs: got %x, want the commitment %x alone", o, last.Script)
			}
		})
	}
}
