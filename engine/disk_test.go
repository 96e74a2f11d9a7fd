package engine

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/simchain/simtest"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// fullDisk is a share log's folder whose writes fail while it is full.
type fullDisk struct {
	sharelog.FS
	full atomic.Bool
}

type fullFile struct {
	sharelog.File
	disk *fullDisk
}

var errFull = errors.New("no space left on device")

func (d *fullDisk) wrap(f sharelog.File, err error) (sharelog.File, error) {
	if err != nil {
		return nil, err
	}
	return fullFile{f, d}, nil
}

func (d *fullDisk) Create(name string) (sharelog.File, error) {
	if d.full.Load() {
		return nil, errFull
	}
	return d.wrap(d.FS.Create(name))
}

func (d *fullDisk) Modify(name string) (sharelog.File, error) { return d.wrap(d.FS.Modify(name)) }

func (f fullFile) WriteAt(b []byte, at int64) (int, error) {
	if f.disk.full.Load() {
		n, _ := f.File.WriteAt(b[:len(b)/2], at) // half of it still finds room
		return n, errFull
	}
	return f.File.WriteAt(b, at)
}

// TestShareThatCannotBeLoggedIsRefused fills the disk under a mining pool.
func TestShareThatCannotBeLoggedIsRefused(t *testing.T) {
	node := simtest.MustStart(t, simchain.Config{Name: "hard", Parent: true, Bits: 0x1d00ffff, User: "u", Password: "p"})
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.MkdirAll(filepath.Join(dir, "shares"), 0o700); err != nil {
		t.Fatal(err)
	}
	disk := &fullDisk{FS: sharelog.Dir(filepath.Join(dir, "shares"))}
	var words lines
	r := mustRunWith(t, Config{
		DataDir: dir,
		Coins:   map[string]CoinConfig{"bitcoin": mustCoin(t, "bitcoin", "regtest", nodeSettings(node.URL(), "u", "p"))},
		Pools:   map[string]configs.Pool{"btc": testPool("bitcoin", testnode.AnyAddress)},
	}, Deps{ShareLogFS: disk, Logger: slog.New(slog.NewTextHandler(&words, nil))})
	c := mustClient(t, r.addr, "sha256d", "anyone")
	mine := func(n int, want string) {
		t.Helper()
		for range n {
			if got := c.mine("anyone"); !strings.Contains(got, want) {
				t.Fatalf("got %s, want %s", got, want)
			}
		}
	}
	mine(3, "true")
	disk.full.Store(true)
	mine(4, "share-log-failed")
	view := r.engine.Status()
	if p := view.Pools[0]; !strings.Contains(p.Problem, "share log") || p.Accepted != 3 || p.Rejected["share-log-failed"] != 4 {
		t.Errorf("status while the disk is full: problem %q, %d accepted, %v rejected", p.Problem, p.Accepted, p.Rejected)
	}
	disk.full.Store(false)
	mine(2, "true")
	if p := r.engine.Status().Pools[0]; p.Problem != "" {
		t.Errorf("problem after the disk has room again: %q", p.Problem)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]int{"share log cannot be written": 1, "share log can be written again": 1, "cannot be written to the share log": 1, "written to the share log again": 1} {
		if got := words.count(word); got != want {
			t.Errorf("%q is logged %d times, want %d: the log may be on the same disk", word, got, want)
		}
	}
	if n := sharesIn(t, filepath.Join(dir, "shares")); n != 5 {
		t.Errorf("%d shares in the log, want the 5 that were accepted", n)
	}
}

func sharesIn(t *testing.T, dir string) (n int) {
	t.Helper()
	log, err := sharelog.Open(dir, sharelog.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	reader := log.Read(log.Start())
	defer reader.Close()
	for {
		rec, _, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.Kind == sharelog.KindShare {
			n++
		}
	}
}
