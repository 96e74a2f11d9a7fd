package simchain

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestLongPoll: a long poll ends with the tip, and holds a thread until then,
// whether its caller is still there or not.
func TestLongPoll(t *testing.T) {
	n := start(t, Config{ChainID: 1, Threads: 2, Queue: 1})
	tm := want[template](t, n, "getblocktemplate", templateRules)
	request := map[string]any{"rules": []string{"segwit"}, "longpollid": tm.LongPollID}
	got := make(chan json.RawMessage, 1)
	go func() {
		raw, _, _ := tryCall(t, t.Context(), n, "getblocktemplate", request)
		got <- raw
	}()
	until(t, "first long poll", func() bool { return n.Calls("getblocktemplate") == 2 })
	if _, _, err := tryCall(t, quick(t), n, "getblocktemplate", request); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want no answer", err)
	}
	until(t, "second long poll", func() bool { return n.Calls("getblocktemplate") == 3 })
	// Both threads are held now, one by nobody.
	if _, _, err := tryCall(t, quick(t), n, "getblockcount"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want no answer", err)
	}
	// That call waits in the queue, which is full with it.
	until(t, "503", func() bool {
		status, _, _ := post(t, quick(t), n, "", "", `{"method":"getblockcount","id":1}`)
		return status == http.StatusServiceUnavailable
	})
	n.Jump(1)
	if next := decode[template](t, <-got); next.Height != 2 {
		t.Errorf("height: got %d, want 2", next.Height)
	}
	until(t, "threads are free", func() bool {
		// The queue may still be full for a moment: 503 is no JSON.
		status, _, _ := post(t, quick(t), n, "", "", `{"method":"getblockcount","id":1}`)
		return status == http.StatusOK
	})
	for _, id := range []string{"x", strings.Repeat("z", 64) + "1"} {
		wantFault(t, n, codeParameter, "getblocktemplate", map[string]any{"rules": []string{"segwit"}, "longpollid": id})
	}
}

// TestLongPollTransactions: new transactions end a long poll, but not before
// it is a minute old.
func TestLongPollTransactions(t *testing.T) {
	for _, c := range []struct {
		name       string
		come, want time.Duration
	}{{"early", 10 * time.Second, time.Minute}, {"late", 90 * time.Second, 90 * time.Second}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := New(Config{ChainID: 1})
				began, done := time.Now(), make(chan error, 1)
				go func() { done <- n.longPoll(t.Context(), n.getBlockTemplate(n.cfg.Algorithm).LongPollID) }()
				time.Sleep(c.come)
				n.InjectFake(1, 1)
				if err := <-done; err != nil || time.Since(began) != c.want {
					t.Errorf("after %v: %v, want %v", time.Since(began), err, c.want)
				}
			})
		})
	}
}
