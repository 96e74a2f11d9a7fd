package configs

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// places is where the relative paths of a file lie, and where else they may be meant
// to.
type places struct {
	dir    string // that they are relative to; empty for the one that the program was started in
	what   string // dir, in words
	others []place
	c      *Config

	problems Problems
}

// place is a folder that is not the one that paths are relative to.
type place struct{ dir, what string }

// What a folder is of the one who reads a message.
const (
	ofTheFile = "the folder of this file"
	ofStart   = "the folder that the program was started in"
	ofTheReal = "the folder of the file that this one is a link to"
)

// placesOf is where the relative paths of a file lie. One that is a link has two
// folders, and its own counts: the other may be one that nothing can be written into,
// as with /etc/motherlode.toml of NixOS and the ConfigMaps of Kubernetes. What comes
// through a pipe has no folder.
func (c *Config) placesOf(path string) (p places, ok bool) {
	info, err := os.Stat(path)
	if err != nil {
		return p, false
	}
	here, err := os.Getwd()
	if err != nil {
		return p, false // then all of it is relative to nothing
	}
	p = places{dir: filepath.Dir(path), what: ofTheFile, c: c}
	pipe := !info.Mode().IsRegular() || descriptor(path)
	if pipe || sameFolder(p.dir, here) {
		p.dir = ""
	}
	if real := filepath.Dir(resolved(path)); info.Mode().IsRegular() && !sameFolder(real, cmp.Or(p.dir, here)) {
		p.others = append(p.others, place{real, ofTheReal})
	}
	if p.dir != "" && !slices.ContainsFunc(p.others, func(o place) bool { return sameFolder(o.dir, here) }) {
		p.others = append(p.others, place{here, ofStart})
	}
	if pipe {
		p.what = ofStart
		p.dataDoubt("is relative to %s, as the configuration comes through a pipe", ofStart)
	}
	return p, true
}

// dataDoubt is for Warnings where a relative data_dir is not of one folder for good.
func (p *places) dataDoubt(format string, args ...any) {
	if dir := p.c.DataDir; dir != "" && !filepath.IsAbs(dir) {
		p.c.doubts = append(p.c.doubts, p.c.ProblemAt("data_dir", "%q %s: the pool's data is in %s; write that as data_dir, and it stays there",
			dir, fmt.Sprintf(format, args...), absolute(p.beside(dir))))
	}
}

// descriptor reports whether a path is of an open file, such as /dev/stdin: its folder
// is none.
func descriptor(path string) bool {
	path = absolute(path)
	return path == "/dev/stdin" || strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/")
}

// resolve makes paths that are relative relative to the folder of the file, for they
// are of the file and not of who starts the program. What is only in another folder
// that may be meant is a problem: a pool that began anew in an empty folder would not
// know whom it owes.
func (c *Config) resolve(path string) Problems {
	p, ok := c.placesOf(path)
	if !ok {
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
	beside := p.beside(*file)
	for _, other := range p.others {
		if there := filepath.Join(other.dir, *file); !exists(beside) && exists(there) {
			p.problems = append(p.problems, p.c.ProblemAt(key, "%q is relative to %s, and %s is not there; what is there is %s, "+
				"in %s: write %q if that is meant, or put the file into the first folder",
				*file, p.what, absolute(beside), there, other.what, there))
			break
		}
	}
	*file = beside
}

// beside is a relative path from the folder that it is relative to.
func (p *places) beside(path string) string {
	if p.dir == "" {
		return path
	}
	return filepath.Join(p.dir, path)
}

// dataDir resolves data_dir. An empty folder is as good as none: what counts is where
// a pool has written down whom it owes.
func (p *places) dataDir() {
	dir := p.c.DataDir
	if dir == "" || filepath.IsAbs(dir) {
		return
	}
	beside := p.beside(dir)
	for _, other := range p.others {
		there := filepath.Join(other.dir, dir)
		switch {
		case sameFolder(there, beside): // by a link
		case holdsPool(there) && !holdsPool(beside):
			p.problems = append(p.problems, p.c.ProblemAt("data_dir", "%q is relative to %s, and no pool has written anything in %s; one has in %s, "+
				"in %s: write data_dir = %q if that is this pool's, or move the folder; write data_dir = %q for a new pool",
				dir, p.what, absolute(beside), there, other.what, there, absolute(beside)))
		case holdsPool(there):
			p.c.doubts = append(p.c.doubts, p.c.ProblemAt("data_dir", "a pool has written both in %s and in %s; the first is used, as %q is relative to %s",
				absolute(beside), there, dir, p.what))
		case other.what == ofTheReal && p.what == ofTheFile:
			p.dataDoubt("is relative to %s, which is a link to one in %s", ofTheFile, other.dir)
		}
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

// maxLinks bounds links that lead to each other.
const maxLinks = 40

// resolved is a path without links, as far as it is there; for what is not, where it
// would be made.
func resolved(path string) string { return resolveLinks(absolute(path), maxLinks) }

func resolveLinks(path string, links int) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	up := filepath.Dir(path)
	if up == path {
		return path
	}
	up = resolveLinks(up, links)
	path = filepath.Join(up, filepath.Base(path))
	target, err := os.Readlink(path)
	if err != nil || links == 0 {
		return path
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(up, target)
	}
	return resolveLinks(target, links-1)
}
