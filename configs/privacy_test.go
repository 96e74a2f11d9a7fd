package configs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
)

// A TLS key that everybody can read is warned of once, however many ports have it.
func TestWarningOfAKeyForEverybody(t *testing.T) {
	for name, c := range map[string]struct {
		mode os.FileMode
		want int
	}{
		"of the owner alone":     {0o600, 0},
		"of a group":             {0o640, 0},
		"of everybody":           {0o644, 1},
		"not there (0: no file)": {0, 0},
	} {
		dir := t.TempDir()
		key := filepath.Join(dir, "key.pem")
		if c.mode != 0 {
			if err := os.WriteFile(key, []byte("key"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(key, c.mode); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, "f.toml")
		text := `
[coins.a]
driver = "bitcoin"
[pools.p]
parent = "a"
address = "x"
[[pools.p.listen]]
address = "127.0.0.1:3333"
tls = { cert = "cert.pem", key = "key.pem" }
[[pools.p.listen]]
address = "127.0.0.1:3334"
tls = { cert = "cert.pem", key = "key.pem" }
`
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := configs.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(cfg.Warnings(), "\n")
		want := "pools.p.listen[0].tls.key: every user of this machine can read this key (mode 0644), and with it pass for the pool; run: chmod o-rwx " + key
		if got := strings.Count(all, "can read this key"); got != c.want || got > 0 && !strings.Contains(all, want) {
			t.Errorf("%s: it is said %d times, want %d:\n%s", name, got, c.want, all)
		}
	}
}
