package engine

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/bitcoin"
	"github.com/motherlode-pool/motherlode/configs"
)

// stubNode is a bitcoind that answers at once, from memory: every template has
// the same transactions, and the tip is a hash of one byte repeated.
type stubNode struct {
	server *httptest.Server
	notify string // where the coin listens for blocks
	tip    atomic.Int64

	before, after []byte // of the previous block's hash in a template
	spent         atomic.Int64
}

const (
	stubHeight  = 840_000
	stubGenesis = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
	stubFork    = "00000000000000000019f112ec0a9982926f1258cdcc558dd7c3b7e5dc7fa148" // block 478559
	stubFee     = 1000
)

func stubHash(n int64) string { return strings.Repeat(fmt.Sprintf("%02x", n), 32) }

func mustStub(b *testing.B, transactions, size int) *stubNode {
	b.Helper()
	ear, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	n := &stubNode{notify: ear.LocalAddr().String()}
	ear.Close()
	n.tip.Store(1)
	data := strings.Repeat("ab", size)
	var txs bytes.Buffer
	for i := range transactions {
		if i > 0 {
			txs.WriteByte(',')
		}
		id := fmt.Sprintf("%064x", i+1)
		fmt.Fprintf(&txs, `{"data":"%s","txid":"%s","hash":"%s","depends":[],"fee":%d,"sigops":4,"weight":%d}`, data, id, id, stubFee, 4*size)
	}
	n.before = []byte(`{"version":536870912,"rules":["csv","!segwit","taproot"],"vbrequired":0,"transactions":[` + txs.String() + `],"previousblockhash":"`)
	n.after = fmt.Appendf(nil, `","coinbasevalue":%d,"bits":"1d00ffff","mintime":1,"curtime":%d,"height":`, 312_500_000+stubFee*transactions, time.Now().Unix())
	n.server = httptest.NewServer(http.HandlerFunc(n.serve))
	b.Cleanup(n.server.Close)
	return n
}

func (n *stubNode) serve(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	var q struct {
		ID     uint64
		Method string
		Params []any
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	tip := n.tip.Load()
	result := "null"
	switch q.Method {
	case "getblockhash":
		if result = `"` + stubGenesis + `"`; q.Params[0] != 0. {
			result = `"` + stubFork + `"`
		}
	case "getbestblockhash":
		result = `"` + stubHash(tip) + `"`
	case "getblockchaininfo":
		result = fmt.Sprintf(`{"blocks":%d,"bestblockhash":"%s","initialblockdownload":false}`, stubHeight+tip, stubHash(tip))
	case "getnetworkinfo":
		result = `{"subversion":"/Stub:1.0/"}`
	case "getconnectioncount":
		result = "8"
	case "getblockheader":
		result = fmt.Sprintf(`{"height":%d,"bits":"1d00ffff","mediantime":%d,"previousblockhash":"%s","confirmations":1}`, stubHeight+tip, time.Now().Unix()-600, stubHash(tip-1))
	case "getblocktemplate":
		head := fmt.Sprintf(`{"id":%d,"error":null,"result":`, q.ID)
		tail := fmt.Sprintf(`%d}}`, stubHeight+tip+1)
		w.Header().Set("Content-Length", fmt.Sprint(len(head)+len(n.before)+64+len(n.after)+len(tail)))
		for _, part := range [][]byte{[]byte(head), n.before, []byte(stubHash(tip)), n.after, []byte(tail)} {
			_, _ = w.Write(part)
		}
		n.spent.Store(int64(time.Since(began)))
		return
	}
	fmt.Fprintf(w, `{"id":%d,"error":null,"result":%s}`, q.ID, result)
}

// listener is a miner that only listens: when it had the clean job on each tip,
// and when the job with transactions on it.
type listener struct {
	clean, full chan time.Time
}

// listen reads a miner's lines. A tip of one byte repeated looks the same in any
// byte order.
func (l *listener) listen(in *bufio.Reader, tip *atomic.Int64) {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		now := time.Now()
		if !bytes.Contains(line, []byte(`"mining.notify"`)) || !bytes.Contains(line, []byte(stubHash(tip.Load()))) {
			continue
		}
		if bytes.Contains(line, []byte(",true]")) {
			l.clean <- now
		}
		if !bytes.Contains(line, []byte(`[]`)) {
			l.full <- now
		}
	}
}

