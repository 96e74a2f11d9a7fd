package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// A command to a pool takes FILE, --data or neither, and says which argument is
// missing.
func TestArgumentsOfCommandsToAPool(t *testing.T) {
	for _, c := range []struct{ name, args, want string }{
		{"none", "", "ADDRESS is missing; see"},
		{"a file alone", "m.toml", "ADDRESS is missing behind m.toml"},
		{"too many", "m.toml 192.0.2.1 x", "3 arguments are too many; expected [FILE] ADDRESS"},
		{"both ways to name it", "m.toml 192.0.2.1 --data .", "say FILE or --data, not both"},
		{"no such folder", "192.0.2.1 --data nowhere", "there is no such folder"},
		{"a file for a folder", "192.0.2.1 --data which_test.go", "is no folder; a configuration file is named without --data"},
		{"no such file", "nowhere.toml 192.0.2.1", "nowhere.toml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			root := newRoot()
			root.SetOut(&out)
			root.SetArgs(append([]string{"ban"}, strings.Fields(c.args)...))
			err := root.ExecuteContext(t.Context())
			var use *useError
			if !errors.As(err, &use) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a fault of use with %q", err, c.want)
			}
		})
	}
}

// mustHome is a home folder of the test's own, in which no pool is, and where it stands.
func mustHome(t *testing.T) (dir string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "mlw") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, sub := range []string{"share/motherlode", "tmp", "here"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("XDG_DATA_HOME", filepath.Join(dir, "share"))
	t.Setenv("TMPDIR", filepath.Join(dir, "tmp"))
	t.Chdir(filepath.Join(dir, "here"))
	files, service := usualFiles, serviceFolder
	usualFiles, serviceFolder = usualFiles[:1], filepath.Join(dir, "service")
	t.Cleanup(func() { usualFiles, serviceFolder = files, service })
	return dir
}

// listenIn has somebody answer in a data folder until stop is called, which leaves
// the file of the socket behind as a crash does.
func listenIn(t *testing.T, dir string) (stop func()) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, control.SocketName))
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	stop = func() { l.Close() }
	t.Cleanup(stop)
	return stop
}

