package gbt

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
)

// bare is a template of height 7 with further members.
func bare(members string) []byte {
	if members != "" {
		members += ","
	}
	return []byte(`{` + members + `"version":536870912,"previousblockhash":"` + strings.Repeat("0a", 32) + `","height":7,
		"bits":"207fffff","curtime":1795208936,"coinbasevalue":5000,"transactions":[]}`)
}

// parseTest takes the addresses of the tests.
func parseTest(a string) ([]byte, error) {
	if a != "Dev" {
		return nil, fmt.Errorf("of another coin")
	}
	return []byte{0x53}, nil
}

// outputs writes outputs as "value:script".
func outputs(list []coins.Output) []string {
	var out []string
	for _, o := range list {
		out = append(out, fmt.Sprintf("%d:%x", o.Value, o.Script))
	}
	return out
}

// The forms are those of Freecash and Kylacoin (coinbasedevreward), eCash
// (coinbasetxn), Dash (masternode, superblock) and Kylacoin's flat members.
func TestRequiredOutputs(t *testing.T) {
	at := ParsePath
	dev := Required{At: at("coinbasedevreward"), Value: at("value"), Script: at("scriptpubkey")}
	onTop, optional := dev, dev
	onTop.OnTop, optional.Optional = true, true
	masternode := Required{At: at("masternode"), Value: at("amount"), Script: at("script")}
	flat := Required{Value: at("FundValue"), Address: at("FundAddress"), Parse: parseTest, Optional: true}
	for _, tt := range []struct {
		name, members string
		required      []Required
		want          []string
		reward        uint64
	}{
		{"none asked for", `"coinbasedevreward":{"value":700,"scriptpubkey":"51"}`, nil, nil, 5000},
		{"out of the value", `"coinbasedevreward":{"value":700,"scriptpubkey":"51"}`, []Required{dev}, []string{"700:51"}, 5000},
		{"on top of the value", `"coinbasedevreward":{"value":700,"scriptpubkey":"51"}`, []Required{onTop}, []string{"700:51"}, 5700},
		{"all of it", `"coinbasedevreward":{"value":5000,"scriptpubkey":"51"}`, []Required{dev}, []string{"5000:51"}, 5000},
		{"amount 0 needs no script", `"coinbasedevreward":{"value":0}`, []Required{dev}, nil, 5000},
		{"not there yet", ``, []Required{optional}, nil, 5000},
		{"null", `"coinbasedevreward":null`, []Required{optional}, nil, 5000},
		{"a list", `"masternode":[{"amount":2,"script":"51"},{"amount":3,"script":"52","payee":"x"}]`, []Required{masternode}, []string{"2:51", "3:52"}, 5000},
		{"an empty list", `"masternode":[]`, []Required{masternode}, nil, 5000},
		{"a path, and a position in a list", `"coinbasetxn":{"minerfund":{"addresses":["Dev"],"minimumvalue":8}}`,
			[]Required{{At: at("coinbasetxn.minerfund"), Value: at("minimumvalue"), Address: at("addresses.0"), Parse: parseTest}}, []string{"8:53"}, 5000},
		{"a script deeper down", `"coinbasetxn":{"stakingrewards":{"payoutscript":{"hex":"5151"},"minimumvalue":9}}`,
			[]Required{{At: at("coinbasetxn.stakingrewards"), Value: at("minimumvalue"), Script: at("payoutscript.hex")}}, []string{"9:5151"}, 5000},
		{"members of the template itself", `"FundAddress":"Dev","FundValue":4`, []Required{flat}, []string{"4:53"}, 5000},
		{"the same, not there", ``, []Required{flat}, nil, 5000},
		{"a number, to a fixed script", `"fund":6`, []Required{{At: at("fund"), To: []byte{0x54}}}, []string{"6:54"}, 5000},
		{"several, in their order", `"masternode":[{"amount":2,"script":"51"}],"coinbasedevreward":{"value":700,"scriptpubkey":"52"}`,
			[]Required{onTop, masternode}, []string{"700:52", "2:51"}, 5700},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode(bare(tt.members), Options{Required: tt.required})
			if err != nil {
				t.Fatal(err)
			}
			if o := outputs(got.Tree.Outputs); !slices.Equal(o, tt.want) || got.Reward != tt.reward {
				t.Errorf("got %v of %d, want %v of %d", o, got.Reward, tt.want, tt.reward)
			}
		})
	}
}

