package simchain

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRecordedReplies sends every recorded request and compares HTTP status,
// the members of the reply, and what does not depend on the chain's state.
func TestRecordedReplies(t *testing.T) {
	type entry struct {
		Node, What string
		Request    json.RawMessage
		Status     int
		Body       string
	}
	login := Config{User: "user", Password: "secret"}
	nmc, doge := login, login
	nmc.Name, nmc.ChainID = "Namecoin", 1
	doge.Name, doge.ChainID, doge.Dialect = "Pepecoin", 63, Dogecoin
	nodes := map[string]*Node{"Namecoin Core 31.99": start(t, nmc), "Pepecoin Core 1.1.0": start(t, doge)}
	for _, n := range nodes {
		n.Jump(3)
		mineAux(t, n) // the recordings show the header of such a block
	}
	// The recorded node had no peer.
	nodes["Pepecoin Core 1.1.0"].Peerless(true)
	recorded := load[entry](t, "rpc-replies.json")
	if len(recorded) < 40 {
		t.Fatalf("only %d exchanges", len(recorded))
	}
	for _, v := range recorded {
		t.Run(v.Node+" "+v.What, func(t *testing.T) {
			n := nodes[v.Node]
			body := string(v.Request)
			if v.What == "not JSON" {
				body = "{"
			}
			// The hash of the recording's tip is not ours.
			if strings.Contains(body, "getblockheader") && v.Status == 200 {
				body = fmt.Sprintf(`{"jsonrpc":"1.0","id":1,"method":"getblockheader","params":[%q]}`, n.Tip())
			}
			user, password := "user", "secret"
			switch v.What {
			case "wrong password":
				password = "guess"
			case "no authorization":
				user = ""
			}
			status, raw, err := post(t, t.Context(), n, user, password, body)
			if err != nil {
				t.Fatal(err)
			}
			if status != v.Status {
				t.Errorf("status: got %d, want %d", status, v.Status)
			}
			if v.Body == "" {
				if len(raw) > 0 {
					t.Errorf("body: got %q, want none", raw)
				}
				return
			}
			compareReply(t, "", decode[any](t, raw), decode[any](t, []byte(v.Body)))
		})
	}
}

