package scaffold

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write go.mod.tmpl and go.sum.tmpl anew")

// moduleHead is go.mod.tmpl before the go command adds what the project needs.
const moduleHead = `module example.org/toychain

go 1.26.0

// Motherlode from a folder:
//	go mod edit -replace github.com/motherlode-pool/motherlode=FOLDER
// A released version:
//	go get github.com/motherlode-pool/motherlode@VERSION
require github.com/motherlode-pool/motherlode v0.0.0
`

// TestModuleFilesAreThoseOfTheModule keeps a new project's go.mod and go.sum in
// step with this module's: the go command makes them anew, and every version and
// checksum in them must be one of this module's.
func TestModuleFilesAreThoseOfTheModule(t *testing.T) {
	root := mustRoot(t)
	dir := t.TempDir()
	for _, f := range mustFiles(t, Config{Name: "toychain", Lang: "go"}) {
		mustWrite(t, filepath.Join(dir, filepath.FromSlash(f.Path)), f.Text)
	}
	mustWrite(t, filepath.Join(dir, "go.mod"), []byte(moduleHead))
	mustWrite(t, filepath.Join(dir, "go.sum"), nil)
	mustGo(t, dir, "mod", "edit", "-replace", ourModule+"="+root)
	mustGo(t, dir, "list", "-mod=mod", "-deps", "-test", "./...")
	mustGo(t, dir, "mod", "edit", "-dropreplace", ourModule)

	known := mustRead(t, filepath.Join(root, "go.sum"))
	for line := range strings.Lines(string(mustRead(t, filepath.Join(dir, "go.sum")))) {
		if !bytes.Contains(known, []byte(line)) {
			t.Errorf("a new project would need %q, which this module's go.sum does not have", line)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		want, path := mustRead(t, filepath.Join(dir, name)), filepath.Join("toychain", name+templateSuffix)
		if *update {
			mustWrite(t, path, want)
		}
		if got := mustRead(t, path); !bytes.Equal(got, want) {
			t.Errorf("%s is stale: go test ./plugins/scaffold -run %s -update\ngot\n%swant\n%s", path, t.Name(), got, want)
		}
	}
}

// mustRoot is the folder of this module.
func mustRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// mustGo runs the go command without a network, as a project of its own would.
func mustGo(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN=local")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func mustFiles(t *testing.T, cfg Config) []File {
	t.Helper()
	files, err := Files(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func mustWrite(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
