package host

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"
)

// linesOf are a driver's last lines as "LEVEL text".
func linesOf(d *Driver) (all []string) {
	d.EachLine(func(_ time.Time, level slog.Level, text string) { all = append(all, level.String()+" "+text) })
	return all
}

func TestLastLinesAreReadable(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"text", "hello\r\n", "INFO hello"},
		{"slog", `{"time":"t","level":"WARN","msg":"node is slow","node":"127.0.0.1:8332","took":1.5,"why":"no answer","list":["a"]}`,
			`WARN node is slow list=["a"] node=127.0.0.1:8332 took=1.5 why="no answer"`},
		{"hclog", `{"@message":"up","@level":"trace"}`, "DEBUG up"},
		{"an empty field", `{"msg":"x","a":""}`, `INFO x a=""`},
		{"colours", "\x1b[1;31mERROR\x1b[0m no node", "INFO ERROR no node"},
		{"other escapes", "\x1b]0;title\x07\x1b[", "INFO \uFFFD]0;title\uFFFD\uFFFD["},
		{"a terminal's return", "50 %\r100 %", "INFO 50 %\uFFFD100 %"},
		{"text turned around", "a\u202eb\u2066c\u200f", "INFO a\uFFFDb\uFFFDc\uFFFD"},
		{"a break in a field", `{"msg":"a\nb","k":"c\u001b[2Jd\ne"}`, "INFO a\uFFFDb k=\"c\\x1b[2Jd\\ne\""},
		{"tab", "a\tb", "INFO a b"},
		{"other scripts", "ошибка 失敗 é\u00a0!", "INFO ошибка 失敗 é\u00a0!"},
		{"html", `<img src=x onerror="alert(1)">`, `INFO <img src=x onerror="alert(1)">`},
		{"no utf-8", "a\xff\xfeb\x00", "INFO a\uFFFDb\uFFFD"},
		{"a long line", strings.Repeat("x", keptBytes+1), "INFO " + strings.Repeat("x", keptBytes) + "..."},
		{"just not a long line", strings.Repeat("x", keptBytes), "INFO " + strings.Repeat("x", keptBytes)},
		{"cut in a character", strings.Repeat("x", keptBytes-1) + "é", "INFO " + strings.Repeat("x", keptBytes-1) + "..."},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := New(Config{})
			newLogSink(slog.New(slog.DiscardHandler), &d.lines).read("stderr", strings.NewReader(c.in))
			if got := linesOf(d); len(got) != 1 || got[0] != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheLastLinesOfAFloodAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{})
		s := newLogSink(slog.New(slog.DiscardHandler), &d.lines)
		var all bytes.Buffer
		for i := range 200_000 {
			fmt.Fprintf(&all, "line %d\n", i)
		}
		s.read("stderr", &all)
		got := linesOf(d)
		if len(got) != keptLines || got[0] != fmt.Sprintf("INFO line %d", 200_000-keptLines) || got[keptLines-1] != "INFO line 199999" {
			t.Errorf("%d lines: %q", len(got), got)
		}
		newLogSink(slog.New(slog.DiscardHandler), &d.lines).read("stderr", strings.NewReader("of the next process\n"))
		if got := linesOf(d); len(got) != keptLines || got[keptLines-2] != "INFO line 199999" || got[keptLines-1] != "INFO of the next process" {
			t.Errorf("after a restart: %q", got)
		}
	})
}

// TestALineWithoutEndIsSeen shows what a plugin writes that never ends its line,
// while it goes on.
func TestALineWithoutEndIsSeen(t *testing.T) {
	const size = 10 << 20
	check := func(t *testing.T, d *Driver) {
		t.Helper()
		if got := linesOf(d); len(got) != 2 || got[0] != "INFO before" || got[1] != "INFO "+strings.Repeat("y", keptBytes)+"..." {
			t.Errorf("%d lines, want two, the second cut: %.100q", len(got), got)
		}
		for _, l := range d.lines.recent.lines {
			if cap(l.text) > 2*keptBytes {
				t.Errorf("a line takes %d bytes", cap(l.text))
			}
		}
	}
	t.Run("pipe", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := New(Config{})
			r, w := io.Pipe()
			done := make(chan struct{})
			go func() {
				defer close(done)
				newLogSink(slog.New(slog.DiscardHandler), &d.lines).read("stderr", r)
			}()
			_, _ = io.WriteString(w, "before\n")
			_, _ = io.Copy(w, &endless{bytes.Repeat([]byte("y"), 1<<16), size})
			synctest.Wait()
			check(t, d)
			_, _ = io.WriteString(w, "\n")
			_ = w.Close()
			<-done
			check(t, d)
		})
	})
	t.Run("pieces", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := New(Config{})
			w := newLogSink(slog.New(slog.DiscardHandler), &d.lines).writer("stdout")
			_, _ = io.WriteString(w, "before\n")
			for range size >> 16 {
				_, _ = w.Write(bytes.Repeat([]byte("y"), 1<<16))
			}
			check(t, d)
			_, _ = io.WriteString(w, "\n")
			check(t, d)
		})
	})
}

func TestGarbageIsHarmless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{})
		garbage := make([]byte, 1<<20)
		random := rand.NewChaCha8([32]byte{1})
		_, _ = random.Read(garbage)
		newLogSink(slog.New(slog.DiscardHandler), &d.lines).read("stderr", bytes.NewReader(garbage))
		if got := linesOf(d); len(got) != keptLines {
			t.Errorf("%d lines, want %d", len(got), keptLines)
		}
		for _, line := range linesOf(d) {
			if !utf8.ValidString(line) || len(line) > keptBytes+20 || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsGraphic(r) }) {
				t.Errorf("%d bytes: %q", len(line), line)
			}
		}
	})
}

// TestARunningPluginsLastLines asks a real process.
func TestARunningPluginsLastLines(t *testing.T) {
	cfg, _ := config(t, "plugin")
	d := New(cfg)
	c := mustOpen(t, d, "")
	say := func(what string) {
		t.Helper()
		if _, err := c.ValidateAddress(t.Context(), what); err != nil {
			t.Fatal(err)
		}
	}
	say("stderr " + strings.Repeat("line\n", 50_000) + "\x1b[31mred \x07bell")
	say("stderr " + strings.Repeat("x", 10<<20))
	say("print on stdout")
	eventually(t, "its lines", func() bool {
		got := strings.Join(linesOf(d), "\n")
		return strings.Contains(got, "INFO red \uFFFDbell\n") && strings.Contains(got, strings.Repeat("x", keptBytes)+"...") && strings.Contains(got, "INFO on stdout")
	})
	if _, err := c.ValidateAddress(t.Context(), "die"); err == nil {
		t.Fatal("it lives")
	}
	if got := linesOf(d); len(got) != keptLines {
		t.Errorf("%d lines after its end, want %d", len(got), keptLines)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "\x1b[31mx", "\xff", `{"msg":"\u202e"}`, "\u0300\u0301"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		d := New(Config{})
		d.lines.recent.add(time.Now(), line, false)
		for _, got := range linesOf(d) {
			if !utf8.ValidString(got) || len(got) > keptBytes+20 || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsGraphic(r) }) {
				t.Errorf("%q became %q", line, got)
			}
		}
	})
}
