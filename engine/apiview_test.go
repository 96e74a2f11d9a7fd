package engine

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/settings"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testnode"
	"github.com/motherlode-pool/motherlode/web"
	"github.com/motherlode-pool/motherlode/web/api"
	"github.com/motherlode-pool/motherlode/web/apitest"
)

const (
	apiToken = "0123456789abcdef"
	apiMiner = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080" // the key hash of BIP 173's examples
)

// apiRig is an engine whose API is asked.
type apiRig struct {
	*rig
	t *testing.T
	d *apitest.Description
	h http.Handler
}

func mustAPI(t *testing.T, change ...func(*Config)) *apiRig {
	node := simchain.New(simchain.Config{Name: "parent", Parent: true, Bits: 0x207fffff, User: "u", Password: "p"})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- node.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	<-node.Ready()
	pool := testPool("parent", testnode.AnyAddress)
	pool.Reward, pool.FeeBPS = "pplns", 100
	cfg := Config{
		DataDir: t.TempDir(),
		Coins:   map[string]CoinConfig{"parent": mustCoin(t, "bitcoin", "regtest", nodeSettings(node.URL(), "u", "p"))},
		Pools:   map[string]configs.Pool{"btc": pool},
	}
	for _, c := range change {
		c(&cfg)
	}
	r := mustRun(t, cfg)
	extra := map[string]http.Handler{}
	for _, pattern := range settings.Patterns() {
		extra[pattern] = r.engine.SettingsHandler()
	}
	h := api.New(api.Options{Source: r.engine.API(), OpenAPI: web.OpenAPI, OpenAPIJSON: web.OpenAPIJSON, PublicPool: "btc", Token: apiToken, Extra: extra})
	return &apiRig{r, t, apitest.Must(t), h}
}

// get asks and holds the answer to its schema.
func (r *apiRig) get(path string, status int) []byte {
	r.t.Helper()
	q := httptest.NewRequest("GET", "http://pool.example"+path, nil)
	q.RemoteAddr = "127.0.0.1:1"
	q.Header.Set("Authorization", "Bearer "+apiToken)
	w := httptest.NewRecorder()
	r.h.ServeHTTP(w, q)
	resp := w.Result()
	path, _, _ = strings.Cut(path, "?")
	body := r.d.Check(r.t, path, resp)
	if resp.StatusCode != status {
		r.t.Errorf("%s: %s, want %d: %.500s", path, resp.Status, status, body)
	}
	return body
}

