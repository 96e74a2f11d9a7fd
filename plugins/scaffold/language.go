package scaffold

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	pythonexample "github.com/motherlode-pool/motherlode/plugins/examples/python"
)

// templateSuffix is that of files which cannot be embedded under their own name.
const templateSuffix = ".tmpl"

//go:embed toychain/*.go toychain/*.tmpl toychain/README.md toychain/pool.toml toychain/.gitignore
var goFiles embed.FS

// language is a project to start from.
type language struct {
	name   string
	files  fs.FS
	folder string                           // that the project's own pool makes
	module func(cfg Config) (string, error) // the module path, where the language has one
}

var languages = []language{
	{name: "go", files: within(goFiles, "toychain"), folder: "pool.data", module: goModule},
	{name: "python", files: pythonexample.Files, folder: "data", module: noModule},
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

func goModule(cfg Config) (string, error) {
	if cfg.Module == "" {
		return "example.org/" + cfg.Name, nil
	}
	return cfg.Module, checkModule(cfg.Module)
}

func noModule(cfg Config) (string, error) {
	if cfg.Module != "" {
		return "", fmt.Errorf("%w: %q; a project in %s has none", ErrModule, cfg.Module, cfg.Lang)
	}
	return "", nil
}
