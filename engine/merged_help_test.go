package engine

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/submit"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/simchain/simtest"
	"github.com/motherlode-pool/motherlode/internal/testminer"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// Compact targets by how many hashes a block takes.
const (
	everyHash   = 0x207fffff // two, the easiest there is
	each8       = 0x201fffff
	each16      = 0x200fffff
	each32      = 0x2007ffff
	never       = 0x1d00ffff // difficulty 1: no test finds it
	patience    = 60 * time.Second
	mergedUser  = "anyone.rig"
	mergedLimit = 200_000 // shares that a test mines in vain before it fails
)

// side is one simulated chain of a merged-mining test and its coin.
type side struct {
	name     string
	driver   string
	cfg      simchain.Config
	settings map[string]any // beyond nodes, address and quick times; nil leaves one out
	open     bool           // cap = false

	node *simchain.Node
	gate *gate // before the node; nil for none
}

// merged is an engine that mines simulated chains, and what is known of it from
// outside: what the miner was answered and what was reported.
type merged struct {
	t      *testing.T
	rig    *rig
	cfg    Config
	algo   string
	parent *side
	aux    []*side
	c      *client

	// Of the miner, over all lives of the engine.
	accepted uint64
	work     ledger.Work
	rejected map[string]uint64
	solved   map[string]bool // parent blocks, by hash
	headers  map[string]bool // every header submitted, by hash

	// Of the events.
	jobs, clean int
	states      map[string][]string // of a block, by chain and hash
}

// mustMerged starts the nodes, the engine and a miner. Tune may change the pool.
func mustMerged(t *testing.T, parent *side, aux []*side, tune func(*configs.Pool)) *merged {
	t.Helper()
	m := newMerged(t, parent, aux, tune)
	m.start()
	return m
}

// newMerged is mustMerged up to the start, for tests that add to m.cfg.
func newMerged(t *testing.T, parent *side, aux []*side, tune func(*configs.Pool)) *merged {
	t.Helper()
	m := &merged{
		t: t, parent: parent, aux: aux, algo: "sha256d",
		rejected: map[string]uint64{}, solved: map[string]bool{}, headers: map[string]bool{}, states: map[string][]string{},
	}
	if parent.cfg.Algorithm == simchain.Scrypt {
		m.algo = "scrypt"
	}
	m.cfg = Config{DataDir: filepath.Join(t.TempDir(), "data"), Coins: map[string]CoinConfig{}, Pools: map[string]configs.Pool{}}
	parent.cfg.Parent = true
	m.cfg.Coins[parent.name] = m.mustSide(parent)
	pool := testPool(parent.name, testnode.AnyAddress)
	for _, a := range aux {
		m.cfg.Coins[a.name] = m.mustSide(a)
		pool.Aux = append(pool.Aux, configs.Aux{Coin: a.name, Cap: !a.open})
	}
	if tune != nil {
		tune(&pool)
	}
	m.cfg.Pools["p"] = pool
	return m
}

// mustSide starts a chain's node, unless the test did, and makes its coin.
func (m *merged) mustSide(s *side) CoinConfig {
	m.t.Helper()
	if s.driver == "" {
		s.driver = "auxpow"
		if s.cfg.Parent {
			s.driver = "bitcoin"
		}
	}
	if s.node == nil {
		s.start(m.t)
	}
	settings := map[string]any{"poll": "20ms", "refresh": "1s", "timeout": "5s"}
	if !s.cfg.Parent {
		settings["address"] = testnode.AnyAddress
	}
	if s.driver == "auxpow" {
		settings["symbol"], settings["chain_id"], settings["algorithm"] = s.name, s.cfg.ChainID, m.algo
	}
	maps.Copy(settings, nodeSettings(s.node.URL(), "u", "p"))
	maps.Copy(settings, s.settings)
	maps.DeleteFunc(settings, func(_ string, v any) bool { return v == nil })
	cc := mustCoin(m.t, s.driver, "regtest", settings)
	if s.cfg.Parent && s.cfg.Algorithm == simchain.Scrypt {
		cc.Driver = scryptDriver{cc.Driver}
	}
	return cc
}

// scryptDriver makes a parent whose work is scrypt of the coins of another
// driver, to mine a simulated chain: Litecoin's own insists on its genesis.
type scryptDriver struct{ coins.Driver }

type scryptCoin struct{ coins.Parent }