func TestThePoolThatIsMeantWhereNoneIsNamed(t *testing.T) {
	dir := mustHome(t)
	expect := func(what, file, folder string, words ...string) {
		t.Helper()
		got, err := onlyPool(t.Context())
		if len(words) == 0 && (err != nil || got.file != file || got.dir != folder) {
			t.Errorf("%s: got %+v, %v; want %q, %q", what, got, err, file, folder)
		}
		for _, w := range words {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: got %+v, %v; want %q in the error", what, got, err, w)
			}
		}
	}
	expect("nothing", "", "", "no pool was found: neither motherlode.toml nor", "or its data folder with --data")

	solo := filepath.Join(dir, "share/motherlode/solo-bitcoin-main")
	if err := os.MkdirAll(solo, 0o700); err != nil {
		t.Fatal(err)
	}
	expect("one that does not run", "", solo)
	second := filepath.Join(dir, "share/motherlode/solo-bitcoin-it's")
	if err := os.Mkdir(second, 0o700); err != nil {
		t.Fatal(err)
	}
	expect("two that do not run", "", "", "More than one is here, and none runs", "or the FILE of a pool that is elsewhere", "  --data "+solo, `  --data '`+filepath.Dir(second)+`/solo-bitcoin-it'\''s'`)
	stop := listenIn(t, solo)
	expect("one of two runs", "", solo)

	if err := os.WriteFile("motherlode.toml", []byte(`data_dir = "d"`+"\nwrong = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect("a file whose pool does not run", "", solo)
	listenIn(t, "d")
	expect("two run", "", "", "More than one runs", "\n  motherlode.toml\n", "  --data "+solo)
	stop()
	expect("a socket that a crash has left", "motherlode.toml", "d")
}

// A folder that anybody could have made is no demo of the one who asks.
func TestDemosOfOthersAreNotAsked(t *testing.T) {
	dir := mustHome(t)
	demo := filepath.Join(dir, "tmp", demoFolders+"1")
	listenIn(t, filepath.Join(demo, "pool"))
	if err := os.Chmod(demo, 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := onlyPool(t.Context()); err == nil {
		t.Errorf("open to others: got %+v", got)
	}
	if err := os.Chmod(demo, 0o700); err != nil {
		t.Fatal(err)
	}
	if got, err := onlyPool(t.Context()); err != nil || got.dir != filepath.Join(demo, "pool") {
		t.Errorf("closed to others: got %+v, %v", got, err)
	}
}

// Every command to a pool can be told so by its folder.
func TestCommandsToAPoolTakeAFolder(t *testing.T) {
	root := newRoot()
	eachCommand(root, func(cmd *cobra.Command) {
		if arguments(cmd) == nil || cmd.Flags().Lookup("data") == nil || cmd.Name() == "solo" {
			return
		}
		if !strings.Contains(cmd.Use, "[FILE]") {
			t.Errorf("%s: the use line is %q", cmd.CommandPath(), cmd.Use)
		}
	})
	for _, name := range []string{"status", "sessions", "sessions drop", "blocks", "account", "ban", "unban", "bans", "drain", "payouts list", "payouts run"} {
		if cmd, _, err := root.Find(strings.Fields(name)); err != nil || cmd.Flags().Lookup("data") == nil {
			t.Errorf("%s has no --data", name)
		}
	}
}

// inside runs a command within the test, where mustHome decides which pools are here.
func inside(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

// TestSoloIsAsked asks a pool that has no configuration file, by the command that it
// prints, and without naming it.
func TestSoloIsAsked(t *testing.T) {
	mustBinary(t) // is made where the test stands
	mustHome(t)
	node := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: 0x207fffff})
	addr := mustFreePort(t)
	p := mustStart(t, "solo", "--node", strings.Replace(node.URL(), "http://", "http://u:p@", 1), "--network", "regtest", "--address", demoAddress,
		"--listen", addr, "--http", "", "--difficulty", "1e-10")
	miner := mustConnect(t, addr, "rig")
	var printed []string
	poll(t, "the command that asks how it is doing", 30*time.Second, func() bool {
		printed = regexp.MustCompile(`how it is doing: motherlode status --data (\S+)\n`).FindStringSubmatch(p.log.String())
		return printed != nil
	})
	poll(t, "a block", 60*time.Second, func() bool {
		mineAs(t, miner, "rig")
		out, err := inside(t, "blocks")
		return err == nil && strings.Contains(out, "accepted")
	})
	data := printed[1]
	for _, c := range []struct{ args, want string }{
		{"blocks --state mined", `--state "mined": a block is pending,`}, {"blocks --state mature --data " + data, "no blocks that are asked for"}, {"payouts list", "no payments yet"},
		{"account rig", "hash rate  "},
	} {
		out, err := inside(t, strings.Fields(c.args)...)
		if err != nil {
			out += err.Error()
		}
		if !strings.Contains(out, c.want) {
			t.Errorf("%s: got %q, want %q in it", c.args, out, c.want)
		}
	}
	for _, args := range [][]string{{"status", "--data", data}, {"status"}, {"sessions"}, {"account", "rig"}, {"account", "rig", "--data", data}, {"bans"}, {"payouts", "dry-run"}} {
		if out, err := inside(t, args...); err != nil || out == "" {
			t.Errorf("%q: %v, it printed %q", args, err, out)
		}
	}
	if out, err := inside(t, "status", "--json"); err != nil || !json.Valid([]byte(out)) {
		t.Errorf("status --json: %v\n%s", err, out)
	}
	if _, err := inside(t, "reload"); err == nil || !strings.Contains(err.Error(), "without a configuration file") {
		t.Errorf("reload: got %v", err)
	}
	p.stop()
	if out, err := inside(t, "blocks"); err != nil || !strings.Contains(out, "base units") {
		t.Errorf("blocks of its files: %v\n%s", err, out)
	}
	const elsewhere = "; of a pool that is elsewhere name the configuration FILE, or its data folder with --data"
	if _, err := inside(t, "status"); err == nil || !strings.HasSuffix(err.Error(), "no pool runs in "+data+elsewhere) {
		t.Errorf("status behind its end: got %v", err)
	}
	if _, err := inside(t, "status", "--data", data); err == nil || !strings.HasSuffix(err.Error(), "no pool runs in "+data) {
		t.Errorf("status of a named folder behind its end: got %v", err)
	}
	if _, err := inside(t, "account", "rig"); err == nil || !strings.Contains(err.Error(), "no pool runs in "+data) {
		t.Errorf("account behind its end: got %v", err)
	}
}
