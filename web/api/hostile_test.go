package api

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// mustListen serves an API over TCP, with a time for the reading of requests and another
// as long for the writing of answers.
func mustListen(t *testing.T, s *Server, limit time.Duration) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	srv := httptest.NewUnstartedServer(s)
	srv.Config.ReadTimeout, srv.Config.WriteTimeout = limit, limit
	srv.Start()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		srv.Close()
	})
	return srv.Listener.Addr().String()
}

func mustDial(t *testing.T, addr, say string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte(say)); err != nil {
		t.Fatal(err)
	}
	return c
}

const listening = "GET /api/v1/events HTTP/1.1\r\nHost: pool.example\r\n\r\n"

// TestListeningOutlivesTheRequest has a server with a short time for answers: who
// listens to events stays.
func TestListeningOutlivesTheRequest(t *testing.T) {
	s := New(Options{Source: &fake{live: fakeLive(1, 10, 3)}})
	c := mustDial(t, mustListen(t, s, 200*time.Millisecond), listening)
	start, r := time.Now(), bufio.NewReader(c)
	for told := false; !told; {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("the stream ends after %v: %v", time.Since(start), err)
		}
		if strings.HasPrefix(line, "event: pool") && time.Since(start) < time.Second {
			go func() { // once the time is over
				time.Sleep(time.Until(start.Add(time.Second)))
				s.Block(liveBlock(7, "received", time.Now()))
			}()
		}
		told = strings.HasPrefix(line, "event: block")
	}
	if took := time.Since(start); took < time.Second {
		t.Errorf("told after %v", took)
	}
}

// TestManyListeners has as many listen as may, none of which reads; the next is told
// to come back, other questions are answered, and the end waits for none.
func TestManyListeners(t *testing.T) {
	const most = 1000
	s := New(Options{Source: &fake{live: fakeLive(1, 10, 3)}, MaxListeners: most})
	addr := mustListen(t, s, 0)
	for range most {
		mustDial(t, addr, listening)
	}
	deadline := time.Now().Add(time.Minute)
	for n := 0; n < most; {
		s.hub.mu.Lock()
		n = len(s.hub.listeners)
		s.hub.mu.Unlock()
		if time.Now().After(deadline) {
			t.Fatalf("%d listen, want %d", n, most)
		}
		time.Sleep(10 * time.Millisecond)
	}
	resp, err := http.ReadResponse(bufio.NewReader(mustDial(t, addr, listening)), nil)
	if err != nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more: %v, %v", resp, err)
	}
	for range 10 {
		s.Block(liveBlock(7, "received", time.Now())) // told to all, waits for none
	}
	resp, err = http.Get("http://" + addr + "/api/v1/pools")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("beside them: %v, %v", resp, err)
	}
	resp.Body.Close()
}
