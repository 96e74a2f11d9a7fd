package dashboard

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func ask(t *testing.T, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryPathOfAPageShowsIt(t *testing.T) {
	for _, path := range []string{"/", "/blocks", "/block/btc/00ff", "/miner/bc1qx.rig", "/miner/a/dogecoin:D", "/solo", "/solo/bc1qx", "/connect", "/operator"} {
		r := ask(t, "GET", path)
		if page := body(t, r); r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/html; charset=utf-8" || !bytes.Contains(page, []byte("/ui/app.js")) {
			t.Errorf("%s: %d %s", path, r.StatusCode, page)
		}
		if csp := r.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
	for _, path := range []string{"/nothing", "/blocks/x", "/ui/none.js", "/ui/index.html", "/ui/../dashboard.go"} {
		if r := ask(t, "GET", path); r.StatusCode != 404 && r.StatusCode != 301 && r.StatusCode != 307 {
			t.Errorf("%s: %d, want 404", path, r.StatusCode)
		}
	}
	if r := ask(t, "POST", "/"); r.StatusCode != 405 {
		t.Errorf("POST: %d, want 405", r.StatusCode)
	}
}

func TestFilesAreSentSmallAndOnce(t *testing.T) {
	plain := ask(t, "GET", "/ui/app.js")
	raw := body(t, plain)
	small := ask(t, "GET", "/ui/app.js", "Accept-Encoding", "br, gzip")
	z, err := gzip.NewReader(small.Body)
	if err != nil || small.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%v, %v", err, small.Header)
	}
	if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, raw) {
		t.Errorf("unpacked it differs: %v", err)
	}
	if plain.Header.Get("ETag") == small.Header.Get("ETag") {
		t.Errorf("both have the ETag %s; expected one for each", plain.Header.Get("ETag"))
	}
	if head := ask(t, "HEAD", "/ui/app.js"); head.StatusCode != 200 || len(body(t, head)) > 0 {
		t.Errorf("HEAD: %d", head.StatusCode)
	}
	if kind := ask(t, "GET", "/favicon.ico").Header.Get("Content-Type"); kind != "image/svg+xml" {
		t.Errorf("icon is %q", kind)
	}
}

func TestWhatABrowserTakesAndHas(t *testing.T) {
	plain := ask(t, "GET", "/ui/app.js").Header.Get("ETag")
	small := ask(t, "GET", "/ui/app.js", "Accept-Encoding", "gzip").Header.Get("ETag")
	for name, c := range map[string]struct {
		takes, has string
		status     int
		encoding   string
	}{
		"gzip refused":            {"gzip;q=0", "", 200, ""},
		"gzip refused, all taken": {"gzip;q=0, *", "", 200, ""},
		"gzip refused in full":    {"br, gzip ; q=0.000", "", 200, ""},
		"anything":                {"*", "", 200, "gzip"},
		"nothing":                 {"*;q=0", "", 200, ""},
		"gzip, less":              {"br;q=1.0, GZIP;q=0.5", "", 200, "gzip"},
		"another":                 {"notgzip", "", 200, ""},
		"the plain one is known":  {"", plain, 304, ""},
		"the small one is known":  {"gzip", small, 304, ""},
		"the other is known":      {"gzip", plain, 200, "gzip"},
		"one of several, weak":    {"", `"x", W/` + plain, 304, ""},
		"any":                     {"", "*", 304, ""},
		"a part of it":            {"", plain[:len(plain)-2] + `"`, 200, ""},
	} {
		r := ask(t, "GET", "/ui/app.js", "Accept-Encoding", c.takes, "If-None-Match", c.has)
		if r.StatusCode != c.status || r.Header.Get("Content-Encoding") != c.encoding {
			t.Errorf("%s: %d %q, want %d %q", name, r.StatusCode, r.Header.Get("Content-Encoding"), c.status, c.encoding)
		}
		if sent := body(t, r); (c.status == 304) != (len(sent) == 0) {
			t.Errorf("%s: %d bytes were sent", name, len(sent))
		}
	}
}

// TestNothingFromElsewhere reads all files for addresses of other hosts, and for
// modules that are not there.
func TestNothingFromElsewhere(t *testing.T) {
	files, page := load()
	hosts := regexp.MustCompile(`(?:https?:)?//[a-z0-9-]+\.[a-z]`)
	imports := regexp.MustCompile(`from "\./([^"]+)"`)
	total := len(page.small)
	for name, f := range files {
		text := strings.ReplaceAll(string(f.plain), "http://www.w3.org/2000/svg", "")
		if m := hosts.FindString(text); m != "" {
			t.Errorf("%s names another host: %s", name, m)
		}
		for _, m := range imports.FindAllStringSubmatch(text, -1) {
			if files[m[1]] == nil {
				t.Errorf("%s imports %s, which is not there", name, m[1])
			}
		}
		total += len(f.plain)
		if strings.HasSuffix(name, ".js") && name != "app.js" && name != "theme.js" && !strings.Contains(string(page.plain), `"modulepreload" href="/ui/`+name+`"`) {
			t.Errorf("%s is not loaded ahead by the page", name)
		}
	}
	if total > 300_000 {
		t.Errorf("all files together have %d bytes, want less than 300,000", total)
	}
	t.Logf("%d bytes, unpacked", total)
}

// TestAllTextsAreInOneFile looks for words that people read in the other scripts.
func TestAllTextsAreInOneFile(t *testing.T) {
	files, _ := load()
	words := regexp.MustCompile(`h\("[a-z0-9]+", [^)"]*, "([A-Z][a-z]+[^"]*)"`)
	for name, f := range files {
		if m := words.FindStringSubmatch(string(f.plain)); m != nil && strings.HasSuffix(name, ".js") && name != "text.js" {
			t.Errorf("%s has the text %q; texts belong into text.js", name, m[1])
		}
	}
	keys := regexp.MustCompile(`\bT\.([a-z]\w*)`)
	for name, f := range files {
		for _, m := range keys.FindAllStringSubmatch(string(f.plain), -1) {
			if !strings.Contains(string(files["text.js"].plain), "\n  "+m[1]+":") && !strings.Contains(string(files["text.js"].plain), " "+m[1]+":") {
				t.Errorf("%s uses T.%s, which text.js does not have", name, m[1])
			}
		}
	}
}

// TestEveryTextIsUsed looks for the keys of text.js in the other scripts. Those of
// tables that are read by what the API says are used by their table.
func TestEveryTextIsUsed(t *testing.T) {
	files, _ := load()
	var scripts strings.Builder
	for name, f := range files {
		if strings.HasSuffix(name, ".js") && name != "text.js" {
			scripts.Write(f.plain)
		}
	}
	text := string(files["text.js"].plain)
	tables := regexp.MustCompile(`(?s)\b(?:scheme|state|stateWhy|class|reason|advice|profile|theme|sorts): \{.*?\}`)
	text = text[strings.Index(text, "export const T"):]
	keys := regexp.MustCompile(`[{,\n]\s*([a-zA-Z]\w*): `)
	for _, m := range keys.FindAllStringSubmatch(tables.ReplaceAllString(text, ""), -1) {
		if !regexp.MustCompile(`\b` + m[1] + `\b`).MatchString(scripts.String()) {
			t.Errorf("text.js has %q, which no page uses", m[1])
		}
	}
}
