package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/internal/simtari"
	"github.com/motherlode-pool/motherlode/internal/testminer"
	"github.com/motherlode-pool/motherlode/stratum"
)

// Addresses of MainNet: the one of graxil's help text.
const tariAddress = "125ohcEDcG8sL4DcdtqZ6YLbSgVYFJWtGeCfHmRocTcyGNYRqMYidnfs1JQPijqQvqV5SLygC5ynxZH3zED5Rr9fPAW"

// tariRig is a running engine that mines a simulated Tari chain.
type tariRig struct {
	*rig
	chain *simtari.Chain
	node  *simtari.Node
}

func mustTariNode(t testing.TB, difficulty uint64) (*simtari.Chain, *simtari.Node) {
	t.Helper()
	c := simtari.NewChain(simtari.Config{Difficulty: difficulty})
	n, err := simtari.Start(c, simtari.NodeConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Down)
	return c, n
}

func tariSettings(n *simtari.Node) map[string]any {
	return map[string]any{"nodes": []any{map[string]any{"url": n.Addr()}}, "address": tariAddress, "poll": "20ms", "refresh": "1h", "max_template_age": "2h"}
}

// tariPool hands out a difficulty of 16.
func tariPool() configs.Pool {
	p := testPool("tari", tariAddress)
	p.Listen[0].Difficulty.Start = 16
	return p
}

func mustTari(t *testing.T, difficulty uint64, change func(*configs.Pool, map[string]any)) *tariRig {
	t.Helper()
	chain, node := mustTariNode(t, difficulty)
	pool, settings := tariPool(), tariSettings(node)
	if change != nil {
		change(&pool, settings)
	}
	r := mustRun(t, Config{
		Coins: map[string]CoinConfig{"tari": mustCoin(t, "tari", "", settings)},
		Pools: map[string]configs.Pool{"tari": pool},
	})
	return &tariRig{r, chain, node}
}

// sha3xMiner is a SHA3x miner whose failures end the test.
type sha3xMiner struct {
	*testminer.SHA3x
	t *testing.T
}

func (r *tariRig) miner(t *testing.T, login string) *sha3xMiner {
	t.Helper()
	c, err := testminer.ConnectSHA3x(r.addr, login)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &sha3xMiner{c, t}
}

// search finds a share of at least a difficulty.
func (m *sha3xMiner) search(difficulty float64) *testminer.SHA3xShare {
	m.t.Helper()
	s, err := m.Search(difficulty)
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

// submit is the pool's answer to params.
func (m *sha3xMiner) submit(params map[string]any) string {
	m.t.Helper()
	r, err := m.Call("submit", params)
	if err != nil {
		m.t.Fatal(err)
	}
	return r.String()
}

const sha3xAccepted = `{"status":"OK"}`

// mustAccept submits a share that the pool must take.
func (m *sha3xMiner) mustAccept(s *testminer.SHA3xShare) {
	m.t.Helper()
	if got := m.submit(s.Params); got != sha3xAccepted {
		m.t.Fatalf("share: %s", got)
	}
}

// until reads until a job is what is waited for.
func (m *sha3xMiner) until(good func(testminer.SHA3xJob) bool) {
	m.t.Helper()
	for !good(m.Job) {
		if err := m.Read(); err != nil {
			m.t.Fatal(err)
		}
	}
}

// block waits for a block of Tari in a state.
func (r *tariRig) block(t *testing.T, state string) Event {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		select {
		case ev := <-r.events:
			if ev.Kind == EventBlock && ev.State == state {
				return ev
			}
		case <-limit:
			t.Fatalf("no block is %s", state)
		}
	}
}

// shares are the accepted shares in the log of a stopped engine.
func (r *tariRig) shares(t *testing.T) (all []sharelog.Share) {
	t.Helper()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	log, err := sharelog.Open(r.dir+"/shares", sharelog.Options{Sync: "os"})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	reader := log.Read(0)
	defer reader.Close()
	for {
		rec, _, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.Share != nil {
			s := *rec.Share
			s.Extranonce = slices.Clone(s.Extranonce)
			all = append(all, s)
		}
	}
}

