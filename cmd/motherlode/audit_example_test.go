package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/audit"
	"github.com/motherlode-pool/motherlode/engine/sharedays"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testminer"
)

// otherAddress is a second one that is valid on every regtest.
const otherAddress = "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn"

// auditProcess runs the binary and returns what it printed, and its exit code.
func auditProcess(t *testing.T, dir string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), mustBinary(t), args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// mustGet is what GET answers.
func mustGet(t *testing.T, url string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v: %s", url, reply.Status, err, body)
	}
	return body
}

// TestAuditExample mines a block in a pool on a simulated chain and runs the
// commands of docs/audit.md as they stand there: with the downloaded days, and
// with the running pool. In the end it is done again when the pool is down.
func TestAuditExample(t *testing.T) {
	t.Parallel()
	parent := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: killParent})
	addr, web, data, dir := mustFreePort(t), mustFreePort(t), filepath.Join(t.TempDir(), "data"), t.TempDir()
	config := strings.Replace(killConfig(data, addr, parent), "listen = \"\"", fmt.Sprintf("listen = %q\nsharelog = true", web), 1)
	config = strings.Replace(config, "aux = []", "reward = \"pplns\"\npayout = \"pool\"\nfee_bps = 100", 1)
	if err := os.WriteFile(filepath.Join(dir, "pool.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	p := mustStart(t, "run", filepath.Join(dir, "pool.toml"))
	users := []string{demoAddress, otherAddress}
	first, second := mustConnect(t, addr, users[0]), mustConnect(t, addr, users[1])
	hash, height := "", parent.Height()
	poll(t, "a block", 120*time.Second, func() bool {
		for range 50 {
			if parent.Height() == height {
				mustSubmit(t, first, users[0])
				mustSubmit(t, second, users[1])
			}
		}
		hash = newestBlock(t, dir)
		return hash != ""
	})

	pool := "http://" + web
	var list sharedays.List
	if err := json.Unmarshal(mustGet(t, pool+sharedays.Path), &list); err != nil || len(list.Days) == 0 {
		t.Fatalf("days: %+v, %v", list, err)
	}
	vars := map[string]string{"POOL": pool, "DAY": list.Days[len(list.Days)-1].Date, "HASH": hash[:16], "ACCOUNT": users[1]}
	out, audits := "", 0
	for _, line := range guideCommands(t, "../../docs/audit.md", "A worked example") {
		args := strings.Fields(os.Expand(line, func(name string) string { return vars[name] }))
		switch {
		case args[0] == "motherlode":
			text, code := auditProcess(t, dir, args[1:]...)
			if code != 0 {
				t.Fatalf("%s: exit code %d:\n%s", line, code, text)
			}
			out += text
			audits++
		case args[0] == "curl" && args[1] == "-fo":
			if err := os.WriteFile(filepath.Join(dir, args[2]), mustGet(t, args[3]), 0o600); err != nil {
				t.Fatal(err)
			}
			if day := filepath.Base(args[2]); len(list.Days) > 1 && day == vars["DAY"] { // midnight was in between
				for _, d := range list.Days[:len(list.Days)-1] {
					if err := os.WriteFile(filepath.Join(dir, "days", d.Date), mustGet(t, pool+sharedays.Path+d.Date), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		case args[0] == "mkdir":
			if err := os.Mkdir(filepath.Join(dir, args[1]), 0o700); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("%s: the test cannot run this", line)
		}
	}
	for _, want := range []string{
		"block " + hash + " of parent", "pplns, fee 1.00 %", users[1], "(operator)", "the log alone was read",
		"shares of " + users[1] + " in the window: ", "blocks compared with the ledger, and the balances of ",
		", as the running pool has it, at byte ", "no difference: ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in what was printed:\n%s", want, out)
		}
	}
	if audits != 5 {
		t.Errorf("%d audits in the example, want 5", audits)
	}

	p.stop()
	if text, code := auditProcess(t, dir, "audit", "--chain", "parent", "--all", "pool.toml"); code != 0 || !strings.Contains(text, "compared with the ledger, and the balances") {
		t.Errorf("with the pool down: exit code %d:\n%s", code, text)
	}
	if text, code := auditProcess(t, dir, "audit", "--ledger", "pool.toml"); code != 0 || !strings.Contains(text, "which nothing writes to") {
		t.Errorf("the whole ledger, with the pool down: exit code %d:\n%s", code, text)
	}
}

// newestBlock is the hash of a block that the log has, once the chain has it.
func newestBlock(t *testing.T, dir string) string {
	t.Helper()
	text, code := auditProcess(t, dir, "audit", "--chain", "parent", "--all", "--format", "json", "pool.toml")
	if code != 0 {
		return "" // the pool has not written its first terms
	}
	var row struct{ Block *audit.Block }
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&row); err != nil || row.Block == nil || row.Block.State == "pending" {
		return ""
	}
	return row.Block.Hash
}

// mustSubmit sends a share, which a job that is over may refuse.
func mustSubmit(t *testing.T, c *testminer.Client, user string) {
	t.Helper()
	s, err := c.Solve(user)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Call("mining.submit", s.Params...); err != nil {
		t.Fatal(err)
	}
}
