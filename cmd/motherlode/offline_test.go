package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// offlineConfig is a pool that is not run.
const offlineConfig = `data_dir = %q
[http]
listen = ""
[coins.parent]
driver  = "bitcoin"
network = "regtest"
isolate = false
[coins.parent.settings]
nodes = [{ url = "http://127.0.0.1:1", user = "u", password = "p" }]
[pools.p]
parent  = "parent"
address = %q
[[pools.p.listen]]
address = "127.0.0.1:1"
`

// mustOffline is the file of a pool that does not run and whose share log has one
// block, which the ledger knows if it is folded.
func mustOffline(t *testing.T, folded bool) (file, data string) {
	t.Helper()
	dir := t.TempDir()
	data, file = filepath.Join(dir, "d"), filepath.Join(dir, "m.toml")
	if err := os.WriteFile(file, fmt.Appendf(nil, offlineConfig, data, demoAddress), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := sharelog.Open(filepath.Join(data, "shares"), sharelog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	l, err := ledger.Open(filepath.Join(data, "ledger.db"), log, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	write := func(hash byte) {
		var b sharelog.Batch
		b.Block(&sharelog.Block{Time: time.Now().UnixMilli(), Pool: "p", Chain: "parent", Height: uint64(hash), Hash: [32]byte{hash}, State: "accepted", Account: demoAddress, Worker: "rig"})
		if err := log.AppendSynced(&b); err != nil {
			t.Fatal(err)
		}
	}
	write(1)
	if err := l.Sync(ctx, log.End()); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := errors.Join(<-done, l.Close()); err != nil {
		t.Fatal(err)
	}
	if !folded {
		write(2)
	}
	return file, data
}

// listing is every file and folder below dir with what can be seen of a change.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&all, "%s %s %d %s\n", path, info.Mode(), info.Size(), info.ModTime())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// Whoever lists blocks, accounts or payments of a pool that does not run leaves
// nothing behind: files of root in the data folder would keep the pool from starting.
func TestOfflineReadsMakeNothing(t *testing.T) {
	full, data := mustOffline(t, true)
	behind, _ := mustOffline(t, false)
	fresh := filepath.Join(t.TempDir(), "m.toml")
	if err := os.WriteFile(fresh, fmt.Appendf(nil, offlineConfig, filepath.Join(filepath.Dir(fresh), "none"), demoAddress), 0o600); err != nil {
		t.Fatal(err)
	}
	lost, lostData := mustOffline(t, true)
	if err := os.Remove(filepath.Join(lostData, "ledger.db")); err != nil {
		t.Fatal(err)
	}
	empty, emptyData := mustOffline(t, true)
	for _, name := range []string{"shares", "ledger.db"} {
		if err := os.RemoveAll(filepath.Join(emptyData, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(emptyData, "shares"), 0o750); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file string
		code       int
		want       string
	}{
		{"all there", full, 0, "accepted"},
		{"a ledger that is behind", behind, 0, "bytes of it are not counted here; the next start of the pool counts them"},
		{"no data folder", fresh, 1, "there is nothing to list yet, and no pool runs in the file's data_dir"},
		{"an empty data folder", empty, 1, "there is nothing to list yet, and no pool runs in the file's data_dir"},
		{"no ledger", lost, 1, "the next start of the pool makes it of the log"},
	} {
		t.Run(c.name, func(t *testing.T) {
			was := listing(t, filepath.Dir(c.file))
			for _, args := range [][]string{{"blocks", c.file}, {"account", c.file, demoAddress}, {"payouts", "list", c.file}, {"payouts", "export", c.file}} {
				out, code := runBinary(t, args...)
				if is := listing(t, filepath.Dir(c.file)); is != was {
					t.Errorf("%s changed the folder: before\n%safter\n%s", args[0], was, is)
				}
				if args[0] == "account" && c.code == 0 {
					continue // the account has nothing yet
				}
				if code != c.code || args[0] == "blocks" && !strings.Contains(out, c.want) || c.code != 0 && !strings.Contains(out, c.want) {
					t.Errorf("%q: exit code %d, want %d; it printed\n%swant %q in it", args, code, c.code, out, c.want)
				}
			}
		})
	}

	// A folder that may be read alone is enough.
	if err := errors.Join(os.Chmod(filepath.Join(data, "ledger.db"), 0o400), os.Chmod(data, 0o500), os.Chmod(filepath.Join(data, "shares"), 0o500)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(os.Chmod(data, 0o700), os.Chmod(filepath.Join(data, "shares"), 0o700)) })
	if out, code := runBinary(t, "blocks", full); code != 0 || !strings.Contains(out, "accepted") {
		t.Errorf("a folder for reading: exit code %d\n%s", code, out)
	}
}

// A file whose data_dir is relative is about the same pool from any folder.
func TestOfflineReadsFromAnotherFolder(t *testing.T) {
	file, data := mustOffline(t, true)
	text := strings.Replace(mustRead(t, file), fmt.Sprintf("%q", data), `"d"`, 1)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	mustBinary(t)
	elsewhere := t.TempDir()
	t.Chdir(elsewhere)
	for _, args := range [][]string{{"blocks", file}, {"audit", file, "--chain", "parent", "--all"}} {
		if out, _ := runBinary(t, args...); !strings.Contains(out, "accepted") {
			t.Errorf("%q does not list the block:\n%s", args, out)
		}
	}
	if names, err := os.ReadDir(elsewhere); err != nil || len(names) > 0 {
		t.Errorf("the folder has %v, %v", names, err)
	}

	// A pool that an older version had made here is said, and not passed over.
	if err := os.Rename(data, filepath.Join(elsewhere, "d")); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check", file}, {"run", file}, {"blocks", file}, {"drain", file}} {
		out, code := runBinary(t, args...)
		if want := fmt.Sprintf("write data_dir = %q if that is this pool's", filepath.Join(elsewhere, "d")); code != 2 || !strings.Contains(out, want) {
			t.Errorf("%q: exit code %d:\n%s\nwant %s", args, code, out, want)
		}
	}
	if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a new data folder was made: %v", err)
	}
}

// What no block can have is refused, with what it can.
func TestBlocksOfUnknownNames(t *testing.T) {
	file, data := mustOffline(t, true)
	for _, c := range []struct {
		args []string
		want string // empty: it is right
	}{
		{[]string{"blocks", file, "--chain", "nosuch"}, `--chain "nosuch": there is none of this name; expected one of parent`},
		{[]string{"blocks", file, "--pool", "nosuch", "--json"}, `--pool "nosuch": there is none of this name; expected one of p`},
		{[]string{"blocks", file, "--state", "nosuch"}, `--state "nosuch"`},
		{[]string{"blocks", file, "--chain", "parent", "--pool", "p", "--state", "orphaned"}, ""},
		{[]string{"blocks", "--data", data, "--chain", "nosuch"}, ""},
	} {
		_, _, err := importCommand(t, c.args...)
		var use *useError
		if got := fmt.Sprint(err); c.want == "" && err != nil || c.want != "" && (!errors.As(err, &use) || !strings.Contains(got, c.want)) {
			t.Errorf("%q: got %v, want %s", c.args, err, c.want)
		}
	}
	// A chain that the file has no more is one all the same, if a block is of it.
	text := strings.NewReplacer("parent  =", "parent =", `"parent"`, `"other"`, "coins.parent", "coins.other").Replace(mustRead(t, file))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := importCommand(t, "blocks", file, "--chain", "parent", "--state", "orphaned"); err != nil {
		t.Errorf("a chain of old: %v", err)
	}
}
