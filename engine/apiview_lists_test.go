package engine

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/stratum"
	"github.com/motherlode-pool/motherlode/web/api"
	"github.com/motherlode-pool/motherlode/web/apitest"
)

// round waits until the chain's first job has begun a round.
func (r *rig) round(pool, chain string) {
	r.t.Helper()
	limit := time.Now().Add(30 * time.Second)
	for {
		_, err := r.engine.ledger.Round(pool, chain)
		if err == nil {
			return
		}
		if time.Now().After(limit) {
			r.t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond) // until the ledger has it
	}
}

// mustQuiet is a pool on a chain whose blocks are too hard to find, whose API is asked.
func mustQuiet(t *testing.T) *apiRig {
	r := mustAPI(t, func(cfg *Config) {
		other := ckpoolConfig(t, "")
		cfg.Coins, cfg.Pools = other.Coins, map[string]configs.Pool{"btc": other.Pools["btc"]}
	})
	r.round("btc", "parent")
	return r
}

// walk asks for a list page by page and returns how many rows each page has.
func (r *apiRig) walk(path, rows, field string) (pages []int, all []any) {
	r.t.Helper()
	for cursor := ""; ; {
		body := r.get(path+cursor, 200)
		n := len(apitest.Field(r.t, body, rows).([]any))
		pages = append(pages, n)
		for i := range n {
			all = append(all, apitest.Field(r.t, body, rows, i, field))
		}
		next := apitest.Field(r.t, body, "next")
		if next == nil {
			return pages, all
		}
		if len(pages) > 100 {
			r.t.Fatalf("%s does not end", path)
		}
		cursor = "&cursor=" + next.(string)
	}
}

