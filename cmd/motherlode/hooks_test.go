package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/notify"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testminer"
)

const hookSecret = "0123456789abcdef0123456789"

// hookReceiver takes webhooks, or refuses them.
type hookReceiver struct {
	t   *testing.T
	url string

	mu      sync.Mutex
	refuses bool
	refused int
	taken   []notify.Notice
}

func mustReceiver(t *testing.T) *hookReceiver {
	t.Helper()
	r := &hookReceiver{t: t}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	r.url = s.URL
	return r
}

func (r *hookReceiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the pool was killed
	}
	if want := notify.Sign([]byte(hookSecret), req.Header.Get("X-Motherlode-Timestamp"), body); req.Header.Get("X-Motherlode-Signature") != want {
		r.t.Errorf("signature: got %q, want %q", req.Header.Get("X-Motherlode-Signature"), want)
	}
	var m struct{ Notices []notify.Notice }
	if err := json.Unmarshal(body, &m); err != nil {
		r.t.Error(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuses {
		r.refused++
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	r.taken = append(r.taken, m.Notices...)
}

// refuse has the receiver refuse all, or take all.
func (r *hookReceiver) refuse(yes bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuses, r.refused = yes, 0
}

// found is how often each block was told, by hash.
func (r *hookReceiver) found() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string]int{}
	for _, n := range r.taken {
		if n.Kind == notify.BlockFound {
			out[n.Chain+" "+n.Hash]++
		}
	}
	return out
}

// explain logs what was told, and which blocks of the parent were not, and why.
func (r *hookReceiver) explain(want []string, parent *simchain.Node) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.taken {
		r.t.Logf("told: %s %s %s", n.Kind, n.Chain, n.Hash)
	}
	for _, block := range want {
		hash, err := simchain.ParseHash(strings.TrimPrefix(block, "parent "))
		if err != nil {
			r.t.Error(err)
		}
		if !slices.ContainsFunc(r.taken, func(n notify.Notice) bool { return n.Kind == notify.BlockFound && n.Hash == hash.String() }) {
			r.t.Logf("not told: %s, which the node has with %d confirmations", block, parent.Confirmations(hash))
		}
	}
	for _, s := range parent.Submissions() {
		r.t.Logf("the node was given %+v", s)
	}
}

// mineBlock mines until a share solves a block of the parent, and returns its hash.
func mineBlock(t *testing.T, c *testminer.Client) string {
	t.Helper()
	for {
		s, err := c.Solve(demoAddress + ".rig1")
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Call("mining.submit", s.Params...)
		if err != nil {
			t.Fatal(err)
		}
		if r.OK() && s.Meets(0) {
			return s.BlockHash()
		}
	}
}

// TestHooksOverKills mines blocks while the pool is killed and its receiver is away:
// each block of each chain is told, none twice.
func TestHooksOverKills(t *testing.T) {
	t.Parallel()
	parent := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: 0x207fffff})
	aux := mustSim(t, simchain.Config{Name: "one", ChainID: 1, Bits: 0x207fffff})
	receiver := mustReceiver(t)
	addr, data := mustFreePort(t), filepath.Join(t.TempDir(), "data")
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(hookSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := mustWrite(t, killConfig(data, addr, parent, aux)+fmt.Sprintf(`
[[hooks]]
name = "test"
kind = "webhook"
url = %q
secret_file = %q
at_most = 100000
`, receiver.url, secret))
	var want []string
	mine := func() {
		t.Helper()
		c := mustConnect(t, addr, demoAddress+".rig1")
		want = append(want, "parent "+mineBlock(t, c))
		c.Close()
	}
	arrived := func() {
		t.Helper()
		hash, err := simchain.ParseHash(strings.TrimPrefix(want[len(want)-1], "parent "))
		if err != nil {
			t.Fatal(err)
		}
		poll(t, "the block to be at its node", 60*time.Second, func() bool { return parent.Confirmations(hash) != 0 })
	}
	told := func() bool {
		found := receiver.found()
		return !slices.ContainsFunc(want, func(h string) bool { return found[h] == 0 })
	}

	t.Cleanup(func() {
		if t.Failed() {
			receiver.explain(want, parent)
		}
	})

	p := mustStart(t, "run", file)
	poll(t, "work of the auxiliary chain", 60*time.Second, func() bool { return aux.Calls("getblocktemplate")+aux.Calls("createauxblock") > 0 })
	poll(t, "a block of the auxiliary chain", 60*time.Second, func() bool {
		mine() // the first jobs may be without
		arrived()
		return aux.Height() > 0
	})
	poll(t, "the first block to be told", 30*time.Second, told)
	poll(t, "that to be written down", 10*time.Second, func() bool {
		text, err := os.ReadFile(filepath.Join(data, hooksFile))
		return err == nil && strings.Contains(string(text), `"found":true`) && strings.Contains(string(text), `"waiting":[]`)
	})

	// Killed while its receiver is away, and killed before it could try.
	receiver.refuse(true)
	mine()
	poll(t, "an attempt", 30*time.Second, func() bool {
		receiver.mu.Lock()
		defer receiver.mu.Unlock()
		return receiver.refused > 0
	})
	p.kill()
	p = mustStart(t, "run", file)
	mine()
	p.kill()

	receiver.refuse(false)
	p = mustStart(t, "run", file)
	arrived() // before another one is mined in its place
	mine()
	poll(t, "every block to be told", 60*time.Second, told)
	p.stop()
	chains := map[string]int{}
	for block, n := range receiver.found() {
		chain, _, _ := strings.Cut(block, " ")
		chains[chain]++
		if n != 1 {
			t.Errorf("block %s was told %d times, want once", block, n)
		}
	}
	if chains["parent"] < len(want) || chains["aux1"] == 0 {
		t.Errorf("got blocks of %v, want %d of the parent and some of aux1", chains, len(want))
	}
}

