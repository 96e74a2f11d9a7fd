package ckpoolfiles

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFileName(t *testing.T) {
	for name, c := range map[string]struct{ name, want string }{
		"an address":           {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"},
		"a worker":             {"3KoiL9Dgz4NhWjF8XrUxMZQgeABdTUjoeb.rig_1-a", "3KoiL9Dgz4NhWjF8XrUxMZQgeABdTUjoeb.rig_1-a"},
		"Bitcoin Cash":         {"bitcoincash:qqexample.r", "bitcoincash:qqexample.r"},
		"a slash":              {"bc1q/namecoin:N1", "bc1q%2Fnamecoin:N1"},
		"up":                   {"..", "%2E."},
		"up and further":       {"../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"},
		"here":                 {".", "%2E"},
		"what is being made":   {".new", "%2Enew"},
		"an option":            {"-rf", "%2Drf"},
		"a home":               {"~root", "%7Eroot"},
		"NUL":                  {"a\x00b", "a%00b"},
		"a line":               {"a\nb", "a%0Ab"},
		"a back slash":         {`a\b`, "a%5Cb"},
		"a space":              {"rig 1", "rig%201"},
		"percent":              {"a%2Fb", "a%252Fb"},
		"not ASCII":            {"a.ü", "a.%C3%BC"},
		"as long as possible":  {strings.Repeat("a", 255), strings.Repeat("a", 255)},
		"too long":             {strings.Repeat("a", 256), ""},
		"too long when spelt":  {strings.Repeat("/", 86), ""},
		"nothing":              {"", ""},
		"shell":                {"$(reboot)", "%24%28reboot%29"},
		"not even UTF-8":       {"a\xff", "a%FF"},
		"what a page might do": {"<script>", "%3Cscript%3E"},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := FileName(c.name)
			if ok != (c.want != "") || ok && got != c.want {
				t.Errorf("got %q, %t, want %q", got, ok, c.want)
			}
		})
	}
}

// FuzzFileName makes files by names: each is directly in its folder, and no two names
// have one.
func FuzzFileName(f *testing.F) {
	for _, seed := range []string{"bc1q.rig", "..", "../x", "a/b", "a\x00", ".new", "%2E", strings.Repeat("x", 300)} {
		f.Add(seed, "other")
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, a, b string) {
		one, ok := FileName(a)
		if !ok {
			return
		}
		if filepath.Base(one) != one || one == "." || one == ".." || strings.HasPrefix(one, ".") {
			t.Fatalf("%q has the file %q", a, one)
		}
		if other, ok := FileName(b); ok && other == one && a != b {
			t.Fatalf("%q and %q have the file %q", a, b, one)
		}
		if err := os.WriteFile(filepath.Join(dir, one), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(dir, one)); err != nil {
			t.Fatal(err)
		}
	})
}
