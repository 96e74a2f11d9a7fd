package configs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestHooks(t *testing.T) {
	c := mustParse(t, string(mustRead(t, "testdata/good/hooks.toml")))
	if c.Notices != (Notices{Duration(2 * time.Minute), Duration(15 * time.Minute)}) {
		t.Errorf("notices: got %+v", c.Notices)
	}
	if d := mustParse(t, string(mustRead(t, "testdata/good/smallest.toml"))).Notices; d != DefaultNotices() {
		t.Errorf("default notices: got %+v", d)
	}
	for i, want := range []int{600, 100, 30, 20, 20} {
		if got := c.Hooks[i].PerHour(); got != want {
			t.Errorf("%s: got %d messages an hour, want %d", c.Hooks[i].Name, got, want)
		}
	}
	for _, s := range []struct {
		url      string
		plain    bool
		server   string
		implicit bool
	}{
		{"smtp://mail.example.org", false, "mail.example.org:587", false},
		{"smtp://mail.example.org:2525", false, "mail.example.org:2525", false},
		{"smtps://mail.example.org", false, "mail.example.org:465", true},
		{"smtp://[::1]/", true, "[::1]:25", false},
		{"http://mail.example.org", false, "", false},
		{"smtp://me@mail.example.org", false, "", false},
		{"smtp://", false, "", false},
	} {
		h := Hook{URL: s.url, Plain: s.plain}
		server, implicit, err := h.MailServer()
		if server != s.server || implicit != s.implicit || (err == nil) != (s.server != "") {
			t.Errorf("%s: got %q, %t, %v", s.url, server, implicit, err)
		}
	}
}

func TestHookSecret(t *testing.T) {
	dir := t.TempDir()
	for _, s := range []struct {
		name, text, kind string
		mode             os.FileMode
		secret, problem  string
	}{
		{"good", "0123456789abcdef\n", HookWebhook, 0o600, "0123456789abcdef", ""},
		{"with spaces", "0123456789 abcdef", HookWebhook, 0o640, "0123456789 abcdef", ""},
		{"short", "0123", HookWebhook, 0o600, "", "test.toml:2: hooks[0].secret_file: FILE holds nothing of use; expected one line of at least 16 characters"},
		{"token", "tk", HookNtfy, 0o600, "tk", ""},
		{"two lines", "a\nb\n", HookEmail, 0o600, "", "test.toml:2: hooks[0].password_file: FILE holds nothing of use; expected one line of at least 1 characters"},
		{"open to all", "tk", HookNtfy, 0o604, "", "test.toml:2: hooks[0].token_file: FILE can be read by every user of this machine; run: chmod o-rwx FILE"},
	} {
		t.Run(s.name, func(t *testing.T) {
			file := filepath.Join(dir, strings.ReplaceAll(s.name, " ", "-"))
			if err := os.WriteFile(file, []byte(s.text), s.mode); err != nil {
				t.Fatal(err)
			}
			key := map[string]string{HookWebhook: "secret_file", HookNtfy: "token_file", HookEmail: "password_file"}[s.kind]
			c, _ := Parse("test.toml", []byte("[[hooks]]\n"+key+" = \""+file+"\"\nkind = \""+s.kind+"\"\n"))
			got, err := c.HookSecret(0)
			problem := ""
			if err != nil {
				problem = strings.ReplaceAll(err.Error(), file, "FILE")
			}
			if got != s.secret || problem != s.problem {
				t.Errorf("got %q, %q; want %q, %q", got, problem, s.secret, s.problem)
			}
		})
	}
	c, _ := Parse("test.toml", []byte("[[hooks]]\nkind = \"ntfy\"\ntoken_file = \"/nowhere/x\"\n[[hooks]]\nkind = \"ntfy\"\n"))
	if _, err := c.HookSecret(0); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("no file: got %v", err)
	}
	if got, err := c.HookSecret(1); got != "" || err != nil {
		t.Errorf("none named: got %q, %v", got, err)
	}
}
