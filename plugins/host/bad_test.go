package host

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/client"
)

func TestBadPrograms(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	script := file("script", "#!/bin/sh\necho no plugin >&2\nexit 7\n", 0o755)
	for name, c := range map[string]struct {
		set  func(*Config)
		kind error
		text string
	}{
		"true":           {func(c *Config) { c.Command = []string{"/bin/true"} }, ErrPluginStart, "without a handshake"},
		"cat":            {func(c *Config) { c.Command = []string{"/bin/cat"} }, ErrPluginStart, "without a handshake"},
		"missing":        {func(c *Config) { c.Command = []string{dir + "/none"} }, ErrPluginStart, "no such file"},
		"text file":      {func(c *Config) { c.Command = []string{file("text", "hello", 0o755)} }, ErrPluginStart, "exec format"},
		"exits":          {func(c *Config) { c.Command = []string{script} }, ErrPluginStart, "no plugin"},
		"prints first":   {func(c *Config) { c.Env = []string{modeKey + "=junk"} }, ErrPluginStart, "hello, I print"},
		"silent":         {func(c *Config) { c.Env = []string{modeKey + "=silent"}; c.StartTimeout = 300 * time.Millisecond }, ErrPluginStart, "timeout"},
		"no certificate": {func(c *Config) { c.Env = []string{modeKey + "=bare"}; c.MTLS = true }, ErrPluginStart, "mtls = false"},
		"unverified":     {func(c *Config) { c.External = true; c.Command = []string{script} }, ErrUnverified, "allow_unverified"},
		"wrong sha256":   {func(c *Config) { c.SHA256 = strings.Repeat("00", 32) }, ErrChecksum, "configured is 0000"},
		"sha256 form":    {func(c *Config) { c.SHA256 = "xyz" }, ErrConfig, "64 hex"},
		"no command":     {func(c *Config) { c.Command = nil }, ErrConfig, "no command"},
		"world writable": {func(c *Config) {
			c.External, c.AllowUnverified, c.Command = true, true, []string{file("open", "#!/bin/sh\n", 0o777)}
		}, ErrUnsafeFile, "chmod o-w"},
		"not executable": {func(c *Config) {
			c.External, c.AllowUnverified, c.Command = true, true, []string{file("plain", "#!/bin/sh\n", 0o644)}
		}, ErrUnsafeFile, "chmod +x"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, _ := config(t, "plugin")
			c.set(&cfg)
			begin := time.Now()
			_, err := New(cfg).Open(t.Context(), coins.Settings{})
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %v, want %v with %q", err, c.kind, c.text)
			}
			if took := time.Since(begin); took > promptly {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestRightChecksumOnEveryStart(t *testing.T) {
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	cfg, _ := config(t, "plugin")
	cfg.SHA256 = fmt.Sprintf("%x", sha256.Sum256(self))
	d := New(cfg)
	for range 2 {
		_ = mustOpen(t, d, "").Close()
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	cfg, _ := config(t, "silent")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := New(cfg).Open(ctx, coins.Settings{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begin); took > promptly {
		t.Errorf("took %v", took)
	}
}

func TestGarbageOnStderr(t *testing.T) {
	cfg, logs := config(t, "plugin")
	c := mustOpen(t, New(cfg), "")
	for _, line := range []string{
		`{"@message": 5}`, `{"@message": null, "@level": []}`, `{"msg": {}}`, "{", "\x00\xff\x1b[31m", "[]", strings.Repeat("x", 1<<20),
		`{"@message":"hclog line","@level":"warn","@timestamp":5,"k":{"a":[1]}}`, `{"msg":"slog line","level":"ERROR","time":"x"}`,
	} {
		if _, err := c.ValidateAddress(t.Context(), "stderr "+strings.ToValidUTF8(line, "?")); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all lines in the log", func() bool {
		s := logs.String()
		return strings.Contains(s, `level=WARN msg="hclog line"`) && strings.Contains(s, `level=ERROR msg="slog line"`) &&
			strings.Contains(s, "cut_bytes") && strings.Contains(s, `{\"@message\": 5}`)
	})
	if n := len(logs.String()); n > 100<<10 {
		t.Errorf("%d bytes in the pool's log", n)
	}
	if _, err := c.ValidateAddress(t.Context(), "print on stdout"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what was printed", func() bool { return strings.Contains(logs.String(), "on stdout") })
}

func TestFloodOnStderrIsDroppedAndCounted(t *testing.T) {
	cfg, logs := config(t, "plugin")
	d := New(cfg)
	c := mustOpen(t, d, "")
	begin := time.Now()
	if _, err := c.ValidateAddress(t.Context(), "stderr "+strings.Repeat("line\n", 50000)); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	most := maxAtOnce + int(math.Ceil(time.Since(begin).Seconds()))*perSecond
	if lines, dropped := d.LogLines(); lines < 50000 || int(dropped) < int(lines)-most || dropped > lines-maxAtOnce+50 {
		t.Errorf("counted %d lines and %d dropped", lines, dropped)
	}
	s := logs.String()
	if n := strings.Count(s, "msg=line"); n < maxAtOnce-50 || n > most {
		t.Errorf("%d lines came through, want at most %d", n, most)
	}
	if !strings.Contains(s, "lines were dropped") {
		t.Error("the drops were not counted")
	}
}

func TestLongLinesAreLimitedByTheirSize(t *testing.T) {
	cfg, logs := config(t, "plugin")
	c := mustOpen(t, New(cfg), "")
	if _, err := c.ValidateAddress(t.Context(), "stderr "+strings.Repeat(strings.Repeat("y", 20<<10)+"\n", 300)); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	s := logs.String()
	if n := len(s); n < 100<<10 || n > 2*(maxAtOnce+perSecond)*lineBytes {
		t.Errorf("%d bytes of 6 MB came through", n)
	}
	if !strings.Contains(s, "lines were dropped") {
		t.Error("the drops were not counted")
	}
}

func TestMessageLimits(t *testing.T) {
	for name, c := range map[string]struct {
		mode  string
		bytes int
		want  error
	}{
		"8 MiB template":                 {"plugin", 8 << 20, nil},
		"65 MiB, held by the plugin":     {"plugin", 65 << 20, client.ErrTooLarge},
		"65 MiB, held by the pool alone": {"bare", 65 << 20, client.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, _ := config(t, c.mode)
			coin := mustOpen(t, New(cfg), fmt.Sprintf(`{"template_bytes":%d}`, c.bytes))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out, ended := make(chan *coins.Template), make(chan error, 1)
			go func() { ended <- coin.(coins.Parent).Templates(ctx, out) }()
			select {
			case tpl := <-out:
				if c.want != nil || len(tpl.Tree.TxBlob) != c.bytes {
					t.Errorf("a template of %d bytes came through", len(tpl.Tree.TxBlob))
				}
			case err := <-ended:
				if !errors.Is(err, c.want) || c.want == nil {
					t.Errorf("got %v, want %v", err, c.want)
				}
			}
			if _, err := coin.ValidateAddress(t.Context(), "fake1"); err != nil {
				t.Errorf("the plugin was harmed: %v", err)
			}
		})
	}
	cfg, _ := config(t, "plugin")
	coin := mustOpen(t, New(cfg), "")
	if _, err := coin.(coins.Parent).SubmitBlock(t.Context(), &coins.Block{Raw: make([]byte, 65<<20)}); !errors.Is(err, client.ErrTooLarge) {
		t.Errorf("65 MiB block: %v", err)
	}
}