func (d scryptDriver) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	c, err := d.Driver.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	return scryptCoin{c.(coins.Parent)}, nil
}

func (c scryptCoin) Info() coins.CoinInfo {
	info := c.Parent.Info()
	info.Algorithm, info.DifficultyOne = "scrypt", algos.DiffOneScrypt
	return info
}

// start starts the node alone, for tests that spoil it before the engine runs.
func (s *side) start(t *testing.T) {
	t.Helper()
	s.cfg.Name, s.cfg.User, s.cfg.Password, s.cfg.Wallet = s.name, "u", "p", testnode.AnyAddress
	s.node = simtest.MustStart(t, s.cfg)
}

// start runs the engine on the same files as before and connects the miner.
func (m *merged) start() {
	m.t.Helper()
	m.rig = mustRun(m.t, m.cfg)
	m.c = mustClient(m.t, m.rig.addr, m.algo, mergedUser)
}

// stop ends the engine and takes what it reported last.
func (m *merged) stop() {
	m.t.Helper()
	m.c.Close()
	if err := m.rig.stop(); err != nil {
		m.t.Fatal(err)
	}
	m.drain()
}

// drain takes the events that are there.
func (m *merged) drain() {
	for {
		select {
		case ev := <-m.rig.events:
			switch ev.Kind {
			case EventJob:
				m.jobs++
				if ev.State == "clean" {
					m.clean++
				}
			case EventBlock:
				key := ev.Chain + " " + ev.Hash.String()
				m.states[key] = append(m.states[key], ev.State)
			}
		default:
			return
		}
	}
}

// count is how many blocks of a chain have been in a state.
func (m *merged) count(chain, state string) int {
	m.drain()
	n := 0
	for key, states := range m.states {
		if strings.HasPrefix(key, chain+" ") && slices.Contains(states, state) {
			n++
		}
	}
	return n
}

// until polls what others bring about.
func (m *merged) until(what string, ok func() bool) {
	m.t.Helper()
	for limit := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(limit) {
			m.t.Fatalf("waited in vain for %s; blocks %v", what, m.states)
		}
	}
}

// settled waits until every block of the chains named has come to rest: it has
// a verdict, and is known to be accepted if it is on its node's best chain.
func (m *merged) settled(chains ...*side) {
	m.t.Helper()
	m.until("verdicts", func() bool {
		for _, row := range m.rig.engine.courier.Rows() {
			i := slices.IndexFunc(chains, func(s *side) bool { return s.name == row.Found.Chain })
			if i < 0 {
				continue
			}
			best := chains[i].node.Confirmations(simchain.Hash(row.Found.Hash)) > 0
			if row.State == submit.Pending || row.State == submit.Received && best {
				return false
			}
		}
		return true
	})
	m.drain()
}

// all are the chains, the parent first.
func (m *merged) all() []*side { return append([]*side{m.parent}, m.aux...) }

// submit hands in a share and books the answer.
func (m *merged) submit(s *testminer.Share, difficulty float64) string {
	m.t.Helper()
	m.headers[s.BlockHash()] = true
	if s.Meets(0) {
		m.solved[s.BlockHash()] = true
	}
	r, err := m.c.Call("mining.submit", s.Params...)
	if err != nil {
		m.t.Fatal(err)
	}
	if r.OK() {
		m.accepted++
		m.work = m.work.Add(ledger.WorkOf(difficulty))
		return "accepted"
	}
	var e []any
	if err := json.Unmarshal(r.Error, &e); err != nil || len(e) < 2 {
		m.t.Fatalf("answer %s", r)
	}
	reason := fmt.Sprint(e[1])
	m.rejected[reason]++
	return reason
}

// mine submits one share for the newest job.
func (m *merged) mine() *testminer.Share {
	m.t.Helper()
	s, err := m.c.Solve(mergedUser)
	if err != nil {
		m.t.Fatal(err)
	}
	m.submit(s, m.c.Difficulty)
	return s
}

// mineUntil mines the newest job until ok.
func (m *merged) mineUntil(what string, ok func() bool) {
	m.t.Helper()
	for range mergedLimit {
		if ok() {
			return
		}
		m.mine()
	}
	m.t.Fatalf("mined in vain for %s; refused %v, accepted %d, blocks %v", what, m.rejected, m.accepted, m.states)
}

