package rpc

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/freeport"
)

const secret = "s3cret-pass"

// mustClient makes a client of a handler.
func mustClient(t *testing.T, h http.HandlerFunc, change ...func(*Config)) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	cfg := Config{URL: s.URL, User: "u", Password: secret, Timeout: 5 * time.Second}
	for _, c := range change {
		c(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// id reads a request and returns its id.
func id(r *http.Request) uint64 {
	var q struct {
		ID uint64 `json:"id"`
	}
	json.NewDecoder(r.Body).Decode(&q)
	return q.ID
}

func TestRequestIsWhatEveryNodeAnswers(t *testing.T) {
	var body, auth, kind string
	c := mustClient(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body, auth, kind = string(b), r.Header.Get("Authorization"), r.Header.Get("Content-Type")
		io.WriteString(w, `{"result":7,"error":null,"id":1}`)
	})
	var got int
	if err := c.Call(t.Context(), &got, "getblockcount"); err != nil || got != 7 {
		t.Fatalf("got %d, %v, want 7", got, err)
	}
	if want := `{"jsonrpc":"1.0","id":1,"method":"getblockcount","params":[]}`; body != want {
		t.Errorf("body: got %s, want %s", body, want)
	}
	if want := "Basic " + base64.StdEncoding.EncodeToString([]byte("u:"+secret)); auth != want || kind != "application/json" {
		t.Errorf("headers: got %q, %q", auth, kind)
	}
}

// Replies that come into the same memory are whole, whether the length is
// announced or not, and whatever was there before.
func TestReplyInRoom(t *testing.T) {
	var text string
	var flush bool
	c := mustClient(t, func(w http.ResponseWriter, r *http.Request) {
		reply := fmt.Sprintf(`{"result":%q,"error":null,"id":%d}`, text, id(r))
		if !flush {
			w.Header().Set("Content-Length", fmt.Sprint(len(reply)))
		}
		io.WriteString(w, reply[:10])
		if flush {
			w.(http.Flusher).Flush()
		}
		io.WriteString(w, reply[10:])
	})
	var room []byte
	for i, size := range []int{100_000, 10, 105_000, 300_000, 0, 300_000} {
		text, flush = strings.Repeat(string(rune('a'+i)), size), i%3 == 2
		had := cap(room)
		got, err := c.CallInto(t.Context(), &room, "get")
		if err != nil || string(got) != `"`+text+`"` {
			t.Errorf("reply %d: got %d characters, %v, want %d", i, len(got), err, size+2)
		}
		if fits := size+1000 < had; fits && cap(room) != had {
			t.Errorf("reply %d: new memory though %d would do for %d", i, had, size)
		}
	}
}

func TestParametersByName(t *testing.T) {
	var body string
	c := mustClient(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body = string(b)
		io.WriteString(w, `{"result":true,"error":null,"id":1}`)
	})
	if err := c.Call(t.Context(), nil, "submitauxblock", Named{"blockhash": "aa", "auxpow": "bb"}); err != nil {
		t.Fatal(err)
	}
	if want := `{"jsonrpc":"1.0","id":1,"method":"submitauxblock","params":{"auxpow":"bb","blockhash":"aa"}}`; body != want {
		t.Errorf("body: got %s, want %s", body, want)
	}
}