// TestTariIsMined: shares of two miners are logged as what they hashed, and the
// blocks among them are on the chain, paid to the coin's address.
func TestTariIsMined(t *testing.T) {
	t.Parallel()
	r := mustTari(t, 400, func(p *configs.Pool, _ map[string]any) { p.Reward = "pplns" })
	a, b := r.miner(t, tariAddress+".a"), r.miner(t, tariAddress+"=32")
	if a.Job.XN == b.Job.XN || a.Job.Height != 1 || a.Job.Algo != "sha3x" {
		t.Errorf("jobs %+v and %+v", a.Job, b.Job)
	}
	sent := map[[8]byte]float64{}
	mine := func(m *sha3xMiner, credit float64) {
		s := m.search(0)
		if got := m.submit(s.Params); got != sha3xAccepted && !strings.Contains(got, "stale") {
			t.Fatalf("share: %s", got)
		} else if got == sha3xAccepted {
			sent[s.Nonce] = credit
		}
	}
	for end := time.Now().Add(60 * time.Second); ; {
		mine(a, 16)
		mine(b, 32)
		if _, height := r.chain.Tip(); height >= 3 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("no three blocks in a minute")
		}
	}
	ev := r.block(t, "accepted")
	_, tip := r.chain.Tip()
	if ev.Chain != "tari" || ev.Height < 1 || ev.Height > tip || // whichever is looked up first
		!strings.HasPrefix(ev.Worker, tariAddress) {
		t.Errorf("event %+v", ev)
	}
	v := r.engine.Status()
	if p := v.Pools[0]; p.Accepted != uint64(len(sent)) || p.Sessions != 2 || p.Problem != "" || len(p.Rejected) > 1 {
		t.Errorf("status %+v, want %d shares", p, len(sent))
	}

	for _, s := range r.shares(t) {
		credit, ok := sent[[8]byte(s.Extranonce)]
		worker := "a"
		if credit == 32 {
			worker = ""
		}
		if !ok || s.Difficulty != credit || s.Account != tariAddress || s.Worker != worker || s.Achieved < s.Difficulty || s.Nonce != 0 || s.NTime != 0 || s.Version != 0 {
			t.Errorf("logged %+v, want a share of difficulty %v", s, credit)
		}
		delete(sent, [8]byte(s.Extranonce))
	}
	if len(sent) > 0 {
		t.Errorf("%d accepted shares are not in the log", len(sent))
	}
}

// TestTariSpoiltSubmissions: whatever is changed in a share spoils it, but for
// the hash, which the pool computes by itself.
func TestTariSpoiltSubmissions(t *testing.T) {
	t.Parallel()
	r := mustTari(t, 1<<40, func(p *configs.Pool, _ map[string]any) { p.Listen[0].Difficulty.Start = 4096 })
	m, other := r.miner(t, tariAddress), r.miner(t, tariAddress)
	s := m.search(0)
	with := func(key string, value any) map[string]any {
		params := map[string]any{}
		for k, v := range s.Params {
			params[k] = v
		}
		params[key] = value
		return params
	}
	nonce := s.Params["nonce"].(string)
	for i := range nonce {
		digit := "1"
		if nonce[i] == '1' {
			digit = "2"
		}
		want := "low-difficulty"
		if i < 4 {
			want = "nonce-outside-extranonce"
		}
		if got := m.submit(with("nonce", nonce[:i]+digit+nonce[i+1:])); !strings.Contains(got, want) {
			t.Errorf("nonce digit %d: got %s, want %s", i, got, want)
		}
	}
	job := s.Params["job_id"].(string)
	for _, tt := range []struct {
		key, name string
		value     any
		want      string
	}{
		{"job_id", "of a later job", job[:15] + string(job[15]^1) + job[16:], "job-not-found"},
		{"job_id", "cut", job[:16], "job-not-found"},
		{"nonce", "cut", nonce[2:], "malformed"},
		{"result", "cut", "00", "malformed"},
		{"result", "wrong", strings.Repeat("0", 64), sha3xAccepted},
	} {
		if got := m.submit(with(tt.key, tt.value)); !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: got %s, want %s", tt.key, tt.name, got, tt.want)
		}
	}
	if got := m.submit(s.Params); !strings.Contains(got, "duplicate") {
		t.Errorf("again: %s", got)
	}
	if got := other.submit(s.Params); !strings.Contains(got, "nonce-outside-extranonce") {
		t.Errorf("by another session: %s", got)
	}
	if got := len(r.shares(t)); got != 1 {
		t.Errorf("%d shares are logged, want 1", got)
	}
}

