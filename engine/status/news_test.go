package status

import (
	"strings"
	"testing"
	"time"
)

func newsOfView() View {
	v := testView()
	v.Now, v.Started = time.Unix(5000, 0), time.Unix(1400, 0)
	v.Pools[0].Aux = []string{"namecoin", "rsk"}
	v.Pools[0].LeftOut = []LeftOut{{Chain: "rsk", Reason: "no room in the parent's coinbase"}}
	v.Pools[0].ToMiners = &Times{Count: 2, Last: 12 * time.Millisecond, P50: 9 * time.Millisecond, P99: 12 * time.Millisecond,
		Sum: 21 * time.Millisecond, Classes: map[float64]uint64{0.01: 1, 0.025: 2}}
	c := &v.Coins[0]
	c.Tip, c.TipAt, c.Source, c.WorkAt, c.WorkNode = "00ab", time.Unix(4000, 0), "zmq", time.Unix(4990, 0), "10.0.0.1:8332"
	c.TipsBy = map[string]uint64{"zmq": 31, "poll": 2}
	c.Full = v.Pools[0].ToMiners
	c.Nodes = []Node{
		{Node: "10.0.0.1:8332", State: "ready", Height: 840000, Tip: "00ab", Work: true, Missed: 3, Peers: 8, News: "zmq", Version: "/Satoshi:27.0.0/"},
		{Node: "10.0.0.2:8332", State: "down", Message: "connection refused"},
		{Node: "10.0.0.2:8332", State: "down", Message: "the same address twice"},
	}
	c.Submits = &Submits{By: map[string]uint64{"received": 4, "rejected": 1}, At: time.Unix(4880, 0), Took: 340 * time.Millisecond,
		Height: 839999, Hash: "00cd", Verdict: "rejected", Words: "bad-txns", Node: "10.0.0.1:8332"}
	return v
}

func TestMetricsOfNews(t *testing.T) {
	code, body := get(t, newsOfView(), "/metrics")
	if code != 200 {
		t.Fatalf("status %d: %s", code, body)
	}
	for _, want := range []string{
		`motherlode_coin_tip_timestamp_seconds{coin="bitcoin"} 4000`,
		`motherlode_coin_tips_total{coin="bitcoin",source="zmq"} 31`,
		`motherlode_coin_news_seconds_bucket{coin="bitcoin",work="full",le="0.01"} 1`,
		`motherlode_coin_news_seconds_count{coin="bitcoin",work="full"} 2`,
		`motherlode_coin_submissions_total{coin="bitcoin",verdict="rejected"} 1`,
		`motherlode_coin_last_submission_seconds{coin="bitcoin"} 0.34`,
		`motherlode_node_ready{coin="bitcoin",node="10.0.0.1:8332"} 1`,
		`motherlode_node_ready{coin="bitcoin",node="10.0.0.2:8332"} 0`,
		`motherlode_node_height{coin="bitcoin",node="10.0.0.1:8332"} 840000`,
		`motherlode_node_peers{coin="bitcoin",node="10.0.0.1:8332"} 8`,
		`motherlode_node_working{coin="bitcoin",node="10.0.0.2:8332"} 0`,
		`motherlode_node_missed_news_total{coin="bitcoin",node="10.0.0.1:8332"} 3`,
		`motherlode_news_to_miners_seconds_sum{pool="btc"} 0.021`,
		`motherlode_aux_left_out{coin="rsk",pool="btc"} 1`,
		`motherlode_aux_left_out{coin="namecoin",pool="btc"} 0`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("missing %q", want)
		}
	}
}

// TestTextSaysWhatIsWrongFirst is what an operator reads at night.
func TestTextSaysWhatIsWrongFirst(t *testing.T) {
	v := newsOfView()
	v.Coins[1].Message = "no node answers"
	v.Blocks = []Block{{Chain: "bitcoin", Height: 839999, Hash: "00cd", State: "refused", Worker: "bob\x1b[2J", Reason: "bad-txns", Time: time.Unix(4880, 0)}}
	code, body := get(t, v, "/status.txt")
	if code != 200 {
		t.Fatalf("status %d", code)
	}
	head, rest, _ := strings.Cut(body, "\npool btc")
	for _, want := range []string{
		"up 1h0m0s",
		"! pool btc: rsk is not mined: no room in the parent's coinbase",
		"! coin namecoin is down: no node answers",
		"! coin bitcoin: the last block, 839999, was answered rejected: bad-txns",
	} {
		if !strings.Contains(head, want) {
			t.Errorf("head lacks %q:\n%s", want, head)
		}
	}
	for _, want := range []string{
		"last 12ms, half within 9ms, 99 of 100 within 12ms, of 2",
		"merge-mined     namecoin\n",
		"840000 00ab   16m40s ago, by zmq",
		"newest work     10s ago, from 10.0.0.1:8332",
		"poll 2, zmq 31",
		`839999 00cd   2m0s ago, took 340ms, rejected "bad-txns" by 10.0.0.1:8332`,
		"node 10.0.0.1:8332   ready   height 840000   8 peers   news by zmq   /Satoshi:27.0.0/   gives the work",
		"3 blocks were not announced",
		"connection refused",
		"bob?[2J",
	} {
		if !strings.Contains(rest, want) {
			t.Errorf("lacks %q:\n%s", want, rest)
		}
	}
}

// TestTextKeepsTheLinesOfOthersApart sends what a node that was broken into could say.
func TestTextKeepsTheLinesOfOthersApart(t *testing.T) {
	const words = "no\n  ! forged\x1b[2J\u202e"
	v := testView()
	v.Coins[0].State, v.Coins[0].Message, v.Coins[0].Problem = "down", words, ""
	v.Coins[0].Nodes = []Node{{Node: "a:1", State: "ready", Version: words, Message: words}}
	_, body := get(t, v, "/status.txt")
	if strings.Contains(body, "\n  ! forged") || strings.ContainsAny(body, "\x1b\u202e") || strings.Count(body, "forged") < 4 {
		t.Errorf("got %q", body)
	}
}

func TestTextWhenAllIsWell(t *testing.T) {
	v := testView()
	v.Coins = v.Coins[:1]
	if _, body := get(t, v, "/status.txt"); !strings.Contains(body, "\nall is well\n") || strings.Contains(body, "!") {
		t.Errorf("got %s", body)
	}
}