func TestFaults(t *testing.T) {
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, strings.ReplaceAll(body, "ID", fmt.Sprint(id(r))))
		}
	}
	tests := []struct {
		name    string
		handler http.HandlerFunc
		kind    ErrorKind // empty: a NodeError
		code    int
	}{
		{"wrong password", answer(401, ""), ErrCredentials, 0},
		{"wrong password, with text", answer(401, "401 Unauthorized.\n"), ErrCredentials, 0},
		{"address not allowed", answer(403, ""), ErrCredentials, 0},
		{"too many connections", answer(503, "503 Too busy. Try again later."), ErrBusy, 0},
		{"empty body", answer(200, "\n"), ErrEmpty, 0},
		{"garbage", answer(200, "<html>hello</html>"), ErrReply, 0},
		{"page not found", answer(404, "not found"), ErrReply, 0},
		{"truncated", answer(200, `{"result":{"a":1`), ErrReply, 0},
		{"neither result nor error", answer(200, `{"id":ID}`), ErrReply, 0},
		{"another request's reply", answer(200, `{"result":1,"error":null,"id":99}`), ErrReply, 0},
		{"result of another type", answer(200, `{"result":{"x":1},"error":null,"id":ID}`), ErrReply, 0},
		{"error of another type", answer(500, `{"result":null,"error":"no","id":ID}`), ErrReply, 0},
		{"two replies", answer(200, `{"result":1,"error":null,"id":ID}{"result":1}`), ErrReply, 0},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusTemporaryRedirect)
		}, ErrReply, 0},
		{"starting up", answer(500, `{"result":null,"error":{"code":-28,"message":"Loading block index..."},"id":ID}`), ErrWarmup, 0},
		{"too large", answer(200, `{"result":"`+strings.Repeat("x", 2000)+`","error":null,"id":ID}`), ErrTooLarge, 0},
		{"node's error, 500", answer(500, `{"result":null,"error":{"code":-8,"message":"Block height out of range"},"id":ID}`), "", -8},
		{"node's error, 404", answer(404, `{"result":null,"error":{"code":-32601,"message":"Method not found"},"id":ID}`), "", -32601},
		{"node's error, 200", answer(200, `{"jsonrpc":"1.0","result":null,"error":{"code":-1,"message":"Block number out of range"},"id":ID}`), "", -1},
		{"node's error, no id", answer(500, `{"result":null,"error":{"code":-32700,"message":"Parse error"},"id":null}`), "", -32700},
		{"closed without a reply", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				conn.Close()
			}
		}, ErrUnreachable, 0},
		{"closed within the reply", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			io.WriteString(w, `{"result":`)
		}, ErrUnreachable, 0},
		{"never answers", func(_ http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}, ErrTimeout, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mustClient(t, tt.handler, func(cfg *Config) {
				cfg.MaxReply, cfg.Timeout = 1000, 300*time.Millisecond
			})
			var out int
			err := c.Call(t.Context(), &out, "getblockcount")
			if err == nil {
				t.Fatal("no error")
			}
			if tt.kind != "" && (!errors.Is(err, tt.kind) || !Unanswered(err)) {
				t.Errorf("got %v, want kind %q and unanswered", err, string(tt.kind))
			}
			if e := AsNodeError(err); tt.kind == "" && (e == nil || e.Code != tt.code || Unanswered(err)) {
				t.Errorf("got %v, want the node's error %d", err, tt.code)
			}
			if strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), c.Node()) {
				t.Errorf("error must name the node and no password: %v", err)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	addr, err := freeport.TCP()
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{URL: "http://" + addr, User: "u", Password: secret})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Call(t.Context(), nil, "getblockcount")
	if !errors.Is(err, ErrUnreachable) || strings.Contains(err.Error(), secret) {
		t.Errorf("got %v, want kind %q", err, ErrUnreachable)
	}
}

// A node that restarts writes a new cookie.
func TestCookieIsReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), ".cookie")
	write := func(s string) {
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Error(err)
		}
	}
	valid, replaced := "first", false
	c := mustClient(t, func(w http.ResponseWriter, r *http.Request) {
		if replaced {
			// The node restarts while the call is on its way.
			replaced, valid = false, "third"
			write("__cookie__:third")
		}
		if _, p, _ := r.BasicAuth(); p != valid {
			w.WriteHeader(401)
			return
		}
		fmt.Fprintf(w, `{"result":1,"error":null,"id":%d}`, id(r))
	}, func(cfg *Config) { cfg.User, cfg.Password, cfg.Cookie = "", "", file })

	if err := c.Call(t.Context(), nil, "x"); !errors.Is(err, ErrCredentials) {
		t.Errorf("no cookie yet: got %v, want kind %q", err, ErrCredentials)
	} else if n := strings.Count(err.Error(), string(ErrCredentials)); n != 1 || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no cookie yet: %q says why %d times, want once, and which file is missing", err, n)
	}
	if _, _, err := c.Credentials(); !errors.Is(err, ErrCredentials) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("credentials without a cookie: got %v, want kind %q", err, ErrCredentials)
	}
	write("__cookie__:first\n")
	if err := c.Call(t.Context(), nil, "x"); err != nil {
		t.Errorf("first cookie: %v", err)
	}
	valid = "second"
	write("__cookie__:second")
	if err := c.Call(t.Context(), nil, "x"); err != nil {
		t.Errorf("second cookie: %v", err)
	}
	replaced = true
	if err := c.Call(t.Context(), nil, "x"); err != nil {
		t.Errorf("cookie replaced during the call: %v", err)
	}
	write("nonsense")
	if err := c.Call(t.Context(), nil, "x"); !errors.Is(err, ErrCredentials) {
		t.Errorf("bad cookie file: got %v, want kind %q", err, ErrCredentials)
	}
}

