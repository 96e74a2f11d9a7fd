package nodes

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
)

// slowPoll makes the poll too slow to be the source of any news in a test.
func slowPoll(c *Config) {
	c.Poll = settings.Duration(time.Minute)
	c.Refresh = settings.Duration(time.Minute)
	c.MaxTemplateAge = settings.Duration(time.Hour)
}

func news(kind string) func(coins.Health) bool {
	return func(h coins.Health) bool { return len(h.Nodes) > 0 && h.Nodes[0].News == kind }
}

// wsServer accepts WebSockets, answers notifyblocks, and sends what comes from
// events; an empty event closes the connection.
func wsServer(t *testing.T, events <-chan string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if u, p, _ := r.BasicAuth(); u != "u" || p != "p" {
			w.WriteHeader(401)
			return
		}
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		if _, text, err := conn.Read(r.Context()); err != nil || !slices.Contains([]string{`{"jsonrpc":"1.0","id":1,"method":"notifyblocks","params":[]}`}, string(text)) {
			t.Errorf("first message: %s, %v", text, err)
			return
		}
		conn.Write(r.Context(), websocket.MessageText, []byte(`{"jsonrpc":"1.0","result":null,"error":null,"id":1}`))
		ctx := conn.CloseRead(r.Context())
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.Context().Done():
				return
			case e := <-events:
				if e == "" {
					return
				}
				conn.Write(ctx, websocket.MessageText, []byte(e))
			}
		}
	}
}

// mustHear makes blocks above tip, announced by announce, until one is heard of
// by the given kind of news, and returns its height. The first may be found by
// the poll that the start of listening makes.
func mustHear(t *testing.T, r *run, kind string, tip uint64, announce func(height uint64)) uint64 {
	t.Helper()
	for h := tip + 1; h <= tip+5; h++ {
		announce(h)
		got := r.next(t, "news", at(h+1))
		if got.Reason != coins.NewTip || got.PrevHash != tipAt(h, 0) {
			t.Errorf("got %s on %s, want a new tip on %s", got.Reason, got.PrevHash, tipAt(h, 0))
		}
		if got.Source == kind {
			return h
		}
	}
	t.Fatalf("five blocks, none heard of by %s", kind)
	return 0
}

func connected(n *fakeNode, height uint64) string {
	n.set(func(n *fakeNode) { n.height = height })
	return fmt.Sprintf(`{"jsonrpc":"1.0","method":"blockconnected","params":["%s",%d,1795208936],"id":null}`, tipAt(height, 0), height)
}

func TestWebSocketNews(t *testing.T) {
	n := mustFake(t)
	events := make(chan string)
	n.btcd, n.ws = true, wsServer(t, events)
	s := mustSet(t, slowPoll, n)
	r := mustRun(t, s)
	r.next(t, "the first", at(101))
	h := mustHealth(t, s, "the websocket", news("websocket"))
	if h.Nodes[0].Version != "btcd 0.26.2" {
		t.Errorf("version: got %q, want btcd 0.26.2", h.Nodes[0].Version)
	}
	events <- `{"jsonrpc":"1.0","method":"filteredblockconnected","params":[101,"00",[]],"id":null}`
	height := mustHear(t, r, "websocket", 100, func(h uint64) { events <- connected(n, h) })

	// The connection breaks: a block that comes meanwhile is found by asking,
	// and the next one by the new connection.
	n.set(func(n *fakeNode) { n.height = height + 1 })
	events <- ""
	r.next(t, "what came while nobody listened", at(height+2))
	mustHealth(t, s, "the websocket again", news("websocket"))
	mustHear(t, r, "websocket", height+1, func(h uint64) { events <- connected(n, h) })

	// Garbage breaks the connection, no more.
	events <- "}{"
	mustHealth(t, s, "the websocket after garbage", news("websocket"))
}

func TestWebSocketThatIsNotThereLeavesPolling(t *testing.T) {
	n := mustFake(t)
	yes := true
	s := mustSet(t, func(c *Config) { c.Nodes[0].WebSocket = &yes }, n)
	r := mustRun(t, s)
	r.next(t, "the first", at(101))
	n.set(func(n *fakeNode) { n.height = 101 })
	if got := r.next(t, "news", at(102)); got.Source != "poll" {
		t.Errorf("got news by %s, want poll", got.Source)
	}
	mustHealth(t, s, "polling", news("poll"))
}

// zmqServer publishes what comes from events to one subscriber at a time; an
// empty event closes the connection.
func zmqServer(t *testing.T, events <-chan []byte) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(func() {
		cancel()
		l.Close()
		<-done
	})
	greeting, _ := hex.DecodeString("ff00000000000000017f03004e554c4c" + hex.EncodeToString(make([]byte, 48)))
	ready := append([]byte{4, 25, 5}, "READY\x0bSocket-Type\x00\x00\x00\x03PUB"...)
	ready[1] = byte(len(ready) - 2)
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Write(append(greeting, ready...))
			io.ReadFull(bufio.NewReader(conn), make([]byte, 64+2+38+2+10))
			for open := true; open; {
				select {
				case <-ctx.Done():
					open = false
				case e := <-events:
					conn.Write(e)
					open = len(e) > 0
				}
			}
			conn.Close()
		}
	}()
	return "tcp://" + l.Addr().String()
}

func hashblock(n *fakeNode, height uint64, counter uint32) []byte {
	n.set(func(n *fakeNode) { n.height = height })
	tip := tipAt(height, 0)
	slices.Reverse(tip[:])
	out := append([]byte{1, 9}, "hashblock"...)
	out = append(append(out, 1, 32), tip[:]...)
	return binary.LittleEndian.AppendUint32(append(out, 0, 4), counter)
}

func TestZMQNews(t *testing.T) {
	n := mustFake(t)
	events := make(chan []byte)
	s := mustSet(t, func(c *Config) {
		slowPoll(c)
		c.Nodes[0].ZMQ = zmqServer(t, events)
	}, n)
	r := mustRun(t, s)
	r.next(t, "the first", at(101))
	mustHealth(t, s, "zmq", news("zmq"))
	height := mustHear(t, r, "zmq", 100, func(h uint64) { events <- hashblock(n, h, uint32(h)) })

	// The connection breaks; a block meanwhile is found by asking.
	n.set(func(n *fakeNode) { n.height = height + 1 })
	events <- nil
	r.next(t, "what came while nobody listened", at(height+2))
	mustHealth(t, s, "zmq again", news("zmq"))

	// The hash of a message that is out of date is no harm.
	stale := hashblock(n, height, 7)
	n.set(func(n *fakeNode) { n.height = height + 2 })
	events <- stale
	r.next(t, "the present tip", at(height+3))
}
