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

	rename := renaming(cfg)
	var files []File
	err = fs.WalkDir(lang.files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := render(lang.files, name, rename)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	if err := checkPaths(cfg.Name, lang.folder, files); err != nil {
		return nil, err
	}
	return files, nil
}

// render makes a file of a project.
func render(from fs.FS, name string, rename *strings.Replacer) (File, error) {
	text, err := fs.ReadFile(from, name)
	if err != nil {
		return File{}, err
	}
	f := File{
		Path: rename.Replace(strings.TrimSuffix(name, templateSuffix)), Text: []byte(rename.Replace(string(text))),
		Executable: bytes.HasPrefix(text, []byte("#!")),
	}
	if path.Ext(name) == ".go" { // a name of another length may move comments
		f.Text, err = format.Source(f.Text)
	}
	return f, err
}

// renaming puts a project's names in the place of the template's.
func renaming(cfg Config) *strings.Replacer {
	return strings.NewReplacer(
		"module example.org/toychain\n", "module "+cfg.Module+"\n", // only in go.mod
		"toychain", cfg.Name, "Toychain", title(cfg.Name), "TOY", symbol(cfg.Name))
}

// checkPaths refuses a name that the project has for something else, since a
// plugin's file is called by it. Folder is one that its pool will make.
func checkPaths(name, folder string, files []File) error {
	taken := name == folder
	plugins := 0
	for _, f := range files {
		if f.Path == name {
			plugins++
		}
		taken = taken || strings.HasPrefix(f.Path, name+"/") || plugins > 1
	}
	if taken {
		return fmt.Errorf("%w: a project in this language has something else that is called %q; expected another, like %q", ErrName, name, name+"-coin")
	}
	return nil
}
