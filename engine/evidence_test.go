package engine

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestCopyForNobodyEnds: who asks for the ledger and does not read it holds nothing up.
func TestCopyForNobodyEnds(t *testing.T) {
	failed := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		out := &begun{w: w, control: http.NewResponseController(w), stall: 50 * time.Millisecond}
		var err error
		for chunk := make([]byte, 1<<20); err == nil; {
			_, err = out.Write(chunk)
		}
		failed <- err
	}))
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	select {
	case <-failed:
	case <-time.After(time.Minute):
		t.Fatal("the answer is still being written")
	}
}
