package configs

import (
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"runtime"
	"slices"
)

// Rights of everybody on the machine.
const (
	othersRead  fs.FileMode = 0o004
	othersWrite fs.FileMode = 0o002
)

// modeOf is who may do what with a file; 0 where the system does not say so by a mode.
func modeOf(path string) fs.FileMode {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || !info.Mode().IsRegular() {
		return 0
	}
	return info.Mode().Perm()
}

// privacy warns of a file that everybody on the machine can change, or read where it
// has passwords, and of a TLS key that everybody can read.
func (c *Config) privacy() (all Problems) {
	const mend = "run: chmod o-rwx %s"
	if c.mode&othersWrite != 0 {
		all = append(all, c.ProblemAt("", "every user of this machine can change this file (mode %#o), and with it whom blocks pay and which programs run; "+mend, c.mode, c.file))
	}
	if c.mode&othersRead != 0 && c.hasPassword() {
		all = append(all, c.ProblemAt("", "every user of this machine can read this file (mode %#o), and passwords are in it; "+mend, c.mode, c.file))
	}
	told := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(c.Pools)) {
		for i, l := range c.Pools[name].Listen {
			if l.TLS == nil || told[l.TLS.Key] {
				continue
			}
			told[l.TLS.Key] = true
			if mode := modeOf(l.TLS.Key); mode&othersRead != 0 {
				all = append(all, c.ProblemAt(fmt.Sprintf("pools.%s.listen[%d].tls.key", name, i),
					"every user of this machine can read this key (mode %#o), and with it pass for the pool; "+mend, mode, l.TLS.Key))
			}
		}
	}
	for i := range all {
		all[i].File = c.file
	}
	return all
}

// hasPassword reports whether the file has a password of a node or of a database.
func (c *Config) hasPassword() bool {
	if inURL(c.Database) {
		return true
	}
	for _, coin := range c.Coins {
		if passwordIn("", coin.Settings) {
			return true
		}
	}
	return false
}

// passwordNames are the settings of drivers that are secret.
var passwordNames = map[string]bool{"password": true, "passphrase": true, "secret": true, "token": true}

func passwordIn(name string, v any) bool {
	switch v := v.(type) {
	case string:
		return v != "" && passwordNames[name] || inURL(v)
	case map[string]any:
		for name, child := range v {
			if passwordIn(name, child) {
				return true
			}
		}
	case []any:
		for _, child := range v {
			if passwordIn(name, child) {
				return true
			}
		}
	case []map[string]any:
		for _, child := range v {
			if passwordIn(name, child) {
				return true
			}
		}
	}
	return false
}

// inURL reports whether a text is a URL with a password.
func inURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.User == nil {
		return false
	}
	password, _ := u.User.Password()
	return password != ""
}
