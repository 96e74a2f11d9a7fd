package tari

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
)

// problems opens a coin that cannot be opened.
func problems(t *testing.T, network, text string) coins.Problems {
	t.Helper()
	c, err := New(nil).Open(context.Background(), coins.Settings{Instance: "tari", Network: network, JSON: []byte(text)})
	if err == nil {
		c.Close()
		return nil
	}
	p, ok := err.(coins.Problems)
	if !ok {
		t.Fatalf("got %T %v, want problems", err, err)
	}
	return p
}

func TestSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	node := func(keys string) string {
		return `{"address":"` + graxil + `","nodes":[` + keys + `]}`
	}
	with := func(keys string) string {
		return `{"address":"` + graxil + `","nodes":[{"url":"127.0.0.1:1"}],` + keys + `}`
	}
	for _, tt := range []struct{ name, network, text, want string }{
		{"good", "", node(`{"url":"127.0.0.1:18102"}`), ""},
		{"good URL", "main", node(`{"url":"http://node.example:18102/"}`), ""},
		{"good https", "main", node(`{"url":"https://node.example:18102","user":"u","password":"p"}`), ""},
		{"good IPv6", "main", node(`{"url":"[::1]:18102"}`), ""},
		{"nothing", "", ``, "nodes: is missing"},
		{"nothing, other key", "", ``, "address: is missing"},
		{"unknown key", "", with(`"adress":1`), `adress: unknown key, did you mean "address"?`},
		{"no nodes", "esmeralda", `{"address":"x","nodes":[]}`, `like { url = "127.0.0.1:18142" }`},
		{"unknown network", "regtest", node(`{"url":"127.0.0.1:1"}`), `network: "regtest" is not known, expected one of main, stagenet, nextnet, esmeralda, igor, localnet`},
		{"address of another network", "esmeralda", node(`{"url":"127.0.0.1:1"}`), "address: is of network main, expected esmeralda"},
		{"bad address", "", `{"address":"nonsense","nodes":[{"url":"127.0.0.1:1"}]}`, "address: "},
		{"no port", "", node(`{"url":"127.0.0.1"}`), "nodes[0].url: needs a host and a port, like 127.0.0.1:18102"},
		{"no host", "", node(`{"url":":18102"}`), "needs a host and a port"},
		{"scheme", "", node(`{"url":"tcp://127.0.0.1:18102"}`), "must start with http:// or https://"},
		{"path", "", node(`{"url":"http://127.0.0.1:18102/x"}`), "must end after the port"},
		{"garbage", "", node(`{"url":"http://%zz"}`), "is not an address"},
		{"empty URL", "", node(`{"url":""}`), "nodes[0].url: is empty"},
		{"missing URL", "", node(`{"user":"x","password":"y"}`), "nodes[0].url: is missing"},
		{"twice", "", node(`{"url":"127.0.0.1:1"},{"url":"http://127.0.0.1:1"}`), "nodes[1].url: is the same node as nodes[0]"},
		{"user alone", "", node(`{"url":"127.0.0.1:1","user":"u"}`), "nodes[0].password: is missing"},
		{"password alone", "", node(`{"url":"127.0.0.1:1","password":"u"}`), "nodes[0].user: is missing"},
		{"colon", "", node(`{"url":"127.0.0.1:1","user":"a:b","password":"u"}`), "must not hold a colon"},
		{"credentials twice", "", node(`{"url":"http://a:b@127.0.0.1:1","user":"u","password":"p"}`), "give them once"},
		{"certificate without TLS", "", node(`{"url":"127.0.0.1:1","ca":"` + file + `"}`), "nodes[0].ca: is of use only with an https:// url"},
		{"no such certificate", "", node(`{"url":"https://127.0.0.1:1","ca":"` + file + `x"}`), "no such file"},
		{"bad certificate", "", node(`{"url":"https://127.0.0.1:1","ca":"` + file + `"}`), "holds no certificate"},
		{"poll", "", with(`"poll":"1ms"`), "poll: 1ms is out of range"},
		{"refresh", "", with(`"refresh":"2h"`), "refresh: 2h0m0s is out of range"},
		{"age", "", with(`"max_template_age":"15s"`), "is not longer than refresh"},
		{"tag", "", with(`"tag":"` + strings.Repeat("x", 65) + `"`), "tag: has 65 bytes, at most 64"},
		{"maturity", "", with(`"maturity":0`), "maturity: 0 is out of range"},
		{"too many nodes", "", node(strings.TrimSuffix(strings.Repeat(`{"url":"127.0.0.1:1"},`, 17), ",")), "nodes: 17 nodes, at most 16"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := problems(t, tt.network, tt.text)
			if tt.want == "" && got != nil || !strings.Contains(got.Error(), tt.want) {
				t.Errorf("got %q, want %q", got.Error(), tt.want)
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	got := problems(t, "mars", `{"nodes":[{"url":"127.0.0.1"},{"ulr":"x","user":"u"}],"poll":"1h","tag":7}`)
	var paths []string
	for _, p := range got {
		paths = append(paths, p.Path)
	}
	want := "network nodes[1].url nodes[1].ulr address tag poll nodes[0].url nodes[1].password"
	if strings.Join(paths, " ") != want {
		t.Errorf("got %s, want %s", strings.Join(paths, " "), want)
	}
}

// A URL that cannot be used may hold a password, which no message repeats.
func TestMessagesHoldNoPassword(t *testing.T) {
	for _, url := range []string{"http://u:geheim@", "http://u:geheim@%zz", "u:geheim@host:1/x"} {
		if got := problems(t, "", `{"address":"`+graxil+`","nodes":[{"url":"`+url+`"}]}`); got == nil || strings.Contains(got.Error(), "geheim") {
			t.Errorf("%s: got %q", url, got.Error())
		}
	}
}

func TestDescribe(t *testing.T) {
	info := New(nil).Describe()
	if info.Driver != "tari" || !info.Has(coins.RoleParent) || info.Has(coins.RoleAux) || len(info.Networks) != 6 || info.Networks[0] != "main" {
		t.Errorf("got %+v", info)
	}
	if c := info.Coin; c.Algorithm != "sha3x" || c.DifficultyOne != algos.DiffOneSHA3x || c.Decimals != 6 || c.Maturity != 720 || c.Network != "main" || c.HashParam != 0 {
		t.Errorf("got %+v", c)
	}
	var schema struct{ Properties map[string]any }
	if err := json.Unmarshal(info.Schema, &schema); err != nil || len(schema.Properties) != 8 {
		t.Errorf("schema has %d properties, %v", len(schema.Properties), err)
	}
}

func TestCoinInfo(t *testing.T) {
	for _, n := range networks {
		text := `{"address":"` + exampleAddress(n) + `","nodes":[{"url":"127.0.0.1:1"}],"maturity":180}`
		c, err := New(nil).Open(context.Background(), coins.Settings{Network: n.name, JSON: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		info := c.Info()
		if info.Network != n.name || info.Maturity != 180 {
			t.Errorf("got %+v", info)
		}
		p, err := c.ValidateAddress(context.Background(), info.ExampleAddress)
		if err != nil || !p.Valid {
			t.Errorf("example address: got %+v, %v", p, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Errorf("closed again: %v", err)
		}
	}
}
