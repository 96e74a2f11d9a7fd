package status

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func get(t *testing.T, v View, path string) (int, string) {
	t.Helper()
	rec := httptest.NewRecorder()
	Handler(func() View { return v }).ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
	body, err := io.ReadAll(rec.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return rec.Code, string(body)
}

func testView() View {
	return View{
		ShareLogBytes: 100, LedgerBytes: 90,
		Pools: []Pool{{
			Name: "btc", Accepted: 7, Work: 3.5, Rejected: map[string]uint64{"stale": 2}, Jobs: 5, CleanJobs: 2,
			LastJob: time.Unix(1000, 0),
		}},
		Coins: []Coin{{Name: "bitcoin", State: "ready", Height: 840000, Restarts: 1}, {Name: "namecoin", State: "down"}},
	}
}

func TestMetricsSayWhatTheViewSays(t *testing.T) {
	code, body := get(t, testView(), "/metrics")
	if code != 200 {
		t.Fatalf("status %d: %s", code, body)
	}
	for _, want := range []string{
		`motherlode_shares_total{pool="btc",result="accepted"} 7`,
		`motherlode_shares_total{pool="btc",result="stale"} 2`,
		`motherlode_jobs_total{clean="false",pool="btc"} 3`,
		`motherlode_coin_ready{coin="bitcoin"} 1`,
		`motherlode_coin_ready{coin="namecoin"} 0`,
		`motherlode_ledger_lag_bytes 10`,
		`motherlode_last_job_timestamp_seconds{pool="btc"} 1000`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("missing %q", want)
		}
	}
}

// TestSeriesAreThereFromTheStart: what has not happened yet is 0, so that its first
// time is an increase; and what only the ledger knows of is told as well.
func TestSeriesAreThereFromTheStart(t *testing.T) {
	v := testView()
	v.Pools[0].Parent, v.Pools[0].Aux = "bitcoin", []string{"namecoin"}
	v.Pools[0].Ports = []Port{{"0.0.0.0:3333", 12}, {"0.0.0.0:3334", 0}}
	v.Pools[0].HashRates = map[string]float64{"1h": 5e12}
	v.Known = Known{
		Results: []string{"accepted", "stale", "duplicate"}, CloseReasons: []string{"banned"}, Outcomes: []string{"rejected"},
		BlockStates: []string{"mature", "orphaned"}, PaymentStates: []string{"sent"}, NewsBounds: []float64{0.25}, TimeBounds: []float64{0.5},
	}
	v.BlocksBy = map[Kind]uint64{{"btc", "namecoin", "mature"}: 4, {"old", "gone", "mature"}: 2}
	_, body := get(t, v, "/metrics")
	for _, want := range []string{
		`motherlode_shares_total{pool="btc",result="accepted"} 7`,
		`motherlode_shares_total{pool="btc",result="duplicate"} 0`,
		`motherlode_sessions_closed_total{pool="btc",reason="banned"} 0`,
		`motherlode_coin_submissions_total{coin="bitcoin",verdict="rejected"} 0`,
		`motherlode_coin_submission_seconds_bucket{coin="bitcoin",le="0.5"} 0`,
		`motherlode_coin_news_seconds_bucket{coin="bitcoin",work="full",le="0.25"} 0`,
		`motherlode_coin_tips_total{coin="bitcoin",source="zmq"} 0`,
		`motherlode_blocks{coin="bitcoin",pool="btc",state="orphaned"} 0`,
		`motherlode_blocks{coin="namecoin",pool="btc",state="mature"} 4`,
		`motherlode_blocks{coin="gone",pool="old",state="mature"} 2`,
		`motherlode_payments{coin="namecoin",pool="btc",state="sent"} 0`,
		`motherlode_oldest_open_payment_timestamp_seconds 0`,
		`motherlode_sessions{listener="0.0.0.0:3333",pool="btc"} 12`,
		`motherlode_sessions{listener="0.0.0.0:3334",pool="btc"} 0`,
		`motherlode_hash_rate{pool="btc",window="1h"} 5e+12`,
		`motherlode_pool_ready{pool="btc"} 1`,
		`motherlode_ledger_ready 1`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("missing %q", want)
		}
	}
	if strings.Contains(body, "motherlode_worker") {
		t.Error("series of workers though nobody asked for them")
	}
}