// TestTariTipChange: a new tip is a new job at once; a share of older work is
// stale, but a block on it is still submitted.
func TestTariTipChange(t *testing.T) {
	t.Parallel()
	r := mustTari(t, 2000, func(p *configs.Pool, _ map[string]any) { p.StaleGrace = 0 })
	m := r.miner(t, tariAddress)
	share, block := m.search(0), m.search(4000)
	r.chain.Mine(1)
	m.until(func(j testminer.SHA3xJob) bool { return j.Height == 2 })
	if m.Job.Blob == share.Job.Blob {
		t.Error("the same mining hash on another tip")
	}
	if got := m.submit(share.Params); !strings.Contains(got, `"stale"`) {
		t.Errorf("share of the old tip: %s", got)
	}
	if got := m.submit(block.Params); !strings.Contains(got, `"stale"`) {
		t.Errorf("block of the old tip: %s", got)
	}
	if ev := r.block(t, "received"); ev.Height != 1 {
		t.Errorf("event %+v", ev)
	}
	m.mustAccept(m.search(0))
}

// TestTariNodeDownAndUp: miners keep their job while the node is away, and a
// block found meanwhile is on the chain once it is back.
func TestTariNodeDownAndUp(t *testing.T) {
	t.Parallel()
	r := mustTari(t, 2000, nil)
	m := r.miner(t, tariAddress)
	r.node.Down()
	m.mustAccept(m.search(0))
	m.mustAccept(m.search(4000))
	r.block(t, "pending")
	m.mustAccept(m.search(0))
	if _, height := r.chain.Tip(); height != 0 {
		t.Fatalf("height %d while the node was down", height)
	}
	if err := r.node.Up(); err != nil {
		t.Fatal(err)
	}
	if ev := r.block(t, "accepted"); ev.Height != 1 {
		t.Errorf("event %+v", ev)
	}
	m.until(func(j testminer.SHA3xJob) bool { return j.Height == 2 })
	m.mustAccept(m.search(0))
}

// TestTariJobsAreNewWork: no two jobs have the same mining hash, however often the
// pool would like to refresh them.
func TestTariJobsAreNewWork(t *testing.T) {
	t.Parallel()
	r := mustTari(t, 1<<40, func(p *configs.Pool, settings map[string]any) {
		p.Refresh, settings["refresh"] = configs.Duration(100*time.Millisecond), "500ms"
	})
	m := r.miner(t, tariAddress)
	blobs := map[string]bool{m.Job.Blob: true}
	for len(blobs) < 4 {
		if err := m.Read(); err != nil {
			t.Fatal(err)
		}
		if blobs[m.Job.Blob] {
			t.Fatalf("job %s: its mining hash was given out before", m.Job.ID)
		}
		blobs[m.Job.Blob] = true
	}
}

// TestTariVardiff: a miner that is too quick is told a higher difficulty, and its
// shares are worth it.
func TestTariVardiff(t *testing.T) {
	t.Parallel()
	r := mustTari(t, 1<<40, func(p *configs.Pool, _ map[string]any) { p.Listen[0].Difficulty.Fixed = false })
	m := r.miner(t, tariAddress)
	first := m.Job
	for end := time.Now().Add(60 * time.Second); m.Job.Target == first.Target; {
		m.mustAccept(m.search(0))
		if time.Now().After(end) {
			t.Fatal("a minute at the same difficulty")
		}
	}
	if m.Job.Blob != first.Blob || m.Job.ID == first.ID || m.Job.XN != first.XN {
		t.Errorf("told %+v after %+v", m.Job, first)
	}
	m.mustAccept(m.search(0))
	all := r.shares(t)
	if last := all[len(all)-1]; !(last.Difficulty > 16) || last.Achieved < last.Difficulty*0.999 {
		t.Errorf("last share %+v", last)
	}
}

