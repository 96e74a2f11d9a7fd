package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/status"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// chaosMiners of them, each with a share every chaosEvery, submit 500 a second.
const chaosMiners = 20

// chaosBits is a block in 4096 hashes: about one of a thousand shares, so each
// chain grows every other second.
const chaosBits = 0x1f0fffff

// otherBits is easier, for the few miners of the other pool.
const otherBits = 0x1f7fffff

// chaos is a pool process with two pools and two plugins that misbehave: one is
// an auxiliary chain of the good pool, the other the parent of another pool.
type chaos struct {
	*rig
	p         *process
	otherAddr string
	files     []string // of the plugins
	tell      []func(string)
	parent    *simchain.Node
	goodAux   *simchain.Node
	badAux    *simchain.Node
	other     *simchain.Node
}

// bad are the names of the two coins, in the order of chaos.files.
var bad = []string{"badaux", "badparent"}

func mustStartChaos(t *testing.T) *chaos {
	t.Helper()
	dir, err := os.MkdirTemp("", "ml")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := &chaos{
		rig: &rig{dir: dir, addr: mustFreePort(t), http: mustFreePort(t)}, otherAddr: mustFreePort(t),
		parent:  mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: chaosBits}),
		goodAux: mustSim(t, simchain.Config{Name: "one", ChainID: 1, Bits: chaosBits}),
		badAux:  mustSim(t, simchain.Config{Name: "six", ChainID: 6, Bits: chaosBits}),
		other:   mustSim(t, simchain.Config{Name: "other", Parent: true, Bits: otherBits}),
	}
	for i, driver := range []string{"auxpow", "bitcoin"} {
		file, tell := mustChaos(t, dir, bad[i], driver)
		c.files, c.tell = append(c.files, file), append(c.tell, tell)
	}
	c.p = mustStart(t, "run", mustWrite(t, c.config()))
	return c
}

func (c *chaos) config() string {
	parent := func(name, driver, more string, n *simchain.Node) string {
		return fmt.Sprintf(`
[coins.%s]
driver = %q
network = "regtest"
%s
  [coins.%s.settings]
  nodes = [{ url = %q, user = "u", password = "p" }]
`, name, driver, more, name, n.URL())
	}
	aux := func(name, driver, more string, n *simchain.Node) string {
		return parent(name, driver, more, n) + fmt.Sprintf("  symbol = %q\n  algorithm = \"sha256d\"\n  address = %q\n", strings.ToUpper(name), demoAddress)
	}
	pool := func(name, parent, aux, addr string) string {
		return fmt.Sprintf(`
[pools.%s]
parent = %q
aux = [%s]
address = %q
aux_coalesce = "50ms"
stale_grace = "20s"
  [[pools.%s.listen]]
  address = %q
  difficulty = { start = %g, min = 1e-10, fixed = true }
`, name, parent, aux, demoAddress, name, addr, killShare)
	}
	const anything = "allow_unverified = true"
	return fmt.Sprintf("data_dir = %q\n[log]\nlevel = \"info\"\n[http]\nlisten = %q\n", c.data(), c.http) +
		parent("parent", "bitcoin", "", c.parent) + aux("goodaux", "auxpow", "", c.goodAux) +
		aux("badaux", c.files[0], anything, c.badAux) + parent("badparent", c.files[1], anything, c.other) +
		pool("good", "parent", `"goodaux", "badaux"`, c.addr) + pool("other", "badparent", "", c.otherAddr)
}

// order gives both plugins the same order.
func (c *chaos) order(text string) {
	for _, tell := range c.tell {
		tell(text)
	}
}

// signal sends a signal to each bad plugin that runs.
func (c *chaos) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	for _, name := range bad {
		if pid := c.coin(t, name).PID; pid != 0 {
			_ = syscall.Kill(pid, s) // it may have ended since
		}
	}
}

