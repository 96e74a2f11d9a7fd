package scaffold

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// odd are names that have broken generators: words of Go and of its tools, names
// of this project's own packages, long ones, short ones. The first few are built.
var odd = []string{
	"x", "func", "internal", "a-very-long-coin-name-with-32-ch",
	"main", "test", "vendor", "testdata", "go", "sdk", "coins", "data", "a-1", "b--c-", "chain", "node", "type",
}

// built is how many of them: a build takes seconds.
const built = 4

// TestProjectsInGoBuild makes projects with odd names and builds them as a
// newcomer would, with nothing but a replace line, and no network.
func TestProjectsInGoBuild(t *testing.T) {
	root := mustRoot(t)
	for i, name := range odd {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), name)
			if err := Write(dir, mustFiles(t, Config{Name: name, Lang: "go"})); err != nil {
				t.Fatal(err)
			}
			mustGo(t, dir, "mod", "edit", "-replace", ourModule+"="+root)
			if out := mustGo(t, dir, "list", "-test", "./..."); !strings.HasPrefix(out, "example.org/"+name+"\n") {
				t.Errorf("the module is %s", out)
			}
			if i < built {
				mustGo(t, dir, "build", "-o", name, ".")
				mustGo(t, dir, "vet", "./...")
			}
		})
	}
}

// TestProjectInGoPassesItsTests runs a new project's tests, its conformance test
// among them, and looks at its form.
func TestProjectInGoPassesItsTests(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my-coin")
	files := mustFiles(t, Config{Name: "my-coin", Lang: "go", Module: "git.example.org/~me/my.coins/v2"})
	if err := Write(dir, files); err != nil {
		t.Fatal(err)
	}
	mustGo(t, dir, "mod", "edit", "-replace", ourModule+"="+mustRoot(t))
	if out := mustGo(t, dir, "fmt", "./..."); out != "" {
		t.Errorf("gofmt rewrites %s", out)
	}
	mustGo(t, dir, "test", "./...")
}

// python is the interpreter that the project's first lines name.
const python = "/usr/bin/python3"

// TestProjectInPythonPassesItsTests runs the tests of a project whose name is a
// word of the language.
func TestProjectInPythonPassesItsTests(t *testing.T) {
	if out, err := exec.Command(python, "-c", "import grpc, google.protobuf").CombinedOutput(); err != nil {
		t.Skipf("%s has no gRPC (apt-get install python3-grpcio python3-protobuf): %v: %s", python, err, bytes.TrimSpace(out))
	}
	dir := filepath.Join(t.TempDir(), "lambda")
	if err := Write(dir, mustFiles(t, Config{Name: "lambda", Lang: "python"})); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{python, "-B", "-m", "unittest"}, {"./pack", "lambda.pyz"}} {
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
	}
}
