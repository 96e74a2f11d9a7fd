package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limits and paces of events.
const (
	maxListeners = 1000
	maxOfOne     = 50               // of one visitor: many people may have one address
	queueEvents  = 64               // that wait for one listener before it is dropped
	keepBlocks   = 256              // changes of blocks that are remembered
	missedBlocks = 100              // that a listener is told of when it comes back
	lookEvery    = time.Second      // for tips and best shares, while somebody listens
	poolsEvery   = 5                // looks
	heartbeat    = 15 * time.Second // between lines of a silent stream
	writeWait    = 10 * time.Second // for a listener to take an event
)

// hub tells all listeners what happens. An event is rendered once, put into each
// listener's queue, and never waited for.
type hub struct {
	src   Source
	max   int
	ofOne int
	log   *slog.Logger

	mu        sync.Mutex
	ended     bool
	listeners map[*listener]struct{}
	visitors  map[netip.Addr]int // how many of them each has
	blocks    []blockEvent       // newest last
	count     uint64

	reading sync.Mutex // held while the source is asked for blocks

	looking sync.Mutex // held while live is asked for
	looked  time.Time
	live    Live
}

type listener struct {
	from  netip.Addr // invalid where it is not counted
	queue chan []byte
	gone  chan struct{} // closed when it is dropped
}

type blockEvent struct {
	id   string
	data LiveBlock
	text []byte
}

func newHub(src Source, most, ofOne int, log *slog.Logger) *hub {
	if most <= 0 {
		most = maxListeners
	}
	if ofOne <= 0 {
		ofOne = maxOfOne
	}
	return &hub{src: src, max: most, ofOne: ofOne, log: log, listeners: map[*listener]struct{}{}, visitors: map[netip.Addr]int{}}
}

// run looks for changes until ctx ends, then lets all listeners go.
func (h *hub) run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	was := seen{tips: map[string]string{}, pools: map[string]string{}, bests: map[string]float64{}}
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			h.end()
			return nil
		case <-tick.C:
		}
		if h.idle() {
			continue
		}
		live, err := h.now()
		if err != nil {
			continue // starting, or ending
		}
		for _, text := range was.changes(&live, n%poolsEvery == 0) {
			h.tell(text)
		}
	}
}

func (h *hub) idle() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.listeners) == 0
}

// now is the present state, asked for once in a while however many want it.
func (h *hub) now() (Live, error) {
	h.looking.Lock()
	defer h.looking.Unlock()
	if time.Since(h.looked) < lookEvery/2 {
		return h.live, nil
	}
	live, err := h.src.Live()
	if err != nil {
		return Live{}, err
	}
	h.live, h.looked = live, time.Now()
	return live, nil
}

// seen is what listeners know.
type seen struct {
	tips, pools map[string]string
	bests       map[string]float64
}

// changes are the events that tell of what differs.
func (s *seen) changes(live *Live, pools bool) (events [][]byte) {
	differs := func(known map[string]string, name, event string, v any) {
		if text := render(event, "", v); known[name] != string(text) {
			known[name] = string(text)
			events = append(events, text)
		}
	}
	for i := range live.Tips {
		differs(s.tips, live.Tips[i].Chain, "tip", &live.Tips[i])
	}
	for _, b := range live.Bests {
		if was, ok := s.bests[b.Pool]; ok && b.Difficulty > was {
			events = append(events, render("best", "", b))
		}
		s.bests[b.Pool] = max(s.bests[b.Pool], b.Difficulty)
	}
	for i := range live.Pools {
		if pools {
			differs(s.pools, live.Pools[i].Pool, "pool", &live.Pools[i])
		}
	}
	return events
}

// render is an event as it is sent.
func render(event, id string, v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		data = []byte("null") // plain types
	}
	var b bytes.Buffer
	if id != "" {
		fmt.Fprintf(&b, "id: %s\n", id)
	}
	fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", event, data)
	return b.Bytes()
}

// block tells of a block and remembers it for who comes back.
func (h *hub) block(b LiveBlock) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count++
	e := blockEvent{id: fmt.Sprintf("%d-%d", b.At, h.count), data: b}
	e.text = render("block", e.id, b)
	if len(h.blocks) == keepBlocks {
		h.blocks = append(h.blocks[:0], h.blocks[1:]...)
	}
	h.blocks = append(h.blocks, e)
	h.tellLocked(e.text)
}

func (h *hub) tell(text []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tellLocked(text)
}

func (h *hub) tellLocked(text []byte) {
	for l := range h.listeners {
		select {
		case l.queue <- text:
		default: // it does not read
			h.dropLocked(l)
		}
	}
}

func (h *hub) dropLocked(l *listener) {
	if _, ok := h.listeners[l]; ok {
		delete(h.listeners, l)
		close(l.gone)
		if h.visitors[l.from]--; h.visitors[l.from] <= 0 {
			delete(h.visitors, l.from)
		}
	}
}

// join adds a listener from an address, an invalid one where that says nothing; nil when
// there are too many or the end has come.
func (h *hub) join(from netip.Addr) *listener {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended || len(h.listeners) >= h.max || from.IsValid() && h.visitors[from] >= h.ofOne {
		return nil
	}
	h.visitors[from]++
	l := &listener{from: from, queue: make(chan []byte, queueEvents), gone: make(chan struct{})}
	h.listeners[l] = struct{}{}
	return l
}

func (h *hub) leave(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dropLocked(l)
}

func (h *hub) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	for l := range h.listeners {
		h.dropLocked(l)
	}
}

// missed are the events of blocks after the one with an id. What is not remembered
// any more, as after a restart, the source knows by its time.
func (h *hub) missed(last string) (events [][]byte) {
	ms, _, ok := strings.Cut(last, "-")
	at, err := strconv.ParseInt(ms, 10, 64)
	if !ok || err != nil || at <= 0 {
		return nil
	}
	h.mu.Lock()
	known := append([]blockEvent(nil), h.blocks...)
	h.mu.Unlock()
	for i := range known {
		if known[i].id == last {
			for _, e := range known[i+1:] {
				events = append(events, e.text)
			}
			return events
		}
	}
	type key struct{ chain, hash, state string }
	told := map[key]bool{}
	h.reading.Lock() // one at a time: who has gone through all blocks may come back at once
	defer h.reading.Unlock()
	old, _ := h.src.BlocksSince(Time(at), missedBlocks) // what is not told now is seen on the page of blocks
	for _, b := range old {
		told[key{b.Chain, b.Hash, b.State}] = true
		events = append(events, render("block", fmt.Sprintf("%d-0", b.At), b))
	}
	for _, e := range known {
		if b := e.data; int64(b.At) > at && !told[key{b.Chain, b.Hash, b.State}] {
			events = append(events, e.text)
		}
	}
	return events
}
