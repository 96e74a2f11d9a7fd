package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// gate stands between a coin and its node and answers in the node's place what
// a test wants: what a node in trouble says, and simchain has no switch for.
type gate struct {
	node *simchain.Node
	srv  *httptest.Server

	mu   sync.Mutex
	rule rule
	edit *strings.Replacer   // of the node's own answers; nil for none
	kept map[coins.Hash]bool // blocks that never reached the node
}

// rule answers a call, or says that it is the node's.
type rule func(method string) (status int, body string, ok bool)

// mustGate is an open gate before a node.
func mustGate(t *testing.T, n *simchain.Node) *gate {
	t.Helper()
	g := &gate{node: n, kept: map[coins.Hash]bool{}}
	g.srv = httptest.NewServer(g)
	t.Cleanup(g.srv.Close)
	return g
}

// name is what the pool calls the node.
func (g *gate) name() string { return strings.TrimPrefix(g.srv.URL, "http://") }

// shut has calls answered by r from now on, and parts of the node's own answers
// replaced.
func (g *gate) shut(r rule, replaced ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rule, g.edit = r, strings.NewReplacer(replaced...)
}

// open passes everything on again.
func (g *gate) open() { g.shut(nil) }

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var call struct {
		ID     json.RawMessage
		Method string
		Params []json.RawMessage
	}
	_ = json.Unmarshal(body, &call)
	g.mu.Lock()
	rule, edit := g.rule, g.edit
	g.mu.Unlock()
	if rule != nil {
		if status, text, ok := rule(call.Method); ok {
			g.keep(call.Method, call.Params)
			w.WriteHeader(status)
			io.WriteString(w, strings.ReplaceAll(text, "ID", string(call.ID)))
			return
		}
	}
	g.pass(w, r, body, edit)
}

// pass hands a call to the node. A node that is down looks as if the gate were.
func (g *gate) pass(w http.ResponseWriter, r *http.Request, body []byte, edit *strings.Replacer) {
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, g.node.URL(), bytes.NewReader(body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	req.Header = r.Header.Clone()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(resp.StatusCode)
	if edit == nil {
		_, _ = w.Write(answer)
		return
	}
	_, _ = edit.WriteString(w, string(answer))
}

// keep notes a block that the node does not see.
func (g *gate) keep(method string, params []json.RawMessage) {
	var text string
	if len(params) == 0 || json.Unmarshal(params[0], &text) != nil {
		return
	}
	var h coins.Hash
	switch method {
	case "submitblock":
		raw, err := hex.DecodeString(text[:min(len(text), 160)])
		if err != nil {
			return
		}
		first := sha256.Sum256(raw)
		h = sha256.Sum256(first[:])
	case "submitauxblock":
		var err error
		if h, err = coins.ParseHash(text); err != nil {
			return
		}
	default:
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.kept[h] = true
}

// keptBack are the blocks that the node was never shown.
func (g *gate) keptBack() map[coins.Hash]bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := map[coins.Hash]bool{}
	for h := range g.kept {
		out[h] = true
	}
	return out
}

// Rules, each in the words of Bitcoin Core and its descendants.

// wrongPassword answers as a node whose password is another.
func wrongPassword(string) (int, string, bool) { return http.StatusUnauthorized, "", true }

// fullQueue answers as a node with too many calls.
func fullQueue(string) (int, string, bool) {
	return http.StatusServiceUnavailable, "Work queue depth exceeded", true
}

// outOfSync answers as a node that lacks a part of the chain: it gives no work,
// and takes blocks.
func outOfSync(method string) (int, string, bool) {
	switch method {
	case "getblocktemplate", "createauxblock", "getauxblock":
		return http.StatusInternalServerError,
			`{"result":null,"error":{"code":-10,"message":"the node is in initial sync and waiting for blocks..."},"id":ID}`, true
	}
	return 0, "", false
}

// syncing is what such a node says of itself, in place of the opposite.
var syncing = []string{`"initialblockdownload":false`, `"initialblockdownload":true`}

// refusing answers each block with a refusal.
func refusing(method string) (int, string, bool) {
	switch method {
	case "submitblock":
		return http.StatusOK, `{"result":"` + refusal + `","error":null,"id":ID}`, true
	case "submitauxblock":
		return http.StatusOK, `{"result":false,"error":null,"id":ID}`, true
	}
	return 0, "", false
}

const refusal = "bad-cb-amount"