func TestRequiredOutputsStandBeforeTheCommitment(t *testing.T) {
	got, err := Decode(bare(`"dev":{"v":1,"s":"51"}`), Options{
		Witness:  WitnessAlways,
		Required: []Required{{At: ParsePath("dev"), Value: ParsePath("v"), Script: ParsePath("s")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	o := outputs(got.Tree.Outputs)
	if len(o) != 2 || o[0] != "1:51" || !strings.HasPrefix(o[1], "0:6a24aa21a9ed") {
		t.Errorf("got %v, want the fund and then the commitment", o)
	}
}

func TestRequiredOutputsRefused(t *testing.T) {
	at := ParsePath
	dev := Required{At: at("dev"), Value: at("v"), Script: at("s")}
	address := Required{At: at("dev"), Value: at("v"), Address: at("a"), Parse: parseTest}
	many := `"dev":[` + strings.TrimSuffix(strings.Repeat(`{"v":1,"s":"51"},`, maxRequired+1), ",") + `]`
	for _, tt := range []struct {
		name, members string
		required      Required
		kind          ErrorKind
		says          string
	}{
		{"not there", ``, dev, ErrMissing, "dev"},
		{"null", `"dev":null`, dev, ErrMissing, "dev"},
		{"a path that ends early", `"dev":{}`, Required{At: at("dev.fund"), Value: at("v"), Script: at("s")}, ErrMissing, "dev.fund"},
		{"no amount", `"dev":{"s":"51"}`, dev, ErrRequired, "amount v is no number"},
		{"amount of coins, not base units", `"dev":{"v":1.5,"s":"51"}`, dev, ErrRequired, "1.5"},
		{"negative amount", `"dev":{"v":-1,"s":"51"}`, dev, ErrRequired, "-1"},
		{"amount as text", `"dev":{"v":"1","s":"51"}`, dev, ErrRequired, "no number"},
		{"huge amount", `"dev":{"v":9223372036854775807,"s":"51"}`, dev, ErrRequired, "in range"},
		{"more than the reward", `"dev":[{"v":4000,"s":"51"},{"v":1001,"s":"51"}]`, dev, ErrRequired, "more than the coinbase may pay, 5000"},
		{"no script", `"dev":{"v":1}`, dev, ErrRequired, "script s"},
		{"empty script", `"dev":{"v":1,"s":""}`, dev, ErrRequired, "0 bytes"},
		{"script not hex", `"dev":{"v":1,"s":"zz"}`, dev, ErrRequired, "script s"},
		{"no address", `"dev":{"v":1}`, address, ErrRequired, "address a"},
		{"address of another coin", `"dev":{"v":1,"a":"Other"}`, address, ErrRequired, `"Other": of another coin`},
		{"not a table", `"dev":true`, dev, ErrRequired, "no number"},
		{"too many", many, dev, ErrRequired, "at most 128"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode(bare(tt.members), Options{Required: []Required{tt.required}})
			if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want kind %q with %q", err, string(tt.kind), tt.says)
			}
		})
	}
}

func TestCoinbasePayload(t *testing.T) {
	opt := Options{Payload: Payload{Field: "coinbase_payload", Version: 0x00050003}}
	long := strings.Repeat("ab", 300)
	for _, tt := range []struct {
		name, members string
		payload       string
		version       uint32
	}{
		{"with its length", `"coinbase_payload":"020007000000"`, "06" + "020007000000", 0x00050003},
		{"with a long length", `"coinbase_payload":"` + long + `"`, "fd2c01" + long, 0x00050003},
		{"empty", `"coinbase_payload":""`, "", 2},
		{"absent", ``, "", 2},
		{"null", `"coinbase_payload":null`, "", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode(bare(tt.members), opt)
			if err != nil {
				t.Fatal(err)
			}
			if p := hex.EncodeToString(got.Tree.Payload); p != tt.payload || got.Tree.CoinbaseVersion != tt.version {
				t.Errorf("got %s, version %08x; want %s, %08x", p, got.Tree.CoinbaseVersion, tt.payload, tt.version)
			}
		})
	}
	for _, bad := range []string{`"coinbase_payload":"zz"`, `"coinbase_payload":7`} {
		if _, err := Decode(bare(bad), opt); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: got %v, want kind %q", bad, err, ErrFormat)
		}
	}
}

func TestVersionOfAnotherAlgorithm(t *testing.T) {
	opt := Options{VersionBits: Bits{Mask: 0xf00, Value: 0x200}}
	if _, err := Decode(bare(""), opt); !errors.Is(err, ErrVersion) {
		t.Errorf("bits of another algorithm: got %v, want kind %q", err, ErrVersion)
	}
	text := strings.Replace(string(bare("")), "536870912", "536871424", 1)
	if got, err := Decode([]byte(text), opt); err != nil || got.Tree.Version != 0x20000200 {
		t.Errorf("its own bits: got %v", err)
	}
}

func TestRulesAndVersionOfTheChain(t *testing.T) {
	text := bare(`"rules":["!own"]`)
	if _, err := Decode(text, Options{}); !errors.Is(err, ErrRule) {
		t.Errorf("unknown: got %v, want kind %q", err, ErrRule)
	}
	got, err := Decode(text, Options{Rules: []string{"own"}, CoinbaseVersion: 1})
	if err != nil || got.Tree.CoinbaseVersion != 1 {
		t.Errorf("named by the chain: got %v, %+v", err, got)
	}
}

// Every member that the decoder reads is known as such.
func TestReads(t *testing.T) {
	var recorded []string
	for _, e := range mustRecorded(t) {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(e.Template, &m); err != nil {
			t.Fatal(err)
		}
		for name := range m {
			recorded = append(recorded, name)
		}
	}
	for _, name := range append(recorded, optionNames[:]...) {
		w := newWire([]byte(`{"`+name+`":{}}`), map[string]json.RawMessage{name: nil})
		err := w.scan(w.text)
		if read := err != nil || w.kept[name] == nil; read != Reads(name) {
			t.Errorf("%s: read %t, Reads says %t", name, read, Reads(name))
		}
	}
}

// FuzzRequired: no panic, and the reward covers what is decoded.
func FuzzRequired(f *testing.F) {
	f.Add([]byte(`"dev":{"v":1,"s":"51"}`))
	f.Add([]byte(`"dev":[{"v":1,"s":"51"},{"v":4999,"a":"Dev"}],"p":"00"`))
	f.Fuzz(func(t *testing.T, members []byte) {
		got, err := Decode(bare(string(members)), Options{
			Required: []Required{
				{At: ParsePath("dev"), Value: ParsePath("v"), Script: ParsePath("s"), Optional: true, OnTop: true},
				{At: ParsePath("dev.0"), Value: ParsePath("v"), Address: ParsePath("a"), Parse: parseTest, Optional: true},
			},
			Payload: Payload{Field: "p", Version: 3},
		})
		if err != nil {
			return
		}
		var sum uint64
		for _, o := range got.Tree.Outputs {
			sum += o.Value
		}
		if sum > got.Reward {
			t.Errorf("%d of %d", sum, got.Reward)
		}
	})
}
