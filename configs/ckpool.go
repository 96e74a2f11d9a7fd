package configs

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// CKPoolOff is the http.ckpool that turns the documents for ckpool's monitors off.
const CKPoolOff = "off"

// ownFolders are those that the program keeps in data_dir.
var ownFolders = []string{"shares", "found", "sessions"}

// ckpool checks what is written and served for monitors of ckpool.
func (v *validator) ckpool() {
	names := slices.Sorted(maps.Keys(v.c.Pools))
	if name := v.c.HTTP.CKPool; name != "" && name != CKPoolOff && !slices.Contains(names, name) {
		v.addf("http.ckpool", "no pool is called %q; expected one of %s, or %q", name, strings.Join(names, ", "), CKPoolOff)
	}
	taken := map[string]string{}
	for _, name := range names {
		dir := v.c.Pools[name].CKPoolFiles
		if dir == "" {
			continue
		}
		key := join("pools", name) + ".ckpool_files"
		real := resolved(dir)
		if other, twice := taken[real]; twice {
			v.addf(key, "%s has the files of pool %s; expected a folder of its own for each pool", dir, other)
		} else {
			taken[real] = name
		}
		if v.ownFolder(real) {
			v.addf(key, "%s is the program's own; expected another folder, such as %s", dir, filepath.Join(v.c.DataDir, "ckpool"))
		}
	}
}

// ownFolder reports whether a folder is data_dir, or one of the program's in it, all of
// them without links.
func (v *validator) ownFolder(dir string) bool {
	data := resolved(v.c.DataDir)
	return dir == data || slices.ContainsFunc(ownFolders, func(name string) bool {
		own := resolved(filepath.Join(data, name))
		return dir == own || strings.HasPrefix(dir, own+string(filepath.Separator))
	})
}

// absolute is a path from the folder that the program runs in, where it is relative
// still.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return filepath.Clean(path)
}

// CKPoolPool is the pool whose documents for monitors of ckpool are served over HTTP,
// empty for none.
func (c *Config) CKPoolPool() string {
	return c.poolOf(c.HTTP.CKPool, func(p Pool) bool { return p.CKPoolFiles != "" })
}

// CKPoolProblems are the folders for ckpool's monitors that cannot be made, as the
// file system is now. One in data_dir can: that is made before.
func (c *Config) CKPoolProblems() (all Problems) {
	for _, name := range slices.Sorted(maps.Keys(c.Pools)) {
		dir := c.Pools[name].CKPoolFiles
		if dir == "" {
			continue
		}
		key, up := join("pools", name)+".ckpool_files", filepath.Dir(absolute(dir))
		if info, err := os.Stat(dir); err == nil {
			if !info.IsDir() {
				all = append(all, c.ProblemAt(key, "%s is no folder", dir))
			}
			continue
		}
		if _, err := os.Stat(up); err != nil && up != absolute(c.DataDir) {
			all = append(all, c.ProblemAt(key, "%s cannot be made: there is no folder %s; make it, and let the pool's user write into it", dir, up))
		}
	}
	return all
}
