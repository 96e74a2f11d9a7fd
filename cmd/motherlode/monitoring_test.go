package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// monitoringBits is a block in two hashes, so that a share or two find one.
const monitoringBits = 0x207fffff

// monitoringDir is where the files are that Prometheus reads.
const monitoringDir = "../../configs/prometheus"

// mustTool is a program of Debian's package prometheus; without it the test is
// skipped.
func mustTool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("skipped: %s is not here (Debian: apt-get install prometheus)", name)
	}
	return path
}

// mustPass runs a tool, which must find nothing wrong.
func mustPass(t *testing.T, in io.Reader, tool string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool, args...)
	cmd.Stdin = in
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s %s: %v\n%s", filepath.Base(tool), strings.Join(args, " "), err, out)
	}
}

func TestAlertsPassTheirTests(t *testing.T) {
	promtool := mustTool(t, "promtool")
	mustPass(t, nil, promtool, "check", "rules", monitoringDir+"/motherlode.rules.yml")
	mustPass(t, nil, promtool, "check", "config", monitoringDir+"/prometheus.yml")
	mustPass(t, nil, promtool, "test", "rules", monitoringDir+"/motherlode.rules.test.yml", monitoringDir+"/motherlode.rules.days.test.yml")
}

// TestAlertsAreExplained: an operator who is woken finds what it means, and each
// alert was seen to fire and to stay silent.
func TestAlertsAreExplained(t *testing.T) {
	rules := mustRead(t, monitoringDir+"/motherlode.rules.yml")
	tests := mustRead(t, monitoringDir+"/motherlode.rules.test.yml") + mustRead(t, monitoringDir+"/motherlode.rules.days.test.yml")
	doc := mustRead(t, "../../docs/monitoring.md")
	names := regexp.MustCompile(`(?m)- alert: (\w+)$`).FindAllStringSubmatch(rules, -1)
	if len(names) < 20 {
		t.Fatalf("%d alerts found in the rules", len(names))
	}
	for _, m := range names {
		name := m[1]
		if !strings.Contains(rules, "what_to_do: docs/monitoring.md#"+strings.ToLower(name)+"\n") {
			t.Errorf("%s does not say where to read on", name)
		}
		if !strings.Contains(doc, "\n### "+name+"\n") {
			t.Errorf("docs/monitoring.md does not explain %s", name)
		}
		for _, kind := range []string{" fires", " stays silent"} {
			if !strings.Contains(tests, "- name: "+name+kind+"\n") {
				t.Errorf("no test that %s%s", name, kind)
			}
		}
	}
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPrometheusFindsEverySeries has a real Prometheus watch a pool that mines, with
// the alerts that ship, and looks in it for every series that they and the dashboard
// name.
func TestPrometheusFindsEverySeries(t *testing.T) {
	t.Parallel()
	prometheus, promtool := mustTool(t, "prometheus"), mustTool(t, "promtool")
	pool := mustPoolToWatch(t)
	mustPass(t, strings.NewReader(mustFetch(t, "http://"+pool+"/metrics")), promtool, "check", "metrics")

	api := mustPrometheus(t, prometheus, pool)
	poll(t, "Prometheus to have scraped the pool", 30*time.Second, func() bool {
		n, err := count(api, `motherlode_worker_shares_total{result="accepted"} > 0`)
		return err == nil && n == 1
	})
	wanted := append(dashboardSelectors(t), ruleSelectors(t, api)...)
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	if len(wanted) < 60 {
		t.Errorf("only %d series are named, the reading of them must be wrong: %v", len(wanted), wanted)
	}
	for _, selector := range wanted {
		if strings.HasPrefix(selector, "motherlode_hash_refused_total") {
			continue // only where a coin computes its own proof of work; its unit test has it
		}
		switch n, err := count(api, selector); {
		case err != nil:
			t.Errorf("%s: %v", selector, err)
		case n == 0:
			t.Errorf("%s is named, but the pool has no such series", selector)
		}
	}
}

// mustPoolToWatch is a pool that has found blocks of its two chains and told a hook
// of them; the result is where its metrics are.
func mustPoolToWatch(t *testing.T) string {
	parent := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: monitoringBits})
	aux := mustSim(t, simchain.Config{Name: "aux", ChainID: 1, Bits: monitoringBits})
	addr, watch := mustFreePort(t), mustFreePort(t)
	hook := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(hook.Close)
	mustStart(t, "run", mustWrite(t, fmt.Sprintf(`
data_dir = %q
http = { listen = %q, worker_metrics = true }
[coins.parent]
driver = "bitcoin"
network = "regtest"
  [coins.parent.settings]
  nodes = [{ url = %q, user = "u", password = "p" }]
[coins.aux]
driver = "auxpow"
network = "regtest"
  [coins.aux.settings]
  nodes = [{ url = %q, user = "u", password = "p" }]
  address = %q
  symbol = "AUX"
  algorithm = "sha256d"
[pools.p]
parent = "parent"
aux = ["aux"]
address = %q
  [[pools.p.listen]]
  address = %q
  difficulty = { start = 1e-10, min = 1e-10 }
[[hooks]]
name = "site"
kind = "webhook"
url = %q
`, filepath.Join(t.TempDir(), "data"), watch, parent.URL(), aux.URL(), demoAddress, demoAddress, addr, hook.URL)))
	c := mustConnect(t, addr, demoAddress+".rig")
	if _, err := c.Call("eth_submitHashrate", "0x3e8", "0x1"); err != nil {
		t.Fatal(err)
	}
	poll(t, "a block of each chain and work of both", 60*time.Second, func() bool {
		s, err := c.Solve(demoAddress + ".rig")
		if err == nil {
			_, err = c.Call("mining.submit", s.Params...)
		}
		if err != nil {
			t.Fatal(err)
		}
		text := mustFetch(t, "http://"+watch+"/metrics")
		return !strings.Contains(text, `motherlode_coin_submissions_total{coin="parent",verdict="received"} 0`) &&
			!strings.Contains(text, `motherlode_coin_submissions_total{coin="aux",verdict="received"} 0`) &&
			!strings.Contains(text, `motherlode_hook_deliveries_total{hook="site",kind="webhook",result="delivered"} 0`) &&
			strings.Contains(text, `motherlode_declared_hash_rate{pool="p"} 1000`) && !strings.Contains(text, `motherlode_submit_seconds_count{pool="p"} 0`) &&
			strings.Count(text, "motherlode_coin_work_timestamp_seconds{") == 2
	})
	return watch
}

