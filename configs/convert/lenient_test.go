package convert_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/configs/convert"
)

// envWith is a public-pool file with one more line.
func envWith(line string) string {
	return "BITCOIN_RPC_URL=http://127.0.0.1\nBITCOIN_RPC_USER=u\nSTRATUM_PORT=3333\n" + line + "\n"
}

// Values are read as dotenv reads them, or another password reaches the node.
func TestEnvValues(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"plain":                        {`pw`, "pw"},
		"plain with a comment":         {`pw # secret`, "pw"},
		"plain cut at a #":             {`pw#1`, "pw"},
		"double quotes":                {`"pw"`, "pw"},
		"double quotes and a comment":  {`"pw" # secret`, "pw"},
		"single quotes and a comment":  {`'p"w'# secret`, `p"w`},
		"backticks":                    {"`p'w` # x", "p'w"},
		"a # in quotes":                {`"pw # 1" # 2`, "pw # 1"},
		"a quote in the comment":       {`"pw" # "old"`, "pw"},
		"an escaped quote":             {`"p\"w"`, `p\"w`},
		"a line's end":                 {`"p\nw"`, "p\nw"},
		"none in single quotes":        {`'p\nw'`, `p\nw`},
		"a quote that does not end":    {`"pw`, `"pw`},
		"text behind the closing one":  {`"pw"x`, `"pw"x`},
		"spaces in quotes":             {`" pw "`, " pw "},
		"a comment and no value":       {`# none`, ""},
		"nothing":                      {``, ""},
		"quotes around nothing at all": {`""`, ""},
	} {
		got, err := convert.Convert("f", []byte(envWith("NETWORK=regtest\nBITCOIN_RPC_PASSWORD="+c.text)), convert.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		nodes, _ := mustParse(t, got.TOML).Coins["bitcoin"].Settings["nodes"].([]any)
		node, _ := nodes[0].(map[string]any)
		if password, _ := node["password"].(string); password != c.want {
			t.Errorf("%s: got %q, want %q", name, password, c.want)
		}
		warned := strings.Contains(notesText(got.Carried), "is cut at its #")
		if want := name == "plain cut at a #"; warned != want {
			t.Errorf("%s: said that it was cut: %t, want %t", name, warned, want)
		}
	}
}

func notesText(all []convert.Note) string {
	var b strings.Builder
	for _, n := range all {
		b.WriteString(n.String() + "\n")
	}
	return b.String()
}

// A network that is not known is no guess: on another one blocks pay nobody.
func TestNetworkOfPublicPool(t *testing.T) {
	for name, c := range map[string]struct {
		line, option, want string
		err                error
		look               bool
	}{
		"mainnet":              {line: "NETWORK=mainnet", want: "main"},
		"quoted with comment":  {line: `NETWORK="testnet" # mainnet | testnet`, want: "test"},
		"testnet4":             {line: "NETWORK=testnet4", want: "test"},
		"signet":               {line: "NETWORK=signet", want: "signet"},
		"unknown":              {line: "NETWORK=${NET}", err: convert.ErrValue},
		"unknown, but named":   {line: "NETWORK=${NET}", option: "regtest", want: "regtest", look: true},
		"none":                 {line: "", want: "main", look: true},
		"none, but named":      {line: "", option: "test", want: "test"},
		"named against a file": {line: "NETWORK=testnet", option: "signet", want: "signet", look: true},
	} {
		got, err := convert.Convert("f", []byte(envWith(c.line)), convert.Options{Node: c.option})
		if !errors.Is(err, c.err) {
			t.Errorf("%s: got %v, want %v", name, err, c.err)
		}
		if err != nil {
			continue
		}
		if network := mustParse(t, got.TOML).Coins["bitcoin"].Network; network != c.want {
			t.Errorf("%s: got %q, want %q", name, network, c.want)
		}
		if look := strings.Contains(notesText(got.Carried), "look: the file "); look != c.look {
			t.Errorf("%s: a look is asked for: %t, want %t", name, look, c.look)
		}
	}
}

// Newtonsoft takes comments and a comma behind the last element, so real files of
// miningcore have them.
func TestJSONAsMiningcoreTakesIt(t *testing.T) {
	const file = `{
	  // the one pool
	  "pools": [ {
	    "id": "a,}b,]", "enabled": true, "coin": "bitcoin", "address": "x", /* one */
	    "ports": { "3333": { "difficulty": 1, }, },
	    "daemons": [ { "host": "h", "port": 1, "user": "u", "password": "p,] // no comment", }, ],
	  }, ],
	}`
	got, err := convert.Convert("f", []byte(file), convert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got.TOML, `password = "p,] // no comment"`) || !strings.Contains(got.TOML, "[pools.a-b]") {
		t.Errorf("texts were changed:\n%s", got.TOML)
	}
	for name, text := range map[string]string{"two commas": `{"pools": [1,,]}`, "only a comma": `{,,}`, "between": `{"pools": [1 2]}`} {
		if _, err := convert.Convert("f", []byte(text), convert.Options{}); !errors.Is(err, convert.ErrFormat) {
			t.Errorf("%s: got %v, want %v", name, err, convert.ErrFormat)
		}
	}
}
