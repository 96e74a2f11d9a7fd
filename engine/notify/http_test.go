package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// aMessage is one of a block, whose finder has chosen a bad name.
func aMessage() *Message {
	b := Block{Chain: "bitcoin", Pool: "btc", Hash: [32]byte{1}, HashText: "00ff", Height: 870123, State: "received", Account: "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzf3t4", Worker: "rig\r\nX-Evil: 1", Reward: "3.125 BTC", Effort: 0.42, Found: time.Unix(1_800_000_000, 0)}
	n := blockNotice(&b, BlockFound, b.Found)
	return &Message{ID: n.ID, Notices: []Notice{n.finish()}}
}

// received is what a test's server was sent.
type received struct {
	header http.Header
	body   []byte
	path   string
}

// mustServer answers with a status and some words, and keeps what it is sent.
func mustServer(t *testing.T, status int, words string, header map[string]string) (url string, got chan received) {
	t.Helper()
	got = make(chan received, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- received{r.Header, body, r.URL.Path}
		for k, v := range header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(status)
		io.WriteString(w, words)
	}))
	t.Cleanup(s.Close)
	return s.URL, got
}

func TestWebhook(t *testing.T) {
	url, got := mustServer(t, 200, "thanks", nil)
	secret := []byte("a secret of the receiver")
	w, err := NewWebhook(url+"/in/secret-path", secret, "motherlode/test", nil)
	if err != nil {
		t.Fatal(err)
	}
	m := aMessage()
	m.More = 3
	if answer, err := w.Send(t.Context(), m); err != nil || answer != "200 OK: thanks" {
		t.Fatalf("got %q, %v", answer, err)
	}
	r := <-got
	stamp := r.header.Get("X-Motherlode-Timestamp")
	mac := hmac.New(sha256.New, secret)
	io.WriteString(mac, stamp+"."+string(r.body))
	if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); r.header.Get("X-Motherlode-Signature") != want {
		t.Errorf("signature: got %q, want %q", r.header.Get("X-Motherlode-Signature"), want)
	}
	if seconds, err := strconv.ParseInt(stamp, 10, 64); err != nil || time.Since(time.Unix(seconds, 0)).Abs() > time.Minute {
		t.Errorf("timestamp: got %q, want now", stamp)
	}
	if r.path != "/in/secret-path" || r.header.Get("Content-Type") != "application/json" || r.header.Get("X-Motherlode-Id") != m.ID || r.header.Get("User-Agent") != "motherlode/test" {
		t.Errorf("got %s %v", r.path, r.header)
	}
	var body struct {
		Version int
		ID      string
		More    int
		Notices []map[string]any
	}
	if err := json.Unmarshal(r.body, &body); err != nil {
		t.Fatal(err)
	}
	if body.Version != 1 || body.ID != m.ID || body.More != 3 || len(body.Notices) != 1 {
		t.Fatalf("got %s", r.body)
	}
	for key, want := range map[string]any{"kind": "block_found", "pool": "btc", "chain": "bitcoin", "height": 870123.0, "hash": "00ff", "reward": "3.125 BTC", "effort_percent": 42.0, "worker": "rig??X-Evil: 1"} {
		if body.Notices[0][key] != want {
			t.Errorf("%s: got %v, want %v", key, body.Notices[0][key], want)
		}
	}
	if s := w.String(); strings.Contains(s, "secret") || !strings.HasPrefix(s, "http://127.0.0.1:") {
		t.Errorf("String: got %q, want no path", s)
	}
}

