package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testminer"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// mustShim puts a program of that name before all others of the guide.
func mustShim(t *testing.T, dir, name, script string) {
	t.Helper()
	mustProgram(t, filepath.Join(dir, "bin", name), []byte("#!/bin/sh\n"+script+"\n"))
}

// mustEmptyWallet is a node with a wallet in which there is nothing.
func mustEmptyWallet(t *testing.T, node string) string {
	t.Helper()
	to, err := url.Parse(node)
	if err != nil {
		t.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(to)
	empty := map[string]string{"getbalance": "0", "listlockunspent": "[]"}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var call struct {
			Method string
			ID     json.RawMessage
		}
		if err != nil || json.Unmarshal(body, &call) != nil || empty[call.Method] == "" {
			r.Body = io.NopCloser(bytes.NewReader(body))
			through.ServeHTTP(w, r)
			return
		}
		fmt.Fprintf(w, `{"result": %s, "error": null, "id": %s}`, empty[call.Method], call.ID)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// guideBlocks is how many blocks of a chain the pool's API has in a state.
func guideBlocks(web, chain, state string) int {
	var page struct{ Blocks []json.RawMessage }
	if fetchJSON("http://"+web+"/api/v1/blocks?chain="+chain+"&state="+state, &page) != nil {
		return 0
	}
	return len(page.Blocks)
}

// TestGuideLitecoin mines and pays as docs/guides/litecoin-dogecoin.md says, on a
// real Litecoin; Dogecoin is simulated, and without a wallet.
func TestGuideLitecoin(t *testing.T) {
	notUnderRace(t)
	t.Parallel()
	node := testnode.MustLitecoind(t)
	doge := mustSim(t, simchain.Config{Name: "dogecoin", Dialect: simchain.Dogecoin, ChainID: 98})
	web, addr := mustFreePort(t), mustFreePort(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	p := guidePlay(t)
	port := strings.TrimPrefix(node.URL, "http://127.0.0.1:")
	mustShim(t, p.Dir, "litecoin-cli", fmt.Sprintf(`exec /usr/bin/litecoin-cli -regtest -conf=/dev/null -rpcport=%s -rpcuser=%s -rpcpassword=%s "$@"`, port, node.User, node.Password))

	var pool, miner string
	must(node.Call(t.Context(), nil, "createwallet", "miner"))
	must(node.CallWallet(t.Context(), "miner", &miner, "getnewaddress"))
	user := miner + "/" + testnode.AnyAddress + ".rig"
	p.Replace = []string{
		`"/var/lib/motherlode"`, `"` + filepath.Join(p.Dir, "data") + `"`,
		"http://127.0.0.1:9332", node.URL, "http://127.0.0.1:22555", mustEmptyWallet(t, doge.URL()),
		`user = "pool", password = "LTC-RPC-PASSWORD", zmq = "tcp://127.0.0.1:29332"`, fmt.Sprintf("user = %q, password = %q", node.User, node.Password),
		`user = "pool", password = "DOGE-RPC-PASSWORD", zmq = "tcp://127.0.0.1:28337"`, `user = "u", password = "p"`,
		`driver = "litecoin"`, "driver = \"litecoin\"\nnetwork = \"regtest\"", `driver = "dogecoin"`, "driver = \"dogecoin\"\nnetwork = \"regtest\"",
		"YOUR-DOGECOIN-ADDRESS", testnode.AnyAddress,
		"0.0.0.0:3433", addr, "0.0.0.0:3435", mustFreePort(t), "127.0.0.1:8080", web,
		"LTCADDRESS/dogecoin:DOGEADDRESS", miner + "/dogecoin:" + testnode.AnyAddress,
	}
	p.Ready = func() bool { return fetchJSON("http://"+web+"/api/v1/pools", &struct{}{}) == nil }
	has := func(chain, state string) bool { return guideBlocks(web, chain, state) > 0 }
	p.Steps = map[string]func(){
		"the address of the pool": func() {
			must(node.CallWallet(t.Context(), "pool", &pool, "getnewaddress"))
			p.Replace = append(p.Replace, "YOUR-LITECOIN-ADDRESS", pool)
		},
		"a block of each chain": func() {
			c, err := testminer.Connect(addr, "scrypt", user)
			must(err)
			defer c.Close()
			poll(t, "a block of each chain", 60*time.Second, func() bool {
				mustSubmit(t, c, user)
				return has("litecoin", "accepted") && has("dogecoin", "accepted")
			})
		},
		"the block matures": func() {
			must(node.GenerateTo(t.Context(), 101, testnode.AnyAddress))
			poll(t, "a mature block", 60*time.Second, func() bool { return has("litecoin", "mature") })
		},
		"the miner has the money": func() {
			must(node.GenerateTo(t.Context(), 1, testnode.AnyAddress))
			var got json.Number
			must(node.CallWallet(t.Context(), "miner", &got, "getreceivedbyaddress", miner, 1))
			if got.String() == "0.00000000" || got == "" {
				t.Errorf("the miner has received %q", got)
			}
		},
	}
	p.Run(t, mustRead(t, filepath.Join(guides, "litecoin-dogecoin.md")))
}