// TestAPIOfARunningPool mines a block and asks for everything.
func TestAPIOfARunningPool(t *testing.T) {
	r := mustAPI(t)
	typed := strings.ToUpper(apiMiner) // one more spelling of it
	c := mustClient(t, r.addr, "sha256d", typed+".rig1")
	blocks := r.mineUntil(c, typed+".rig1", "parent", "accepted", 1)
	b, ok := APIBlock(blocks[0])
	if !ok || b.Finder != api.Abbreviate(apiMiner) || b.Hash != blocks[0].Hash.String() {
		t.Errorf("event %+v of %+v", b, blocks[0])
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := r.engine.ledger.Sync(ctx, r.engine.shareLog.End()); err != nil {
		t.Fatal(err)
	}

	// A node that answers late on a busy machine is in trouble for a moment.
	r.until("the chain is ready", func() bool {
		return strings.Contains(string(r.get("/api/v1/chains/parent", 200)), `"state":"ready"`)
	})
	mine := "/api/v1/pools/btc/accounts/" + apiMiner + "/settings"
	public := map[string]string{ // path by what its answer has to have
		"/api/v1/about":                                        `"problems":[]`,
		"/api/v1/pools":                                        `"miners":1,"workers":1,"sessions":1`,
		"/api/v1/pools/btc":                                    `"fee_bps":100`,
		"/api/v1/pools/btc/chart":                              `"resolution":"minute"`,
		"/api/v1/pools/btc/chart?resolution=hour":              `"step_seconds":3600`,
		"/api/v1/pools/btc/chart?resolution=day":               `"step_seconds":86400`,
		"/api/v1/chains":                                       `"role":"parent"`,
		"/api/v1/chains/parent":                                `"state":"ready"`,
		"/api/v1/blocks?pool=btc&chain=parent&state=accepted":  b.Hash,
		"/api/v1/blocks?state=orphaned":                        `"blocks":[],"next":null`,
		"/api/v1/blocks/parent/" + b.Hash:                      `"split":{"operator":"`,
		"/api/v1/payments":                                     `"payments":[]`,
		"/api/v1/connect":                                      `stratum+tcp://127.0.0.1:`,
		"/api/info":                                            `"blockData":[{`,
		"/api/pool":                                            `"fee":1`,
		"/api/network":                                         `"difficulty":`,
		"/api/info/chart":                                      `[`,
		"/api/v1/openapi.yaml":                                 "openapi: 3.1.0",
		"/api/v1/operator/nodes":                               "127.0.0.1:",
		"/api/v1/operator/plugins":                             `"restarts":0`,
		"/api/v1/operator/bans":                                `"bans":[]`,
		"/api/v1/operator/payments":                            `"payments":[]`,
		"/api/v1/operator/config":                              `"problems":[]`,
		"/api/v1/operator/sessions":                            typed + ".rig1",
		"/api/v1/operator/journal":                             `"incidents":[`,
		"/api/v1/accounts/" + typed:                            `"account":"` + apiMiner + `"`,
		"/api/v1/accounts/" + apiMiner:                         `"role":"parent"`,
		"/api/v1/accounts/" + typed + "/chart":                 `"account":"` + apiMiner + `"`,
		"/api/v1/accounts/" + typed + "/chart?resolution=hour": `"last_partial":`,
		"/api/v1/accounts/" + typed + "/workers":               `"id":"rig1"`,
		"/api/v1/accounts/" + typed + "/workers/rig1":          `"online":true`,
		"/api/v1/accounts/" + typed + "/workers/rig1/chart":    `"worker":"rig1"`,
		"/api/v1/accounts/" + typed + "/payments?pool=btc":     `"next":null,"payments":[]`,
		"/api/client/" + typed:                                 `"workersCount":1`,
		mine:                                                   `"changed_at":null`,
		mine + "/message?donate=1.5&minimum.parent=0.05":       "donate 1.5 %",
		"/api/client/" + typed + "/chart":                      `[`,
		"/api/client/" + typed + "/rig1":                       `"name":"rig1"`,
	}
	for path, want := range public {
		body := string(r.get(path, 200))
		if !strings.Contains(body, want) {
			t.Errorf("%s has no %q: %.2000s", path, want, body)
		}
		asked := strings.Contains(path, "/accounts/") || strings.Contains(path, "/client/") || strings.Contains(path, "/operator/")
		if !asked && strings.Contains(strings.ToLower(body), apiMiner) {
			t.Errorf("%s names an account: %s", path, body)
		}
	}

	// What a miner reads is what has happened.
	account := r.get("/api/v1/accounts/"+typed, 200)
	detail := r.get("/api/v1/blocks/parent/"+b.Hash, 200)
	immature := apitest.Field(t, account, "pools", 0, "chains", 0, "balance", "immature")
	if got := apitest.Field(t, detail, "split", "accounts_amount"); got != "4950000000" {
		t.Errorf("accounts have %v of the block, want 50 less 1 %%", got)
	}
	if units, err := strconv.ParseUint(immature.(string), 10, 64); err != nil || units == 0 || units%4_950_000_000 != 0 {
		t.Errorf("immature %v, want that of some blocks", immature)
	}
	if got := apitest.Field(t, account, "pools", 0, "shares", "accepted").(float64); got < 1 {
		t.Errorf("%v shares accepted", got)
	}
	worker := r.get("/api/v1/accounts/"+typed+"/workers/rig1", 200)
	if got := apitest.Field(t, worker, "devices", 0, "accepted").(float64); got < 1 {
		t.Errorf("the device has %v shares accepted", got)
	}

	for path, status := range map[string]int{
		"/api/v1/pools/ltc":                                  404,
		"/api/v1/chains/litecoin":                            404,
		"/api/v1/blocks?pool=ltc":                            404,
		"/api/v1/blocks?chain=litecoin":                      404,
		"/api/v1/blocks/parent/" + strings.Repeat("0", 64):   404,
		"/api/v1/accounts/nobody":                            404,
		"/api/v1/accounts/" + typed + "?":                    200,
		"/api/v1/accounts/" + typed + "/workers/rig2":        404,
		"/api/v1/accounts/" + typed + "/workers?pool=ltc":    404,
		"/api/v1/accounts/" + typed + "/workers/rig2/chart":  404,
		"/api/client/" + typed + "/rig2":                     200,
		"/api/client/" + typed + "/rig1/nothing":             404,
		"/api/client/nobody":                                 200,
		strings.Replace(mine, "btc", "ltc", 1):               404,
		strings.Replace(mine, apiMiner, "nobody", 1):         404,
		mine + "/message":                                    422,
		mine + "/message?donate=lots":                        400,
		mine + "/message?colour=red":                         400,
		"/api/v1/operator/sessions?pool=ltc":                 404,
		"/api/v1/pools/btc/chart?from=2020-01-01T00:00:00Z":  200,
		"/api/v1/pools/btc/chart?from=2199-01-01T00:00:00Z":  200,
		"/api/v1/pools/btc/chart?to=2001-01-01T00:00:00%2B1": 400,
	} {
		r.get(path, status)
	}
	r.guide(b.Hash)
	if since, err := r.engine.API().BlocksSince(api.Time(1), 10); err != nil || len(since) == 0 {
		t.Errorf("blocks since the beginning: %v, %v", since, err)
	}
	live, err := r.engine.API().Live()
	if err != nil || len(live.Pools) != 1 || live.Pools[0].Sessions != 1 || len(live.Tips) != 1 || len(live.Bests) != 1 {
		t.Errorf("live %+v, %v", live, err)
	}
}

// guide asks what the guide's examples ask.
func (r *apiRig) guide(hash string) {
	raw, err := os.ReadFile("../docs/api.md")
	if err != nil {
		r.t.Fatal(err)
	}
	n := 0
	for _, line := range strings.Split(string(raw), "\n") {
		_, path, ok := strings.Cut(line, "http://127.0.0.1:8080")
		if !strings.HasPrefix(line, "curl ") || !ok {
			continue
		}
		n++
		r.get(strings.NewReplacer(`"`, "", "bitcoin", "parent", "HASH", hash, "ADDRESS", apiMiner, "WORKER", "rig1").Replace(path), 200)
	}
	if n < 20 {
		r.t.Errorf("the guide has %d examples, fewer than it had", n)
	}
}

// TestAPIBeforeMining asks an engine that has not been run.
func TestAPIBeforeMining(t *testing.T) {
	cfg := Config{
		DataDir: t.TempDir(),
		Coins:   map[string]CoinConfig{"parent": mustCoin(t, "bitcoin", "regtest", nodeSettings("http://127.0.0.1:1", "u", "p"))},
		Pools:   map[string]configs.Pool{"btc": testPool("parent", testnode.AnyAddress)},
	}
	e, err := New(cfg, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	d, h := apitest.Must(t), api.New(api.Options{Source: e.API(), Token: apiToken, PublicPool: "btc"})
	for _, p := range d.Paths() {
		if p == "/api/v1/events" || strings.HasPrefix(p, "/api/v1/openapi") || strings.Contains(p, "/settings") {
			continue
		}
		q := httptest.NewRequest("GET", strings.NewReplacer("{hash}", strings.Repeat("0", 64), "{", "", "}", "").Replace(p), nil)
		q.RemoteAddr = "127.0.0.1:1"
		q.Header.Set("Authorization", "Bearer "+apiToken)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, q)
		d.Check(t, q.URL.Path, w.Result())
		if w.Code != 200 && w.Code != 503 {
			t.Errorf("%s: %d %s", p, w.Code, w.Body)
		}
	}
	if _, err := e.API().Pools(); !errors.Is(err, api.ErrStarting) {
		t.Errorf("pools: %v, want %v", err, api.ErrStarting)
	}
}
