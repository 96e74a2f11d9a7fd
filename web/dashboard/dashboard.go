package dashboard

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed static
var static embed.FS

// Pages are the paths that show the page; what stands behind a slash is read by
// the page itself.
var Pages = []string{"/", "/blocks", "/block/", "/miner/", "/solo", "/solo/", "/connect", "/operator"}

// policy lets the page load what this program serves and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// file is one file as it is sent.
type file struct {
	kind  string // Content-Type
	plain []byte
	small []byte // gzip; nil where it is not smaller
	etag  string // of plain; that of small has a mark
}

// Handler serves the pages and what they load, which is below /ui/.
func Handler() http.Handler {
	files, page := load()
	mux := http.NewServeMux()
	for _, p := range Pages {
		if p == "/" {
			p = "/{$}"
		}
		mux.Handle("GET "+p, page)
	}
	mux.HandleFunc("GET /ui/{name...}", func(w http.ResponseWriter, r *http.Request) {
		f := files[r.PathValue("name")]
		if f == nil {
			missing(w, r)
			return
		}
		f.ServeHTTP(w, r)
	})
	mux.Handle("GET /favicon.ico", files["icon.svg"])
	mux.HandleFunc("GET /robots.txt", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("User-agent: *\nDisallow: /miner/\nDisallow: /solo/\nDisallow: /operator\nDisallow: /api/\n"))
	})
	mux.HandleFunc("GET /", missing)
	return mux
}

// load reads the files that are part of the program. The page has a version of them
// all, so that it changes with each of them; browsers ask for every file again, and
// are told if theirs is the same.
func load() (files map[string]*file, page *file) {
	files = map[string]*file{}
	entries, err := fs.ReadDir(static, "static")
	if err != nil {
		panic(err) // not in a program that was built
	}
	version := sha256.New()
	for _, e := range entries {
		raw, err := static.ReadFile(path.Join("static", e.Name()))
		if err != nil {
			panic(err)
		}
		version.Write(raw)
		files[e.Name()] = newFile(e.Name(), raw)
	}
	index := bytes.ReplaceAll(files["index.html"].plain, []byte("VERSION"), []byte(hex.EncodeToString(version.Sum(nil)[:6])))
	page = newFile("index.html", index)
	delete(files, "index.html")
	return files, page
}

func newFile(name string, raw []byte) *file {
	sum := sha256.Sum256(raw)
	f := &file{kind: mime.TypeByExtension(path.Ext(name)), plain: raw, etag: hex.EncodeToString(sum[:8])}
	switch path.Ext(name) { // not left to the system's table
	case ".js":
		f.kind = "text/javascript; charset=utf-8"
	case ".css":
		f.kind = "text/css; charset=utf-8"
	case ".html":
		f.kind = "text/html; charset=utf-8"
	case ".svg":
		f.kind = "image/svg+xml"
	case ".webmanifest":
		f.kind = "application/manifest+json"
	}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level exists
	_, _ = z.Write(raw)                                   // into memory
	_ = z.Close()
	if b.Len() < len(raw) {
		f.small = b.Bytes()
	}
	return f
}

func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // the address of a miner is nobody else's
	h.Set("Cache-Control", "no-cache")      // asked for each time, answered by 304
	h.Set("Vary", "Accept-Encoding")
	body, etag := f.plain, `"`+f.etag+`"`
	if f.small != nil && takesGzip(r.Header.Values("Accept-Encoding")) {
		body, etag = f.small, `"`+f.etag+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", etag)
	if known(r.Header.Values("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client is gone: nobody to tell
	}
}

// takesGzip reads Accept-Encoding, RFC 9110 section 12.5.3: a weight of 0 refuses.
func takesGzip(header []string) bool {
	all := false
	for _, part := range strings.Split(strings.Join(header, ","), ",") {
		name, weight, _ := strings.Cut(part, ";")
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(weight)), "q="), 64)
		wanted := strings.TrimSpace(weight) == "" || err == nil && q > 0
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip", "x-gzip":
			return wanted
		case "*":
			all = wanted
		}
	}
	return all
}

// known reads If-None-Match, RFC 9110 section 13.1.2: tags are compared weakly, and *
// is any.
func known(header []string, etag string) bool {
	for _, part := range strings.Split(strings.Join(header, ","), ",") {
		if tag := strings.TrimPrefix(strings.TrimSpace(part), "W/"); tag == etag || tag == "*" {
			return true
		}
	}
	return false
}

func missing(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte("There is nothing at " + strconv.Quote(r.URL.Path) + ". The pool's pages begin at / and its API at /api/v1/about.\n"))
}
