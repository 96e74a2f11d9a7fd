package engine

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/scrypt"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/builtin"
	"github.com/motherlode-pool/motherlode/configs"
)

// rig is a running engine with one pool and what it has told.
type rig struct {
	t      *testing.T
	engine *Engine
	events chan Event
	addr   string
	dir    string
	stop   func() error
}

// mustCoin is a built-in coin that runs in this process.
func mustCoin(t *testing.T, driver, network string, settings map[string]any) CoinConfig {
	t.Helper()
	d, ok := builtin.Lookup(driver)
	if !ok {
		t.Fatalf("no driver %q", driver)
	}
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	return CoinConfig{Driver: d, Settings: coins.Settings{Instance: driver, Network: network, JSON: text}}
}

func nodeSettings(url, user, password string) map[string]any {
	return map[string]any{"nodes": []any{map[string]any{"url": url, "user": user, "password": password}}}
}

// testPool is a pool that hands out the easiest difficulty on a free port.
func testPool(parent, address string, aux ...string) configs.Pool {
	p := configs.DefaultPool()
	p.Parent, p.Address = parent, address
	p.AuxCoalesce = configs.Duration(10 * time.Millisecond)
	for _, name := range aux {
		p.Aux = append(p.Aux, configs.Aux{Coin: name, Cap: true})
	}
	l := configs.DefaultListen()
	l.Address = "127.0.0.1:0"
	l.Difficulty.Start, l.Difficulty.Fixed = 1e-10, true
	p.Listen = []configs.Listen{l}
	return p
}

// mustRun starts an engine and stops it with the test.
func mustRun(t *testing.T, cfg Config) *rig {
	t.Helper()
	if cfg.DataDir == "" {
		cfg.DataDir = filepath.Join(t.TempDir(), "data")
	}
	if cfg.Sync == "" {
		cfg.Sync = "os"
	}
	r := &rig{t: t, events: make(chan Event, 100_000), dir: cfg.DataDir}
	level := slog.LevelError
	if testing.Verbose() {
		level = slog.LevelInfo
	}
	e, err := New(cfg, Deps{
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})),
		Events: func(ev Event) {
			select {
			case r.events <- ev:
			default:
				t.Error("nobody reads the events")
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.engine = e
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	stopped := false
	r.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(60 * time.Second):
			return fmt.Errorf("engine does not stop")
		}
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("engine: %v", err)
		}
	})
	select {
	case <-e.Ready():
	case err := <-done:
		stopped = true
		t.Fatalf("engine did not start: %v", err)
	case <-time.After(60 * time.Second):
		t.Fatal("engine does not get ready")
	}
	r.addr = e.pools[0].server.Addrs()[0].String()
	return r
}

