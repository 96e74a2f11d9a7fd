package nodes

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/zmq"
	"github.com/motherlode-pool/motherlode/internal/backoff"
)

// Times of listening.
const (
	redialMax    = 15 * time.Second
	dialTimeout  = 5 * time.Second
	pingInterval = 20 * time.Second

	// maxEvent is above a filteredblockconnected of a header and nothing more.
	maxEvent = 1 << 20
)

// listen keeps a node's own announcements coming until ctx ends, where the node
// makes any.
func (s *Set) listen(ctx context.Context, m *member) {
	session, name := s.pushOf(ctx, m)
	if session == nil {
		return
	}
	wait := backoff.New(backoff.Options{Max: redialMax, Healthy: redialMax})
	for {
		began := time.Now()
		err := session(ctx, m)
		s.update(m, func(st *State) {
			st.News = "poll"
			if ctx.Err() == nil {
				st.Deaf = fmt.Sprintf("%s is not heard, blocks are found by asking: %v", name, err)
			}
		})
		if ctx.Err() != nil {
			return
		}
		m.nudge()
		s.log.Debug("listening ended", "node", m.name, "news", name, "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait.Next(time.Since(began))):
		}
	}
}

// pushOf chooses how to listen to a node; nil means not at all. It waits until
// the node has said who it is where that decides.
func (s *Set) pushOf(ctx context.Context, m *member) (session func(context.Context, *member) error, name string) {
	switch ws := m.node.WebSocket; {
	case m.node.ZMQ != "":
		return s.zmqSession, "zmq"
	case ws != nil && *ws:
		return s.webSocketSession, "websocket"
	case ws != nil:
		return nil, ""
	}
	for {
		s.mu.Lock()
		btcd, changed := m.btcd, s.changed
		s.mu.Unlock()
		if btcd {
			return s.webSocketSession, "websocket"
		}
		select {
		case <-ctx.Done():
			return nil, ""
		case <-changed:
		}
	}
}

// zmqSession listens to hashblock until the connection breaks.
func (s *Set) zmqSession(ctx context.Context, m *member) error {
	address, err := zmqAddress(m.node.ZMQ)
	if err != nil {
		return err
	}
	const topic = "hashblock"
	sub, err := zmq.Dial(ctx, address, topic)
	if err != nil {
		return err
	}
	defer sub.Close()
	defer context.AfterFunc(ctx, func() { sub.Close() })()
	s.update(m, func(st *State) { st.News, st.Deaf = "zmq", "" })
	m.nudge() // what came before we listened
	for {
		message, err := sub.Receive()
		if err != nil {
			return err
		}
		if sub.Gap(message) {
			m.nudge()
		}
		// The hash comes in printed order.
		if len(message) >= 2 && string(message[0]) == topic && len(message[1]) == len(coins.Hash{}) {
			tip := coins.Hash(message[1])
			slices.Reverse(tip[:])
			s.announce(m, tip, 0, "zmq")
			s.heardOf(m, tip)
			m.nudge()
		}
	}
}

// webSocketSession listens to btcd's blockconnected until the connection
// breaks.
func (s *Set) webSocketSession(ctx context.Context, m *member) error {
	conn, err := dialWebSocket(ctx, m)
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxEvent)
	err = conn.Write(ctx, websocket.MessageText, []byte(`{"jsonrpc":"1.0","id":1,"method":"notifyblocks","params":[]}`))
	if err != nil {
		return err
	}

	// A dead peer is found by pings, which need the reader below.
	ctx, cancel := context.WithCancel(ctx)
	pinger := make(chan struct{})
	go func() {
		defer close(pinger)
		ping(ctx, conn)
	}()
	defer func() {
		cancel()
		<-pinger
	}()
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		if err := s.event(m, text); err != nil {
			return err
		}
	}
}

func dialWebSocket(ctx context.Context, m *member) (*websocket.Conn, error) {
	user, password, err := m.calls.Credentials()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	transport := &http.Transport{TLSClientConfig: m.calls.TLS()}
	defer transport.CloseIdleConnections()
	basic := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	conn, _, err := websocket.Dial(ctx, strings.TrimSuffix(m.calls.URL(), "/")+"/ws", &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: transport},
		HTTPHeader: http.Header{"Authorization": {"Basic " + basic}},
	})
	return conn, err
}

// ping closes a connection that no longer answers.
func ping(ctx context.Context, conn *websocket.Conn) {
	ticker := time.NewTicker(pingInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		within, cancel := context.WithTimeout(ctx, dialTimeout)
		err := conn.Ping(within)
		cancel()
		if err != nil {
			conn.CloseNow()
			return
		}
	}
}

// event takes one message of btcd's WebSocket: the reply to notifyblocks, or a
// notification. blockconnected has the hash, the height and the time.
func (s *Set) event(m *member, text []byte) error {
	var e struct {
		ID     *int              `json:"id"`
		Method string            `json:"method"`
		Params []json.RawMessage `json:"params"`
		Error  *struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return fmt.Errorf("websocket message: %w", err)
	}
	switch {
	case e.Error != nil:
		return fmt.Errorf("notifyblocks: %s", e.Error.Message)
	case e.ID != nil:
		s.update(m, func(st *State) { st.News, st.Deaf = "websocket", "" })
		m.nudge() // what came before we listened
	case e.Method == "blockconnected" && len(e.Params) >= 2:
		var printed string
		var height uint64
		if err := json.Unmarshal(e.Params[0], &printed); err != nil {
			return fmt.Errorf("blockconnected: %w", err)
		}
		if err := json.Unmarshal(e.Params[1], &height); err != nil {
			return fmt.Errorf("blockconnected: %w", err)
		}
		tip, err := coins.ParseHash(printed)
		if err != nil {
			return fmt.Errorf("blockconnected: %w", err)
		}
		s.announce(m, tip, height, "websocket")
		s.heardOf(m, tip)
	case e.Method == "blockdisconnected":
		m.nudge()
	}
	return nil
}
