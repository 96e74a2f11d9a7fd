package pythonexample

import "embed"

// Files is the project, with the paths that it has in this folder. A file that
// begins with "#!" is to be executable. The coin's name is everywhere written as
// toychain, Toychain or TOY.
//
//go:embed toychain pack generate README.md pool.toml .gitignore
//go:embed *.py motherlode_plugin/*.py motherlode_plugin/*.pyi tests/*.py
var Files embed.FS
