package api

import (
	"net/http"
	"net/netip"
	"time"
)

// serve sends events to one listener until it goes or is dropped.
func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-store")
		return
	}
	last := r.Header.Get("Last-Event-ID")
	if len(last) > 64 {
		sendProblem(w, r, Problemf(ErrBadParameter, "Last-Event-ID has %d characters; expected the id of an event of this stream", len(last)))
		return
	}
	from, plain := visitor(r)
	if plain { // this machine's own programs, or all visitors of a proxy that does not tell them apart
		from = netip.Addr{}
	}
	l := h.join(from)
	if l == nil {
		w.Header().Set("Retry-After", "10")
		sendProblem(w, r, Problemf(ErrBusy, "too many listen to events, or too many of your address; ask /api/v1/pools instead, or come back later"))
		return
	}
	defer h.leave(l)

	head := w.Header()
	head.Set("Content-Type", "text/event-stream")
	head.Set("Cache-Control", "no-store")
	head.Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	s := stream{w, http.NewResponseController(w)}
	if !s.send([]byte("retry: 3000\n\n")) {
		return
	}
	for _, text := range append(h.missed(last), h.present()...) {
		if !s.send(text) {
			return
		}
	}
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		var text []byte
		select {
		case text = <-l.queue:
		case <-tick.C:
			text = []byte(":\n\n")
		case <-l.gone:
			return
		case <-r.Context().Done():
			return
		}
		if !s.send(text) {
			return
		}
	}
}

// present is what a new listener is told first.
func (h *hub) present() (events [][]byte) {
	live, err := h.now()
	if err != nil {
		return nil // it is told when mining has begun
	}
	for i := range live.Tips {
		events = append(events, render("tip", "", &live.Tips[i]))
	}
	for i := range live.Pools {
		events = append(events, render("pool", "", &live.Pools[i]))
	}
	return events
}

type stream struct {
	w    http.ResponseWriter
	ctrl *http.ResponseController
}

// send reports whether the listener takes events.
func (s *stream) send(text []byte) bool {
	// Not every ResponseWriter has deadlines; then the queue alone bounds the wait.
	_ = s.ctrl.SetWriteDeadline(time.Now().Add(writeWait))
	if _, err := s.w.Write(text); err != nil {
		return false
	}
	return s.ctrl.Flush() == nil
}
