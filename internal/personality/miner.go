package personality

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Options are what the miner's owner sets.
type Options struct {
	User, Password string

	// Algorithm is sha256d, which it is by default, or scrypt.
	Algorithm string

	// Scale multiplies each difficulty before the miner compares it with what it
	// takes; 1 by default. On a simulated chain difficulty is tiny, but the shares
	// of NiceHash shall still be found by a CPU.
	Scale float64

	// Payout is the output script of the owner and MaxFee the part of the
	// coinbase that others may keep, in percent; for miners that look at it.
	Payout []byte
	MaxFee float64

	// Pace is a rest after each share, for a chain that is too easy for a CPU.
	Pace time.Duration

	// OnShare hears of each share once it is answered, OnEnd of each connection
	// that Keep has lost and of the time until the next. Both are called from
	// within Run and Keep.
	OnShare func(Share)
	OnEnd   func(err error, again time.Duration)
}

// Miner is one miner. Its session id, where it keeps one, outlives a connection.
// One Run or Keep at a time.
type Miner struct {
	Traits
	opt     Options
	session string // session id of the last connection
	dug     uint64 // counts extranonce2, never repeats a search
	nonce   uint32 // the next one to try
	ready   bool   // the handshake of the last connection was finished

	// Of the present connection. All but work, and what stands under mu, belongs
	// to Run's goroutine.
	conn        net.Conn
	in          []byte // bytes read and not taken
	began       time.Time
	nextID      int
	pending     map[int]step
	subscribed  bool
	admittedNow bool
	extranonce  []byte
	n2size      int
	mask        uint32
	granted     bool
	difficulty  float64   // of the next job
	stack       []float64 // of the jobs to come, where they are stacked
	jobs        []string  // ids remembered
	current     string
	jobDue      time.Time
	jobLate     bool

	work atomic.Pointer[work]
	wake chan struct{} // one token: there is something to look at

	writing sync.Mutex // one line at a time

	mu    sync.Mutex // guards nextID and the fields below; never held while writing
	open  map[int][]Share
	fault error // of a write
}

// New makes a miner. It does not connect.
func New(t Traits, o Options) *Miner {
	if o.Algorithm == "" {
		o.Algorithm = "sha256d"
	}
	if o.Scale == 0 {
		o.Scale = 1
	}
	if t.userCut > 0 && len(o.User) > t.userCut {
		o.User = o.User[:t.userCut]
	}
	return &Miner{Traits: t, opt: o, nextID: t.firstID, nonce: nerdNonce}
}

// Run mines on a connection until it ends, closes it and says why it ended: a
// *Violation, ErrReconnect, ErrClosed, an error of the network, or ctx's.
func (m *Miner) Run(ctx context.Context, conn net.Conn) error {
	m.begin(conn)
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() {
		<-ctx.Done()
		conn.Close()
	})
	group.Go(func() { m.dig(ctx) })
	if m.keepAlive > 0 {
		group.Go(func() { m.stayAlive(ctx) })
	}
	err := m.live()
	if cause := ctx.Err(); cause != nil && !errors.As(err, new(*Violation)) {
		err = cause
	}
	cancel()
	group.Wait()
	return err
}

// begin forgets the last connection.
func (m *Miner) begin(conn net.Conn) {
	m.conn, m.in, m.pending, m.open = conn, nil, map[int]step{}, map[int][]Share{}
	m.subscribed, m.admittedNow, m.granted, m.ready = false, false, false, false
	m.extranonce, m.n2size, m.mask = nil, 0, 0
	m.difficulty, m.stack = m.defaultDif, nil
	m.jobs, m.current, m.jobLate = nil, "", false
	m.jobDue = time.Time{}
	m.fault = nil
	m.work.Store(nil)
	m.wake = make(chan struct{}, 1)
	if m.firstID > 0 { // the others never count from the beginning again
		m.nextID = m.firstID
	}
}

// live is the connection from its first line to its end.
func (m *Miner) live() error {
	if err := m.handshake(); err != nil {
		return err
	}
	m.ready = true
	if m.firstJob > 0 && m.current == "" {
		m.jobDue = time.Now().Add(m.firstJob)
	}
	for {
		msg, err := m.next(m.silence)
		if err != nil {
			return err
		}
		if err := m.dispatch(msg); err != nil {
			return err
		}
	}
}

