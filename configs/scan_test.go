package configs

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

func TestLine(t *testing.T) {
	c := mustParse(t, "# comment with [brackets] = \"\n"+ // line 1
		"data_dir = '''\n\n[no.table]\n'''\n"+ // 2 to 5
		"[coins.bitcoin] # [[x]]\n"+ // 6
		"driver = \"bit\\u0063oin\"\n"+ // 7
		"[coins.bitcoin.settings]\r\n"+ // 8
		"nodes = [ # [\n"+ // 9
		"  { url = \"\\\"}, {\", user = '\\' },\n"+ // 10
		"\n"+ // 11
		"  { url = \"b\",\n"+ // 12
		"    'we ird'.\"k.y\" = \"\"\"a\"\"\"\"\" }\n"+ // 13
		"]\n"+ // 14
		"[[coins.bitcoin.settings.more]]\n"+ // 15
		"a.b = 1979-05-27 07:32:00 # x\n"+ // 16
		"[[coins.bitcoin.settings.more]]\n"+ // 17
		"[coins.bitcoin.settings.more.deep]\n"+ // 18
		"x = [[1, 2],\n [3]]\n"+ // 19, 20
		"[pools.btc]\n"+ // 21
		"parent = \"bitcoin\"\naddress = \"a\"\nlisten = [{address = \":1\"}]\n") // 22 to 24
	for _, tt := range []struct {
		key  string
		want int
	}{
		{"data_dir", 2},
		{"no.table", 0},
		{"coins", 6},
		{"coins.bitcoin", 6},
		{"coins.bitcoin.driver", 7},
		{"coins.bitcoin.network", 6}, // not there: its table
		{"coins.bitcoin.settings", 8},
		{"coins.bitcoin.settings.nodes", 9},
		{"coins.bitcoin.settings.nodes[0]", 10},
		{"coins.bitcoin.settings.nodes[0].url", 10},
		{"coins.bitcoin.settings.nodes[0].user", 10},
		{"coins.bitcoin.settings.nodes[1]", 12},
		{"coins.bitcoin.settings.nodes[1].cookie", 12},
		{`coins.bitcoin.settings.nodes[1]."we ird"`, 13},
		{`coins.bitcoin.settings.nodes[1]."we ird"."k.y"`, 13},
		{`coins.bitcoin.settings.nodes[1]."we ird"."no.[ne"`, 13},
		{"coins.bitcoin.settings.nodes[2].url", 9},
		{"coins.bitcoin.settings.more", 15},
		{"coins.bitcoin.settings.more[0]", 15},
		{"coins.bitcoin.settings.more[0].a.b", 16},
		{"coins.bitcoin.settings.more[1]", 17},
		{"coins.bitcoin.settings.more[1].deep", 18},
		{"coins.bitcoin.settings.more[1].deep.x[0][1]", 19},
		{"coins.bitcoin.settings.more[1].deep.x[1]", 20},
		{"pools.btc.listen[0].address", 24},
		{"pools.btc.tag", 21},
		{"nothing.of.it", 0},
		{"", 0},
	} {
		if file, got := c.Line(tt.key); got != tt.want || file != "test.toml" {
			t.Errorf("Line(%q): got %s:%d, want test.toml:%d", tt.key, file, got, tt.want)
		}
	}
}

// TestScanFindsAll holds the scan against the TOML parser: each key that it
// knows has a line, and that line mentions it.
func TestScanFindsAll(t *testing.T) {
	paths := append(mustGlob(t, "testdata/*/*.toml"), mustGlob(t, "*.toml")...)
	for _, path := range paths {
		var tree map[string]any
		text := string(mustRead(t, path))
		if _, err := toml.Decode(text, &tree); err != nil {
			continue // a sample of bad syntax
		}
		lines, _ := scanKeys(text)
		checkLines(t, text, "", tree, lines)
	}
}

func checkLines(t *testing.T, text, path string, v any, lines map[string]int) {
	t.Helper()
	if path != "" && lines[path] == 0 {
		t.Errorf("%s has no line in\n%s", path, text)
	}
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			p := join(path, key)
			if n := lines[p]; n > 0 && isPlain(key) && !strings.Contains(strings.Split(text, "\n")[n-1], key) {
				t.Errorf("%s: line %d does not mention it", p, n)
			}
			checkLines(t, text, p, item, lines)
		}
	case []any:
		for i, item := range v {
			checkLines(t, text, element(path, i), item, lines)
		}
	case []map[string]any:
		for i, item := range v {
			checkLines(t, text, element(path, i), item, lines)
		}
	}
}

// isPlain reports whether a key is written as it is meant.
func isPlain(key string) bool { return join("", key) == key }

func FuzzParse(f *testing.F) {
	for _, path := range append(mustGlob(f, "testdata/*/*.toml"), mustGlob(f, "*.toml")...) {
		f.Add(mustRead(f, path))
	}
	f.Add([]byte("a = \"\"\""))
	f.Add([]byte("[[a]]\n[a.b]\n[[a]]\n\"\\\"\" = {x.y=[{z='"))
	f.Fuzz(func(t *testing.T, data []byte) {
		scanKeys(string(data)) // on any text, also what the parser refuses
		c, err := Parse("fuzz.toml", data)
		if c == nil {
			if err == nil {
				t.Fatal("neither configuration nor error")
			}
			return
		}
		c.Warnings()
		for _, coin := range c.Coins {
			_, _ = coin.SettingsJSON()
		}
		if err == nil {
			var tree map[string]any
			if _, err := toml.Decode(string(data), &tree); err != nil {
				t.Fatal(err)
			}
			checkLines(t, string(data), "", tree, c.lines)
		}
	})
}

func TestNearest(t *testing.T) {
	known := []string{"difficulty", "address", "tls", "start"}
	for _, tt := range []struct{ name, want string }{
		{"dificulty", "difficulty"},
		{"diff", "difficulty"},
		{"Address", "address"},
		{"tsl", ""},
		{"tl", "tls"},
		{"strat", "start"},
		{"nodes", ""},
	} {
		if got := nearest(tt.name, known); got != tt.want {
			t.Errorf("nearest(%q): got %q, want %q", tt.name, got, tt.want)
		}
	}
}