func mustFetch(t *testing.T, from string) string {
	t.Helper()
	resp, err := http.Get(from)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v\n%s", from, resp.Status, err, text)
	}
	return string(text)
}

// mustPrometheus watches a pool with the configuration that ships, but for the
// address and a scrape every second; the result is its API.
func mustPrometheus(t *testing.T, program, pool string) string {
	t.Helper()
	dir := t.TempDir()
	cfg := mustRead(t, monitoringDir+"/prometheus.yml")
	cfg = strings.ReplaceAll(strings.ReplaceAll(cfg, "127.0.0.1:8080", pool), ": 15s", ": 1s")
	for name, text := range map[string]string{
		"prometheus.yml": cfg, "motherlode.rules.yml": mustRead(t, monitoringDir+"/motherlode.rules.yml"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	addr := mustFreePort(t)
	cmd := exec.Command(program, "--config.file="+dir+"/prometheus.yml", "--storage.tsdb.path="+dir+"/data", "--web.listen-address="+addr)
	log := &output{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the log of Prometheus:\n%s", tail(log.String(), 4000))
		}
	})
	return "http://" + addr + "/api/v1"
}

// ask asks the API of Prometheus for data.
func ask(api, path string, data any) error {
	resp, err := http.Get(api + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer := struct {
		Status, Error string
		Data          any
	}{Data: data}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Status != "success" {
		return fmt.Errorf("%s", answer.Error)
	}
	return nil
}

// count is how many series an expression has.
func count(api, expr string) (int, error) {
	var found struct{ Result []json.RawMessage }
	err := ask(api, "/query?query="+url.QueryEscape(expr), &found)
	return len(found.Result), err
}

// selectorIn finds what an expression reads: a name, with its labels.
var selectorIn = regexp.MustCompile(`\b(?:motherlode|process|go)_\w+(?:\{[^}]*\})?|\bup\{[^}]*\}`)

// ruleSelectors are what the alerts read, as Prometheus has them.
func ruleSelectors(t *testing.T, api string) (all []string) {
	t.Helper()
	var rules struct {
		Groups []struct{ Rules []struct{ Query string } }
	}
	if err := ask(api, "/rules", &rules); err != nil {
		t.Fatal(err)
	}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			all = append(all, selectorIn.FindAllString(r.Query, -1)...)
		}
	}
	if len(all) == 0 {
		t.Error("Prometheus has no rules")
	}
	return all
}

// dashboardSelectors are what the panels of the dashboard and its choices read.
func dashboardSelectors(t *testing.T) (all []string) {
	t.Helper()
	var d struct {
		Panels []struct {
			ID      int
			Type    string
			Targets []struct{ Expr string }
		}
		Templating struct{ List []struct{ Definition string } }
	}
	if err := json.Unmarshal([]byte(mustRead(t, "../../configs/grafana/motherlode.json")), &d); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	text := strings.Builder{}
	for _, p := range d.Panels {
		if seen[p.ID] {
			t.Errorf("two panels have id %d", p.ID)
		}
		seen[p.ID] = true
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %d shows nothing", p.ID)
		}
		for _, target := range p.Targets {
			fmt.Fprintln(&text, target.Expr)
		}
	}
	for _, v := range d.Templating.List {
		fmt.Fprintln(&text, v.Definition)
	}
	chosen := regexp.MustCompile(`\$(instance|pool|coin)\b`)
	return selectorIn.FindAllString(chosen.ReplaceAllString(text.String(), ".*"), -1)
}
