package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestImportsPointDownwards(t *testing.T) {
	pkgs := readModule(t, "../..")
	if len(pkgs) < 3 {
		t.Fatalf("found %d packages, want the module's", len(pkgs))
	}
	for _, w := range check(rules, pkgs) {
		t.Error(w)
	}
}

// readModule reads the import lines of the module at root. It follows no build
// tags: a file for another system is held to the same rules.
func readModule(t *testing.T, root string) []pkg {
	t.Helper()
	byPath := make(map[string]*pkg)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			return skipDir(root, name, base)
		}
		if !strings.HasSuffix(base, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(rel)
		if byPath[dir] == nil {
			byPath[dir] = &pkg{path: dir, imports: map[string][]string{}, tests: map[string][]string{}, generated: true}
		}
		return readFile(byPath[dir], name)
	})
	if err != nil {
		t.Fatal(err)
	}
	var pkgs []pkg
	for _, p := range byPath {
		pkgs = append(pkgs, *p)
	}
	slices.SortFunc(pkgs, func(a, b pkg) int { return strings.Compare(a.path, b.path) })
	return pkgs
}

// skipDir leaves out what the go command leaves out, and other modules.
func skipDir(root, name, base string) error {
	if name == root {
		return nil
	}
	if base == "testdata" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
		return filepath.SkipDir
	}
	return nil
}

func readFile(p *pkg, name string) error {
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	base := filepath.Base(name)
	into := p.imports
	if strings.HasSuffix(base, "_test.go") {
		if strings.HasSuffix(f.Name.Name, "_test") {
			return nil
		}
		into = p.tests
	} else {
		p.files++
		p.generated = p.generated && ast.IsGenerated(f)
		p.hasDoc = p.hasDoc || base == "doc.go" && strings.TrimSpace(f.Doc.Text()) != ""
	}
	for _, spec := range f.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		into[imp] = append(into[imp], path.Join(p.path, base))
	}
	return nil
}

// The check must catch what it is there for.
func TestCheckCatches(t *testing.T) {
	uses := func(paths ...string) map[string][]string {
		m := make(map[string][]string)
		for _, p := range paths {
			m[p] = []string{"x.go"}
		}
		return m
	}
	own := func(p string) string { return module + "/" + p }
	good := func(path string, imports ...string) pkg {
		return pkg{path: path, files: 1, hasDoc: true, imports: uses(imports...)}
	}
	for _, c := range []struct {
		name string
		pkgs []pkg
		want []string // a part of each message; none for no complaint
	}{
		{"all is well", []pkg{good("engine/chain", own("coins"), "net/http"), good("coins", "time")}, nil},
		{"upwards", []pkg{good("coins", own("engine/job"))}, []string{"coins: may not import engine/job (in x.go)"}},
		{"sideways", []pkg{good("engine/chain", own("engine/job"))}, []string{"engine/chain: may not import engine/job"}},
		{"pure package with a library", []pkg{good("auxpow", "golang.org/x/crypto/scrypt")}, []string{"auxpow: may not import golang.org"}},
		{"library in the contract", []pkg{good("coins", "google.golang.org/grpc")}, []string{"coins: may not import google.golang.org/grpc"}},
		{"engine imports plugins", []pkg{good("engine", own("plugins/host"))},
			[]string{"engine: may not import plugins/host", "engine: must not depend on plugins/..."}},
		{"engine imports a coin", []pkg{good("engine", own("coins/bitcoin"))}, []string{"engine: may not import coins/bitcoin"}},
		{"stratum knows a coin", []pkg{good("stratum", own("coins"))},
			[]string{"stratum: may not import coins", "stratum: must not depend on coins/..."}},
		{"coin imports the engine", []pkg{good("coins/bitcoin", own("engine"))}, []string{"coins/bitcoin: may not import engine"}},
		{"simulated chain through another", []pkg{
			good("internal/simchain", own("internal/simchain/a")), good("internal/simchain/a", own("auxpow")), good("auxpow"),
		}, []string{
			"internal/simchain: must not depend on auxpow, not even through others: internal/simchain -> internal/simchain/a -> auxpow",
			"internal/simchain/a: may not import auxpow", "internal/simchain/a: must not depend on auxpow",
		}},
		{"simulated chain's own tests", []pkg{{path: "internal/simchain", files: 1, hasDoc: true, tests: uses(own("auxpow"))}},
			[]string{"internal/simchain (tests): may not import auxpow"}},
		{"other tests are free", []pkg{{path: "auxpow", files: 1, hasDoc: true, tests: uses(own("engine"))}}, nil},
		{"new package", []pkg{good("engine/magic")}, []string{"engine/magic: not in the table: add a line"}},
		{"new top-level folder", []pkg{good("utils")}, []string{"utils: not in the table"}},
		{"no doc.go", []pkg{{path: "coins", files: 1}}, []string{"coins: no doc.go"}},
		{"generated needs no doc.go", []pkg{{path: "plugins/proto", files: 1, generated: true}}, nil},
		{"only tests", []pkg{{path: "anything", tests: uses(own("engine"))}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := check(rules, c.pkgs)
			if len(got) != len(c.want) {
				t.Fatalf("got %d complaints %q, want %d", len(got), got, len(c.want))
			}
			for i := range got {
				if !strings.HasPrefix(got[i], c.want[i]) {
					t.Errorf("got %q, want it to start with %q", got[i], c.want[i])
				}
			}
		})
	}
}

// The reader must see what the check is to judge.
func TestReadModule(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"a/doc.go":          "// Package a is one.\npackage a\n",
		"a/a.go":            "package a\n\nimport (\n\t\"fmt\"\n\tx \"example.org/x\"\n)\n",
		"a/a_windows.go":    "package a\n\nimport _ \"example.org/win\"\n",
		"a/a_test.go":       "package a\n\nimport \"testing\"\n",
		"a/x_test.go":       "package a_test\n\nimport \"os\"\n",
		"a/testdata/b.go":   "package broken !",
		"b/doc.go":          "package b\n",
		"c/gen.pb.go":       "// Code generated by hand. DO NOT EDIT.\n\npackage c\n",
		"other/go.mod":      "module other\n",
		"other/o.go":        "package other\n",
		".hidden/hidden.go": "package hidden\n",
	} {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	pkgs := readModule(t, root)
	if len(pkgs) != 3 || pkgs[0].path != "a" || pkgs[1].path != "b" || pkgs[2].path != "c" {
		t.Fatalf("got %+v, want packages a, b and c", pkgs)
	}
	a, b, c := pkgs[0], pkgs[1], pkgs[2]
	if len(a.imports) != 3 || len(a.imports["example.org/win"]) != 1 || len(a.tests) != 1 || a.files != 3 {
		t.Errorf("a: got imports %v, tests %v, %d files", a.imports, a.tests, a.files)
	}
	if !a.hasDoc || b.hasDoc || c.hasDoc {
		t.Errorf("doc.go: got a %t, b %t, c %t, want only a", a.hasDoc, b.hasDoc, c.hasDoc)
	}
	if a.generated || !c.generated {
		t.Errorf("generated: got a %t, c %t, want only c", a.generated, c.generated)
	}
}
