package sharedays

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

func mustAppend(t *testing.T, l *sharelog.Log, at time.Time, n int) {
	t.Helper()
	var b sharelog.Batch
	for range n {
		b.Share(&sharelog.Share{Time: at.UnixMilli(), Pool: "p", Account: "a", Difficulty: 1})
	}
	if err := l.Append(&b); err != nil {
		t.Fatal(err)
	}
}

// get makes a request with headers, and returns the answer with its body.
func get(t *testing.T, h http.Handler, path string, headers ...string) (*http.Response, []byte) {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), body
}

func TestDownload(t *testing.T) {
	l, err := sharelog.Open(t.TempDir(), sharelog.Options{SegmentSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	day := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for range 30 {
		mustAppend(t, l, day, 5)
	}
	mustAppend(t, l, day.AddDate(0, 0, 1), 3)

	days := sharelog.NewDays(l)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- days.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	h := Handler(func() *sharelog.Days { return days })

	reply, body := get(t, h, Path)
	var list List
	if err := json.Unmarshal(body, &list); err != nil || reply.StatusCode != 200 || len(list.Days) != 2 || !list.Days[0].Ended || list.Days[1].Ended {
		t.Fatalf("list: got %s %s, %v", reply.Status, body, err)
	}
	dir := t.TempDir()
	for _, d := range list.Days {
		reply, body := get(t, h, Path+d.Date)
		sum := sha256.Sum256(body)
		if reply.StatusCode != 200 || int64(len(body)) != d.Bytes || hex.EncodeToString(sum[:]) != d.SHA256 {
			t.Errorf("%s: got %s, %d bytes with SHA-256 %x; want %+v", d.Date, reply.Status, len(body), sum, d)
		}
		if err := os.WriteFile(filepath.Join(dir, d.Date), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v, err := sharelog.OpenView(dir)
	if err != nil || v.Start() != 0 || v.End() != l.End() || v.Torn() != 0 {
		t.Errorf("the downloaded days: got %+v, %v; want a log of %d bytes", v, err, l.End())
	}

	first := list.Days[0]
	etag := `"` + first.SHA256 + `"`
	_, whole := get(t, h, Path+first.Date)
	for _, c := range []struct {
		name    string
		path    string
		headers []string
		status  int
		body    string
	}{
		{"not modified", first.Date, []string{"If-None-Match", etag}, 304, ""},
		{"the rest of an ended day", first.Date, []string{"Range", "bytes=100-", "If-Range", etag}, 206, string(whole[100:])},
		{"a part that goes over a segment's end", first.Date, []string{"Range", "bytes=4000-4200"}, 206, string(whole[4000:4201])},
		{"of another version", first.Date, []string{"Range", "bytes=100-", "If-Range", `"other"`}, 200, string(whole)},
		{"the rest of the present day", list.Days[1].Date, []string{"Range", "bytes=1000000-"}, 416, "*"},
		{"no such day", "2026-11-19", nil, 404, "*"},
		{"no day at all", "LOCK", nil, 404, "*"},
	} {
		t.Run(c.name, func(t *testing.T) {
			reply, body := get(t, h, Path+c.path, c.headers...)
			if reply.StatusCode != c.status || c.body != "*" && string(body) != c.body {
				t.Errorf("got %s with %d bytes, want %d with %d", reply.Status, len(body), c.status, len(c.body))
			}
		})
	}
	if reply, _ := get(t, h, Path+first.Date); reply.Header.Get("ETag") != etag {
		t.Errorf("ETag: got %q, want %q", reply.Header.Get("ETag"), etag)
	}
	if reply, _ := get(t, h, Path+list.Days[1].Date); reply.Header.Get("ETag") != "" {
		t.Errorf("ETag of the present day: got %q, want none", reply.Header.Get("ETag"))
	}

	// What is written is there at once, and what was downloaded stays its start.
	_, before := get(t, h, Path+list.Days[1].Date)
	mustAppend(t, l, day.AddDate(0, 0, 1), 7)
	if _, after := get(t, h, Path+list.Days[1].Date); len(after) <= len(before) || string(after[:len(before)]) != string(before) {
		t.Errorf("present day: got %d bytes after %d, or others", len(after), len(before))
	}
}

func TestDownloadBeforeThePoolIsUp(t *testing.T) {
	h := Handler(func() *sharelog.Days { return nil })
	for _, path := range []string{Path, Path + "2026-11-20"} {
		if reply, _ := get(t, h, path); reply.StatusCode != 503 || reply.Header.Get("Retry-After") == "" {
			t.Errorf("%s: got %s, want 503 with Retry-After", path, reply.Status)
		}
	}
}