func TestWebhookWithoutSecret(t *testing.T) {
	url, got := mustServer(t, 204, "", nil)
	w, err := NewWebhook(url, nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Send(t.Context(), aMessage()); err != nil {
		t.Fatal(err)
	}
	if r := <-got; r.header.Get("X-Motherlode-Signature") != "" {
		t.Errorf("signed by no secret: %v", r.header)
	}
}

// What an answer means, and that neither URL nor redirects give anything away.
func TestAnswers(t *testing.T) {
	elsewhere, visited := mustServer(t, 200, "", nil)
	var refused *Refused
	var later *Later
	for _, c := range []struct {
		name   string
		status int
		words  string
		header map[string]string
		as     any
		want   string
	}{
		{"gone wrong", 500, "ou\r\nch", nil, nil, "answered 500 Internal Server Error: ou??ch"},
		{"wrong token", 401, "", nil, nil, "answered 401 Unauthorized"},
		{"not understood", 400, "no", nil, &refused, "answered 400 Bad Request: no"},
		{"too many, for ever", 429, "", map[string]string{"Retry-After": "99999999"}, &later, "answered 429 Too Many Requests"},
		{"too many", 429, "", map[string]string{"Retry-After": "120"}, &later, "answered 429 Too Many Requests"},
		{"too many, no time", 429, "", nil, nil, "answered 429 Too Many Requests"},
		{"moved", 307, "", map[string]string{"Location": elsewhere + "/hidden"}, nil, "answered 307 and points to " + elsewhere + ", which is not followed: write the final URL into the configuration"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, _ := mustServer(t, c.status, c.words, c.header)
			n, err := NewNtfy(url+"/topic-of-mine", "tk_secret", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = n.Send(t.Context(), aMessage())
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if c.as != nil && !errors.As(err, c.as) {
				t.Errorf("got %T, want %T", err, c.as)
			}
			if later != nil && later.After > time.Hour {
				t.Errorf("it is left alone for %v, want an hour at most", later.After)
			}
		})
	}
	if later == nil || later.After != 2*time.Minute {
		t.Errorf("got %+v, want two minutes", later)
	}
	if len(visited) != 0 {
		t.Error("a redirect was followed")
	}
	n, err := NewNtfy("http://127.0.0.1:1/topic-of-mine", "", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Send(t.Context(), aMessage()); err == nil || strings.Contains(err.Error(), "topic") {
		t.Errorf("got %v, want an error without the topic", err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2027, 1, 15, 8, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"120": 2 * time.Minute, "0": 0, "": 0, "-5": 0, "soon": 0, "99999999999999999999": 0,
		"Fri, 15 Jan 2027 08:03:00 GMT": 3 * time.Minute, "Fri, 15 Jan 2027 07:03:00 GMT": 0,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

// A server that never stops talking is left.
func TestLongAnswer(t *testing.T) {
	url, _ := mustServer(t, 200, strings.Repeat("x", 1<<20), nil)
	w, err := NewWebhook(url, nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := w.Send(t.Context(), aMessage()); err != nil || len(answer) > 1000 {
		t.Errorf("got %d bytes, %v", len(answer), err)
	}
}

// A certificate that nobody has signed is refused.
func TestCertificateIsVerified(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("was asked") }))
	s.Config.ErrorLog = quiet()
	t.Cleanup(s.Close)
	w, err := NewWebhook(s.URL, []byte("secret"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Send(t.Context(), aMessage()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v, want a word of the certificate", err)
	}
}

func TestNtfy(t *testing.T) {
	url, got := mustServer(t, 200, `{"id":"x"}`, nil)
	n, err := NewNtfy(url+"/topic", "tk_secret", "motherlode/test", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Send(t.Context(), aMessage()); err != nil {
		t.Fatal(err)
	}
	r := <-got
	for key, want := range map[string]string{
		"X-Title": "Block 870123 of bitcoin found", "X-Priority": "4", "X-Tags": "tada", "Authorization": "Bearer tk_secret", "X-Evil": "",
	} {
		if r.header.Get(key) != want {
			t.Errorf("%s: got %q, want %q", key, r.header.Get(key), want)
		}
	}
	const want = "Block 870123 of bitcoin found by bc1q…f3t4.rig??X-Evil: 1, effort 42 %, reward 3.125 BTC"
	if string(r.body) != want {
		t.Errorf("got %q, want %q", r.body, want)
	}

	// The most urgent decides, and what is not ASCII comes encoded.
	m := &Message{ID: "x", Notices: []Notice{{Kind: PaymentSent, Title: "größte", Text: strings.Repeat("ü", 3000)}, {Kind: CoinDown}}}
	if _, err := n.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	r = <-got
	if r.header.Get("X-Title") != "=?utf-8?b?Z3LDtsOfdGUsIGFuZCAxIG1vcmU=?=" || r.header.Get("X-Priority") != "5" || r.header.Get("X-Tags") != "rotating_light" {
		t.Errorf("got %v", r.header)
	}
	if len(r.body) != ntfyText || !strings.HasSuffix(string(r.body), "ü") {
		t.Errorf("got %d bytes", len(r.body))
	}
}
