package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/notify"
)

func hooksDoc(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "hooks.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

// blocksOf are a document's blocks of code in a language.
func blocksOf(doc, language string) (blocks []string) {
	for {
		_, rest, ok := strings.Cut(doc, "\n```"+language+"\n")
		if !ok {
			return blocks
		}
		var block string
		block, doc, _ = strings.Cut(rest, "\n```\n")
		blocks = append(blocks, block+"\n")
	}
}

// TestHooksDocConfiguration reads the examples of docs/hooks.md, and those of the
// sample that are commented out.
func TestHooksDocConfiguration(t *testing.T) {
	base := "[coins.bitcoin]\ndriver = \"bitcoin\"\n[pools.p]\nparent = \"bitcoin\"\naddress = \"x\"\nlisten = [{ address = \":1\" }]\n"
	examples := blocksOf(hooksDoc(t), "toml")
	sample, err := os.ReadFile(filepath.Join("..", "..", "configs", "motherlode.toml"))
	if err != nil {
		t.Fatal(err)
	}
	_, hooks, _ := strings.Cut(string(sample), "# ---- hooks")
	var lines []string
	for _, line := range strings.Split(hooks, "\n")[1:] {
		if line, ok := strings.CutPrefix(line, "# "); ok && (strings.HasPrefix(line, "[") || strings.Contains(line, " = ")) {
			lines = append(lines, line)
		}
	}
	for _, text := range append(examples, strings.Join(lines, "\n")) {
		cfg, err := configs.Parse("hooks.toml", []byte(base+text))
		if err != nil || len(cfg.Hooks) == 0 {
			t.Errorf("%v, of\n%s", err, text)
		}
	}
	if len(examples) != 2 || len(lines) < 4 {
		t.Errorf("got %d examples and %d lines", len(examples), len(lines))
	}
}

// TestHooksDocReceivers runs the receivers of docs/hooks.md.
func TestHooksDocReceivers(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "site.secret")
	if err := os.WriteFile(secret, []byte(hookSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	now := strconv.FormatInt(time.Now().Unix(), 10)
	old := strconv.FormatInt(time.Now().Add(-10*time.Minute).Unix(), 10)
	body := `{"version":1,"notices":[{"id":"a","kind":"test","text":"hello"}]}`
	cases := []struct {
		name, body, stamp, signature string
		genuine                      bool
	}{
		{"genuine", body, now, notify.Sign([]byte(hookSecret), now, []byte(body)), true},
		{"changed", body + " ", now, notify.Sign([]byte(hookSecret), now, []byte(body)), false},
		{"another time", body, strconv.FormatInt(time.Now().Unix()+1, 10), notify.Sign([]byte(hookSecret), now, []byte(body)), false},
		{"replayed later", body, old, notify.Sign([]byte(hookSecret), old, []byte(body)), false},
		{"another secret", body, now, notify.Sign([]byte("x"), now, []byte(body)), false},
		{"once more", body, now, notify.Sign([]byte(hookSecret), now, []byte(body)), true},
	}

	t.Run("python", func(t *testing.T) {
		python, err := exec.LookPath("python3")
		if err != nil {
			t.Skip("no python3 here")
		}
		programs := blocksOf(hooksDoc(t), "python")
		addr := mustFreePort(t)
		_, port, _ := strings.Cut(addr, ":")
		var out output
		cmd := exec.Command(python, "-c", programs[0])
		cmd.Env = append(os.Environ(), "SECRET_FILE="+secret, "PORT="+port)
		cmd.Stdout, cmd.Stderr = &out, io.Discard
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		post := func(body, stamp, signature string) (status int) {
			poll(t, "the receiver", 30*time.Second, func() bool {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set(notify.HeaderTimestamp, stamp)
				req.Header.Set(notify.HeaderSignature, signature)
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					return false
				}
				resp.Body.Close()
				status = resp.StatusCode
				return true
			})
			return status
		}
		for _, c := range cases {
			if got, want := post(c.body, c.stamp, c.signature), map[bool]int{true: 204, false: 401}[c.genuine]; got != want {
				t.Errorf("%s: got %d, want %d", c.name, got, want)
			}
		}
		w, err := notify.NewWebhook("http://"+addr, []byte(hookSecret), "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := notify.Try(t.Context(), notify.Hook{Name: "x", Sender: w}); err != nil {
			t.Error(err)
		}
		want := "test hello\ntest This is a test of the hook \"x\". Nothing has happened.\n"
		poll(t, "what the receiver prints", 30*time.Second, func() bool { return len(out.String()) >= len(want) }) // it prints when it has answered
		if out.String() != want {
			t.Errorf("printed %q, want %q", out.String(), want)
		}
	})

	t.Run("shell", func(t *testing.T) {
		if _, err := exec.LookPath("openssl"); err != nil {
			t.Skip("no openssl here")
		}
		snippets := blocksOf(hooksDoc(t), "sh")
		for _, c := range cases {
			if err := os.WriteFile(filepath.Join(dir, "body.json"), []byte(c.body), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-c", snippets[len(snippets)-1])
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "TIMESTAMP="+c.stamp, "SIGNATURE="+c.signature)
			out, _ := cmd.CombinedOutput() // a failure is the answer no
			if got := strings.TrimSpace(string(out)) == "genuine"; got != c.genuine {
				t.Errorf("%s: got %q", c.name, out)
			}
		}
		// The line that makes a secret makes one that is taken.
		cmd := exec.CommandContext(t.Context(), "sh", "-c", snippets[1])
		cmd.Dir = dir
		if err := os.Remove(secret); err != nil {
			t.Fatal(err)
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		cfg, _ := configs.Parse("x.toml", []byte("[[hooks]]\nkind = \"webhook\"\nsecret_file = "+strconv.Quote(secret)+"\n"))
		if got, err := cfg.HookSecret(0); err != nil || len(got) != 48 {
			t.Errorf("got %q, %v", got, err)
		}
	})
}