// violate makes a Violation.
func (m *Miner) violate(q Quirk, format string, args ...any) error {
	return &Violation{Miner: m.Name, Quirk: q, Did: fmt.Sprintf(format, args...)}
}

// message is any line of a server.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method *string         `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
	line   string
	params []json.RawMessage
}

// isNull is true of what is missing, too.
func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// text is a parameter that is a string.
func (g *message) text(i int) (s string, ok bool) {
	if i >= len(g.params) || json.Unmarshal(g.params[i], &s) != nil || isNull(g.params[i]) {
		return "", false
	}
	return s, true
}

// number is the id, when it is a whole number.
func (g *message) number() (int, bool) {
	var n int
	if isNull(g.ID) || json.Unmarshal(g.ID, &n) != nil {
		return 0, false
	}
	return n, true
}

// next reads one message, waiting so long for its first byte. A line that is no
// JSON is passed over by most.
func (m *Miner) next(within time.Duration) (*message, error) {
	for {
		line, err := m.readLine(within)
		if err != nil {
			return nil, err
		}
		g := &message{line: string(line)}
		if err := json.Unmarshal(line, g); err != nil {
			if m.strict || m.badJSONEnds {
				return nil, m.violate(BadJSON, "sent %q", clip(line))
			}
			continue
		}
		if !isNull(g.Params) {
			if err := json.Unmarshal(g.Params, &g.params); err != nil && m.strict {
				return nil, m.violate(BadJSON, "params are no list: %q", clip(line))
			}
		}
		return g, nil
	}
}

// readLine takes one line, without its end.
func (m *Miner) readLine(within time.Duration) ([]byte, error) {
	buf := make([]byte, 2048)
	for {
		for i, c := range m.in {
			if c == '\n' {
				line := m.in[:i]
				if m.lineMax > 0 && i+1 > m.lineMax {
					return nil, m.violate(LongLine, "sent a line of %d bytes, the miner takes %d", i+1, m.lineMax)
				}
				m.in = m.in[i+1:]
				return line, nil
			}
		}
		if m.lineMax > 0 && len(m.in) >= m.lineMax {
			return nil, m.violate(LongLine, "sent %d bytes without a line end, the miner takes %d", len(m.in), m.lineMax)
		}
		quirk, wait := m.deadline(within)
		n, err := m.conn.Read(buf)
		if n > 0 {
			if len(m.in) == 0 {
				m.began = time.Now()
			}
			m.in = append(m.in, buf[:n]...)
			continue
		}
		if err == nil {
			continue
		}
		if timeout := (net.Error)(nil); errors.As(err, &timeout) && timeout.Timeout() {
			return nil, m.violate(quirk, "in %v", wait)
		}
		return nil, m.ended(err)
	}
}

// deadline sets how long the next read may take, and says what it is if it takes
// longer.
func (m *Miner) deadline(within time.Duration) (Quirk, time.Duration) {
	now := time.Now()
	quirk, wait, end := Silence, within, time.Time{}
	if within > 0 {
		end = now.Add(within)
	}
	if len(m.in) > 0 && m.lineTime > 0 {
		quirk, wait, end = SlowLine, m.lineTime, m.began.Add(m.lineTime)
	}
	if !m.jobDue.IsZero() && (end.IsZero() || m.jobDue.Before(end)) {
		quirk, wait, end = JobMissing, m.nextJob, m.jobDue
		if m.current == "" {
			wait = m.firstJob
		}
	}
	_ = m.conn.SetReadDeadline(end) // a closed connection says so at the read
	return quirk, wait
}

// ended says why a read gave nothing.
func (m *Miner) ended(err error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if errors.Is(err, io.EOF) {
		return ErrClosed
	}
	return errors.Join(err, m.fault)
}

// write sends one line.
func (m *Miner) write(line string) error {
	m.writing.Lock()
	_, err := io.WriteString(m.conn, line+"\n")
	m.writing.Unlock()
	if err != nil {
		m.mu.Lock()
		m.fault = err
		m.mu.Unlock()
	}
	return err
}

// takeID is the next request's id.
func (m *Miner) takeID() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.nextID++
	return m.nextID - 1
}

// clip shortens what an error quotes.
func clip[T ~string | ~[]byte](s T) string {
	if len(s) > 200 {
		return string(s[:200]) + "..."
	}
	return string(s)
}