func TestTariRefusedLogin(t *testing.T) {
	t.Parallel()
	r := mustTari(t, 1<<40, func(p *configs.Pool, _ map[string]any) { p.Reward = "pplns" })
	_, err := testminer.ConnectSHA3x(r.addr, "126ohcEDcG8sL4.rig")
	if err == nil || !strings.Contains(err.Error(), "cannot be paid") {
		t.Errorf("a wrong address: %v", err)
	}
}

func TestCheckOfSHA3xPools(t *testing.T) {
	_, node := mustTariNode(t, 1)
	cfg := func(change func(*configs.Pool)) Config {
		p := tariPool()
		if change != nil {
			change(&p)
		}
		return Config{
			Coins: map[string]CoinConfig{
				"tari":     mustCoin(t, "tari", "", tariSettings(node)),
				"bitcoin":  mustCoin(t, "bitcoin", "regtest", nodeSettings("http://127.0.0.1:1", "u", "p")),
				"namecoin": mustCoin(t, "namecoin", "regtest", nodeSettings("http://127.0.0.1:1", "u", "p")),
			},
			Pools: map[string]configs.Pool{"x": p},
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*configs.Pool)
		key    string
		text   string
	}{
		{"all is well", nil, "", ""},
		{"named", func(p *configs.Pool) { p.Listen[0].Protocol = "sha3x" }, "", ""},
		{"wrong protocol", func(p *configs.Pool) { p.Listen[0].Protocol = "stratum" }, "pools.x.listen[0].protocol",
			`is "stratum", but tari is mined by sha3x, whose miners speak "sha3x"; expected that, or no protocol at all`},
		{"wrong the other way", func(p *configs.Pool) {
			p.Parent, p.Address, p.Listen[0].Protocol = "bitcoin", "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", "sha3x"
		}, "pools.x.listen[0].protocol", `is "sha3x", but bitcoin is mined by sha256d, whose miners speak "stratum"`},
		{"each miner paid", func(p *configs.Pool) { p.Payout = "miner" }, "pools.x.payout", "the coinbase of tari is made by its node"},
		{"paid in the coinbase", func(p *configs.Pool) { p.Payout = "coinbase" }, "pools.x.payout", "the coinbase of tari is made by its node"},
		{"aux chain", func(p *configs.Pool) { p.Aux = []configs.Aux{{Coin: "namecoin"}} }, "pools.x.aux[0]",
			"namecoin cannot be merge-mined under tari, whose coinbase is made by its node and has no room for a commitment"},
		{"two addresses", func(p *configs.Pool) { p.Address = "14" + tariAddress[2:] }, "pools.x.address", "is not the address in coins.tari.settings"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []Problem
			for _, p := range Check(context.Background(), cfg(tt.change)) {
				if strings.HasPrefix(p.Key, "pools.") {
					got = append(got, p)
				}
			}
			found := slices.ContainsFunc(got, func(p Problem) bool { return p.Key == tt.key && strings.Contains(p.Message, tt.text) })
			if tt.key == "" && len(got) > 0 || tt.key != "" && !found {
				t.Errorf("got %v, want %s: %s", got, tt.key, tt.text)
			}
		})
	}
}

