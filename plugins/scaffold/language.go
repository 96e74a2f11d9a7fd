package scaffold

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// templateSuffix is that of files which cannot be embedded under their own name.
const templateSuffix = ".tmpl"

//go:embed toychain/*.go toychain/*.tmpl toychain/README.md toychain/pool.toml toychain/.gitignore
var goFiles embed.FS

// language is a project to start from.
type language struct {
	name     string
	files    fs.FS
	leaveOut func(name string) bool           // of what is in files
	module   func(cfg Config) (string, error) // the module path, where the language has one
}

var languages = []language{
	{name: "go", files: within(goFiles, "toychain"), leaveOut: nothing, module: goModule},
}

func byName(name string) (language, error) {
	for _, l := range languages {
		if l.name == name {
			return l, nil
		}
	}
	return language{}, fmt.Errorf("%w: %q; expected %s", ErrLang, name, strings.Join(Languages(), " or "))
}

func within(f fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(f, dir)
	if err != nil {
		panic(err) // the folder's name is a constant
	}
	return sub
}

func nothing(string) bool { return false }

func goModule(cfg Config) (string, error) {
	if cfg.Module == "" {
		return "example.org/" + cfg.Name, nil
	}
	return cfg.Module, checkModule(cfg.Module)
}
