package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testminer"
)

// pluginOf is the pid of the plugin that serves a driver, 0 while there is none.
func (p *process) pluginOf(driver string) int {
	for _, pid := range p.children() {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && strings.Contains(string(text), "serve\x00"+driver+"\x00") {
			return pid
		}
	}
	return 0
}

// TestKilledPluginCostsNobodyAnything kills the parent's plugin and that of an
// auxiliary chain with SIGKILL while a miner goes on.
func TestKilledPluginCostsNobodyAnything(t *testing.T) {
	t.Parallel()
	parent := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: killParent})
	aux := mustSim(t, simchain.Config{Name: "one", ChainID: 1, Bits: killAux1})
	addr := mustFreePort(t)
	p := mustStart(t, "run", mustWrite(t, killConfig(filepath.Join(t.TempDir(), "data"), addr, parent, aux)))
	c := mustConnect(t, addr, demoAddress)

	var accepted atomic.Int64
	ended := make(chan error, 1)
	go func() { ended <- mineForEver(c, &accepted) }()
	mine := func(what string, ready func() bool) {
		t.Helper()
		poll(t, what, 60*time.Second, func() bool {
			select {
			case err := <-ended:
				t.Fatalf("the miner lost its connection or a share: %v", err)
			default:
			}
			return ready()
		})
	}
	mine("the first shares", func() bool { return accepted.Load() >= 100 })

	for _, driver := range []string{"auxpow", "bitcoin"} {
		old := p.pluginOf(driver)
		if old == 0 {
			t.Fatalf("no process serves %s", driver)
		}
		before, parentHeight, auxHeight := accepted.Load(), parent.Height(), aux.Height()
		killed := time.Now()
		if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		mine(driver+" to be back", func() bool { now := p.pluginOf(driver); return now != 0 && now != old })
		t.Logf("%s: a new process after %v", driver, time.Since(killed).Round(time.Millisecond))
		mine("blocks of both chains after it", func() bool {
			return parent.Height() > parentHeight && aux.Height() > auxHeight && accepted.Load() > before+100
		})
	}
	p.stop()
}

// mineForEver submits share after share and ends with the first that is refused.
func mineForEver(c *testminer.Client, accepted *atomic.Int64) error {
	for {
		s, err := c.Solve(demoAddress)
		if err != nil {
			return err
		}
		r, err := c.Call("mining.submit", s.Params...)
		if err != nil {
			return err
		}
		if !r.OK() && !strings.Contains(r.String(), "stale") {
			return fmt.Errorf("share refused: %s", r)
		}
		if r.OK() {
			accepted.Add(1)
		}
	}
}
