package api

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/web/apitest"
)

// reader is a listener's connection. While hold is set, writes wait.
type reader struct {
	mu     sync.Mutex
	text   strings.Builder
	header http.Header
	status int
	hold   chan struct{}
}

func (r *reader) Header() http.Header {
	if r.header == nil {
		r.header = http.Header{}
	}
	return r.header
}
func (r *reader) WriteHeader(status int) { r.status = status }
func (r *reader) Flush()                 {}
func (r *reader) Write(b []byte) (int, error) {
	if r.hold != nil {
		<-r.hold
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

// take is what was written since it was last called.
func (r *reader) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.text.Reset()
	return r.text.String()
}

// listen lets a reader listen; gone is closed when the stream has ended.
func listen(ctx context.Context, s *Server, r *reader, last string) (gone chan struct{}) {
	req := httptest.NewRequestWithContext(ctx, "GET", "/api/v1/events", nil)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	gone = make(chan struct{})
	go func() {
		defer close(gone)
		s.ServeHTTP(r, req)
	}()
	return gone
}

// events are the kinds of the events in a stream, in order.
func events(text string) string {
	var kinds []string
	for _, line := range strings.Split(text, "\n") {
		if kind, ok := strings.CutPrefix(line, "event: "); ok {
			kinds = append(kinds, kind)
		}
	}
	return strings.Join(kinds, " ")
}

// data is the data of the last event of a kind.
func data(t *testing.T, text, kind string) []byte {
	t.Helper()
	i := strings.LastIndex(text, "event: "+kind+"\ndata: ")
	if i < 0 {
		t.Fatalf("no event %s in %q", kind, text)
	}
	line, _, _ := strings.Cut(text[i+len("event: "+kind+"\ndata: "):], "\n")
	return []byte(line)
}

func fakeLive(height uint64, best float64, sessions int) Live {
	h := fakeHash
	return Live{
		Pools: []LivePool{{Pool: "btc", Sessions: sessions, Chains: []LiveChain{{Chain: "bitcoin"}}}},
		Tips:  []LiveTip{{Chain: "bitcoin", State: "ready", Height: height, Hash: &h, At: &fakeAt2}},
		Bests: []LiveBest{{"btc", best, fakeAt}},
	}
}

func liveBlock(height uint64, state string, at time.Time) LiveBlock {
	return LiveBlock{Pool: "btc", Chain: "bitcoin", Height: height, Hash: fmt.Sprintf("%064x", height), State: state, Finder: "bc1qex…mple", At: TimeOf(at)}
}

// inBubble runs a server's events inside a bubble of time.
func inBubble(t *testing.T, f func(t *testing.T, src *fake, s *Server, end func())) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		src := &fake{live: fakeLive(1, 10, 3)}
		s := New(Options{Source: src, MaxListeners: 2})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		end := func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
			done <- nil
		}
		defer end()
		f(t, src, s, end)
	})
}

func (f *fake) set(live Live) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.live = live
}

func TestEvents(t *testing.T) {
	d := apitest.Must(t)
	inBubble(t, func(t *testing.T, src *fake, s *Server, end func()) {
		var r reader
		gone := listen(t.Context(), s, &r, "")
		synctest.Wait()
		first := r.take()
		if got := events(first); got != "tip pool" || r.Header().Get("Content-Type") != "text/event-stream" {
			t.Fatalf("at first %q as %s", got, r.Header().Get("Content-Type"))
		}
		d.Valid(t, "LiveTip", data(t, first, "tip"))
		d.Valid(t, "LivePool", data(t, first, "pool"))
		time.Sleep(6 * time.Second) // what it knows is told once more, no more than that
		r.take()
		time.Sleep(6 * time.Second)
		if got := events(r.take()); got != "" {
			t.Errorf("nothing has happened and it is told %q", got)
		}

		src.set(fakeLive(2, 20, 3))
		time.Sleep(2 * time.Second)
		text := r.take()
		if got := events(text); got != "tip best" {
			t.Errorf("a tip and a best share are told as %q", got)
		}
		d.Valid(t, "LiveBest", data(t, text, "best"))

		src.set(fakeLive(2, 20, 4))
		time.Sleep(6 * time.Second)
		if got := events(r.take()); got != "pool" {
			t.Errorf("a session more is told as %q", got)
		}

		s.Block(liveBlock(5, "received", time.Now()))
		synctest.Wait() // at once
		text = r.take()
		if got := events(text); got != "block" || !strings.HasPrefix(text, "id: ") {
			t.Errorf("a block is told as %q", text)
		}
		d.Valid(t, "LiveBlock", data(t, text, "block"))

		time.Sleep(heartbeat + time.Second)
		if got := r.take(); !strings.Contains(got, ":\n\n") {
			t.Errorf("no heartbeat in %q", got)
		}
		end()
		<-gone
	})
}

func TestMissedBlocks(t *testing.T) {
	inBubble(t, func(t *testing.T, src *fake, s *Server, _ func()) {
		ids := func(last string) string {
			ctx, cancel := context.WithCancel(t.Context())
			var r reader
			gone := listen(ctx, s, &r, last)
			synctest.Wait()
			cancel()
			<-gone
			var heights []string
			for _, line := range strings.Split(r.take(), "\n") {
				if _, rest, ok := strings.Cut(line, `"height":`); ok && strings.Contains(line, `"finder"`) {
					h, _, _ := strings.Cut(rest, ",")
					heights = append(heights, h)
				}
			}
			return strings.Join(heights, " ")
		}
		start := time.Now()
		for h := uint64(1); h <= 3; h++ {
			time.Sleep(time.Second)
			s.Block(liveBlock(h, "received", time.Now()))
		}
		second := fmt.Sprintf("%d-2", start.Add(2*time.Second).UnixMilli())
		src.since = []LiveBlock{liveBlock(2, "received", start.Add(2*time.Second))}
		for last, want := range map[string]string{
			"":     "",
			second: "3",
			fmt.Sprintf("%d-9", start.Add(1500*time.Millisecond).UnixMilli()): "2 3", // of an earlier run: the ledger and what is newer
			"rubbish": "", "-1-1": "", "x-1": "",
		} {
			if got := ids(last); got != want {
				t.Errorf("after %q came %q, want %q", last, got, want)
			}
		}
	})
}

// TestSlowListenersAreDropped has one that does not read; the other hears all.
func TestSlowListenersAreDropped(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *fake, s *Server, _ func()) {
		slow, quick := &reader{hold: make(chan struct{})}, &reader{}
		ctx, cancel := context.WithCancel(t.Context())
		slowGone := listen(ctx, s, slow, "")
		quickGone := listen(ctx, s, quick, "")
		synctest.Wait()
		third := &reader{}
		<-listen(t.Context(), s, third, "")
		if third.status != 503 || third.Header().Get("Retry-After") == "" {
			t.Errorf("the third of two: %d", third.status)
		}
		const blocks = 3 * queueEvents
		for h := range uint64(blocks) {
			s.Block(liveBlock(h, "received", time.Now())) // never waits: else the bubble is deadlocked
			synctest.Wait()
		}
		if got := strings.Count(quick.take(), "event: block"); got != blocks {
			t.Errorf("the quick one heard of %d blocks, want %d", got, blocks)
		}
		s.hub.mu.Lock()
		n := len(s.hub.listeners)
		s.hub.mu.Unlock()
		if n != 1 {
			t.Errorf("%d listen, want 1", n)
		}
		close(slow.hold)
		cancel()
		<-slowGone
		<-quickGone
	})
}