// await reads events until want says yes, and returns that event.
func (r *rig) await(what string, want func(Event) bool) Event {
	r.t.Helper()
	limit := time.After(60 * time.Second)
	for {
		select {
		case ev := <-r.events:
			if want(ev) {
				return ev
			}
		case <-limit:
			r.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// awaitBlocks waits until n different blocks of chain are in a state.
func (r *rig) awaitBlocks(chain, state string, n int) []Event {
	r.t.Helper()
	var got []Event
	r.await(fmt.Sprintf("%d %s blocks of %s", n, state, chain), func(ev Event) bool {
		if ev.Kind == EventBlock && ev.Chain == chain && ev.State == state &&
			!slices.ContainsFunc(got, func(o Event) bool { return o.Hash == ev.Hash }) {
			got = append(got, ev)
		}
		return len(got) >= n
	})
	return got
}

// client is a plain stratum client, written apart from the pool: it builds the
// header from what it is sent, by the rules that miners know.
type client struct {
	t        *testing.T
	conn     net.Conn
	in       *bufio.Scanner
	algo     string
	en1      []byte
	en2Size  int
	en2      uint64
	diff     float64
	job      []any
	id       int
	replies  map[int]json.RawMessage
	mask     uint32
	accepted int
}

type message struct {
	ID     *int            `json:"id"`
	Method string          `json:"method"`
	Params []any           `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

func dial(t *testing.T, addr, algo string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &client{t: t, conn: conn, in: bufio.NewScanner(conn), algo: algo, replies: map[int]json.RawMessage{}}
	c.in.Buffer(nil, 1<<24)
	return c
}

// mustClient is a subscribed client whose worker is admitted.
func mustClient(t *testing.T, addr, algo, user string) *client {
	t.Helper()
	c := dial(t, addr, algo)
	result := c.call("mining.subscribe", "test/1.0")
	var sub []any
	if err := json.Unmarshal(result, &sub); err != nil || len(sub) != 3 {
		t.Fatalf("subscribe: %s", result)
	}
	c.en1, _ = hex.DecodeString(sub[1].(string))
	c.en2Size = int(sub[2].(float64))
	if got := c.call("mining.authorize", user, "x"); string(got) != "true" {
		t.Fatalf("authorize: %s", got)
	}
	return c
}

// call sends a request and returns its result, or its error as JSON.
func (c *client) call(method string, params ...any) json.RawMessage {
	c.t.Helper()
	id := c.send(method, params...)
	for {
		if r, ok := c.replies[id]; ok {
			delete(c.replies, id)
			return r
		}
		c.read()
	}
}

func (c *client) send(method string, params ...any) int {
	c.t.Helper()
	c.id++
	line, err := json.Marshal(map[string]any{"id": c.id, "method": method, "params": params})
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.conn.Write(append(line, '\n')); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
	return c.id
}

// read takes one line from the server.
func (c *client) read() {
	c.t.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(60 * time.Second))
	if !c.in.Scan() {
		c.t.Fatalf("connection ended: %v", c.in.Err())
	}
	var m message
	if err := json.Unmarshal(c.in.Bytes(), &m); err != nil {
		c.t.Fatalf("line %q: %v", c.in.Text(), err)
	}
	switch {
	case m.Method == "mining.set_difficulty":
		c.diff = m.Params[0].(float64)
	case m.Method == "mining.notify":
		c.job = m.Params
	case m.ID != nil && len(m.Error) > 0 && string(m.Error) != "null":
		c.replies[*m.ID] = m.Error
	case m.ID != nil:
		c.replies[*m.ID] = m.Result
	}
}

func unhex(t *testing.T, s any) []byte {
	t.Helper()
	b, err := hex.DecodeString(s.(string))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sha256d(b []byte) []byte {
	one := sha256.Sum256(b)
	two := sha256.Sum256(one[:])
	return two[:]
}

// shareTarget is difficulty one divided by the difficulty, as miners do it.
func (c *client) shareTarget() *big.Int {
	shift := uint(208)
	if c.algo == "scrypt" {
		shift = 224
	}
	one := new(big.Float).SetInt(new(big.Int).Lsh(big.NewInt(0xffff), shift))
	target, _ := one.Quo(one, big.NewFloat(c.diff)).Int(nil)
	return target
}

// solve searches the present job for a share and returns its parameters. The
// header is built from scratch for each extranonce2.
func (c *client) solve(user string) []any {
	c.t.Helper()
	for c.job == nil {
		c.read()
	}
	c.en2++
	en2 := make([]byte, c.en2Size)
	binary.BigEndian.PutUint64(append(en2[:0:0], make([]byte, 8)...), c.en2)
	for i := range en2 {
		en2[c.en2Size-1-i] = byte(c.en2 >> (8 * i))
	}
	coinbase := slices.Concat(unhex(c.t, c.job[2]), c.en1, en2, unhex(c.t, c.job[3]))
	root := sha256d(coinbase)
	for _, step := range c.job[4].([]any) {
		root = sha256d(append(root, unhex(c.t, step)...))
	}
	prev := unhex(c.t, c.job[1])
	for i := 0; i < 32; i += 4 {
		slices.Reverse(prev[i : i+4])
	}
	header := make([]byte, 80)
	binary.LittleEndian.PutUint32(header, uint32(new(big.Int).SetBytes(unhex(c.t, c.job[5])).Uint64()))
	copy(header[4:], prev)
	copy(header[36:], root)
	for i, field := range []any{c.job[7], c.job[6]} { // time, bits
		b := unhex(c.t, field)
		slices.Reverse(b)
		copy(header[68+4*i:], b)
	}
	target := c.shareTarget()
	for nonce := uint32(0); ; nonce++ {
		binary.LittleEndian.PutUint32(header[76:], nonce)
		if c.hash(header).Cmp(target) <= 0 {
			return []any{user, c.job[0], hex.EncodeToString(en2), c.job[7], fmt.Sprintf("%08x", nonce)}
		}
	}
}

func (c *client) hash(header []byte) *big.Int {
	var h []byte
	if c.algo == "scrypt" {
		h, _ = scrypt.Key(header, header, 1024, 1, 1, 32)
	} else {
		h = sha256d(header)
	}
	slices.Reverse(h)
	return new(big.Int).SetBytes(h)
}

// mine finds and submits one share and returns the pool's answer.
func (c *client) mine(user string) string {
	c.t.Helper()
	got := string(c.call("mining.submit", c.solve(user)...))
	if got == "true" {
		c.accepted++
	}
	return got
}

// mineUntil mines with c until n different blocks of chain are in a state.
func (r *rig) mineUntil(c *client, user, chain, state string, n int) []Event {
	r.t.Helper()
	var got []Event
	limit := time.Now().Add(60 * time.Second)
	for len(got) < n {
		if time.Now().After(limit) {
			r.t.Fatalf("mined in vain for %d %s blocks of %s", n, state, chain)
		}
		c.mine(user)
		for drained := false; !drained; {
			select {
			case ev := <-r.events:
				if ev.Kind == EventBlock && ev.Chain == chain && ev.State == state &&
					!slices.ContainsFunc(got, func(o Event) bool { return o.Hash == ev.Hash }) {
					got = append(got, ev)
				}
			default:
				drained = true
			}
		}
	}
	return got
}
