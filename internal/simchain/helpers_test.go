package simchain

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"testing"
	"time"
)

// testAddress is the one that all nodes of the recordings took.
const testAddress = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"

// start runs a node until the test ends.
func start(t testing.TB, cfg Config) *Node {
	t.Helper()
	n := New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	select {
	case <-n.Ready():
	case err := <-done:
		cancel()
		t.Fatalf("run: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("run ended with %v, want %v", err, context.Canceled)
		}
	})
	return n
}

// client opens a connection for each call, so that none is left over from
// before a port was closed.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// post sends a body and returns the status and the reply.
func post(t testing.TB, ctx context.Context, n *Node, user, password, body string) (int, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.URL(), bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, raw, err
}

// tryCall calls a method by HTTP. A failure to ask is err, an error of the
// node's is fault.
func tryCall(t testing.TB, ctx context.Context, n *Node, method string, params ...any) (result json.RawMessage, fault *rpcError, err error) {
	t.Helper()
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "1.0", "id": 1, "method": method, "params": params})
	if err != nil {
		t.Fatal(err)
	}
	_, raw, err := post(t, ctx, n, n.cfg.User, n.cfg.Password, string(body))
	if err != nil {
		return nil, nil, err
	}
	var reply struct {
		Result json.RawMessage
		Error  *rpcError
	}
	if err := json.Unmarshal(raw, &reply); err != nil {
		t.Fatalf("%s: %v in %q", method, err, raw)
	}
	return reply.Result, reply.Error, nil
}

// invoke is tryCall for a node that must answer.
func invoke(t testing.TB, n *Node, method string, params ...any) (json.RawMessage, *rpcError) {
	t.Helper()
	result, fault, err := tryCall(t, t.Context(), n, method, params...)
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	return result, fault
}

// want calls a method that must succeed and decodes its result.
func want[T any](t testing.TB, n *Node, method string, params ...any) T {
	t.Helper()
	result, fault := invoke(t, n, method, params...)
	if fault != nil {
		t.Fatalf("%s: %v", method, fault)
	}
	return decode[T](t, result)
}

func decode[T any](t testing.TB, raw json.RawMessage) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return out
}

// wantFault calls a method that must fail with a code.
func wantFault(t testing.TB, n *Node, code int, method string, params ...any) *rpcError {
	t.Helper()
	result, fault := invoke(t, n, method, params...)
	if fault == nil || fault.Code != code {
		t.Fatalf("%s: got %s, %v, want error %d", method, result, fault, code)
	}
	return fault
}

// until polls a condition that another goroutine brings about.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not in 10 s: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// load reads a file of testdata.
func load[T any](t testing.TB, name string) []T {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return decode[[]T](t, raw)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func encodeHex(raw []byte) string { return hex.EncodeToString(raw) }

func mustHash(t testing.TB, s string) Hash {
	t.Helper()
	h, err := ParseHash(s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
