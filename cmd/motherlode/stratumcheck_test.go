package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/stratum/conformance"
)

// checkedPool runs the binary on a simulated chain and returns the address of
// its port.
func checkedPool(t *testing.T, node *simchain.Node, listen string) string {
	t.Helper()
	addr := mustFreePort(t)
	mustStart(t, "run", mustWrite(t, fmt.Sprintf(`
data_dir = %q
[http]
listen = ""
[coins.parent]
driver = "bitcoin"
network = "regtest"
  [coins.parent.settings]
  nodes = [{ url = %q, user = "u", password = "p" }]
  poll = "20ms"
  refresh = "200ms"
[pools.p]
parent = "parent"
address = %q
accept_anyone = true
stale_grace = "100ms"
  [[pools.p.listen]]
  address = %q
%s
`, filepath.Join(t.TempDir(), "data"), node.URL(), demoAddress, addr, listen)))
	mustConnect(t, addr, "anyone.first")
	return addr
}

// The pool that a user starts keeps every rule that can be tried from outside. A
// block takes 65,536 hashes, so that none is found unless it is looked for.
func TestOwnStratum(t *testing.T) {
	t.Parallel()
	node := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: 0x1f00ffff})
	proxied, steered := mustFreePort(t), mustFreePort(t)
	addr := checkedPool(t, node, fmt.Sprintf(`  difficulty = { start = 1e-9, min = 1e-10, fixed = true }
  [[pools.p.listen]]
  address = %q
  proxy_from = ["127.0.0.0/8"]
  difficulty = { start = 1e-9, min = 1e-10, fixed = true }
  [[pools.p.listen]]
  address = %q
  difficulty = { start = 1e-9, min = 1e-10 }
`, proxied, steered))
	cfg := conformance.Config{
		Address: addr, User: "anyone.rig", Timeout: 30 * time.Second, Mask: 0x1fffe000,
		MinDifficulty: 1e-10, Grace: 200 * time.Millisecond, ProxyTrust: proxied, Vardiff: steered,
		Hooks: conformance.Hooks{
			NewBlock: func(context.Context) error { node.Jump(1); return nil },
			NewJob:   func(context.Context) error { node.InjectFake(1, 1000); return nil },
			Tip:      func(context.Context) (string, error) { return node.Tip().String(), nil },
			Block: func(_ context.Context, hash string) (given, taken bool, err error) {
				for _, s := range node.Submissions() {
					if s.Hash.String() == hash {
						given, taken = true, taken || s.Best
					}
				}
				return given, taken, nil
			},
		},
	}
	sum := conformance.Check(t.Context(), cfg, func(r conformance.Result) {
		t.Logf("%-9v %s: %s", r.Outcome, r.ID, r.Detail)
		if r.Outcome == conformance.Failed {
			t.Errorf("%s (%s): %s", r.ID, r.Says, r.Detail)
		}
	})
	if t.Log(sum); sum.Err != nil || sum.Passed < 46 {
		t.Errorf("%v; 46 rules or more should be tried", sum)
	}
}

func TestStratumCheck(t *testing.T) {
	t.Parallel()
	node := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: 0x1f00ffff})
	addr := checkedPool(t, node, `  difficulty = { start = 1e-9, min = 1e-10, fixed = true }`)

	out, errs, code := mustRun(t, "stratum", "check", addr, "--user", "anyone.rig", "--rule", "duplicate,nicehash")
	if code != 0 || !strings.Contains(out, "ok      duplicate") || !strings.Contains(out, "not tried: needs") ||
		!strings.Contains(out, "1 passed, 0 failed, 1 not tried") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	out, errs, code = mustRun(t, "stratum", "check", addr, "--user", "anyone.rig", "--rule", "nicehash", "--nicehash", "500000", "--json")
	var got struct {
		OK     bool
		Failed int
		Rules  []struct{ Rule, Outcome, Detail string }
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 1 || got.OK || got.Failed != 1 || got.Rules[0].Outcome != "failed" {
		t.Errorf("exit code %d, %v\n%s%s", code, err, out, errs)
	}
	for _, w := range []struct {
		name string
		args []string
		says string
	}{
		{"another machine", []string{"192.0.2.1:3333", "--user", "a"}, "--i-may"},
		{"a name", []string{"pool.example:3333", "--user", "a"}, "--i-may"},
		{"another machine with TLS", []string{addr, "--user", "a", "--tls", "192.0.2.1:3333"}, "--i-may"},
		{"no user", []string{addr}, "--user"},
		{"no port", []string{"127.0.0.1", "--user", "a"}, "port"},
		{"no such rule", []string{addr, "--user", "a", "--rule", "nothing"}, "no rule"},
		{"a mask of none", []string{addr, "--user", "a", "--mask", "zz"}, "--mask"},
	} {
		if _, errs, code := mustRun(t, append([]string{"stratum", "check"}, w.args...)...); code != 2 || !strings.Contains(errs, w.says) {
			t.Errorf("%s: exit code %d, %s", w.name, code, errs)
		}
	}
}
