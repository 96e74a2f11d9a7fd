package nodes

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
	"github.com/motherlode-pool/motherlode/coins/internal/gbt"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
)

const deadline = 10 * time.Second

var genesis = coins.Hash{0xaa}

// fakeNode is a node that says what a test tells it to.
type fakeNode struct {
	server *httptest.Server
	hang   chan struct{}    // closed at the end of the test
	ws     http.HandlerFunc // what /ws does; nil for not found

	mu       sync.Mutex
	fault    string // how every call fails; empty for not
	height   uint64 // of the tip
	branch   byte   // tells tips of one height apart
	genesis  coins.Hash
	fork     any    // what getblockhash of a later block is answered
	work     string // node error that getblocktemplate answers
	proposal any    // what a proposal is answered
	submit   any    // what submitblock is answered: text, nil, or fakeError
	header   any    // what a verbose getblockheader is answered
	plain    any    // what a plain one is answered
	raw      any    // what getblock is answered
	reward   uint64
	lagging  bool          // templates are for the tip before
	btcd     bool          // names itself btcd
	hold     chan struct{} // templates wait for it to be closed
	seen     func(method string, params []json.RawMessage)
	got      []string // methods
	blocks   []string
}

// fakeError is a node's error.
type fakeError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func mustFake(t *testing.T) *fakeNode {
	t.Helper()
	n := &fakeNode{hang: make(chan struct{}), height: 100, genesis: genesis, reward: 5000}
	n.server = httptest.NewServer(http.HandlerFunc(n.serve))
	t.Cleanup(func() {
		close(n.hang)
		n.server.Close()
	})
	return n
}

func (n *fakeNode) name() string { return strings.TrimPrefix(n.server.URL, "http://") }

// set changes the node under its lock.
func (n *fakeNode) set(f func(*fakeNode)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f(n)
}

func tipAt(height uint64, branch byte) coins.Hash {
	return coins.Hash{0: branch, 1: byte(height), 2: byte(height >> 8), 31: 1}
}

func (n *fakeNode) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/ws" {
		if n.ws == nil {
			http.NotFound(w, r)
			return
		}
		n.ws(w, r)
		return
	}
	var q struct {
		ID     uint64
		Method string
		Params []json.RawMessage
	}
	json.NewDecoder(r.Body).Decode(&q)
	n.mu.Lock()
	hold := n.hold
	n.mu.Unlock()
	if hold != nil && q.Method == "getblocktemplate" && !strings.Contains(string(q.Params[0]), `"data"`) {
		select {
		case <-hold:
		case <-n.hang:
		case <-r.Context().Done():
			return
		}
	}
	n.mu.Lock()
	n.got = append(n.got, q.Method)
	if n.seen != nil {
		n.seen(q.Method, q.Params)
	}
	fault := n.fault
	var result any
	if fault == "" {
		result = n.answer(q.Method, q.Params)
	}
	n.mu.Unlock()
	switch fault {
	case "":
	case "hang":
		select {
		case <-n.hang:
		case <-r.Context().Done():
		}
		return
	case "busy":
		w.WriteHeader(503)
		return
	case "credentials":
		w.WriteHeader(401)
		return
	case "empty":
		return
	case "garbage":
		io.WriteString(w, "<html>")
		return
	case "warmup":
		result = fakeError{-28, "Loading block index..."}
	default:
		panic(fault)
	}
	reply := map[string]any{"id": q.ID, "result": result, "error": nil}
	if e, ok := result.(fakeError); ok {
		w.WriteHeader(500)
		reply["result"], reply["error"] = nil, e
	}
	json.NewEncoder(w).Encode(reply)
}

func (n *fakeNode) answer(method string, params []json.RawMessage) any {
	tip := tipAt(n.height, n.branch)
	switch method {
	case "getblockhash":
		if string(params[0]) != "0" {
			return n.fork
		}
		return n.genesis.String()
	case "getbestblockhash":
		return tip.String()
	case "getblockchaininfo":
		return map[string]any{"blocks": n.height, "bestblockhash": tip.String(), "initialblockdownload": false}
	case "getnetworkinfo":
		if n.btcd {
			return fakeError{-1, "Command unimplemented"}
		}
		return map[string]any{"subversion": "/Fake:1.0/"}
	case "version":
		if n.btcd {
			return map[string]any{"btcdjsonrpcapi": map[string]any{"major": 1}}
		}
	case "getinfo":
		return map[string]any{"version": 260200}
	case "getconnectioncount":
		return 8
	case "getblock":
		return n.raw
	case "submitblock":
		n.blocks = append(n.blocks, string(params[0]))
		return n.submit
	case "getblockheader":
		if string(params[1]) == "true" {
			return n.header
		}
		return n.plain
	case "getblocktemplate":
		if strings.Contains(string(params[0]), `"data"`) {
			return n.proposal
		}
		if n.work != "" {
			return fakeError{-10, n.work}
		}
		height := n.height
		if n.lagging {
			height--
		}
		return map[string]any{
			"version": 0x20000000, "previousblockhash": tipAt(height, n.branch).String(), "height": height + 1, "bits": "207fffff",
			"curtime": 1795208936, "coinbasevalue": n.reward, "transactions": []any{}, "capabilities": []string{"proposal"},
		}
	}
	return fakeError{-32601, "Method not found"}
}

