package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// TestGuideOperating goes through docs/guides/operating.md on a pool of a simulated
// chain: a day's looking, backup, its test, loss of the machine, drain, moving.
func TestGuideOperating(t *testing.T) {
	notUnderRace(t)
	t.Parallel()
	parent := mustSim(t, simchain.Config{Name: "bitcoin", Parent: true, Bits: killParent})
	addr, web := mustFreePort(t), mustFreePort(t)
	p := guidePlay(t, "ADDRESS", demoAddress)
	config := strings.Replace(killConfig("data", addr, parent), `listen = ""`, `listen = "`+web+`"`, 1)
	config = strings.NewReplacer("aux = []", "reward = \"pplns\"\npayout = \"pool\"\nfee_bps = 100", "[coins.parent", "[coins.bitcoin", `parent = "parent"`, `parent = "bitcoin"`).Replace(config)
	p.Ready = func() bool { return fetchJSON("http://"+web+"/api/v1/pools", &struct{}{}) == nil }
	p.Steps = map[string]func(){
		"the file": func() {
			if err := os.WriteFile(filepath.Join(p.Dir, "motherlode.toml"), []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"a block": func() {
			c := mustConnect(t, addr, demoAddress+".rig")
			poll(t, "a block", 60*time.Second, func() bool {
				mustSubmit(t, c, demoAddress+".rig")
				return guideBlocks(web, "bitcoin", "accepted") > 0
			})
			c.Close() // or the drain would wait for it to go
		},
		"it ends": func() { p.End(t) },
	}
	p.Run(t, mustRead(t, filepath.Join(guides, "operating.md")))

	// What was moved has the block; what was restored has no ledger before it starts, and
	// none was made by looking.
	if out, code := auditProcess(t, p.Dir, "account", "moved.toml", demoAddress); code != 0 || !strings.Contains(out, "bitcoin") {
		t.Errorf("moved: exit code %d: %s", code, out)
	}
	if out, code := auditProcess(t, p.Dir, "account", "restored.toml", demoAddress); code != 1 || !strings.Contains(out, "the next start of the pool makes it of the log") {
		t.Errorf("restored: exit code %d: %s", code, out)
	}
}
