package scaffold

import (
	"bytes"
	"fmt"
	"go/format"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// ourModule is the one that a project in Go requires.
const ourModule = "github.com/motherlode-pool/motherlode"

// Config says what project to write.
type Config struct {
	Name string // of the coin: a small letter, then small letters, digits, hyphens
	Lang string // one of Languages

	// Module is the module path of a project in Go; empty means
	// example.org/<name>.
	Module string
}

// File is a file of a project.
type File struct {
	Path       string // within the project's folder, with slashes
	Text       []byte
	Executable bool
}

// Languages are those in which there is a project to start from.
func Languages() []string {
	var names []string
	for _, l := range languages {
		names = append(names, l.name)
	}
	return names
}

// Files makes the files of a project, sorted by path. The error is of kind
// ErrName, ErrLang or ErrModule when cfg asks for what there cannot be.
func Files(cfg Config) ([]File, error) {
	if err := checkName(cfg.Name); err != nil {
		return nil, err
	}
	lang, err := byName(cfg.Lang)
	if err != nil {
		return nil, err
	}
	if cfg.Module, err = lang.module(cfg); err != nil {
		return nil, err
	}

	rename := strings.NewReplacer(
		"example.org/toychain", cfg.Module, // only in go.mod
		"toychain", cfg.Name, "Toychain", title(cfg.Name), "TOY", symbol(cfg.Name))
	var files []File
	err = fs.WalkDir(lang.files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || lang.leaveOut(name) {
			return err
		}
		text, err := fs.ReadFile(lang.files, name)
		if err != nil {
			return err
		}
		f := File{
			Path: rename.Replace(strings.TrimSuffix(name, templateSuffix)), Text: []byte(rename.Replace(string(text))),
			Executable: bytes.HasPrefix(text, []byte("#!")),
		}
		if path.Ext(name) == ".go" {
			// A name of another length may move comments.
			if f.Text, err = format.Source(f.Text); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, checkPaths(cfg.Name, files)
}

// checkPaths refuses a name that the project needs for something else.
func checkPaths(name string, files []File) error {
	taken := map[string]int{}
	for _, f := range files {
		taken[f.Path]++
		if dir, _, ok := strings.Cut(f.Path, "/"); ok && dir == name {
			taken[name]++
		}
	}
	if taken[name] > 1 {
		return fmt.Errorf("%w: a project in this language has something else that is called %q; expected another, like %q", ErrName, name, name+"-coin")
	}
	return nil
}
