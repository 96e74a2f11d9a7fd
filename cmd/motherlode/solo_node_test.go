package main

import (
	"strings"
	"testing"
)

// TestSoloTakesAnyPassword reads the URL of --node as people write it.
func TestSoloTakesAnyPassword(t *testing.T) {
	for name, c := range map[string]struct{ node, url, user, password string }{
		"plain":              {"http://user:pass@127.0.0.1:8332", "http://127.0.0.1:8332", "user", "pass"},
		"escaped":            {"http://user:a%20long%20one@127.0.0.1:8332", "http://127.0.0.1:8332", "user", "a long one"},
		"with blanks":        {"http://pool:a long password@127.0.0.1:8334", "http://127.0.0.1:8334", "pool", "a long password"},
		"of base64":          {"http://user:ab/+cd==@127.0.0.1:8332", "http://127.0.0.1:8332", "user", "ab/+cd=="},
		"like a port":        {"http://user:123/4@127.0.0.1:8332", "http://127.0.0.1:8332", "user", "123/4"},
		"with # and ?":       {"http://user:12#3?4@node.lan:8332/wallet", "http://node.lan:8332/wallet", "user", "12#3?4"},
		"with @ and :":       {"http://user:p@s:s@127.0.0.1:8332", "http://127.0.0.1:8332", "user", "p@s:s"},
		"with a percentage":  {"http://user:100%sure@127.0.0.1:8332", "http://127.0.0.1:8332", "user", "100%sure"},
		"IPv6":               {"http://user:a b@[::1]:8332", "http://[::1]:8332", "user", "a b"},
		"an @ in the path":   {"http://user:pass@127.0.0.1:8332/wallet/a@b", "http://127.0.0.1:8332/wallet/a@b", "user", "pass"},
		"without a password": {"http://127.0.0.1:8332", "http://127.0.0.1:8332", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := (&soloFlags{node: c.node}).nodeSettings()
			if err != nil {
				t.Fatal(err)
			}
			user, _ := got["user"].(string)
			password, _ := got["password"].(string)
			if got["url"] != c.url || user != c.user || password != c.password {
				t.Errorf("got %q, user %q, password %q; want %q, %q, %q", got["url"], user, password, c.url, c.user, c.password)
			}
		})
	}
	for _, node := range []string{"127.0.0.1:8332", "user:sesame@127.0.0.1:8332", "http://user:sesame@", "http://user:se same@", "http://us er:sesame@a b:8332", ""} {
		if got, err := (&soloFlags{node: node}).nodeSettings(); err == nil {
			t.Errorf("%q is taken: %v", node, got)
		} else if strings.Contains(err.Error(), "sesame") {
			t.Errorf("%q: the password is in the complaint: %v", node, err)
		}
	}
}