func TestFewCallsAtOnce(t *testing.T) {
	var now, most atomic.Int32
	gate, entered := make(chan struct{}), make(chan struct{}, 16)
	c := mustClient(t, func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		entered <- struct{}{}
		<-gate
		fmt.Fprintf(w, `{"result":1,"error":null,"id":%d}`, id(r))
	}, func(cfg *Config) { cfg.Parallel = 2 })
	done := make(chan error, 8)
	for range cap(done) {
		go func() { done <- c.Call(t.Context(), nil, "x") }()
	}

	// A call that finds no slot ends with its context.
	<-entered
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := c.Call(ctx, nil, "x"); !errors.Is(err, ErrTimeout) {
		t.Errorf("without a slot: got %v, want kind %q", err, ErrTimeout)
	}
	close(gate)
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := most.Load(); got != 2 {
		t.Errorf("got %d calls at once, want 2", got)
	}
}

func TestTLSWithTheNodesOwnCertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"result":1,"error":null,"id":%d}`, id(r))
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	ca := filepath.Join(t.TempDir(), "rpc.cert")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	call := func(ca string) error {
		c, err := New(Config{URL: s.URL, CA: ca, Timeout: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.Call(t.Context(), nil, "x")
	}
	if err := call(ca); err != nil {
		t.Errorf("with the certificate: %v", err)
	}
	if err := call(""); !Unanswered(err) {
		t.Errorf("without it: got %v, want a refusal", err)
	}
	if _, err := New(Config{URL: s.URL, CA: filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("a missing certificate file is no error")
	}
}

// exchange is one recorded request and reply.
type exchange struct {
	Node    string          `json:"node"`
	What    string          `json:"what"`
	Request json.RawMessage `json:"request"`
	Status  int             `json:"status"`
	Body    string          `json:"body"`
}

// Every recorded reply to a request of ours is read as its body says, whatever
// the status is.
func TestRecordedReplies(t *testing.T) {
	b, err := os.ReadFile("testdata/rpc-replies.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []exchange
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{URL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, e := range all {
		var request struct {
			ID      uint64 `json:"id"`
			Version string `json:"jsonrpc"`
		}
		if json.Unmarshal(e.Request, &request) != nil || request.Version != "1.0" || e.Status == 0 {
			continue // not a request that we would send
		}
		read++
		t.Run(e.Node+"/"+e.What, func(t *testing.T) {
			result, err := c.parse("x", request.ID, e.Status, []byte(e.Body))
			if e.Status == 401 {
				if !errors.Is(err, ErrCredentials) {
					t.Errorf("got %v, want kind %q", err, ErrCredentials)
				}
				return
			}
			var oracle struct {
				Result json.RawMessage
				Error  *struct {
					Code    int
					Message string
				}
			}
			if err := json.Unmarshal([]byte(e.Body), &oracle); err != nil {
				t.Fatal(err)
			}
			node := AsNodeError(err)
			switch {
			case oracle.Error == nil && (err != nil || string(result) != string(oracle.Result)):
				t.Errorf("got %.80s, %v, want %.80s", result, err, oracle.Result)
			case oracle.Error != nil && (node == nil || node.Code != oracle.Error.Code || node.Message != oracle.Error.Message):
				t.Errorf("got %v, want %+v", err, *oracle.Error)
			}
		})
	}
	if read < 60 {
		t.Errorf("only %d exchanges were read", read)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(200, []byte(`{"jsonrpc":"1.0","result":136,"error":null,"id":1}`))
	f.Add(500, []byte(`{"result":null,"error":{"code":-8,"message":"m"},"id":1}`))
	f.Add(200, []byte(`{"error":null,"id":1}`))
	c, err := New(Config{URL: "http://127.0.0.1:1"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		result, err := c.parse("x", 1, status, body)
		if err == nil && !json.Valid(result) {
			t.Errorf("result %q of %q is not JSON", result, body)
		}
	})
}