// BenchmarkNewsToLastSession is the time from a node's announcement of a block,
// by blocknotify, to the last of 1,000 sessions over loopback having the clean
// job, with a template of 4,000 transactions. Pool, node and miners share the
// processors. The node's own time for a template is printed apart.
func BenchmarkNewsToLastSession(b *testing.B) {
	for _, first := range []string{"empty", "full"} {
		b.Run("first="+first, func(b *testing.B) { benchNews(b, 4000, 1100, 1000, first == "empty") })
	}
}

func benchNews(b *testing.B, transactions, size, sessions int, emptyFirst bool) {
	node := mustStub(b, transactions, size)
	set := nodeSettings(node.server.URL, "u", "p")
	set["notify"], set["refresh"], set["poll"], set["max_template_age"], set["empty_first"] = node.notify, "1h", "10s", "2h", emptyFirst
	text, err := json.Marshal(set)
	if err != nil {
		b.Fatal(err)
	}
	pool := testPool("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")
	r := mustRun(b, Config{
		Coins: map[string]CoinConfig{"bitcoin": {Driver: bitcoin.New(nil), Settings: coins.Settings{Instance: "bitcoin", JSON: text}}},
		Pools: map[string]configs.Pool{"btc": pool},
	})
	miners := make([]*listener, sessions)
	var open sync.WaitGroup
	for i := range miners {
		miners[i] = &listener{clean: make(chan time.Time, 1000), full: make(chan time.Time, 1000)}
		m := mustLineMiner(b, r.addr, pool.Extranonce2)
		open.Go(func() { miners[i].listen(m.in, &node.tip) })
		b.Cleanup(func() { m.conn.Close() })
	}
	announce, err := net.Dial("udp", node.notify)
	if err != nil {
		b.Fatal(err)
	}
	defer announce.Close()

	var each, last, full, own []time.Duration
	b.ResetTimer()
	for range b.N {
		if node.tip.Load() == 250 {
			break // the hash has but one byte
		}
		tip := node.tip.Add(1)
		began := time.Now()
		if _, err := announce.Write([]byte(stubHash(tip))); err != nil {
			b.Fatal(err)
		}
		took := await(b, began, miners, func(m *listener) chan time.Time { return m.clean })
		each = append(each, took...)
		last = append(last, slices.Max(took))
		full = append(full, slices.Max(await(b, began, miners, func(m *listener) chan time.Time { return m.full })))
		own = append(own, time.Duration(node.spent.Load()))
	}
	b.StopTimer()
	ms := func(d []time.Duration, percent int) float64 {
		slices.Sort(d)
		return float64(d[(len(d)-1)*percent/100]) / 1e6
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ms(each, 50), "p50-ms/session")
	b.ReportMetric(ms(last, 50), "p50-ms/last")
	b.ReportMetric(ms(last, 99), "p99-ms/last")
	b.ReportMetric(ms(full, 99), "p99-ms/full-last")
	b.ReportMetric(ms(own, 50), "p50-ms/node-template")
}

// await waits until every session has had a job.
func await(b *testing.B, began time.Time, miners []*listener, of func(*listener) chan time.Time) []time.Duration {
	b.Helper()
	took := make([]time.Duration, 0, len(miners))
	limit := time.After(30 * time.Second)
	for i, m := range miners {
		select {
		case at := <-of(m):
			took = append(took, at.Sub(began))
		case <-limit:
			b.Fatalf("session %d had no job", i)
		}
	}
	return took
}