func TestWorkersOnRequest(t *testing.T) {
	rec := httptest.NewRecorder()
	workers := func() ([]Worker, int) {
		return []Worker{
			{Pool: "btc", Account: "bc1q", Name: "rig1", Accepted: 3, Rejected: map[string]uint64{"stale": 1}, Work: 12, Best: 8, LastSeen: time.Unix(900, 0)},
			{Pool: "btc", Account: "bc1q", Name: "rig2"},
		}, 5
	}
	HandlerWith(testView, workers).ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	body := rec.Body.String()
	for _, want := range []string{
		`motherlode_worker_shares_total{account="bc1q",pool="btc",result="accepted",worker="rig1"} 3`,
		`motherlode_worker_shares_total{account="bc1q",pool="btc",result="stale",worker="rig1"} 1`,
		`motherlode_worker_accepted_work_total{account="bc1q",pool="btc",worker="rig1"} 12`,
		`motherlode_worker_best_share_difficulty{account="bc1q",pool="btc",worker="rig1"} 8`,
		`motherlode_worker_last_seen_timestamp_seconds{account="bc1q",pool="btc",worker="rig1"} 900`,
		`motherlode_worker_shares_total{account="bc1q",pool="btc",result="accepted",worker="rig2"} 0`,
		`motherlode_workers_left_out 5`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("missing %q", want)
		}
	}
	if strings.Contains(body, `last_seen_timestamp_seconds{account="bc1q",pool="btc",worker="rig2"}`) {
		t.Error("a worker that has sent nothing was seen")
	}
}

func TestHashingOfACoin(t *testing.T) {
	v := testView()
	if _, body := get(t, v, "/metrics"); strings.Contains(body, "motherlode_hash_") {
		t.Error("numbers of hashing though no coin hashes")
	}
	v.Coins[1].Hashing = &Hashing{
		Algorithm: "toy", Batches: 3, Headers: 100, Errors: 2, Refused: 7, WaitTotal: 1500 * time.Millisecond,
		HashingTotal: 250 * time.Millisecond, Queued: 5, Advice: "port it",
	}
	_, body := get(t, v, "/metrics")
	for _, want := range []string{
		`motherlode_hash_batches_total{coin="namecoin"} 3`,
		`motherlode_hash_headers_total{coin="namecoin"} 100`,
		`motherlode_hash_errors_total{coin="namecoin"} 2`,
		`motherlode_hash_refused_total{coin="namecoin"} 7`,
		`motherlode_hash_wait_seconds_total{coin="namecoin"} 1.5`,
		`motherlode_hash_seconds_total{coin="namecoin"} 0.25`,
		`motherlode_hash_queued{coin="namecoin"} 5`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("missing %q", want)
		}
	}
	if _, body := get(t, v, "/status"); !strings.Contains(body, `"advice": "port it"`) || strings.Count(body, `"hashing"`) != 1 {
		t.Errorf("status: %s", body)
	}
}

func TestHealthNamesThePoolWithoutWork(t *testing.T) {
	if code, body := get(t, testView(), "/healthz"); code != 200 || body != "ok\n" {
		t.Errorf("healthy: got %d %q", code, body)
	}
	v := testView()
	v.Pools[0].Problem = "no template from bitcoin for 3m0s"
	code, body := get(t, v, "/healthz")
	if code != 503 || !strings.Contains(body, "pool btc: no template from bitcoin") {
		t.Errorf("got %d %q, want 503 and the reason", code, body)
	}
}

