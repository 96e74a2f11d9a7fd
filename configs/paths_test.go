package configs

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// pathsFile has a path in every key that takes one.
const pathsFile = `
data_dir = "data"
[http]
operator_token_file = "token"
[[hooks]]
name = "w"
kind = "webhook"
url = "https://example.org/"
secret_file = "secret"
[[hooks]]
name = "n"
kind = "ntfy"
url = "https://example.org/t"
token_file = "ntfy"
[[hooks]]
name = "m"
kind = "email"
url = "smtps://example.org"
user = "u"
from = "a@example.org"
to = ["b@example.org"]
password_file = "password"
[coins.a]
driver = "bitcoin"
settings = { nodes = [{ url = "https://127.0.0.1:1", cookie = "cookie", ca = "ca" }] }
[[coins.b.settings.nodes]]
url = "http://127.0.0.1:2"
cookie = "/absolute/cookie"
[coins.b]
driver = "namecoin"
[coins.c]
driver = "./plugin"
allow_unverified = true
settings = { nodes = [{ cookie = "its own" }] }
[pools.p]
parent = "a"
aux = ["b", "c"]
address = "x"
ckpool_files = "ckpool"
[[pools.p.listen]]
address = ":1"
tls = { cert = "cert", key = "key" }
`

// pathsIn are all of pathsFile's paths, in its order.
func pathsIn(c *Config) []string {
	node := func(coin string) map[string]any {
		switch all := c.Coins[coin].Settings["nodes"].(type) {
		case []map[string]any:
			return all[0]
		case []any:
			return all[0].(map[string]any)
		}
		return nil
	}
	text := func(v any) string { s, _ := v.(string); return s }
	p := c.Pools["p"]
	return []string{
		c.DataDir, c.HTTP.OperatorTokenFile, c.Hooks[0].SecretFile, c.Hooks[1].TokenFile, c.Hooks[2].PasswordFile,
		text(node("a")["cookie"]), text(node("a")["ca"]), c.Coins["c"].Driver, p.CKPoolFiles, p.Listen[0].TLS.Cert, p.Listen[0].TLS.Key,
		text(node("b")["cookie"]), text(node("c")["cookie"]),
	}
}

// Relative paths are of the file: wherever a command is started, it finds the same.
func TestPathsAreRelativeToTheFile(t *testing.T) {
	base := t.TempDir()
	dir, elsewhere := filepath.Join(base, "pool"), filepath.Join(base, "elsewhere")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Mkdir(elsewhere, 0o700), os.WriteFile(filepath.Join(dir, "m.toml"), []byte(pathsFile), 0o600)); err != nil {
		t.Fatal(err)
	}
	names := []string{"data", "token", "secret", "ntfy", "password", "cookie", "ca", "plugin", "ckpool", "cert", "key"}
	for _, c := range []struct{ from, file, want string }{
		{elsewhere, "../pool/m.toml", "../pool/"},
		{elsewhere, filepath.Join(dir, "m.toml"), dir + "/"},
		{base, "pool/m.toml", "pool/"},
		{dir, "m.toml", ""},
		{dir, "./m.toml", ""},
		{dir, filepath.Join(dir, "m.toml"), ""},
	} {
		t.Run(c.from+" "+c.file, func(t *testing.T) {
			t.Chdir(c.from)
			cfg, err := Load(c.file)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, name := range names {
				if c.want == "" && name == "plugin" {
					name = "./plugin" // a path still, and no driver's name
				}
				want = append(want, c.want+name)
			}
			want = append(want, "/absolute/cookie", "its own")
			if got := pathsIn(cfg); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			if w := cfg.Warnings(); strings.Contains(strings.Join(w, "\n"), "data_dir") {
				t.Errorf("warnings: %q", w)
			}
		})
	}
}

// What a pool wrote in the folder that it was started in is not left behind for an
// empty one beside the file.
func TestPathsOfTheOldKindAreSaid(t *testing.T) {
	for _, c := range []struct {
		name    string
		beside  []string // files beside the configuration
		here    []string // files in the folder of the program
		problem string   // empty: none
		warning string
	}{
		{"nothing yet", nil, nil, "", ""},
		{"beside the file", []string{"data/shares/x"}, nil, "", ""},
		{"where the program started", nil, []string{"data/shares/x"}, `data_dir: "data" is relative to the folder of this file, and no pool has written anything in BASE/pool/data; one has in BASE/here/data, `, ""},
		{"a ledger alone", nil, []string{"data/ledger.db"}, "write data_dir = \"BASE/here/data\" if that is this pool's", ""},
		{"where the program started, and an empty folder", []string{"data/"}, []string{"data/shares/x"}, "write data_dir = \"BASE/pool/data\" for a new pool", ""},
		{"a folder that is no pool's", nil, []string{"data/letters"}, "", ""},
		{"both", []string{"data/shares/x"}, []string{"data/shares/x"}, "", "a pool has written both in BASE/pool/data and in BASE/here/data; the first is used"},
		{"a certificate where the program started", nil, []string{"cert"}, `pools.p.listen[0].tls.cert: "cert" is relative to the folder of this file, and BASE/pool/cert is not there; what is there is BASE/here/cert, `, ""},
		{"a cookie where the program started", nil, []string{"cookie"}, "coins.a.settings.nodes[0].cookie", ""},
		{"certificates in both", []string{"cert"}, []string{"cert"}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := t.TempDir()
			mustPut(t, filepath.Join(base, "pool"), c.beside...)
			mustPut(t, filepath.Join(base, "here"), c.here...)
			if err := os.WriteFile(filepath.Join(base, "pool/m.toml"), []byte(pathsFile), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Chdir(filepath.Join(base, "here"))
			cfg, err := Load("../pool/m.toml")
			if cfg == nil {
				t.Fatal(err)
			}
			if want := strings.ReplaceAll(c.problem, "BASE", base); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			warnings := strings.Join(cfg.Warnings(), "\n")
			if want := strings.ReplaceAll(c.warning, "BASE", base); !strings.Contains(warnings, want) || want == "" && strings.Contains(warnings, "data_dir") {
				t.Errorf("warnings %q, want %q", warnings, want)
			}
			if cfg.DataDir != "../pool/data" { // commands would speak to another pool
				t.Errorf("data_dir is %s", cfg.DataDir)
			}
		})
	}
}

// mustPut makes a folder and empty files in it, and folders where names end in "/".
func mustPut(t *testing.T, dir string, names ...string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		if strings.HasSuffix(name, "/") {
			path = filepath.Join(path, "x")
		}
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err == nil && !strings.HasSuffix(name, "/") {
			err = os.WriteFile(path, nil, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
