package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testminer"
)

// operatedConfig is a pool whose coin needs no process of its own.
const operatedConfig = `data_dir = %q
[log]
level = "info"
[http]
listen = ""
[coins.parent]
driver  = "bitcoin"
network = "regtest"
isolate = false
[coins.parent.settings]
nodes = [{ url = %q, user = "u", password = "p" }]
[pools.p]
parent       = "parent"
address      = %q
reward       = "pplns"
payout       = "pool"
fee_bps      = 100
refresh      = "1s"
reconnect_to = ["two.example:3333"]
limits       = { allow = [] }
[[pools.p.listen]]
address    = %q
difficulty = { start = 1e-10, min = 1e-10, fixed = true }
`

// TestOperating has every command of the operator's do its work on a running pool.
func TestOperating(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "mlop") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	node := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: 0x207fffff})
	addr, data := mustFreePort(t), filepath.Join(dir, "d")
	text := fmt.Sprintf(operatedConfig, data, node.URL(), demoAddress, addr)
	file := filepath.Join(dir, "m.toml")
	write := func(pairs ...string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(strings.NewReplacer(pairs...).Replace(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write()
	// want runs a command whose output must have every part.
	want := func(code int, args []string, parts ...string) string {
		t.Helper()
		out, got := runBinary(t, args...)
		if got != code {
			t.Errorf("%q: exit code %d, want %d; it printed\n%s", args, got, code, out)
		}
		for _, p := range parts {
			if !regexp.MustCompile(p).MatchString(out) {
				t.Errorf("%q printed\n%s\nwant %q in it", args, out, p)
			}
		}
		return out
	}

	for _, cmd := range []string{"status", "sessions", "bans", "reload", "drain"} {
		want(1, []string{cmd, file}, "no pool runs in the file's data_dir .*start it with")
	}
	want(2, []string{"healthcheck", "--data", data}, "there is no such folder")
	want(2, []string{"healthcheck", file, "--data", data}, "say FILE or --data, not both")
	p := mustStart(t, "run", file)
	miner := mustConnect(t, addr, demoAddress+".rig")
	poll(t, "a block", 60*time.Second, func() bool {
		mineAs(t, miner, demoAddress+".rig") // a share is a block now and then
		out, _ := runBinary(t, "blocks", file)
		return strings.Contains(out, "accepted")
	})

	want(0, []string{"status", file}, `motherlode .* up \d+s`, `pool p  1 miner  working`, `parent +READY  height \d+`, `blocks, newest first`)
	want(0, []string{"healthcheck", "--data", data}, `(?m)\Aok$`)
	var s control.Status
	if err := json.Unmarshal([]byte(want(0, []string{"status", file, "--json"})), &s); err != nil || len(s.Pools) != 1 {
		t.Errorf("status as JSON: %+v, %v", s, err)
	}
	want(0, []string{"sessions", file, "--sort", "rate"}, demoAddress+`\.rig +127\.0\.0\.1:\d+`, "1 session, 1 of them shown")
	want(0, []string{"sessions", file, "--account", "nobody"}, "1 session, 0 of them shown")
	want(2, []string{"sessions", file, "--sort", "name"}, "cannot be sorted by")
	want(0, []string{"sessions", "message", file, "--all", "--text", "hello"}, "1 miner told")
	want(1, []string{"sessions", "reconnect", file, "--all", "--to", "evil.example"}, "the pool refuses: .*not among those that the configuration allows")
	want(0, []string{"blocks", file, "--chain", "parent"}, `p +parent +\d+ +accepted +\d+ +50\.00000000 BTC +\d+\.\d % +`+demoAddress+`\.rig`)
	want(0, []string{"account", file, demoAddress}, "in pool p", `parent +\d+\.50000000 BTC|parent +\d+\.00000000 BTC`, `rig .* ago`)
	want(1, []string{"account", file, "nobody"}, `no pool has an account "nobody"`)
	want(0, []string{"ban", file, "192.0.2.9", "--for", "1h"}, "192.0.2.9 is shut out of 1 pool for 1h")
	want(2, []string{"ban", file, "192.0.2.9", "--for", "1w"}, `invalid argument "1w" for "--for" flag: expected .* 168h, which is a week`)
	want(0, []string{"bans", file}, `p +192\.0\.2\.9 +59m\d\ds +hand`)
	want(0, []string{"unban", file, "192.0.2.9"}, "may connect again")
	want(0, []string{"bans", file}, "nobody is shut out")

	// A file that is wrong changes nothing; what can change while the miner is there
	// does; the rest is named.
	want(0, []string{"reload", file}, "nothing in the file has changed")
	write("fee_bps      = 100", `fee_bps      = -1`)
	want(2, []string{"reload", file}, "is wrong, nothing was changed", `pools\.p\.fee_bps`)
	write("fee_bps      = 100", "fee_bps      = 200", `"info"`, `"debug"`, "start = 1e-10, min = 1e-10", "start = 2e-10, min = 2e-10", `refresh      = "1s"`, `refresh      = "2s"`, "allow = []", "allow = [], per_second = 50.0")
	out := want(0, []string{"reload", file}, "pools.p.refresh: needs a restart", `motherlode reload --restart`)
	for _, key := range []string{"log.level", "pools.p.fee_bps", "pools.p.limits.per_second", "pools.p.listen[0].difficulty.min"} {
		if !strings.Contains(out, key+": in force\n") {
			t.Errorf("reload: got\n%s\nwant %s in force", out, key)
		}
	}
	poll(t, "the new difficulty", 20*time.Second, func() bool {
		out, _ := runBinary(t, "sessions", file)
		return strings.Contains(out, "  2e-10  ")
	})
	poll(t, "the new terms", 20*time.Second, func() bool { return strings.Contains(p.log.String(), "other terms hold from this job on") })
	mineAs(t, miner, demoAddress+".rig")      // it was there all the time
	mustConnect(t, addr, demoAddress).Close() // which is told at that level
	poll(t, "a line of the new level", 20*time.Second, func() bool { return strings.Contains(p.log.String(), `"level":"DEBUG"`) })

	// A signal restarts the pools for the rest; the miner comes back.
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	poll(t, "the pools to restart", 30*time.Second, func() bool { return strings.Contains(p.log.String(), "pools restart with it") })
	miner = mustConnect(t, addr, demoAddress+".rig")
	mineAs(t, miner, demoAddress+".rig")
	poll(t, "the socket of the new pools", 20*time.Second, func() bool {
		out, _ := runBinary(t, "reload", file)
		return strings.Contains(out, "nothing in the file has changed")
	})

	want(0, []string{"drain", file, "--over", "0s", "--to", "two.example:3333", "--wait=false"}, "the ports are closed, 1 miner sent away over 0s")
	want(0, []string{"status", file}, `draining \[.*\] 0 of 1 miner are gone`)
	want(1, []string{"drain", file}, "a drain is under way already")
	miner.Close() // as it was asked to
	poll(t, "the drain to end", 30*time.Second, func() bool {
		out, _ := runBinary(t, "status", file)
		return strings.Contains(out, "1 of 1 miner are gone")
	})
	want(0, []string{"healthcheck", "--data", data}, `\Adraining\n`)
	if line := firstLine(p.log.String(), `"msg":"block found"`); !strings.Contains(line, `"reward":"50.00000000 BTC"`) || !strings.Contains(line, `"submitted_in"`) || !strings.Contains(line, `"effort"`) {
		t.Errorf("line of a found block: %q", line)
	}
	p.stop()
	want(0, []string{"blocks", file}, `parent +\d+ +accepted .* base units`)
	want(0, []string{"account", file, demoAddress}, "in pool p", `parent +\d+ base units`)
	want(1, []string{"status", file}, "no pool runs")
	want(1, []string{"healthcheck", "--data", data}, "no pool runs")
}

// mineAs mines until a share is accepted: one may be too late for a block that was
// just found.
func mineAs(t *testing.T, c *testminer.Client, user string) {
	t.Helper()
	poll(t, "an accepted share", 30*time.Second, func() bool {
		s, err := c.Solve(user)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Call("mining.submit", s.Params...)
		if err != nil {
			t.Fatalf("share: %v", err)
		}
		return r.OK()
	})
}

func firstLine(text, part string) string {
	for _, l := range strings.Split(text, "\n") {
		if strings.Contains(l, part) {
			return l
		}
	}
	return ""
}

func TestMergeLive(t *testing.T) {
	base := func() *configs.Config {
		c := configs.Default()
		c.Coins["c"] = configs.Coin{Driver: "bitcoin", Settings: map[string]any{"nodes": []any{"a"}, "wallet": "w"}}
		p := configs.DefaultPool()
		p.Parent, p.Reward, p.Address = "c", "pplns", "x"
		p.Listen = []configs.Listen{configs.DefaultListen(), configs.DefaultListen()}
		p.Listen[0].Address, p.Listen[1].Address = ":1", ":2"
		p.Listen[1].Difficulty.Start = 5
		p.Aux = []configs.Aux{{Coin: "d", Cap: true}, {Coin: "f", Cap: true, Reward: "pps"}}
		o := configs.DefaultPayouts()
		o.Chains = map[string]configs.PayoutChain{"c": {Minimum: "1"}}
		p.Payouts = &o
		c.Pools["p"] = p
		return &c
	}
	change := func(do func(*configs.Pool)) func(*configs.Config) {
		return func(c *configs.Config) {
			p := c.Pools["p"]
			do(&p)
			c.Pools["p"] = p
		}
	}
	for _, x := range []struct {
		name          string
		do            func(*configs.Config)
		applied, rest string
	}{
		{"nothing", func(*configs.Config) {}, "", ""},
		{"level", func(c *configs.Config) { c.Log.Level = "debug" }, "log.level", ""},
		{"log's format", func(c *configs.Config) { c.Log.Format = "json" }, "", "log.format"},
		{"data_dir", func(c *configs.Config) { c.DataDir = "e" }, "", "data_dir"},
		{"new coin", func(c *configs.Config) { c.Coins["e"] = configs.Coin{} }, "", "coins.e"},
		{"setting of a coin", func(c *configs.Config) { c.Coins["c"].Settings["wallet"] = "v" }, "", "coins.c.settings.wallet"},
		{"pool gone", func(c *configs.Config) { delete(c.Pools, "p") }, "", "pools.p"},
		{"fee", change(func(p *configs.Pool) { p.FeeBPS = 7 }), "pools.p.fee_bps", ""},
		{"fee and address", change(func(p *configs.Pool) { p.FeeBPS, p.Address = 7, "y" }), "", "pools.p.address pools.p.fee_bps"},
		{"fee of outputs in the coinbase", change(func(p *configs.Pool) { p.Payout, p.FeeBPS = "coinbase", 7 }), "", "pools.p.fee_bps pools.p.payout"},
		{"reward", change(func(p *configs.Pool) { p.Reward = "prop" }), "pools.p.reward", ""},
		{"reward that takes other names", change(func(p *configs.Pool) { p.Reward = "solo" }), "", "pools.p.reward"},
		{"reward of one chain", change(func(p *configs.Pool) { p.Aux[0].Reward = "prop" }), "pools.p.aux[0].reward", ""},
		{"another chain", change(func(p *configs.Pool) { p.Aux[0].Coin = "e" }), "", "pools.p.aux[0]"},
		{"a chain less", change(func(p *configs.Pool) { p.Aux = p.Aux[:1] }), "", "pools.p.aux"},
		{"chains in another order", change(func(p *configs.Pool) { slices.Reverse(p.Aux) }), "", ""},
		{"chains in another order, and another reward", change(func(p *configs.Pool) { slices.Reverse(p.Aux); p.Aux[0].Reward = "fpps" }), "pools.p.aux[0].reward", ""},
		{"chains in another order, one renamed", change(func(p *configs.Pool) { slices.Reverse(p.Aux); p.Aux[0].Coin = "e"; p.Aux[1].Reward = "prop" }), "", "pools.p.aux[0] pools.p.aux[1].reward"},
		{"reward and fee, another chain's too", change(func(p *configs.Pool) { p.Aux[1].Coin, p.Reward, p.FeeBPS = "e", "prop", 7 }), "", "pools.p.aux[1] pools.p.fee_bps pools.p.reward"},
		{"solo and a fee", change(func(p *configs.Pool) { p.Reward, p.FeeBPS = "solo", 7 }), "", "pools.p.fee_bps pools.p.reward"},
		{"another wallet and payments", func(c *configs.Config) {
			c.Coins["c"].Settings["wallet"] = "v"
			c.Pools["p"].Payouts.DryRun = true
		}, "", "coins.c.settings.wallet pools.p.payouts.dry_run"},
		{"another parent and difficulty", change(func(p *configs.Pool) { p.Parent, p.Listen[0].Difficulty.Start = "e", 9 }), "", "pools.p.listen[0].difficulty.start pools.p.parent"},
		{"ports in another order", change(func(p *configs.Pool) { slices.Reverse(p.Listen) }), "", ""},
		{"ports in another order, and another difficulty", change(func(p *configs.Pool) { slices.Reverse(p.Listen); p.Listen[0].Difficulty.Start = 6 }), "pools.p.listen[0].difficulty.start", ""},
		{"a port in another protocol", change(func(p *configs.Pool) { p.Listen[1].Protocol, p.Listen[1].Difficulty.Start = "sha3x", 6 }), "", "pools.p.listen[1].difficulty.start pools.p.listen[1].protocol"},
		{"difficulty", change(func(p *configs.Pool) { p.Listen[1].Difficulty.Max = 9 }), "pools.p.listen[1].difficulty.max", ""},
		{"port", change(func(p *configs.Pool) { p.Listen[1].Address = ":9" }), "", "pools.p.listen[1]"},
		{"one more port", change(func(p *configs.Pool) { p.Listen = append(p.Listen, configs.Listen{}) }), "", "pools.p.listen[2]"},
		{"a port less", change(func(p *configs.Pool) { p.Listen = p.Listen[1:] }), "", "pools.p.listen"},
		{"two ports of one name", change(func(p *configs.Pool) { p.Listen[1].Address = ":1" }), "", "pools.p.listen"},
		{"limits", change(func(p *configs.Pool) { p.Limits.Burst, p.Limits.Allow = 1, nil }), "pools.p.limits.allow pools.p.limits.burst", ""},
		{"payments", change(func(p *configs.Pool) { p.Payouts.Batch = 3; p.Payouts.Chains["c"] = configs.PayoutChain{Minimum: "2"} }), "pools.p.payouts.batch pools.p.payouts.chains.c.minimum", ""},
		{"payments of another chain", change(func(p *configs.Pool) { p.Payouts.Chains["d"] = configs.PayoutChain{} }), "pools.p.payouts.chains.d", ""},
		{"no payments", change(func(p *configs.Pool) { p.Payouts = nil }), "pools.p.payouts", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			running, next := base(), base()
			x.do(next)
			merged, applied, rest := mergeLive(running, next)
			if got := strings.Join(applied, " "); got != x.applied {
				t.Errorf("applied %q, want %q", got, x.applied)
			}
			if got := strings.Join(rest, " "); got != x.rest {
				t.Errorf("needs a restart: %q, want %q", got, x.rest)
			}
			// What was taken over differs no more, the rest still does, and what runs was
			// not changed.
			_, again, still := mergeLive(merged, next)
			if len(again) > 0 || !slices.Equal(still, rest) {
				t.Errorf("a second time: %q and %q", again, still)
			}
			if _, a, r := mergeLive(running, base()); len(a)+len(r) > 0 {
				t.Errorf("the running configuration was changed: %q %q", a, r)
			}
		})
	}
}

// The view fits the terminal, says what is wrong, and lets nobody steer it.
func TestStatusView(t *testing.T) {
	now := time.Now()
	var s control.Status
	text := fmt.Sprintf(`{"version":"v","started":%q,"now":%q,
		"pools":[{"name":"btc","sessions":1234,"accepted":1000000,"rejected":{"stale":5},"problem":"no template from bitcoin for 3m0s"}],
		"coins":[{"name":"bitcoin","state":"down","height":850000,"nodes":[{"state":"down"}]}],
		"blocks":[{"pool":"btc","chain":"bitcoin","height":1,"state":"mature","worker":"evil\u001b[31m","reward":312500000}],
		"rounds":[{"pool":"btc","chain":"bitcoin","effort":0.5,"network_difficulty":9}],
		"rates":{"btc":{"five_minutes":1.5e15}},"units":{"bitcoin":{"symbol":"BTC","decimals":8}},
		"drain":{"pools":[{"total":10,"left":4}]}}`, now.Add(-time.Hour).Format(time.RFC3339), now.Format(time.RFC3339))
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{36, 40, 80, 200} {
		var b strings.Builder
		if err := printStatus(&b, &s, width, false); err != nil {
			t.Fatal(err)
		}
		for _, l := range strings.Split(b.String(), "\n") {
			if n := len([]rune(l)); n > width {
				t.Errorf("width %d: a line of %d: %q", width, n, l)
			}
		}
		if strings.Contains(b.String(), "\x1b") {
			t.Errorf("width %d: steers the terminal: %q", width, b.String())
		}
		parts := []string{"pool btc", "! ", "bitcoin", "mature"}
		if width >= 80 {
			parts = append(parts, "1.5 PH/s", "1,234 miners", "no template from bitcoin for 3m0s", "3.12500000 BTC", "50.0 %", "0 of 1 node ready", "6 of 10 miners are gone")
		}
		for _, p := range parts {
			if !strings.Contains(b.String(), p) {
				t.Errorf("width %d: no %q in\n%s", width, p, b.String())
			}
		}
	}
	unread := s
	unread.LedgerUnread, unread.LedgerProblem, unread.Blocks, unread.Rates = true, "database failed", nil, nil
	var unknown strings.Builder
	if err := printStatus(&unknown, &unread, 80, false); err != nil {
		t.Fatal(err)
	}
	if got := unknown.String(); !strings.Contains(got, "blocks unknown") || !strings.Contains(got, "hash rate  unknown") || !strings.Contains(got, "database failed") {
		t.Errorf("a ledger that cannot be read: %s", got)
	}
	var painted strings.Builder
	if err := drawScreen(&painted, &s, "the pool does not answer", 80, 6, true); err != nil {
		t.Fatal(err)
	}
	if got := painted.String(); !strings.Contains(got, red+"! the pool does not answer") || strings.Count(got, "\r\n") != 5 || !strings.Contains(got, "more lines need a higher window") {
		t.Errorf("a screen of 6 lines: %q", got)
	}
	for _, x := range []struct{ got, want string }{
		{siText(0), "0 "}, {siText(999.4), "999 "}, {siText(999.6), "1 k"}, {siText(1.234e15), "1.23 P"}, {countText(1234567), "1,234,567"}, {countText(12), "12"},
		{spanText(59 * time.Second), "59s"}, {spanText(61 * time.Minute), "1h01m"}, {spanText(49 * time.Hour), "2d01h"}, {countOf(1, "miner"), "1 miner"}, {bar(0.5, 4), "##--"}, {bar(7, 4), "####"},
	} {
		if x.got != x.want {
			t.Errorf("got %q, want %q", x.got, x.want)
		}
	}
}