// compareReply wants the same members in objects, the same length of lists in
// batches and the same error codes and messages.
func compareReply(t *testing.T, path string, got, want any) {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s: got %v, want an object", path, got)
			return
		}
		for key, v := range w {
			if key == "auxpow" || key == "vbavailable" {
				continue // shown in part; of no concern to a pool
			}
			if _, ok := g[key]; !ok {
				t.Errorf("%s: no member %s", path, key)
				continue
			}
			compareReply(t, path+"."+key, g[key], v)
		}
		for key := range g {
			// The simulated node's header says a little more than the oldest.
			if _, ok := w[key]; !ok && path != ".result" {
				t.Errorf("%s: member %s which the real node has not", path, key)
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok || path == "" && len(g) != len(w) {
			t.Errorf("%s: got %v, want %v", path, got, want)
			return
		}
		for i := range min(len(g), len(w)) {
			compareReply(t, path, g[i], w[i])
		}
	default:
		help := strings.HasPrefix(fmt.Sprint(want), "getblocktemplate {") || strings.HasPrefix(fmt.Sprint(want), "createauxblock ")
		fixed := strings.Contains(path, "error") || strings.HasSuffix(path, "id") || strings.HasSuffix(path, "jsonrpc") ||
			strings.HasSuffix(path, "bits") || strings.HasSuffix(path, "arget")
		if fixed && !help && !strings.HasSuffix(path, "longpollid") && fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
}

func TestOddRequests(t *testing.T) {
	nmc, doge := start(t, Config{ChainID: 1}), start(t, Config{ChainID: 63, Dialect: Dogecoin})
	for _, c := range []struct {
		name   string
		n      *Node
		body   string
		status int
		want   string
	}{
		{"a number", nmc, `5`, 500, `{"result":null,"error":{"code":-32700,"message":"Top-level object parse error"},"id":null}`},
		{"empty body", nmc, ``, 500, `{"result":null,"error":{"code":-32700,"message":"Parse error"},"id":null}`},
		{"no method", nmc, `{"id":3}`, 400, `{"result":null,"error":{"code":-32600,"message":"Missing method"},"id":3}`},
		{"method of another type", nmc, `{"id":3,"method":4}`, 400, `{"result":null,"error":{"code":-32600,"message":"Method must be a string"},"id":3}`},
		{"parameters of another type", nmc, `{"id":3,"method":"getblockcount","params":4}`, 400, `{"result":null,"error":{"code":-32600,"message":"Params must be an array or object"},"id":3}`},
		{"named parameter", nmc, `{"id":"a","method":"getblockhash","params":{"height":7}}`, 500, `{"result":null,"error":{"code":-8,"message":"Block height out of range"},"id":"a"}`},
		{"unknown named parameter", nmc, `{"id":1,"method":"getblockhash","params":{"height":0,"depth":7}}`, 500, `{"result":null,"error":{"code":-8,"message":"Unknown named parameter depth"},"id":1}`},
		{"text for a number", nmc, `{"id":1,"method":"getblockhash","params":["0"]}`, 500, `{"result":null,"error":{"code":-3,"message":"JSON value of type string is not of expected type number"},"id":1}`},
		{"short hash", nmc, `{"id":1,"method":"getblockheader","params":["00"]}`, 500, `{"result":null,"error":{"code":-8,"message":"blockhash must be of length 64 (not 2, for '00')"},"id":1}`},
		{"empty batch", nmc, `[]`, 200, `[]`},
		{"batch of notifications", nmc, `[{"jsonrpc":"2.0","method":"getblockcount"}]`, 204, ``},
		{"batch with rubbish", nmc, `[1]`, 200, `[{"result":null,"error":{"code":-32600,"message":"Invalid Request object"},"id":null}]`},
		{"error in version 2", nmc, `{"jsonrpc":"2.0","id":1,"method":"nope"}`, 200, `{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":1}`},
		{"the same to an older node", doge, `{"jsonrpc":"2.0","id":1,"method":"nope"}`, 404, `{"result":null,"error":{"code":-32601,"message":"Method not found"},"id":1}`},
		{"mode that is none", nmc, `{"id":1,"method":"getblocktemplate","params":[{"mode":"x","rules":["segwit"]}]}`, 500, `{"result":null,"error":{"code":-8,"message":"Invalid mode"},"id":1}`},
		{"proposal without data", nmc, `{"id":1,"method":"getblocktemplate","params":[{"mode":"proposal"}]}`, 500, `{"result":null,"error":{"code":-3,"message":"Missing data String key for proposal"},"id":1}`},
		{"rules without segwit", nmc, `{"id":1,"method":"getblocktemplate","params":[{"rules":["mweb"]}]}`, 500, `{"result":null,"error":{"code":-8,"message":"getblocktemplate must be called with the segwit rule set (call with {\"rules\": [\"segwit\"]})"},"id":1}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, raw, err := post(t, t.Context(), c.n, "", "", c.body)
			if err != nil || status != c.status || strings.TrimSpace(string(raw)) != c.want {
				t.Errorf("got %d %s, %v\nwant %d %s", status, raw, err, c.status, c.want)
			}
		})
	}
	resp, err := client.Get(nmc.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: got %d %s", resp.StatusCode, text)
	}
}

func TestCookie(t *testing.T) {
	file := filepath.Join(t.TempDir(), ".cookie")
	t.Run("while it runs", func(t *testing.T) {
		n := start(t, Config{ChainID: 1, CookieFile: file})
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		user, password, _ := strings.Cut(string(raw), ":")
		if user != "__cookie__" || len(password) < 16 {
			t.Fatalf("cookie: got %q", raw)
		}
		for p, want := range map[string]int{password: 200, password + "x": 401} {
			status, _, err := post(t, t.Context(), n, user, p, `{"method":"getblockcount","id":1}`)
			if err != nil || status != want {
				t.Errorf("got %d, %v, want %d", status, err, want)
			}
		}
	})
	if _, err := os.Stat(file); err == nil {
		t.Error("the cookie is still there")
	}
}

// TestEveryMethodAnswers calls each method without parameters: all answer, with
// a result or with an error of their own.
func TestEveryMethodAnswers(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if name == "sim_restart" {
			continue // has a test of its own
		}
		result, fault := invoke(t, n, name)
		if fault != nil && (fault.Message == "" || fault.Code == codeMethod && name != "getauxblock") {
			t.Errorf("%s: got %s, %v", name, result, fault)
		}
	}
}

func TestCalls(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	for range 3 {
		want[int](t, n, "getblockcount")
	}
	invoke(t, n, "nope")
	if a, b, c := n.Calls("getblockcount"), n.Calls("nope"), n.Calls("getblock"); a != 3 || b != 1 || c != 0 {
		t.Errorf("got %d, %d, %d, want 3, 1, 0", a, b, c)
	}
}

// FuzzParseCall wants every body to end in an answer that is JSON, or none.
func FuzzParseCall(f *testing.F) {
	for _, v := range load[struct{ Request json.RawMessage }](f, "rpc-replies.json") {
		f.Add([]byte(v.Request))
	}
	n := New(Config{ChainID: 1, Without: slices.Collect(maps.Keys(table))})
	f.Fuzz(func(t *testing.T, body []byte) {
		c := parseCall(body)
		for _, r := range c.list {
			if m, ok := table[r.method]; ok && r.bad == nil {
				if a, err := m.args(r.method, r.params); err == nil && len(a.list) != len(m.params) {
					t.Fatalf("%s: got %d parameters, want %d", r.method, len(a.list), len(m.params))
				}
			}
		}
		if status, reply := n.answer(t.Context(), c); len(reply) > 0 && !json.Valid(reply) {
			t.Fatalf("%d %q", status, reply)
		}
	})
}

func TestGenerateToAddress(t *testing.T) {
	for _, cfg := range []Config{{ChainID: 1}, {ChainID: 98, Dialect: Dogecoin}, {Parent: true}} {
		n := start(t, cfg)
		n.InjectFake(2, 10)
		hashes := want[[]string](t, n, "generatetoaddress", 3, testAddress)
		if len(hashes) != 3 || n.Height() != 3 || n.Tip().String() != hashes[2] {
			t.Errorf("got %v at height %d", hashes, n.Height())
		}
		if got := want[string](t, n, "getblockhash", 2); got != hashes[1] {
			t.Errorf("getblockhash: got %s, want %s", got, hashes[1])
		}
		head := want[headerReply](t, n, "getblockheader", hashes[0])
		if head.Confirmations != 3 || head.Next != hashes[1] || head.Height != 1 || head.NTx != 3 {
			t.Errorf("header: got %+v", head)
		}
		wantFault(t, n, codeAddress, "generatetoaddress", 1, "nobody")
	}
	n := start(t, Config{ChainID: 1, Bits: 0x1c00ffff})
	if got := want[[]string](t, n, "generatetoaddress", 1, testAddress, 10); len(got) != 0 {
		t.Errorf("hard target, ten tries: got %v", got)
	}
}

func TestTemplateRefresh(t *testing.T) {
	clock := newTestClock()
	n := start(t, Config{ChainID: 1, Clock: clock.now})
	get := func() template { return want[template](t, n, "getblocktemplate", templateRules) }
	first := get()
	ids := n.InjectFake(2, 250)
	if got := get(); len(got.Transactions) != 0 || got.LongPollID != first.LongPollID {
		t.Error("new transactions within five seconds")
	}
	clock.step(templateRefresh + 1)
	got := get()
	if len(got.Transactions) != 2 || got.CoinbaseValue != first.CoinbaseValue+500 || got.LongPollID == first.LongPollID {
		t.Fatalf("after five seconds: got %+v", got)
	}
	if got.Transactions[0].TxID != ids[0].String() || len(got.Transactions[0].Depends) != 0 ||
		!slices.Equal(got.Transactions[1].Depends, []int{1}) || got.Transactions[0].TxID == got.Transactions[0].Hash {
		t.Errorf("transactions: got %+v", got.Transactions)
	}
	n.InjectFake(1, 1)
	n.Jump(1)
	if got := get(); got.Height != 2 || len(got.Transactions) != 3 {
		t.Errorf("after a block: height %d, %d transactions, want 2 and 3", got.Height, len(got.Transactions))
	}
}
