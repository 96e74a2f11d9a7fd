package configs

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// places is where the relative paths of a file lie.
type places struct {
	dir  string // the file's own
	here string // the one that the program was started in
	c    *Config

	problems Problems
}

// resolve makes paths that are relative relative to the folder of the file, for they
// are of the file and not of who starts the program. What is only in the folder that
// the program was started in is a problem: a pool that began anew in an empty folder
// would not know whom it owes. A file that is a pipe has no folder, nor has a text.
func (c *Config) resolve(path string) Problems {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	here, err := os.Getwd()
	if err != nil {
		return nil // then all of it is relative to nothing
	}
	p := places{dir: filepath.Dir(path), here: here, c: c}
	if sameFolder(p.dir, here) {
		return nil
	}
	p.dataDir()
	p.path("http.operator_token_file", &c.HTTP.OperatorTokenFile)
	for i := range c.Hooks {
		h, key := &c.Hooks[i], element("hooks", i)
		p.path(key+".secret_file", &h.SecretFile)
		p.path(key+".token_file", &h.TokenFile)
		p.path(key+".password_file", &h.PasswordFile)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Coins)) {
		coin, key := c.Coins[name], join("coins", name)
		if external(coin.Driver) {
			p.path(key+".driver", &coin.Driver)
		} else {
			p.nodes(key+".settings.nodes", coin.Settings["nodes"])
		}
		c.Coins[name] = coin
	}
	for _, name := range slices.Sorted(maps.Keys(c.Pools)) {
		pool, key := c.Pools[name], join("pools", name)
		p.path(key+".ckpool_files", &pool.CKPoolFiles)
		for i, l := range pool.Listen {
			if l.TLS != nil {
				p.path(element(key+".listen", i)+".tls.cert", &l.TLS.Cert)
				p.path(element(key+".listen", i)+".tls.key", &l.TLS.Key)
			}
		}
		c.Pools[name] = pool
	}
	return p.problems
}

// nodeFiles are the keys of a node that are paths, in all built-in drivers.
var nodeFiles = []string{"cookie", "ca"}

// nodes resolves the files of a built-in driver's nodes. Their form is the driver's to
// check. A plugin's settings are its own.
func (p *places) nodes(key string, nodes any) {
	each := func(i int, node map[string]any) {
		for _, name := range nodeFiles {
			if file, ok := node[name].(string); ok {
				p.path(element(key, i)+"."+name, &file)
				node[name] = file
			}
		}
	}
	switch all := nodes.(type) {
	case []any:
		for i, one := range all {
			if node, ok := one.(map[string]any); ok {
				each(i, node)
			}
		}
	case []map[string]any:
		for i, node := range all {
			each(i, node)
		}
	}
}

// path resolves one path.
func (p *places) path(key string, file *string) {
	if *file == "" || filepath.IsAbs(*file) {
		return
	}
	beside, here := filepath.Join(p.dir, *file), filepath.Join(p.here, *file)
	if !exists(beside) && exists(here) {
		p.problems = append(p.problems, p.c.ProblemAt(key, "%q is relative to the folder of this file, and %s is not there; what is there is %s, "+
			"in the folder that the program was started in: write %q if that is meant, or put the file beside this one",
			*file, absolute(beside), here, here))
	}
	*file = beside
}

// dataDir resolves data_dir. An empty folder is as good as none: what counts is where
// a pool has written down whom it owes.
func (p *places) dataDir() {
	dir := p.c.DataDir
	if dir == "" || filepath.IsAbs(dir) {
		return
	}
	beside, here := filepath.Join(p.dir, dir), filepath.Join(p.here, dir)
	switch {
	case holdsPool(here) && !holdsPool(beside):
		p.problems = append(p.problems, p.c.ProblemAt("data_dir", "%q is relative to the folder of this file, and no pool has written anything in %s; one has in %s, "+
			"in the folder that the program was started in: write data_dir = %q if that is this pool's, or move the folder; write data_dir = %q for a new pool",
			dir, absolute(beside), here, here, absolute(beside)))
	case holdsPool(here):
		p.c.doubts = append(p.c.doubts, p.c.ProblemAt("data_dir", "a pool has written both in %s and in %s; the first is used, as %q is relative to the folder of this file",
			absolute(beside), here, dir))
	}
	p.c.DataDir = beside
}

func sameFolder(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// exists reports whether a file or folder is there, or may be: what cannot be looked
// at is not missing.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return !os.IsNotExist(err)
}

// holdsPool reports whether a folder is the data folder of a pool that has run.
func holdsPool(dir string) bool {
	return exists(filepath.Join(dir, "shares")) || exists(filepath.Join(dir, "ledger.db"))
}
