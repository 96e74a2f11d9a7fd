package configs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ckpoolPools is a configuration of two pools, with lines for [http] and for each.
func ckpoolPools(http, first, second string) string {
	text := strings.Replace(httpPools(http, "bitcoin", "litecoin"), "[http]", "data_dir = \"d\"\n[http]", 1)
	text = strings.Replace(text, "[pools.bitcoin]\n", "[pools.bitcoin]\n"+first+"\n", 1)
	return strings.Replace(text, "[pools.litecoin]\n", "[pools.litecoin]\n"+second+"\n", 1)
}

func TestCKPoolKeys(t *testing.T) {
	const a, b = `ckpool_files = "a"`, `ckpool_files = "b"`
	for name, c := range map[string]struct{ http, first, second, want string }{
		"off":                     {"", "", "", ""},
		"both":                    {"", a, b, ""},
		"one over HTTP":           {`ckpool = "litecoin"`, a, b, ""},
		"over HTTP alone":         {`ckpool = "litecoin"`, "", "", ""},
		"files alone":             {`ckpool = "off"`, a, "", ""},
		"below data_dir":          {"", `ckpool_files = "d/ckpool"`, "", ""},
		"no such pool":            {`ckpool = "btc"`, a, "", `http.ckpool: no pool is called "btc"; expected one of bitcoin, litecoin, or "off"`},
		"one folder":              {"", a, a, "pools.litecoin.ckpool_files: a has the files of pool bitcoin"},
		"one folder, two names":   {"", a, `ckpool_files = "x/../a/"`, "has the files of pool bitcoin"},
		"data_dir":                {"", `ckpool_files = "./d"`, "", "pools.bitcoin.ckpool_files: ./d is the program's own; expected another folder, such as d/ckpool"},
		"the share log":           {"", `ckpool_files = "d/shares"`, "", "is the program's own"},
		"within the found blocks": {"", `ckpool_files = "d/found/x"`, "", "is the program's own"},
		"a number":                {"", `ckpool_files = 1`, "", "pools.bitcoin.ckpool_files"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("f.toml", []byte(ckpoolPools(c.http, c.first, c.second)))
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want something about %q", err, c.want)
			}
		})
	}
}

func TestCKPoolPool(t *testing.T) {
	const a, b = `ckpool_files = "a"`, `ckpool_files = "b"`
	for name, c := range map[string]struct{ http, first, second, want string }{
		"none":                 {"", "", "", ""},
		"the one with files":   {"", "", b, "litecoin"},
		"two with files":       {"", a, b, ""},
		"the named one of two": {`ckpool = "bitcoin"`, a, b, "bitcoin"},
		"one without files":    {`ckpool = "bitcoin"`, "", b, "bitcoin"},
		"off":                  {`ckpool = "off"`, a, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := mustParse(t, ckpoolPools(c.http, c.first, c.second)).CKPoolPool(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCKPoolProblems(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ files, want string }{
		"there":               {dir, ""},
		"to be made":          {filepath.Join(dir, "new"), ""},
		"below data_dir":      {"d/ckpool", ""},
		"a file":              {file, "is no folder"},
		"in an unknown place": {filepath.Join(dir, "unknown", "logs"), "there is no folder " + filepath.Join(dir, "unknown")},
		"off":                 {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := mustParse(t, ckpoolPools("", `ckpool_files = "`+c.files+`"`, "")).CKPoolProblems()
			if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0].Message, c.want)) {
				t.Errorf("got %v, want %q", got, c.want)
			}
		})
	}
}

// A folder has one owner under whatever name.
func TestCKPoolLinks(t *testing.T) {
	for name, c := range map[string]struct{ first, second, want string }{
		"two folders":                       {"a", "b", ""},
		"a link to it":                      {"a", "to-a", "pools.litecoin.ckpool_files: BASE/to-a has the files of pool bitcoin"},
		"below a link":                      {"a/new/x", "to-a/new/x", "has the files of pool bitcoin"},
		"a link to what is not yet":         {"new", "to-new", "has the files of pool bitcoin"},
		"a link to a link":                  {"to-a", "to-to-a", "has the files of pool bitcoin"},
		"links to each other":               {"around", "a", ""},
		"the share log":                     {"to-shares", "", "pools.bitcoin.ckpool_files: BASE/to-shares is the program's own"},
		"below the found blocks":            {"to-d/found/x", "", "is the program's own"},
		"data_dir":                          {"to-d", "", "is the program's own"},
		"in data_dir, by a link":            {"to-d/ckpool", "", ""},
		"where the found blocks really are": {"elsewhere", "", "is the program's own"},
	} {
		t.Run(name, func(t *testing.T) {
			base := t.TempDir()
			mustPut(t, base, "a/", "d/shares/", "elsewhere/")
			for link, target := range map[string]string{"to-a": "a", "to-to-a": "to-a", "to-new": "new", "to-shares": "d/shares", "to-d": "d", "around": "round", "round": "around", "d/found": "../elsewhere"} {
				if err := os.Symlink(target, filepath.Join(base, link)); err != nil {
					t.Skip(err)
				}
			}
			key := func(dir string) string {
				if dir == "" {
					return ""
				}
				return `ckpool_files = "` + base + "/" + dir + `"`
			}
			text := strings.Replace(ckpoolPools("", key(c.first), key(c.second)), `data_dir = "d"`, `data_dir = "`+base+`/d"`, 1)
			_, err := Parse("f.toml", []byte(text))
			if want := strings.ReplaceAll(c.want, "BASE", base); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("got %v, want something about %q", err, want)
			}
		})
	}
}