// hooksCommand runs "motherlode hooks" and returns what it printed.
func hooksCommand(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(append([]string{"hooks"}, args...))
	root.SetOut(&out)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestHooksTest(t *testing.T) {
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "thanks") }))
	defer good.Close()
	bad := httptest.NewServer(http.NotFoundHandler())
	defer bad.Close()
	text := fmt.Sprintf(`
data_dir = "d"
[coins.bitcoin]
driver = "bitcoin"
[pools.p]
parent = "bitcoin"
address = "x"
listen = [{ address = ":1" }]
[[hooks]]
name = "good"
kind = "webhook"
url = %q
[[hooks]]
name = "bad"
kind = "ntfy"
url = %q
`, good.URL, bad.URL+"/topic")
	file := mustWrite(t, text)
	got, err := hooksCommand(t, "test", file)
	want := fmt.Sprintf("good (webhook to %s): 200 OK: thanks\nbad (ntfy to %s): failed: answered 404 Not Found: 404 page not found\n", good.URL, bad.URL)
	if got != want || err == nil || err.Error() != "1 of 2 hooks could not be told" {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	if got, err := hooksCommand(t, "test", file, "good"); err != nil || !strings.Contains(got, "thanks") || strings.Contains(got, "bad") {
		t.Errorf("one alone: got %q, %v", got, err)
	}
	for name, args := range map[string][]string{
		`no hook is called "x"; there are good, bad`: {"test", file, "x"},
		"has no [[hooks]]":                           {"test", mustWrite(t, text[:strings.Index(text, "[[hooks]]")])},
		"cannot be read":                             {"test", mustWrite(t, text+"token_file = \"/nowhere/x\"\n")},
	} {
		if _, err := hooksCommand(t, args...); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %q", err, name)
		}
	}
}

// The names of events are the same everywhere, and all of them are in the manual.
func TestHookEvents(t *testing.T) {
	a, b := slices.Sorted(slices.Values(configs.HookEvents)), slices.Sorted(slices.Values(notify.Events()))
	if !slices.Equal(a, b) {
		t.Errorf("the configuration knows %v, hooks know %v", a, b)
	}
	doc := hooksDoc(t)
	for _, e := range a {
		if !strings.Contains(doc, "`"+e+"`") {
			t.Errorf("docs/hooks.md has no %s", e)
		}
	}
}

func TestReachOfHooks(t *testing.T) {
	cfg := &configs.Config{Pools: map[string]configs.Pool{
		"a": {Parent: "bitcoin", Aux: []configs.Aux{{Coin: "namecoin"}}}, "b": {Parent: "litecoin"},
	}}
	for _, c := range []struct{ h, want configs.Hook }{
		{configs.Hook{}, configs.Hook{}},
		{configs.Hook{Pools: []string{"a"}}, configs.Hook{Pools: []string{"a"}, Chains: []string{"bitcoin", "namecoin"}}},
		{configs.Hook{Chains: []string{"namecoin"}}, configs.Hook{Pools: []string{"a"}, Chains: []string{"namecoin"}}},
		{configs.Hook{Pools: []string{"a"}, Chains: []string{"bitcoin"}}, configs.Hook{Pools: []string{"a"}, Chains: []string{"bitcoin"}}},
	} {
		pools, chains := reachOf(cfg, &c.h)
		if !slices.Equal(pools, c.want.Pools) || !slices.Equal(chains, c.want.Chains) {
			t.Errorf("%v %v: got %v %v, want %v %v", c.h.Pools, c.h.Chains, pools, chains, c.want.Pools, c.want.Chains)
		}
	}
}