func (n *fakeNode) asked(method string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := 0
	for _, m := range n.got {
		if m == method {
			count++
		}
	}
	return count
}

// mustSet makes a set of fake nodes with short times.
func mustSet(t *testing.T, change func(*Config), fakes ...*fakeNode) *Set {
	t.Helper()
	cfg := Config{
		Settings: DefaultSettings(),
		Genesis:  []coins.Hash{genesis},
		Network:  "Fake main",
		Patience: 10 * time.Second,
		HoldOff:  200 * time.Millisecond,
	}
	cfg.Poll = settings.Duration(20 * time.Millisecond)
	cfg.Refresh = settings.Duration(100 * time.Millisecond)
	cfg.Timeout = settings.Duration(3 * time.Second)
	for _, f := range fakes {
		cfg.Nodes = append(cfg.Nodes, Node{URL: f.server.URL, User: "u", Password: "p"})
	}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// run is a running stream of templates.
type run struct {
	c      chan *coins.Template
	ended  chan error
	cancel context.CancelFunc
}

func mustRun(t *testing.T, s *Set) *run {
	t.Helper()
	return mustRunEmpty(t, s, nil)
}

// mustRunEmpty is mustRun of a coin that makes empty templates.
func mustRunEmpty(t *testing.T, s *Set, empty func(*coins.Template, gbt.Tip) *coins.Template) *run {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &run{c: make(chan *coins.Template, 10000), ended: make(chan error, 1), cancel: cancel}
	var ids uint64
	src := TemplateSource{
		Request: map[string]any{"rules": Rules},
		Decode: func(result json.RawMessage) (*gbt.Template, error) {
			return gbt.Decode(result, gbt.Options{})
		},
		Propose: func(t *coins.Template) []byte { return block.StandIn(t, []byte{0x51}) },
		Empty:   empty,
		NextID:  func() uint64 { ids++; return ids },
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.ended <- s.Templates(ctx, src, func(_ context.Context, t *coins.Template) error {
			r.c <- t
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return r
}

// next waits for a template that ok accepts.
func (r *run) next(t *testing.T, what string, ok func(*coins.Template) bool) *coins.Template {
	t.Helper()
	timeout := time.After(deadline)
	for {
		select {
		case tmpl := <-r.c:
			if ok(tmpl) {
				return tmpl
			}
		case err := <-r.ended:
			r.ended <- err
			t.Fatalf("waiting for %s: stream ended: %v", what, err)
		case <-timeout:
			t.Fatalf("waiting for %s: nothing in %s", what, deadline)
		}
	}
}

// end waits for the stream's error.
func (r *run) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.ended:
		r.ended <- err
		return err
	case <-time.After(deadline):
		t.Fatalf("the stream does not end within %s", deadline)
		return nil
	}
}

func from(n *fakeNode) func(*coins.Template) bool {
	return func(t *coins.Template) bool { return t.Node == n.name() }
}

func at(height uint64) func(*coins.Template) bool {
	return func(t *coins.Template) bool { return t.Height == height }
}

// mustHealth waits for a report that ok accepts.
func mustHealth(t *testing.T, s *Set, what string, ok func(coins.Health) bool) coins.Health {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	out, done := make(chan coins.Health), make(chan struct{})
	go func() {
		defer close(done)
		s.Health(ctx, out)
	}()
	var last coins.Health
	for {
		select {
		case last = <-out:
			if ok(last) {
				cancel()
				<-done
				return last
			}
		case <-done:
			t.Fatalf("waiting for %s: last health %+v", what, last)
		}
	}
}

func (f fakeError) String() string { return fmt.Sprintf("%d %s", f.Code, f.Message) }

// mustWait polls until ok.
func mustWait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waiting for %s: not within %s", what, deadline)
		}
	}
}
