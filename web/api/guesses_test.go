package api

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/web/apitest"
)

// Whoever guesses at the token has to wait, is named in the log, and is counted; others
// do not wait for it.
func TestWrongTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := New(Options{Source: &fake{}, Token: token, Plain: true, Logger: slog.New(slog.NewTextHandler(&out, nil))})
		try := func(remote, with string) int {
			return ask(s, "GET", operatorPath+"journal", "Remote: "+remote, "Authorization: Bearer "+with).StatusCode
		}
		for i := range 20 {
			want := http.StatusUnauthorized
			if i >= guessesFree {
				want = http.StatusTooManyRequests
			}
			if got := try("192.0.2.1:5", "wrong"); got != want {
				t.Errorf("guess %d: %d, want %d", i+1, got, want)
			}
		}
		if got := try("192.0.2.1:6", token); got != http.StatusTooManyRequests {
			t.Errorf("the token after guesses: %d, want it to wait", got)
		}
		if got := try("192.0.2.2:5", token); got != http.StatusOK {
			t.Errorf("the token from elsewhere: %d", got)
		}
		if got := ask(s, "GET", operatorPath+"journal", "Remote: 192.0.2.3:5").StatusCode; got != http.StatusUnauthorized {
			t.Errorf("without a token: %d", got)
		}
		if n := strings.Count(out.String(), "\n"); n != 1 || !strings.Contains(out.String(), "from=192.0.2.1") {
			t.Errorf("the log has %d lines: %s", n, out.String())
		}
		time.Sleep(guessLogEvery) // of the bubble
		if got := try("192.0.2.1:5", "wrong"); got != http.StatusUnauthorized {
			t.Errorf("a guess after a minute: %d", got)
		}
		if !strings.Contains(out.String(), "times=5") {
			t.Errorf("what was not logged is not counted: %s", out.String())
		}
		if got := try("192.0.2.1:5", token); got != http.StatusOK {
			t.Errorf("the token after a minute: %d", got)
		}
		body := []byte(mustBody(t, ask(s, "GET", operatorPath+"journal", "Authorization: Bearer "+token)))
		if n, from := apitest.Field(t, body, "token", "wrong"), apitest.Field(t, body, "token", "remote"); n != 6.0 || from != "192.0.2.1" {
			t.Errorf("%v wrong tokens, the last from %v", n, from)
		}
	})
}

// What is remembered of addresses is bounded.
func TestGuessesAreBounded(t *testing.T) {
	g := newGuesses(slog.New(slog.DiscardHandler))
	a := netip.MustParseAddr("10.0.0.0")
	for range 3 * guessesKept {
		a = a.Next()
		g.wrong(a, "", "")
	}
	if len(g.by) > guessesKept {
		t.Errorf("%d addresses are remembered, more than %d", len(g.by), guessesKept)
	}
}

func TestVisitor(t *testing.T) {
	for name, c := range map[string]struct {
		remote string
		header []string
		want   string
		plain  bool
	}{
		"direct":                    {"192.0.2.1:5", nil, "192.0.2.1", false},
		"direct, with a story":      {"192.0.2.1:5", []string{"X-Forwarded-For: 192.0.2.9"}, "192.0.2.1", false},
		"IPv6":                      {"[2001:db8:1:2:3::4]:5", nil, "2001:db8:1:2::", false},
		"this machine":              {"127.0.0.1:5", nil, "127.0.0.1", true},
		"a proxy":                   {"127.0.0.1:5", []string{"X-Forwarded-For: 192.0.2.9"}, "192.0.2.9", false},
		"a proxy, and a story":      {"127.0.0.1:5", []string{"X-Forwarded-For: 10.9.9.9, 192.0.2.9"}, "192.0.2.9", false},
		"a proxy, and two stories":  {"127.0.0.1:5", []string{"X-Forwarded-For: 10.9.9.9", "X-Forwarded-For: 192.0.2.9"}, "192.0.2.9", false},
		"a proxy beside":            {"172.18.0.3:5", []string{"X-Forwarded-For: 192.0.2.9"}, "192.0.2.9", false},
		"a neighbour":               {"192.168.1.7:5", nil, "192.168.1.7", false},
		"a proxy by another name":   {"[::1]:5", []string{"X-Real-IP: 2001:db8:1:2:3::4"}, "2001:db8:1:2::", false},
		"a proxy that says nothing": {"127.0.0.1:5", []string{"X-Forwarded-For: unknown"}, "127.0.0.1", true},
		"mapped":                    {"[::ffff:192.0.2.1]:5", nil, "192.0.2.1", false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		for _, line := range c.header {
			k, v, _ := strings.Cut(line, ": ")
			r.Header.Add(k, v)
		}
		if got, plain := visitor(r); got.String() != c.want || plain != c.plain {
			t.Errorf("%s: %v, %v, want %s, %v", name, got, plain, c.want, c.plain)
		}
	}
}

// One visitor cannot take all live updates; behind a proxy, each has its own part, and
// who goes makes room.
func TestListenersOfOneVisitor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Source: &fake{live: fakeLive(1, 10, 3)}, MaxListeners: 9, VisitorListens: 2})
		open := func(remote, forwarded string) (*reader, func()) {
			ctx, cancel := context.WithCancel(t.Context())
			r := httptest.NewRequestWithContext(ctx, "GET", "/api/v1/events", nil)
			if r.RemoteAddr = remote; forwarded != "" {
				r.Header.Set("X-Forwarded-For", forwarded)
			}
			w := &reader{}
			go s.ServeHTTP(w, r)
			synctest.Wait()
			return w, func() { cancel(); synctest.Wait() }
		}
		want := func(what, remote, forwarded string, status int) (leave func()) {
			t.Helper()
			w, leave := open(remote, forwarded)
			if w.status != status {
				t.Errorf("%s: %d, want %d", what, w.status, status)
			}
			return leave
		}
		want("the first", "192.0.2.1:1", "", 200)
		second := want("the second", "192.0.2.1:2", "", 200)
		want("the third of one visitor", "192.0.2.1:3", "", 503)
		want("another visitor", "192.0.2.2:1", "", 200)
		second()
		want("the third, when one has gone", "192.0.2.1:3", "", 200)
		for i := range 3 {
			want("visitors of a proxy", "127.0.0.1:1", fmt.Sprint("192.0.2.", 10+i), 200)
		}
		want("the second of a proxy's", "127.0.0.1:1", "192.0.2.10", 200)
		want("the third of a proxy's", "127.0.0.1:1", "192.0.2.10", 503)
		want("this machine", "127.0.0.1:1", "", 200)
		want("this machine, too", "127.0.0.1:1", "", 200)
		want("one more than there may be", "127.0.0.1:1", "", 503)
	})
}
