package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/status"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

const (
	toyBits   = "1f7fffff" // a block in about 512 hashes
	toySecret = "hunter2-of-the-parent"
)

// toyExample is the example plugin, built in its own module as a third party
// would, once for all tests. It is copied where a test wants it.
var toyExample = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "toychain-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "toychain")
	build := exec.Command("go", "build", "-o", path, ".")
	build.Dir = filepath.Join("..", "..", "plugins", "examples", "go")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	return os.ReadFile(path)
})

// rig is one pool with a simulated parent and a third party's plugin.
type rig struct {
	parent *simchain.Node
	dir    string // short, so that sockets are below it
	plugin string
	addr   string
	http   string
}

func mustRig(t *testing.T) *rig {
	t.Helper()
	example, err := toyExample()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "ml")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &rig{
		parent: mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: killParent}),
		dir:    dir, plugin: filepath.Join(dir, "toychain"), addr: mustFreePort(t), http: mustFreePort(t),
	}
	mustProgram(t, r.plugin, example)
	return r
}

// data is the pool's data folder.
func (r *rig) data() string { return filepath.Join(r.dir, "data") }

// sum is the line that names the plugin's true SHA-256.
func (r *rig) sum(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(r.plugin)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`sha256 = "%x"`, sha256.Sum256(text))
}

// config names the plugin; trust is its line about the checksum, more are
// settings of the toy chain.
func (r *rig) config(t *testing.T, trust, more string) string {
	t.Helper()
	return mustWrite(t, fmt.Sprintf(`
data_dir = %q
[log]
level = "info"
[http]
listen = %q
[coins.parent]
driver = "bitcoin"
network = "regtest"
  [coins.parent.settings]
  nodes = [{ url = %q, user = "u", password = "p" }]
[coins.toy]
driver = %q
%s
network = "regtest"
  [coins.toy.settings]
  chain_id = 4242
  bits = %q
  %s
[pools.p]
parent = "parent"
aux = ["toy"]
address = %q
aux_coalesce = "50ms"
  [[pools.p.listen]]
  address = %q
  difficulty = { start = %g, min = 1e-10, fixed = true }
`, r.data(), r.http, r.parent.URL(), r.plugin, trust, toyBits, more, demoAddress, r.addr, killShare))
}