// both waits until both bad coins are as want says.
func (c *chaos) both(t *testing.T, what string, limit time.Duration, want func(status.Coin) bool) {
	t.Helper()
	for _, name := range bad {
		poll(t, name+" "+what, limit, func() bool { return want(c.coin(t, name)) })
	}
}

func (c *chaos) get(t *testing.T, path string) string {
	t.Helper()
	reply, err := http.Get("http://" + c.http + path)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// chaosPhase is one way to misbehave. Do returns when what the pool must make of
// it has been seen; the phase then lasts until it is as long as least.
type chaosPhase struct {
	name  string
	least time.Duration
	do    func(t *testing.T, c *chaos)
}

func chaosPhases() []chaosPhase {
	works := func(k status.Coin) bool { return k.State == "ready" && k.PID != 0 && k.Parked == nil }
	return []chaosPhase{
		{"calm", 4 * time.Second, func(t *testing.T, c *chaos) {
			c.both(t, "to work", 20*time.Second, works)
		}},
		{"lies", 5 * time.Second, func(t *testing.T, c *chaos) {
			c.order(chaosLie)
			c.both(t, "to be parked", 20*time.Second, func(k status.Coin) bool {
				return k.State == "parked" && k.Parked != nil && k.Parked.Failures == 5 &&
					strings.Contains(k.Parked.Reason, "coin sent unusable work") && strings.Contains(k.Problem, "parked after 5 failures")
			})
			metrics, health := c.get(t, "/metrics"), c.get(t, "/healthz")
			for _, name := range bad {
				if want := fmt.Sprintf("motherlode_coin_parked{coin=%q} 1", name); !strings.Contains(metrics, want) {
					t.Errorf("no %q in the metrics", want)
				}
				if !strings.Contains(health, "coin "+name+": parked after 5 failures") {
					t.Errorf("health does not name %s: %s", name, health)
				}
			}
			if want := "pool other: no new work, miners keep the last job: badparent is parked"; !strings.Contains(health, want) {
				t.Errorf("health: %s, want %q", health, want)
			}
		}},
		{"mended", 4 * time.Second, func(t *testing.T, c *chaos) {
			c.order(chaosCalm)
			now := time.Now()
			for _, file := range c.files {
				if err := os.Chtimes(file, now, now); err != nil { // another program, for all that the pool knows
					t.Fatal(err)
				}
			}
			c.both(t, "to work again", 20*time.Second, works)
		}},
		{"stopped", 6 * time.Second, func(t *testing.T, c *chaos) { c.signal(t, syscall.SIGSTOP) }},
		{"continued", 2 * time.Second, func(t *testing.T, c *chaos) {
			c.signal(t, syscall.SIGCONT)
			c.both(t, "to work again", 20*time.Second, works)
		}},
		{"log flood", 5 * time.Second, func(t *testing.T, c *chaos) {
			c.order(chaosLog)
			c.both(t, "to be called a flood", 10*time.Second, func(k status.Coin) bool {
				return strings.Contains(k.Problem, "log lines a second; most are dropped")
			})
		}},
		{"stream flood", 5 * time.Second, func(t *testing.T, c *chaos) {
			c.order(chaosFlood)
			c.both(t, "to be called a flood", 10*time.Second, func(k status.Coin) bool {
				return strings.Contains(k.Problem, "a second") && strings.Contains(k.Problem, "only the latest is used")
			})
		}},
		{"killed", 5 * time.Second, func(t *testing.T, c *chaos) {
			for n := range uint64(4) {
				c.both(t, "to be open", 20*time.Second, func(k status.Coin) bool { return k.PID != 0 && !k.WorkAt.Before(k.LastFailureAt) })
				c.signal(t, syscall.SIGKILL)
				c.both(t, "to be missed", 5*time.Second, func(k status.Coin) bool { return k.Restarts > n })
			}
			c.both(t, "to say why", time.Second, func(k status.Coin) bool {
				return strings.Contains(k.LastError, "plugin died") && strings.Contains(k.LastError, "killed") && k.Parked == nil
			})
			c.both(t, "to work again", 20*time.Second, works)
		}},
	}
}

// TestChaos has two plugins killed, stopped, made to flood and to lie, while the
// miners of the good pool submit 500 shares a second. Every one of these must be
// accepted and in the share log, whatever happens; the miner of the other pool
// keeps its connection.
func TestChaos(t *testing.T) {
	t.Parallel()
	c := mustStartChaos(t)
	phases := chaosPhases()
	load := mustLoad(t, c.addr, chaosMiners, len(phases))
	other := mustLoad(t, c.otherAddr, 2, len(phases))
	heights := func() [4]int {
		return [4]int{c.parent.Height(), c.goodAux.Height(), c.badAux.Height(), c.other.Height()}
	}
	for i, phase := range phases {
		load.phase.Store(int64(i))
		other.phase.Store(int64(i))
		begin, before := time.Now(), heights()
		phase.do(t, c)
		poll(t, "the phase to end", phase.least+20*time.Second, func() bool {
			healthy(t, phase.name, load, other)
			return time.Since(begin) >= phase.least
		})
		after := heights()
		t.Logf("%-12s %4.1f s: %s   blocks %d, %d, %d, %d", phase.name, time.Since(begin).Seconds(), load.line(i),
			after[0]-before[0], after[1]-before[1], after[2]-before[2], after[3]-before[3])
	}
	load.end()
	other.end()
	healthy(t, "the end", load, other)
	view := c.view(t)
	c.p.stop()
	checkChaosLog(t, c, load)
	for _, k := range view.Coins {
		if (k.Name == "parent" || k.Name == "goodaux") && (k.Restarts != 0 || k.Problem != "") {
			t.Errorf("coin %s was opened again %d times: %s", k.Name, k.Restarts, k.Problem)
		}
	}
	for name, n := range map[string]*simchain.Node{"parent": c.parent, "goodaux": c.goodAux, "badaux": c.badAux, "badparent": c.other} {
		if n.Height() == 0 {
			t.Errorf("chain %s has not grown, so nothing is proven for it", name)
		}
	}
}

// healthy demands that no miner has lost a share or its connection.
func healthy(t *testing.T, when string, loads ...*openLoad) {
	t.Helper()
	for _, l := range loads {
		if text := l.problem(); text != "" {
			t.Fatalf("%s: %s", when, text)
		}
	}
}

// checkChaosLog proves that the share log has every share of the good pool once,
// and no block that was given up.
func checkChaosLog(t *testing.T, c *chaos, load *openLoad) {
	t.Helper()
	seen, states := map[shareKey]int{}, map[blockKey]string{}
	for rec := range mustReadLog(t, filepath.Join(c.data(), "shares")) {
		switch rec.Kind {
		case sharelog.KindShare:
			if s := rec.Share; s.Pool == "good" {
				seen[shareKey{s.Job, string(s.Extranonce), s.NTime, s.Nonce, s.Version}]++
			}
		case sharelog.KindBlock:
			states[blockKey{rec.Block.Chain, rec.Block.Hash}] = rec.Block.State
		}
	}
	if len(load.sent) != len(load.accepted) || len(seen) != len(load.accepted) {
		t.Errorf("%d shares sent, %d accepted, %d in the log", len(load.sent), len(load.accepted), len(seen))
	}
	for k := range load.accepted {
		if seen[k] != 1 {
			t.Errorf("accepted share %+v is in the log %d times, want once", k, seen[k])
		}
	}
	for block, state := range states {
		if state == "lost" || state == "refused" || state == "pending" {
			t.Errorf("block %x of %s ended as %q", block.hash, block.chain, state)
		}
	}
	t.Logf("%d shares, %d blocks, all where they belong", len(seen), len(states))
}