// A load balancer is told to send no more miners, once no pool takes any.
func TestHealthOfADrainedPool(t *testing.T) {
	v := testView()
	other := v.Pools[0]
	other.Name, other.Drained = "ltc", true
	v.Pools = append(v.Pools, other)
	if code, body := get(t, v, "/healthz"); code != 200 || !strings.HasPrefix(body, "ok\npool ltc: its ports were closed by \"motherlode drain\"") {
		t.Errorf("one of two: got %d %q", code, body)
	}
	v.Pools[0].Drained = true
	if code, body := get(t, v, "/healthz"); code != 503 || !strings.HasPrefix(body, "draining\npool btc: its ports") {
		t.Errorf("all: got %d %q", code, body)
	}
	v.Pools[0].Problem = "no template"
	if code, body := get(t, v, "/healthz"); code != 503 || strings.Contains(body, "draining\n") || !strings.Contains(body, "pool btc: no template\n") {
		t.Errorf("all, and no work: got %d %q", code, body)
	}
}

func TestStatusIsJSON(t *testing.T) {
	code, body := get(t, testView(), "/status")
	var back View
	if err := json.Unmarshal([]byte(body), &back); err != nil || code != 200 {
		t.Fatalf("status %d: %v", code, err)
	}
	if back.Pools[0].Accepted != 7 || back.Coins[1].State != "down" {
		t.Errorf("got %+v", back)
	}
}

// TestParkedCoin is seen in all three places, and an auxiliary chain's is no
// reason to say that miners have no work.
func TestParkedCoin(t *testing.T) {
	v := testView()
	v.Coins[1].Problem = "parked after 5 failures in a row"
	v.Coins[1].Parked = &Parked{Failures: 5, Reason: "it died", Stderr: []string{"panic: no"}, WhatToDo: "mend it"}
	v.Coins[1].Streams = []Stream{{Stream: "templates", Received: 5000, Unused: 4780, Peak: 500, Problem: "sends 500 templates a second"}}
	code, body := get(t, v, "/healthz")
	if code != 200 || body != "ok\ncoin namecoin: parked after 5 failures in a row\n" {
		t.Errorf("healthz: got %d %q", code, body)
	}
	_, body = get(t, v, "/metrics")
	for _, want := range []string{
		`motherlode_coin_parked{coin="bitcoin"} 0`,
		`motherlode_coin_parked{coin="namecoin"} 1`,
		`motherlode_coin_messages_total{coin="namecoin",stream="templates"} 5000`,
		`motherlode_coin_messages_unused_total{coin="namecoin",stream="templates"} 4780`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("missing %q", want)
		}
	}
	_, body = get(t, v, "/status")
	for _, want := range []string{`"failures": 5`, `"what_to_do": "mend it"`, `"problem": "sends 500 templates a second"`} {
		if !strings.Contains(body, want) {
			t.Errorf("status lacks %s: %s", want, body)
		}
	}
	if strings.Contains(body, "panic: no") || v.Coins[1].Parked.Stderr == nil {
		t.Error("what a plugin has written is for everybody, or for nobody")
	}
	if strings.Count(body, `"parked"`) != 1 {
		t.Error("a coin that is not parked has the key")
	}
}

// TestLedgerUnread says that blocks are unknown rather than none, and sends no
// figure of them.
func TestLedgerUnread(t *testing.T) {
	v := testView()
	v.LedgerProblem, v.LedgerUnread = "database failed: PostgreSQL does not answer", true
	v.Known.BlockStates = []string{"mature"}
	code, body := get(t, v, "/healthz")
	if want := "ledger: database failed: PostgreSQL does not answer"; code != 503 || !strings.Contains(body, want) {
		t.Errorf("healthz: got %d %q, want 503 and %q", code, body, want)
	}
	if _, body = get(t, v, "/status.txt"); !strings.Contains(body, "blocks: unknown") || !strings.Contains(body, "! ledger: database failed") {
		t.Errorf("status.txt: %s", body)
	}
	if _, body = get(t, v, "/metrics"); strings.Contains(body, "motherlode_blocks{") || !strings.Contains(body, "motherlode_ledger_ready 0\n") {
		t.Error("metrics: blocks are counted though the ledger cannot be read, or it counts as ready")
	}
}
