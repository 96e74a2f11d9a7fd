//go:build unix

package ckpoolfiles

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// Who may look into the folder may read the files, whatever the umask.
func TestRights(t *testing.T) {
	old := syscall.Umask(0o077) // as the service has it
	defer syscall.Umask(old)
	for name, mode := range map[string]os.FileMode{"everybody": 0o755, "a group": 0o750, "nobody else": 0o700} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "logs")
			if err := os.Mkdir(dir, mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(dir, mode); err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				b := mustWriter(t, dir, newFake(accountAt("alice", time.Now(), "r")))
				defer b.end()
				for path, want := range map[string]os.FileMode{
					"users": mode, "users/alice": mode & 0o666, "workers/alice.r": mode & 0o666, "pool": mode, "pool/pool.status": mode & 0o666,
				} {
					info, err := os.Stat(b.path(path))
					if err != nil {
						t.Fatal(err)
					}
					if got := info.Mode().Perm(); got != want {
						t.Errorf("%s: got %s, want %s", path, got, want)
					}
				}
			})
		})
	}
}