// solve finds a share for a job, present or past, that meets other bits than
// the share target, and none that meets but.
func (m *merged) solve(job []any, bits, but uint32) *testminer.Share {
	m.t.Helper()
	present, difficulty := m.c.Job, m.c.Difficulty
	defer func() { m.c.Job, m.c.Difficulty = present, difficulty }()
	m.c.Job, m.c.Difficulty = job, 1e-10
	for range mergedLimit {
		s, err := m.c.Solve(mergedUser)
		if err != nil {
			m.t.Fatal(err)
		}
		if s.Meets(bits) && (but == 0 || !s.Meets(but)) {
			return s
		}
	}
	m.t.Fatalf("no share meets %08x", bits)
	return nil
}

// job waits for a job that the miner is sent and that ok likes.
func (m *merged) job(what string, ok func(job []any) bool) []any {
	m.t.Helper()
	for limit := time.Now().Add(patience); m.c.Job == nil || !ok(m.c.Job); {
		err := m.c.Read()
		if err != nil || time.Now().After(limit) {
			m.t.Fatalf("no job %s: %v; the last is on %s, the parent was given %+v", what, err, prevOf(m.c.Job), m.parent.node.Submissions())
		}
	}
	return m.c.Job
}

// jobWith waits for a job that holds work of these chains, each on its node's
// present tip, and of no others.
func (m *merged) jobWith(chains ...*side) []any {
	m.t.Helper()
	return m.job("with the chains wanted", func(job []any) bool {
		prev := m.snapshot(job)
		if len(prev) != len(chains) {
			return false
		}
		for _, s := range chains {
			if prev[s.name] != coins.Hash(s.node.Tip()) {
				return false
			}
		}
		return prevOf(job) == m.parent.node.Tip()
	})
}

// snapshot is the previous hash of each auxiliary chain of a job.
func (m *merged) snapshot(job []any) map[string]coins.Hash {
	m.t.Helper()
	view, ok := m.rig.engine.pools[0].Lookup([]byte(job[0].(string))).(*work)
	if !ok {
		m.t.Fatalf("job %v is not in the book", job[0])
	}
	prev := map[string]coins.Hash{}
	for _, a := range view.Aux {
		prev[a.Chain] = a.Work.PrevHash
	}
	return prev
}

// prevOf is the parent's tip that a job is built on.
func prevOf(job []any) simchain.Hash {
	raw, err := hex.DecodeString(job[1].(string))
	if err != nil || len(raw) != 32 {
		return simchain.Hash{}
	}
	for i := 0; i < 32; i += 4 {
		slices.Reverse(raw[i : i+4])
	}
	return simchain.Hash(raw)
}

func isClean(job []any) bool { return job[8] == true }

// blocks mines n blocks of the parent, each on a job that stands on the one
// before.
func (m *merged) blocks(n int) {
	m.t.Helper()
	for range n {
		// Solutions that are on their way may move the tip yet.
		m.until("blocks under way", func() bool {
			return !slices.ContainsFunc(m.rig.engine.courier.Rows(), func(r submit.Row) bool {
				return r.Found.Chain == m.parent.name && r.State == submit.Pending
			})
		})
		m.job("on the parent's tip", func(job []any) bool { return prevOf(job) == m.parent.node.Tip() })
		found := m.mine()
		for i := 0; !found.Meets(0); i++ {
			if i > mergedLimit {
				m.t.Fatal("mined in vain for a block of the parent")
			}
			found = m.mine()
		}
		m.job("on the block just found", func(job []any) bool {
			h := prevOf(job)
			return h.String() == found.BlockHash()
		})
	}
}

// confirmations asks the chain's node for a block.
func (s *side) confirmations(t *testing.T, hash string) int {
	t.Helper()
	h, err := simchain.ParseHash(hash)
	if err != nil {
		t.Fatal(err)
	}
	return s.node.Confirmations(h)
}

// rpc calls a simulated node as an operator would.
func (s *side) rpc(t *testing.T, out any, method string, params ...any) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"id": 1, "method": method, "params": params})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.node.URL(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("u", "p")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var reply struct {
		Result json.RawMessage
		Error  json.RawMessage
	}
	raw, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(raw, &reply)
	}
	if err == nil && out != nil {
		err = json.Unmarshal(reply.Result, out)
	}
	if err != nil || len(reply.Error) > 0 && string(reply.Error) != "null" {
		t.Fatalf("%s %v of %s: %v, %s", method, params, s.name, err, raw)
	}
}
