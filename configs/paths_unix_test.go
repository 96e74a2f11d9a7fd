//go:build unix

package configs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe lies in no folder that anybody meant.
func TestPathsOfAPipe(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(pipe, fmt.Append(nil, pathsFile), 0) }()
	cfg, err := Load(pipe)
	if err != nil || <-written != nil {
		t.Fatal(err)
	}
	if cfg.DataDir != "data" {
		t.Errorf("data_dir is %s", cfg.DataDir)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	want := `data_dir: "data" is relative to the folder that the program was started in, as the configuration comes through a pipe: the pool's data is in ` + filepath.Join(here, "data")
	if w := strings.Join(cfg.Warnings(), "\n"); !strings.Contains(w, want) {
		t.Errorf("warnings %q, want %q", w, want)
	}
}

// A file that comes as an open one is not of the folder of the system's name for it.
func TestPathsOfAnOpenFile(t *testing.T) {
	base := t.TempDir()
	mustPut(t, filepath.Join(base, "here"))
	name := filepath.Join(base, "m.toml")
	if err := os.WriteFile(name, []byte(pathsFile), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	open := fmt.Sprint("/dev/fd/", file.Fd())
	if _, err := os.Stat(open); err != nil {
		t.Skip(err)
	}
	t.Chdir(filepath.Join(base, "here"))
	cfg, err := Load(open)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.DataDir != "data" {
		t.Errorf("data_dir is %s", cfg.DataDir)
	}
	if w := strings.Join(cfg.Warnings(), "\n"); strings.Count(w, "data_dir") != 2 || !strings.Contains(w, "comes through a pipe") {
		t.Errorf("warnings %q", w) // "data_dir" of the key and of what to write
	}
}

// A file and a link to it in another folder are not two pools.
func TestPathsOfALink(t *testing.T) {
	const none, isLink = "", `data_dir: "data" is relative to the folder of this file, which is a link to one in BASE/real: the pool's data is in BASE/link/data; write that`
	for _, c := range []struct {
		name             string
		files            []string // below the base
		from, file       string
		dir              string // data_dir
		problem, warning string
	}{
		{"a new pool", nil, "link", "m.toml", "data", none, isLink},
		{"a new pool, from elsewhere", nil, "here", "../link/m.toml", "../link/data", none, isLink},
		{"the link's", []string{"link/data/shares/x"}, "link", "m.toml", "data", none, isLink},
		{"the real file's", []string{"real/data/shares/x"}, "link", "m.toml", "data",
			`data_dir: "data" is relative to the folder of this file, and no pool has written anything in BASE/link/data; one has in BASE/real/data, in the folder of the file that this one is a link to: write data_dir = "BASE/real/data" if`, none},
		{"the real file's, from elsewhere", []string{"real/data/ledger.db"}, "here", "../link/m.toml", "../link/data", `write data_dir = "BASE/real/data" if`, none},
		{"the real file's, from there", []string{"real/data/ledger.db"}, "real", "../link/m.toml", "../link/data", `write data_dir = "BASE/real/data" if`, none},
		{"both", []string{"real/data/ledger.db", "link/data/ledger.db"}, "link", "m.toml", "data", none, "a pool has written both in BASE/link/data and in BASE/real/data; the first is used"},
		{"a certificate", []string{"real/cert"}, "link", "m.toml", "data", `pools.p.listen[0].tls.cert: "cert" is relative to the folder of this file, and BASE/link/cert is not there; what is there is BASE/real/cert`, none},
		{"a link to the link", []string{"real/data/ledger.db"}, "here", "again.toml", "data", `write data_dir = "BASE/real/data" if`, none},
		{"the real file itself", nil, "real", "m.toml", "data", none, none},
		{"a link in its own folder", nil, "real", "n.toml", "data", none, none},
		{"a folder that is a link", nil, "here", "../folder/m.toml", "../folder/data", none, none},
		{"a folder that is a link, from there", nil, "real", "../folder/m.toml", "data", none, none},
		{"data of which one is a link to the other", []string{"real/data/ledger.db"}, "linked", "m.toml", "data", none, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			mustPut(t, base, append(c.files, "real/", "link/", "linked/", "here/")...)
			in := func(name string) string { return filepath.Join(base, name) }
			err = errors.Join(os.WriteFile(in("real/m.toml"), []byte(pathsFile), 0o600),
				os.Symlink("../real/m.toml", in("link/m.toml")), os.Symlink("../link/m.toml", in("here/again.toml")), os.Symlink("m.toml", in("real/n.toml")), os.Symlink("real", in("folder")),
				os.Symlink("../real/m.toml", in("linked/m.toml")), os.Symlink("../real/data", in("linked/data")))
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(in(c.from))
			cfg, err := Load(c.file)
			if cfg == nil {
				t.Fatal(err)
			}
			if cfg.DataDir != c.dir {
				t.Errorf("data_dir is %s, want %s", cfg.DataDir, c.dir)
			}
			if want := strings.ReplaceAll(c.problem, "BASE", base); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if err != nil && strings.Count(err.Error(), "data_dir: ") > 1 {
				t.Errorf("said twice: %v", err)
			}
			warnings := strings.Join(cfg.Warnings(), "\n")
			if want := strings.ReplaceAll(c.warning, "BASE", base); !strings.Contains(warnings, want) || want == "" && c.problem == "" && strings.Contains(warnings, "data_dir") {
				t.Errorf("warnings %q, want %q", warnings, want)
			}
		})
	}
}