// A quiet chain's blocks, and what a miner was paid long ago, are found behind any
// number of others; pages are full, and the last one says so.
func TestListsBehindManyOthers(t *testing.T) {
	r := mustQuiet(t)
	var batch sharelog.Batch
	add := func(n int, chain, state string) {
		for range n {
			var hash [32]byte
			binary.BigEndian.PutUint64(hash[:], uint64(batch.Len()+1))
			batch.Block(&sharelog.Block{Time: time.Now().UnixMilli(), Pool: "btc", Chain: chain, Hash: hash, Height: uint64(batch.Len()), State: state, Account: "alice", Reward: 1000})
		}
	}
	pay := func(n int, chain, account string) {
		for range n {
			batch.Payment(&sharelog.Payment{ID: uint64(batch.Len() + 1), Time: time.Now().UnixMilli(), Pool: "btc", Chain: chain, State: ledger.Confirmed,
				TxID: fmt.Sprint("tx", batch.Len()), Outputs: []sharelog.PaymentOutput{{Account: account, Address: account, Amount: 1}}})
		}
	}
	batch.Share(&sharelog.Share{Time: time.Now().UnixMilli(), Pool: "btc", Account: "alice", Difficulty: 1})
	batch.Terms(&sharelog.Terms{Time: time.Now().UnixMilli(), Pool: "btc", Chain: "other", Scheme: "prop", Payout: "pool"})
	add(1, "parent", "orphaned")
	add(8, "parent", "mature")
	pay(5, "parent", "alice")
	add(1200, "other", "mature")
	pay(1200, "other", "bob")
	if err := r.engine.shareLog.Append(&batch); err != nil {
		t.Fatal(err)
	}
	r.sync()

	const alice = "/api/v1/accounts/alice/payments"
	for path, c := range map[string]struct {
		rows, pages string
	}{
		"/api/v1/blocks?chain=parent&limit=4":                {"blocks", "[4 4 1]"},
		"/api/v1/blocks?chain=parent&limit=3":                {"blocks", "[3 3 3]"},
		"/api/v1/blocks?chain=parent&state=orphaned&limit=1": {"blocks", "[1]"},
		"/api/v1/blocks?state=lost":                          {"blocks", "[0]"},
		"/api/v1/payments?chain=parent&limit=5":              {"payments", "[5]"},
		"/api/v1/payments?pool=btc&chain=parent&limit=2":     {"payments", "[2 2 1]"},
		"/api/v1/operator/payments?chain=parent&limit=2":     {"payments", "[2 2 1]"},
		alice + "?limit=2":                                   {"payments", "[2 2 1]"},
		alice + "?limit=5&chain=parent":                      {"payments", "[5]"},
		alice + "?limit=5&pool=btc":                          {"payments", "[5]"},
	} {
		field := "number"
		if path == "/api/v1/operator/payments?chain=parent&limit=2" {
			field = "payment"
		}
		pages, all := r.walk(path, c.rows, field)
		if got := fmt.Sprint(pages); got != c.pages {
			t.Errorf("%s has pages of %s, want %s", path, got, c.pages)
		}
		seen := map[string]bool{}
		for _, n := range all {
			seen[fmt.Sprint(n)] = true
		}
		if len(seen) != len(all) {
			t.Errorf("%s repeats rows: %v", path, all)
		}
	}
	pool := r.get("/api/v1/pools/btc", 200)
	if got := apitest.Field(t, pool, "chains", 0, "last_block", "chain"); got != "parent" {
		t.Errorf("the last block is of %v", got)
	}
	for path, field := range map[string]string{"/api/pool": "blocksFound", "/api/info": "blockData"} {
		if got := len(apitest.Field(t, r.get(path, 200), field).([]any)); got != 8 {
			t.Errorf("%s has %d blocks, want 8", path, got)
		}
	}

	// A payment of later is in the next answer.
	view := r.engine.API().(*apiView)
	page := func() int {
		rows, _, err := view.Payments("btc", "parent", api.Page{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		return len(rows)
	}
	if n := page(); n != 5 {
		t.Errorf("%d payments, want 5", n)
	}
	first := uint64(batch.Len())
	batch.Reset()
	for i := range uint64(3) {
		batch.Payment(&sharelog.Payment{ID: first + 1 + i, Time: time.Now().UnixMilli(), Pool: "btc", Chain: "parent", State: ledger.Confirmed, TxID: fmt.Sprint("late", i),
			Outputs: []sharelog.PaymentOutput{{Account: "alice", Address: "alice", Amount: 1}}})
	}
	if err := r.engine.shareLog.Append(&batch); err != nil {
		t.Fatal(err)
	}
	r.sync()
	if n := page(); n != 8 {
		t.Errorf("%d payments after three more, want 8", n)
	}
}

// Who is connected is found, however many workers have gone, and also before its first
// share; each connection has its own hash rate.
func TestConnectedWorkersBehindManyThatHaveGone(t *testing.T) {
	r := mustQuiet(t)
	var batch sharelog.Batch
	now := time.Now().UnixMilli()
	for i := range 250 {
		batch.Share(&sharelog.Share{Time: now, Pool: "btc", Account: apiMiner, Worker: fmt.Sprintf("w%03d", i), Difficulty: 1, Achieved: float64(1000 + i)})
	}
	for i := range 20 {
		batch.Share(&sharelog.Share{Time: now, Pool: "btc", Account: fmt.Sprint("other", i), Difficulty: 1, Achieved: float64(2000 + i)})
	}
	if err := r.engine.shareLog.Append(&batch); err != nil {
		t.Fatal(err)
	}
	miner := mustClient(t, r.addr, "sha256d", apiMiner+".zzz")
	if answer := miner.mine(apiMiner + ".zzz"); answer == "" {
		t.Fatal("no answer")
	}
	mustClient(t, r.addr, "sha256d", apiMiner+".zzz")
	mustClient(t, r.addr, "sha256d", apiMiner+".new")
	r.sync()

	client := r.get("/api/client/"+apiMiner, 200)
	if got := apitest.Field(t, client, "workersCount"); got != 3.0 {
		t.Errorf("%v devices are counted, want 3", got)
	}
	names := ""
	for i := range apitest.Field(t, client, "workers").([]any) {
		names += apitest.Field(t, client, "workers", i, "name").(string) + " "
	}
	if names != "new zzz zzz " {
		t.Errorf("connected are %q", names)
	}
	if got := apitest.Field(t, client, "bestDifficulty").(float64); got < 1249 {
		t.Errorf("the account's best share is %v, want that of a worker that has gone", got)
	}
	id := apitest.Field(t, client, "workers", 1, "sessionId").(string)
	if got := apitest.Field(t, r.get("/api/client/"+apiMiner+"/zzz/"+id, 200), "sessionId"); got != id {
		t.Errorf("session %v, want %s", got, id)
	}

	workers := "/api/v1/accounts/" + apiMiner + "/workers?online=true"
	if pages, all := r.walk(workers+"&limit=1", "workers", "id"); fmt.Sprint(pages, all) != "[1 1] [new zzz]" {
		t.Errorf("connected are %v on pages of %v", all, pages)
	}
	body := r.get(workers, 200)
	for i, want := range []int{1, 2} {
		if n, devices := apitest.Field(t, body, "workers", i, "sessions"), apitest.Field(t, body, "workers", i, "devices").([]any); n != float64(want) || len(devices) != want {
			t.Errorf("worker %d has %v connections, of which %d are shown, want %d", i, n, len(devices), want)
		}
	}
	if got := apitest.Field(t, body, "workers", 0, "shares", "accepted"); got != 0.0 {
		t.Errorf("the new one has sent %v shares", got)
	}
	if pages, _ := r.walk("/api/v1/accounts/"+apiMiner+"/workers?limit=100", "workers", "id"); fmt.Sprint(pages) != "[100 100 51]" {
		t.Errorf("all workers are on pages of %v", pages)
	}

	scores := apitest.Field(t, r.get("/api/info", 200), "highScores").([]any)
	if len(scores) != 10 {
		t.Errorf("%d high scores, want 10", len(scores))
	}
	if got := apitest.Field(t, r.get("/api/info", 200), "highScores", 0, "bestDifficulty"); got != 2019.0 {
		t.Errorf("the best is %v", got)
	}
}

// A connection that brings nothing any more has no hash rate; each has its own.
func TestRatesOfDevices(t *testing.T) {
	v := newSessionsView([]stratum.SessionInfo{
		{Number: 1, Workers: []string{"a.twin"}, Work: 1e9, Rate: 3}, {Number: 2, Workers: []string{"a.twin"}, Work: 1e9},
		{Number: 3, Workers: []string{"a.twin"}, Rate: 1},
	}, newAccounts(nil, true, nil))
	devices, n := v.devices("a", "twin", 2, 10)
	if n != 3 || len(devices) != 2 || devices[0].HashRate != 30 || devices[1].HashRate != 0 {
		t.Errorf("%d devices: %+v", n, devices)
	}
	if got := sessionView("btc", &v.all[1], 10).HashRate; got != 0 {
		t.Errorf("a dead connection has %v H/s", got)
	}
}