// view is what the pool says of itself.
func (r *rig) view(t *testing.T) status.View {
	t.Helper()
	reply, err := http.Get("http://" + r.http + "/status")
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	var v status.View
	if err := json.NewDecoder(reply.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// accepted counts the toy blocks that the plugin itself has confirmed.
func (r *rig) accepted(t *testing.T) (blocks int) {
	t.Helper()
	for _, b := range r.view(t).Blocks {
		if b.Chain == "toy" && b.State == "accepted" {
			blocks++
		}
	}
	return blocks
}

func (r *rig) coin(t *testing.T, name string) status.Coin {
	t.Helper()
	list := r.view(t).Coins
	i := slices.IndexFunc(list, func(c status.Coin) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no coin %s in the status", name)
	}
	return list[i]
}

// runsFile is the pid of the child that runs a file, 0 while there is none.
func (p *process) runsFile(path string) int {
	for _, pid := range p.children() {
		if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && exe == path {
			return pid
		}
	}
	return 0
}

// mining is a miner at work until the test ends.
type mining struct {
	accepted atomic.Int64
	ended    chan error
}

func mustMine(t *testing.T, r *rig) *mining {
	t.Helper()
	c := mustConnect(t, r.addr, demoAddress)
	m := &mining{ended: make(chan error, 1)}
	go func() { m.ended <- mineForEver(c, &m.accepted) }()
	return m
}

// poll waits for ready while the miner loses neither connection nor share.
func (m *mining) poll(t *testing.T, what string, ready func() bool) {
	t.Helper()
	poll(t, what, 60*time.Second, func() bool {
		select {
		case err := <-m.ended:
			t.Fatalf("the miner lost its connection or a share: %v", err)
		default:
		}
		return ready()
	})
}

// TestThirdPartyPlugin mines a chain that only a plugin's file knows, looks at
// what the process can see, and ends the pool both ways.
func TestThirdPartyPlugin(t *testing.T) {
	t.Setenv("MOTHERLODE_TEST_TOKEN", toySecret)
	r := mustRig(t)
	file := r.config(t, r.sum(t), "")
	if out, code := runBinary(t, "check", "--nodes", file); code != 0 || !strings.Contains(out, "toy ") {
		t.Fatalf("check --nodes ends with %d: %s", code, out)
	}
	p := mustStart(t, "run", file)
	m := mustMine(t, r)
	m.poll(t, "three accepted blocks of the toy chain", func() bool { return r.accepted(t) >= 3 })
	m.poll(t, "a block of the parent", func() bool { return r.parent.Height() > 0 })
	if c := r.coin(t, "toy"); c.State != "ready" || c.Symbol != "TOY" || c.Height < 3 || c.Restarts != 0 {
		t.Errorf("the status says %+v", c)
	}
	pid := p.runsFile(r.plugin)
	if pid == 0 {
		t.Fatal("no process runs the plugin's file")
	}
	checkSees(t, r, pid)
	checkSockets(t, r, p)

	// SIGTERM leaves nothing.
	pids := p.children()
	p.stop()
	for _, pid := range pids {
		if !gone(pid) {
			t.Errorf("process %d lives after SIGTERM", pid)
		}
	}
	if left := socketFolders(t, r); len(left) > 0 {
		t.Errorf("left after SIGTERM: %q", left)
	}
	checkData(t, r)

	// SIGKILL leaves no process, and folders that the next start removes.
	p = mustStart(t, "run", file)
	mustConnect(t, r.addr, demoAddress).Close()
	pids = p.children()
	if len(pids) != 2 {
		t.Fatalf("%d plugin processes, want 2", len(pids))
	}
	p.kill()
	for _, pid := range pids {
		poll(t, "the plugins to end", 30*time.Second, func() bool { return gone(pid) })
	}
	if left := socketFolders(t, r); len(left) == 0 {
		t.Error("a killed pool left no folder, so nothing is proven")
	}
	p = mustStart(t, "run", file)
	mustConnect(t, r.addr, demoAddress).Close()
	checkSockets(t, r, p)

	// A plugin that does not answer any more cannot hold up the end.
	pid = p.runsFile(r.plugin)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	p.stop()
	if took := time.Since(begin); took > 15*time.Second || !gone(pid) {
		t.Errorf("the end took %v with a plugin that hangs; it is gone: %v", took, gone(pid))
	}
	checkData(t, r)
}

// checkSees looks at what the plugin's process got from the pool.
func checkSees(t *testing.T, r *rig, pid int) {
	t.Helper()
	read := func(name string) string {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	var names []string
	for _, v := range strings.Split(strings.TrimRight(read("environ"), "\x00"), "\x00") {
		name, value, _ := strings.Cut(v, "=")
		names = append(names, name)
		if strings.Contains(value, toySecret) {
			t.Errorf("%s leaks to the plugin", name)
		}
		if name != "PATH" && !strings.HasPrefix(name, "PLUGIN_") && !strings.HasPrefix(name, "MOTHERLODE_PLUGIN") && name != "MOTHERLODE_HOST_PID" {
			t.Errorf("the plugin sees the variable %s", name)
		}
	}
	if args := strings.Trim(read("cmdline"), "\x00"); args != r.plugin {
		t.Errorf("the plugin was started as %q, want the file alone", args)
	}
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if path, err := os.Readlink(fd); err == nil && strings.HasPrefix(path, r.dir) {
			t.Errorf("the plugin has %s open", path)
		}
	}
	t.Logf("the plugin's environment: %q, %d open files", names, len(fds))
}

// socketFolders are the pools' folders for sockets.
func socketFolders(t *testing.T, r *rig) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(r.data(), "run", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// checkSockets demands that the one folder is this pool's, and private.
func checkSockets(t *testing.T, r *rig, p *process) {
	t.Helper()
	list := socketFolders(t, r)
	if len(list) != 1 || !strings.HasPrefix(filepath.Base(list[0]), fmt.Sprintf("p%d-", p.cmd.Process.Pid)) {
		t.Errorf("folders for sockets: %q, want one of process %d", list, p.cmd.Process.Pid)
	}
	for _, dir := range append(list, filepath.Join(r.data(), "run")) {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v, want a folder with mode 0700", dir, info, err)
		}
	}
}

// checkData demands that nothing but what the pool keeps is in its folders.
func checkData(t *testing.T, r *rig) {
	t.Helper()
	var files []string
	err := filepath.WalkDir(r.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && path != r.dir {
			rel, _ := filepath.Rel(r.dir, path)
			files = append(files, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		known := slices.ContainsFunc([]string{"toychain", "data"}, func(k string) bool { return f == k }) ||
			slices.ContainsFunc([]string{"shares", "ledger", "found", "run", "epoch", "sessions"}, func(k string) bool {
				return strings.HasPrefix(f, "data/"+k)
			})
		if !known {
			t.Errorf("%s is left and nobody knows it", f)
		}
	}
	t.Logf("left after the end: %q", files)
}

// TestPluginFilesThatAreRefused names files that must not or cannot run. Run and
// check say so at once, with file, line and key.
func TestPluginFilesThatAreRefused(t *testing.T) {
	withoutRace(t)
	t.Parallel()
	r := mustRig(t)
	right := r.plugin
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(r.dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const anything = "allow_unverified = true"
	for name, c := range map[string]struct {
		plugin, trust, key string
		want               []string
	}{
		"wrong sha256":   {right, fmt.Sprintf(`sha256 = "%064x"`, 7), "coins.toy.", []string{"another sha256", "configured is 0000", "sha256 ="}},
		"no sha256":      {right, "", "coins.toy.sha256", []string{"is missing", "allow_unverified = true"}},
		"short sha256":   {right, `sha256 = "abc"`, "coins.toy.sha256", []string{"expected 64 hexadecimal digits"}},
		"world-writable": {file("open", "#!/bin/sh\n", 0o757), anything, "coins.toy.driver", []string{"written by everybody", "chmod o-w"}},
		"no plugin":      {"/bin/true", anything, "coins.toy.driver", []string{"without a handshake"}},
		"text":           {file("text", "hello\n", 0o755), anything, "coins.toy.driver", []string{"exec format error"}},
		"not executable": {file("plain", "hello\n", 0o644), anything, "coins.toy.driver", []string{"chmod +x"}},
		"folder":         {r.dir, anything, "coins.toy.driver", []string{"not a regular file"}},
		"missing":        {filepath.Join(r.dir, "none"), anything, "coins.toy.driver", []string{"no such file"}},
	} {
		t.Run(name, func(t *testing.T) {
			q := *r
			q.plugin = c.plugin
			toml := q.config(t, c.trust, "")
			for _, command := range []string{"check", "run"} {
				begin := time.Now()
				out, code := runBinary(t, command, toml)
				if code != 2 {
					t.Errorf("%s: exit code %d, want 2", command, code)
				}
				if took := time.Since(begin); took > 10*time.Second {
					t.Errorf("%s took %v", command, took)
				}
				line := lineWith(out, toml+":", ": "+c.key)
				for _, want := range c.want {
					if !strings.Contains(line, want) {
						t.Errorf("%s: no %q in %q of:\n%s", command, want, line, out)
					}
				}
			}
		})
	}
}

// lineWith is the first line that has both parts.
func lineWith(text, a, b string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, a) && strings.Contains(line, b) {
			return line
		}
	}
	return ""
}

// TestPluginFileSwappedWhileThePoolRuns puts another program in the place of a
// plugin's file. The process that runs is not hurt; it is not replaced by the
// wrong one; and it is back once the right file is.
func TestPluginFileSwappedWhileThePoolRuns(t *testing.T) {
	withoutRace(t)
	r := mustRig(t)
	toml := r.config(t, r.sum(t), "")
	example, err := os.ReadFile(r.plugin)
	if err != nil {
		t.Fatal(err)
	}
	swap := func(text []byte) {
		t.Helper()
		fresh := r.plugin + ".new"
		mustProgram(t, fresh, text)
		if err := os.Rename(fresh, r.plugin); err != nil {
			t.Fatal(err)
		}
	}
	p := mustStart(t, "run", toml)
	m := mustMine(t, r)
	m.poll(t, "a block of the toy chain", func() bool { return r.accepted(t) >= 1 })
	pid := p.runsFile(r.plugin)

	marker := filepath.Join(r.dir, "ran")
	swap([]byte("#!/bin/sh\ntouch " + marker + "\n"))
	if gone(pid) {
		t.Error("the running plugin ended with its file")
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	m.poll(t, "three starts that are refused", func() bool {
		c := r.coin(t, "toy")
		return c.State == "down" && c.Restarts >= 3 && strings.Contains(c.LastError, "another sha256")
	})
	height, before := r.parent.Height(), m.accepted.Load()
	m.poll(t, "shares and a block of the parent without it", func() bool {
		return r.parent.Height() > height && m.accepted.Load() > before+100
	})
	if _, err := os.Stat(marker); !os.IsNotExist(err) {
		t.Error("the wrong program was run")
	}
	blocks := r.accepted(t)
	swap(example)
	m.poll(t, "blocks of the toy chain again", func() bool { return r.coin(t, "toy").State == "ready" && r.accepted(t) > blocks })
	p.stop()
}

// TestPluginThatWritesGarbage mines with a plugin that writes what it can on
// every output. The log stays in bounds, and each line in it is the pool's own.
func TestPluginThatWritesGarbage(t *testing.T) {
	r := mustRig(t)
	p := mustStart(t, "run", r.config(t, r.sum(t), "garbage = true"))
	m := mustMine(t, r)
	begin := time.Now()
	m.poll(t, "blocks of both chains, for three seconds", func() bool {
		return time.Since(begin) > 3*time.Second && r.accepted(t) >= 3 && r.parent.Height() > 0
	})
	took := time.Since(begin)
	if n := r.coin(t, "toy").Restarts; n != 0 {
		t.Errorf("the plugin was started again %d times", n)
	}
	p.stop()

	text := p.log.String()
	most := 1<<20 + int(took.Seconds()+1)*(200<<10)
	if len(text) > most {
		t.Errorf("%d bytes of log after %v, want at most %d", len(text), took, most)
	}
	lines, noisy := 0, 0
	for line := range strings.Lines(text) {
		lines++
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry["msg"] == nil {
			t.Fatalf("a line of the log is no entry of it: %v: %.200q", err, line)
		}
		if strings.Contains(line, "@message") || strings.Contains(line, "carriage") || entry["msg"] == "forged" {
			noisy++
			if entry["coin"] != "toy" {
				t.Errorf("a line does not say whose it is: %.200s", line)
			}
		}
		if strings.ContainsAny(line, "\x00\x1b\x07\r") {
			t.Errorf("control characters in a line: %.200q", line)
		}
	}
	if noisy == 0 || !strings.Contains(text, "lines were dropped") {
		t.Errorf("%d lines of garbage in the log, and whether lines were dropped is said: %v",
			noisy, strings.Contains(text, "lines were dropped"))
	}
	t.Logf("%d lines, %d bytes in %v", lines, len(text), took.Round(time.Millisecond))
}

// TestPluginThatCrashes mines with a plugin that dies after every second block
// of its chain.
func TestPluginThatCrashes(t *testing.T) {
	r := mustRig(t)
	p := mustStart(t, "run", r.config(t, r.sum(t), "crash_after = 2"))
	m := mustMine(t, r)
	for round := range 3 {
		m.poll(t, "a crash", func() bool { return r.coin(t, "toy").Restarts > uint64(round) })
	}
	m.poll(t, "the plugin to be back", func() bool { return p.runsFile(r.plugin) != 0 })
	height, before := r.parent.Height(), m.accepted.Load()
	m.poll(t, "blocks of the parent after it", func() bool {
		return r.parent.Height() > height && m.accepted.Load() > before+100
	})
	c := r.coin(t, "toy")
	if !strings.Contains(c.LastError, "crash_after: as told") || !strings.Contains(c.LastError, "toy") {
		t.Errorf("the status does not say why: %q", c.LastError)
	}
	for _, coin := range r.view(t).Coins {
		if coin.Name == "parent" && coin.Restarts != 0 {
			t.Errorf("the parent was opened again %d times", coin.Restarts)
		}
	}
	m.poll(t, "two more blocks of the toy chain, and so a crash", func() bool { return r.coin(t, "toy").Restarts > c.Restarts })
	p.kill()
}