// TestRunOfSHA3xPools: what check refuses, run refuses too.
func TestRunOfSHA3xPools(t *testing.T) {
	_, node := mustTariNode(t, 1)
	p := tariPool()
	p.Payout = "miner"
	e, err := New(Config{
		DataDir: t.TempDir(), Sync: "os", Coins: map[string]CoinConfig{"tari": mustCoin(t, "tari", "", tariSettings(node))},
		Pools: map[string]configs.Pool{"x": p},
	}, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := e.Run(ctx); err == nil || !strings.Contains(err.Error(), "payout: is \"miner\"") {
		t.Errorf("got %v", err)
	}
}

// sha3xBench is a bench of SHA3x work.
func sha3xBench(tb testing.TB) *bench {
	tb.Helper()
	b := newBench(tb, 0)
	b.sha3x(tb)
	return b
}

// blobTemplate is work of a number.
func blobTemplate(n uint64) *coins.Template {
	header := make([]byte, sha3xHeader)
	binary.LittleEndian.PutUint64(header[sha3xHashAt:], n)
	header[sha3xHeader-1] = sha3xAlgorithm
	return &coins.Template{
		ID: n, Height: 5, PrevHash: coins.Hash{1}, Target: [32]byte{31: 1}, Time: 1e9, MinTime: 1e9, MaxTime: 1e9,
		Blob: &coins.HeaderBlob{Header: header, NonceSize: 8, ExtranonceSize: 2},
	}
}

// A coin that sends a template again makes no share count twice, neither at once
// nor after others.
func TestBlobSharesCountOnce(t *testing.T) {
	b := sha3xBench(t)
	first, second := blobTemplate(1), blobTemplate(2)
	again := blobTemplate(1)
	again.ID, again.Time = 3, 2e9
	sub := b.blobSubmission(t)
	judge := func(template *coins.Template, want stratum.Reason) {
		t.Helper()
		b.template = template
		sub.Job = b.job(t)
		if got := b.judgeTurn(t, []stratum.Submission{*sub})[0].Reason; got != want {
			t.Errorf("template %d: got %v, want %v", template.ID, got, want)
		}
	}
	judge(first, stratum.Accepted)
	judge(first, stratum.DuplicateShare)
	judge(again, stratum.DuplicateShare)
	judge(second, stratum.Accepted)
	judge(again, stratum.DuplicateShare)
	sub.Nonce += 1 << 16
	judge(first, stratum.Accepted)
	judge(again, stratum.DuplicateShare)

	for _, tt := range []struct {
		name      string
		last, now *coins.Template
		want      bool
	}{
		{"the first", nil, first, true},
		{"the same", first, first, false},
		{"sent again", first, again, false},
		{"another", first, second, true},
	} {
		if got := newBlob(tt.last, tt.now); got != tt.want {
			t.Errorf("%s: new is %v, want %v", tt.name, got, tt.want)
		}
	}
	again.Target[0] = 1
	if !newBlob(first, again) {
		t.Error("another target is no news")
	}
}

// Miners have words for one form of work only.
func TestTemplatesThatMinersCannotBeTold(t *testing.T) {
	b := sha3xBench(t)
	for name, change := range map[string]func(*coins.Template){
		"a coinbase tree":   func(t *coins.Template) { *t = *benchTemplate() },
		"a longer header":   func(t *coins.Template) { t.Blob.Header = append(t.Blob.Header, 1) },
		"another algorithm": func(t *coins.Template) { t.Blob.Header[sha3xHeader-1] = 2 },
		"a parameter":       func(t *coins.Template) { t.Blob.HashParam = []byte{1} },
		"nonce elsewhere":   func(t *coins.Template) { t.Blob.NonceOffset = 8 },
		"short nonce":       func(t *coins.Template) { t.Blob.NonceSize = 4 },
		"extranonce behind": func(t *coins.Template) { t.Blob.ExtranonceOffset = 6 },
		"longer extranonce": func(t *coins.Template) { t.Blob.ExtranonceSize = 3 },
	} {
		template := blobTemplate(9)
		change(template)
		if err := b.publish(template, nil, true, time.Now()); err == nil || !strings.Contains(err.Error(), "SHA3x miners") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	v1 := newBench(t, 0)
	if err := v1.publish(blobTemplate(1), nil, true, time.Now()); err == nil || !strings.Contains(err.Error(), "Stratum V1") {
		t.Errorf("header blob in Stratum V1: got %v", err)
	}
}
