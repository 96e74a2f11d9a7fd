package cpuminer

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
)

// Numbers of the requests of the handshake; submissions follow.
const (
	idConfigure = iota + 1
	idSubscribe
	idAuthorize
	idExtranonce
	idFirstSubmit
)

// agent is how the miner calls itself.
const agent = "motherlode-cpuminer/1.0"

// session is one connection. Only the goroutine of Run touches it.
type session struct {
	m   *Miner
	at  server
	out chan []byte

	subscribed   bool
	authorizedAt time.Time
	extranonce1  []byte
	en2Len       int
	target       algos.Target
	difficulty   float64
	rolling      bool
	mask         uint32
	last         *notice
	held         bool // last came before the subscribe reply

	nextID  uint64
	pending map[uint64]Share
	stuck   error
}

func newSession(m *Miner, at server) *session {
	return &session{
		m: m, at: at,
		out:     make(chan []byte, 2*window),
		target:  m.alg.DiffOne(),
		nextID:  idFirstSubmit,
		pending: map[uint64]Share{},

		difficulty: 1,
	}
}

// hello sends the handshake at once, as many miners do.
func (s *session) hello() {
	if s.m.cfg.VersionRolling {
		s.send(request(idConfigure, "mining.configure", []string{"version-rolling"},
			map[string]any{"version-rolling.mask": "ffffffff", "version-rolling.min-bit-count": 2}))
	}
	s.send(request(idSubscribe, "mining.subscribe", agent))
	s.send(request(idAuthorize, "mining.authorize", s.m.cfg.User, s.m.cfg.Password))
}

// finish settles what no reply came for.
func (s *session) finish() {
	s.m.setConnected(false)
	for _, id := range slices.Sorted(maps.Keys(s.pending)) {
		share := s.pending[id]
		share.Reason = "connection lost"
		s.m.settle(share)
	}
}

// send queues a line. The queue holds all that may be under way; a server that
// lets it run full does not read.
func (s *session) send(text []byte) {
	select {
	case s.out <- text:
	default:
		s.stuck = ErrStuck
	}
}

// submit sends a share, unless a new block has made it worthless.
func (s *session) submit(f found) {
	select {
	case <-f.work.era:
		return
	default:
	}
	id := s.nextID
	s.nextID++
	s.pending[id] = f.share
	params := []any{s.m.cfg.User, f.share.JobID, f.share.Extranonce2,
		hex8(f.share.NTime), hex8(f.share.Nonce)}
	if f.share.Rolling {
		params = append(params, hex8(f.share.VersionBits))
	}
	s.send(request(id, "mining.submit", params...))
}

func hex8(v uint32) string { return fmt.Sprintf("%08x", v) }

// line takes one line from the server.
func (s *session) line(text []byte) error {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return nil
	}
	m, err := parseMessage(text)
	if err != nil {
		return err
	}
	if m.Method != "" {
		return s.call(&m)
	}
	switch id := m.id(); id {
	case idConfigure:
		return s.configured(&m)
	case idSubscribe:
		return s.subscription(&m)
	case idAuthorize:
		return s.authorization(&m)
	case 0, idExtranonce:
		return nil
	default:
		s.reply(id, &m)
		return nil
	}
}

// reply settles a submission.
func (s *session) reply(id uint64, m *message) {
	share, ok := s.pending[id]
	if !ok {
		s.m.cfg.Logger.Debug("reply to nothing", "id", id)
		return
	}
	delete(s.pending, id)
	share.Reason = m.refusal()
	share.Accepted = share.Reason == ""
	share.Answered = true
	s.m.settle(share)
}

func (s *session) configured(m *message) error {
	var result map[string]json.RawMessage
	if m.refusal() != "" || json.Unmarshal(m.Result, &result) != nil || string(result["version-rolling"]) != "true" {
		return nil // not offered: mine without
	}
	var text string
	if json.Unmarshal(result["version-rolling.mask"], &text) != nil {
		return fmt.Errorf("%w: version rolling without a mask", ErrProtocol)
	}
	mask, err := word(text)
	if err != nil {
		return err
	}
	s.rolling, s.mask = true, mask
	return nil
}

func (s *session) subscription(m *message) error {
	if reason := m.refusal(); reason != "" {
		return fmt.Errorf("%w: subscription refused: %s", ErrProtocol, reason)
	}
	var result []json.RawMessage
	var extranonce1 string
	var size int
	if json.Unmarshal(m.Result, &result) != nil || len(result) < 3 ||
		json.Unmarshal(result[1], &extranonce1) != nil || json.Unmarshal(result[2], &size) != nil {
		return fmt.Errorf("%w: subscribe reply is not [subscriptions, extranonce1, size]", ErrProtocol)
	}
	if err := s.setExtranonce(extranonce1, size); err != nil {
		return err
	}
	s.subscribed = true
	return s.start()
}

