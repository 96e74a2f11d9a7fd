package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPluginThatCrashesAtTheStartHoldsUpNobody starts a pool whose auxiliary chain's
// plugin ends with an error. The others are mined; the chain is once its program works.
// A reload changes what has nothing to do with it, and takes over no coin that was
// never seen to work.
func TestPluginThatCrashesAtTheStartHoldsUpNobody(t *testing.T) {
	withoutRace(t)
	t.Parallel()
	r := mustRig(t)
	good := r.plugin
	r.plugin = filepath.Join(r.dir, "wrapper")
	broken := filepath.Join(r.dir, "broken")
	script := fmt.Sprintf("#!/bin/sh\nif [ -e %s ]; then echo 'no library' >&2; exit 1; fi\nexec %s\n", broken, good)
	for name, text := range map[string]string{r.plugin: script, broken: ""} {
		mustProgram(t, name, []byte(text))
	}
	file := r.config(t, r.sum(t), "")
	if out, code := runBinary(t, "check", file); code != 2 || !strings.Contains(lineWith(out, file+":", ": coins.toy.driver"), "no library") {
		t.Errorf("check: exit code %d: %s", code, out)
	}

	begin := time.Now()
	p := mustStart(t, "run", file)
	m := mustMine(t, r)
	t.Logf("the others were mined after %v", time.Since(begin).Round(time.Millisecond))
	m.poll(t, "a block of the parent", func() bool { return r.parent.Height() > 0 })
	line := lineWith(p.log.String(), "coin cannot be asked now", "coins.toy.driver")
	for _, want := range []string{`"coin":"toy"`, "no library", "the others mine meanwhile"} {
		if !strings.Contains(line, want) {
			t.Errorf("no %q in the log's line %q", want, line)
		}
	}

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write := func(old, new string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`level = "info"`, `level = "debug"`)
	if out, code := runBinary(t, "reload", file); code != 0 || !strings.Contains(out, "log.level: in force") || !strings.Contains(lineWith(out, "warning:", "coins.toy.driver"), "no library") {
		t.Errorf("reload of something else: exit code %d: %s", code, out)
	}
	write("chain_id = 4242", "chain_id = 4243")
	if out, code := runBinary(t, "reload", "--restart", file); code == 0 || !strings.Contains(out, "nothing was changed") {
		t.Errorf("reload of the coin that does not start: exit code %d: %s", code, out)
	}

	if err := os.Remove(broken); err != nil {
		t.Fatal(err)
	}
	write("", "")
	if out, code := runBinary(t, "reload", file); code != 0 {
		t.Errorf("reload: exit code %d: %s", code, out)
	}
	if err := os.Chtimes(r.plugin, time.Time{}, time.Now()); err != nil { // as a new file would be
		t.Fatal(err)
	}
	m.poll(t, "a block of the toy chain", func() bool { return r.accepted(t) >= 1 })
	p.stop()
}

// TestSlowPluginIsWaitedFor starts a pool with a plugin that takes eleven seconds to its
// handshake: it is started once, and the log says what is waited for.
func TestSlowPluginIsWaitedFor(t *testing.T) {
	withoutRace(t)
	t.Parallel()
	r := mustRig(t)
	good := r.plugin
	r.plugin = filepath.Join(r.dir, "slow")
	mustProgram(t, r.plugin, fmt.Appendf(nil, "#!/bin/sh\nsleep 11\nexec %s\n", good))
	file := r.config(t, r.sum(t), "")
	p := mustStart(t, "run", file)
	m := mustMine(t, r)
	m.poll(t, "a block of the toy chain", func() bool { return r.accepted(t) >= 1 })
	if line := lineWith(p.log.String(), "still waiting for the coin's plugin to start", `"coin":"toy"`); !strings.Contains(line, `"waited":"10s"`) {
		t.Errorf("the log does not say what is waited for: %q", line)
	}
	if c := r.coin(t, "toy"); c.Restarts != 0 {
		t.Errorf("it was started %d times more than once", c.Restarts)
	}
	p.stop()
}
