package scaffold

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBadNamesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  Config
		kind ErrorKind
	}{
		"nothing":          {Config{Name: "", Lang: "go"}, ErrName},
		"capital":          {Config{Name: "MyCoin", Lang: "go"}, ErrName},
		"digit first":      {Config{Name: "9coin", Lang: "go"}, ErrName},
		"hyphen first":     {Config{Name: "-coin", Lang: "go"}, ErrName},
		"underscore":       {Config{Name: "my_coin", Lang: "go"}, ErrName},
		"a path":           {Config{Name: "../coin", Lang: "go"}, ErrName},
		"a dot":            {Config{Name: "my.coin", Lang: "go"}, ErrName},
		"a line":           {Config{Name: "coin\n", Lang: "go"}, ErrName},
		"another alphabet": {Config{Name: "münze", Lang: "go"}, ErrName},
		"long":             {Config{Name: strings.Repeat("a", maxName+1), Lang: "go"}, ErrName},
		"device":           {Config{Name: "aux", Lang: "go"}, ErrName},
		"no language":      {Config{Name: "coin"}, ErrLang},
		"language":         {Config{Name: "coin", Lang: "cobol"}, ErrLang},
		"a file's name":    {Config{Name: "pack", Lang: "python"}, ErrName},
		"a folder's name":  {Config{Name: "tests", Lang: "python"}, ErrName},
		"the pool's data":  {Config{Name: "data", Lang: "python"}, ErrName},
		"python: module":   {Config{Name: "coin", Lang: "python", Module: "example.org/coin"}, ErrModule},
		"module: no host":  {Config{Name: "coin", Lang: "go", Module: "coin"}, ErrModule},
		"module: space":    {Config{Name: "coin", Lang: "go", Module: "example.org/my coin"}, ErrModule},
		"module: line":     {Config{Name: "coin", Lang: "go", Module: "example.org/a\nrequire b v1"}, ErrModule},
		"module: slash":    {Config{Name: "coin", Lang: "go", Module: "example.org/coin/"}, ErrModule},
		"module: device":   {Config{Name: "coin", Lang: "go", Module: "example.org/aux.d/coin"}, ErrModule},
		"module: ours":     {Config{Name: "coin", Lang: "go", Module: ourModule + "/coin"}, ErrModule},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := Files(c.cfg)
			if !errors.Is(err, c.kind) || files != nil {
				t.Errorf("got %d files, %v, want %v", len(files), err, c.kind)
			}
		})
	}
}

func TestNameTakesTheTemplatesPlace(t *testing.T) {
	for _, lang := range Languages() {
		t.Run(lang, func(t *testing.T) {
			files := mustFiles(t, Config{Name: "my-coin", Lang: lang})
			all := ""
			for _, f := range files {
				if strings.Contains(f.Path, "toychain") || strings.HasSuffix(f.Path, templateSuffix) {
					t.Errorf("a file is called %s", f.Path)
				}
				all += string(f.Text)
			}
			for _, old := range []string{"toychain", "Toychain", "TOY"} {
				if strings.Contains(all, old) {
					t.Errorf("%q is still there", old)
				}
			}
			for _, name := range []string{"my-coin", "MyCoin", "MYC", "MYCr1"} {
				if !strings.Contains(all, name) {
					t.Errorf("%q is nowhere", name)
				}
			}
		})
	}
}

func TestSymbolsAndTitles(t *testing.T) {
	for name, want := range map[string][2]string{
		"x": {"X", "X"}, "mycoin": {"MYC", "Mycoin"}, "my-coin": {"MYC", "MyCoin"}, "a-1": {"A1", "A1"}, "b--c-": {"BC", "BC"},
	} {
		if got := [2]string{symbol(name), title(name)}; got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestNothingIsEverOverwritten(t *testing.T) {
	files := []File{{Path: "a", Text: []byte("new")}, {Path: "sub/b", Text: []byte("b"), Executable: true}}
	full := t.TempDir()
	mustWrite(t, filepath.Join(full, "a"), []byte("old"))
	if err := Write(full, files); !errors.Is(err, ErrFolder) {
		t.Errorf("a folder with something in it: got %v, want %v", err, ErrFolder)
	}
	if got := mustRead(t, filepath.Join(full, "a")); string(got) != "old" {
		t.Errorf("the file has %q", got)
	}
	if err := Write(filepath.Join(full, "a"), files); !errors.Is(err, ErrFolder) {
		t.Errorf("a file for a folder: got %v, want %v", err, ErrFolder)
	}
	if err := Write(filepath.Join(full, "a", "b"), files); !errors.Is(err, ErrFolder) {
		t.Errorf("a folder in a file: got %v, want %v", err, ErrFolder)
	}

	empty := t.TempDir()
	if err := Write(empty, files); err != nil {
		t.Fatalf("an empty folder: %v", err)
	}
	info, err := os.Stat(filepath.Join(empty, "sub", "b"))
	if err != nil || info.Mode().Perm()&0o111 == 0 {
		t.Errorf("an executable file: got %v, %v", info, err)
	}
	if err := Write(filepath.Join(full, "new", "folder"), files); err != nil {
		t.Errorf("a folder in a new folder: %v", err)
	}
}

// TestFailureLeavesNothingBehind writes a file where the project needs a folder.
func TestFailureLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "new")
	err := Write(target, []File{{Path: "a"}, {Path: "sub/b"}, {Path: "a/c"}})
	if !errors.Is(err, ErrFolder) {
		t.Errorf("got %v, want %v", err, ErrFolder)
	}
	if _, err := os.Stat(target); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is there: %v", err)
	}
}

func TestUnwritableFolderIsRefused(t *testing.T) {
	if os.Geteuid() == 0 {
		// Root may write everywhere but where the kernel lets nobody.
		if err := Write("/proc/motherlode", []File{{Path: "a"}}); !errors.Is(err, ErrFolder) {
			t.Errorf("got %v, want %v", err, ErrFolder)
		}
		return
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(dir, "new"), []File{{Path: "a"}}); !errors.Is(err, ErrFolder) {
		t.Errorf("got %v, want %v", err, ErrFolder)
	}
}