func (s *session) setExtranonce(extranonce1 string, size int) error {
	raw, err := hex.DecodeString(extranonce1)
	if err != nil || len(raw) > maxExtranonce1 {
		return fmt.Errorf("%w: extranonce1 %q", ErrProtocol, extranonce1)
	}
	if size < 1 || size > maxExtranonce2 {
		return fmt.Errorf("%w: extranonce2 of %d bytes", ErrProtocol, size)
	}
	s.extranonce1, s.en2Len = raw, size
	return nil
}

func (s *session) authorization(m *message) error {
	if reason := m.refusal(); reason != "" {
		s.m.emit(Event{Kind: EventRefused, Server: s.at.address(), Reason: reason})
		return fmt.Errorf("%w: %s", ErrUnauthorized, reason)
	}
	s.authorizedAt = time.Now()
	s.m.setConnected(true)
	s.m.emit(Event{Kind: EventAuthorized, Server: s.at.address()})
	s.send(request(idExtranonce, "mining.extranonce.subscribe"))
	return s.start()
}

// start begins with a job that came before the handshake was complete.
func (s *session) start() error {
	if s.held && s.subscribed && !s.authorizedAt.IsZero() {
		s.held = false
		s.begin(s.last)
	}
	return nil
}

// begin gives a job to the threads, with what is agreed at this moment.
func (s *session) begin(n *notice) {
	if !s.subscribed || s.authorizedAt.IsZero() {
		s.held = true
		return
	}
	s.m.replace(&work{
		notice: n, alg: s.m.alg,
		extranonce1: s.extranonce1, extranonce2Len: s.en2Len,
		difficulty: s.difficulty, target: s.target,
		rolling: s.rolling, mask: s.mask,
		done: make(chan struct{}),
	}, n.clean)
	s.m.emit(Event{Kind: EventJob, JobID: n.id, Clean: n.clean, Difficulty: s.difficulty})
}

// call takes a request or a notification.
func (s *session) call(m *message) error {
	switch m.Method {
	case "mining.notify":
		n, err := parseNotice(m, time.Now())
		if err != nil {
			return err
		}
		if s.last != nil && s.last.rawParams == n.rawParams {
			return nil // the same again: to start anew would find the same shares
		}
		s.last = n
		s.begin(n)
	case "mining.set_difficulty":
		return s.setDifficulty(m)
	case "mining.set_extranonce":
		size, ok := m.number(1)
		if !ok {
			return fmt.Errorf("%w: mining.set_extranonce without a size", ErrProtocol)
		}
		s.last = nil // the same job with it is other work
		return s.setExtranonce(m.text(0), int(size))
	case "mining.set_version_mask":
		mask, err := word(m.text(0))
		if err != nil {
			return err
		}
		s.mask = mask // only used when rolling was agreed on
	case "client.reconnect":
		return s.reconnect(m)
	case "client.show_message":
		s.m.cfg.Logger.Info("message of the server", "text", m.text(0))
		s.m.emit(Event{Kind: EventMessage, Reason: m.text(0)})
	case "client.get_version":
		s.respond(m, agent, nil)
	case "mining.ping":
		s.respond(m, "pong", nil)
	default:
		s.respond(m, nil, []any{20, "unknown method", nil})
	}
	return nil
}

func (s *session) respond(m *message, result, failure any) {
	if !isNull(m.ID) {
		s.send(answer(m.ID, result, failure))
	}
}

// setDifficulty takes effect with the next job.
func (s *session) setDifficulty(m *message) error {
	d, ok := m.number(0)
	if !ok {
		return fmt.Errorf("%w: mining.set_difficulty without a number", ErrProtocol)
	}
	target, err := algos.FromDifficulty(d, s.m.alg.DiffOne())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	if d != s.difficulty {
		s.m.emit(Event{Kind: EventDifficulty, Difficulty: d})
	}
	s.difficulty, s.target = d, target
	return nil
}

// reconnect follows to another port of the same host; a wish for another host
// may be a thief's, so it only means to connect again.
func (s *session) reconnect(m *message) error {
	r := &reconnect{to: s.m.server}
	host := m.text(0)
	if port, ok := m.number(1); ok && port > 0 && port < 1<<16 &&
		(host == "" || strings.EqualFold(host, s.m.server.host)) {
		r.to.port = strconv.Itoa(int(port))
	}
	if wait, ok := m.number(2); ok && wait > 0 {
		r.wait = min(time.Duration(min(wait, 3600)*float64(time.Second)), maxWait)
	}
	return r
}
