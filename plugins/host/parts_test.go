package host

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

func FuzzParseLine(f *testing.F) {
	for _, s := range []string{`{"@message": 5}`, `{"msg":"x","level":"WARN+1"}`, `{"@message":"x","@level":"trace"}`, "panic: x", "", "{}", "[WARN] x"} {
		f.Add([]byte(s))
	}
	log := slog.New(slog.DiscardHandler)
	f.Fuzz(func(t *testing.T, line []byte) {
		l := parseLine(line)
		if len(l.attrs) > maxAttrs+1 {
			t.Errorf("%d attributes", len(l.attrs))
		}
		log.LogAttrs(context.Background(), l.level, l.message, l.attrs...)
	})
}

func TestParseLine(t *testing.T) {
	for name, c := range map[string]struct {
		in    string
		level slog.Level
		msg   string
		attrs int
	}{
		"slog":          {`{"time":"t","level":"WARN","msg":"m","a":1,"b":{"c":2}}`, slog.LevelWarn, "m", 2},
		"hclog":         {`{"@level":"trace","@message":"m","@timestamp":"t","@module":"x"}`, slog.LevelDebug, "m", 1},
		"no level":      {`{"msg":"m"}`, slog.LevelInfo, "m", 0},
		"forged coin":   {`{"msg":"m","coin":"another","a":1}`, slog.LevelInfo, "m", 1},
		"odd message":   {`{"@message":5}`, slog.LevelInfo, `{"@message":5}`, 0},
		"two objects":   {`{"msg":"m"}{}`, slog.LevelInfo, `{"msg":"m"}{}`, 0},
		"panic":         {"panic: x", slog.LevelError, "panic: x", 0},
		"bad utf-8":     {"\xff", slog.LevelInfo, "\uFFFD", 0},
		"level of text": {"[WARN] x", slog.LevelWarn, "[WARN] x", 0},
	} {
		if l := parseLine([]byte(c.in)); l.level != c.level || l.message != c.msg || len(l.attrs) != c.attrs {
			t.Errorf("%s: got %+v", name, l)
		}
	}
}

func TestSocketDir(t *testing.T) {
	data := t.TempDir()
	a, err := NewSocketDir(data)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(a.Path()); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v; want 0700", info.Mode(), err)
	}
	stale := filepath.Join(filepath.Dir(a.Path()), "p1-0")
	if err := os.MkdirAll(filepath.Join(stale, "plugin-dir1"), 0o700); err != nil {
		t.Fatal(err)
	}
	b, err := NewSocketDir(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(a.Path()); err != nil {
		t.Errorf("the folder of a living pool was removed: %v", err)
	}
	if _, err := os.Stat(stale); !os.IsNotExist(err) {
		t.Errorf("the folder of a dead pool is still there: %v", err)
	}
	_, _ = a.Close(), b.Close()
	if left, _ := os.ReadDir(filepath.Dir(a.Path())); len(left) != 0 {
		t.Errorf("left: %v", left)
	}

	long, err := NewSocketDir(filepath.Join(data, strings.Repeat("long", 30)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = long.Close() }()
	if n := len(long.Path()) + socketName; n >= socketPath {
		t.Errorf("%s: sockets below it have %d bytes, the limit is %d", long.Path(), n, socketPath)
	}
}

func TestFloodOfTemplatesDoesNotGrowMemory(t *testing.T) {
	cfg, _ := config(t, "plugin")
	c := mustOpen(t, New(cfg), `{"flood":true,"template_bytes":1048576}`)
	ctx, cancel := context.WithCancel(t.Context())
	out, ended := make(chan *coins.Template), make(chan error, 1)
	go func() { ended <- c.(coins.Parent).Templates(ctx, out) }()
	for range 20 {
		<-out
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	// Nobody reads the stream; unary calls on the same connection go on.
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
		if _, err := c.ValidateAddress(t.Context(), "fake1"); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	cancel()
	<-ended
}

func BenchmarkUnary(b *testing.B) {
	cfg, _ := config(b, "plugin")
	c := mustOpen(b, New(cfg), "")
	for b.Loop() {
		if _, err := c.ValidateAddress(b.Context(), "fake1"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTemplatePush2MiB(b *testing.B) {
	cfg, _ := config(b, "plugin")
	c := mustOpen(b, New(cfg), `{"flood":true,"template_bytes":2097152}`)
	ctx, cancel := context.WithCancel(b.Context())
	out, ended := make(chan *coins.Template), make(chan error, 1)
	go func() { ended <- c.(coins.Parent).Templates(ctx, out) }()
	for b.Loop() {
		<-out
	}
	cancel()
	<-ended
}

func BenchmarkStart(b *testing.B) {
	for name, mtls := range map[string]bool{"plain": false, "mTLS": true} {
		b.Run(name, func(b *testing.B) {
			cfg, _ := config(b, "plugin")
			cfg.MTLS = mtls
			for b.Loop() {
				_ = mustOpen(b, New(cfg), "").Close()
			}
		})
	}
}
