package stratum

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// session is one connection. One goroutine at a time reads, judges and answers:
// its own, or its watcher's while it is idle. A writer shard gives it jobs. What
// both touch is in output and behind its lock.
type session struct {
	srv     *Server
	profile *Profile // behind out.mu
	shard   *shard
	slot    int    // place in the shard, kept by it
	recent  recent // kept by the shard, and this
	late    late
	number  uint64
	remote  string
	since   time.Time
	conn    net.Conn
	sock    *sock         // conn, where it is watched while it is idle; else nil
	base    net.Conn      // below TLS; closing it never waits
	reason  atomic.Uint32 // CloseReason, first one wins

	// Used by the session's own goroutine only.
	in         []byte // read buffer; in[start:end] is not handled yet
	start, end int
	hasty      bool // the turn is the watcher's and must not wait
	req        request
	turn       turn
	submission Submission
	junk       int
	refused    int // logins
	last       *member
	earned     earned

	// Written by the session's own goroutine under out.mu, so it may read them
	// without.
	agent      string
	workers    map[string]*member
	lease      lease
	subscribed bool

	out   output
	front front
	view  atomic.Pointer[view]

	accepted atomic.Uint64
	rejected atomic.Uint64
	work     atomicFloat  // sum of credited difficulty
	rate     atomicFloat  // difficulty a second of late, kept by the shard
	lastGood atomic.Int64 // time of the last accepted share, Unix nanoseconds
}

// member is a worker that was admitted on the connection.
type member struct {
	name   string // as the miner sends it
	worker Worker
}

func (srv *Server) newSession(conn net.Conn, p *Profile) *session {
	s := &session{
		srv:     srv,
		profile: p,
		number:  srv.sessionCount.Add(1),
		since:   time.Now(),
		conn:    conn,
		base:    conn,
		workers: make(map[string]*member, 1),
	}
	s.sock, _ = conn.(*sock)
	if t, ok := conn.(*tls.Conn); ok {
		s.base = t.NetConn()
	}
	if a := conn.RemoteAddr(); a != nil {
		s.remote = a.String()
	}
	s.req.names = srv.dialect.names()
	s.out.open(s)
	return s
}

// kick notes why the session ends, unless that is known, and closes it.
func (s *session) kick(r CloseReason) {
	s.reason.CompareAndSwap(uint32(closeUnset), uint32(r))
	s.base.Close()
}

// serve reads until the connection ends.
func (s *session) serve(ctx context.Context) {
	s.close(s.read(ctx))
}

// close gives back everything that a session had which ended with err.
func (s *session) close(err error) {
	defer s.srv.sessions.Done()
	r := ClosedByMiner
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() && s.srv.draining.Load() {
		r = Shutdown
	}
	s.reason.CompareAndSwap(uint32(closeUnset), uint32(r))
	r = CloseReason(s.reason.Load())
	s.out.stop(r == Shutdown || r == NoWork)
	if s.sock != nil {
		s.sock.release()
	}
	s.srv.forget(s, r, err)
}

// read takes what the connection brings, turn by turn.
func (s *session) read(ctx context.Context) error {
	if err := s.handshakeTLS(ctx); err != nil {
		return err
	}
	for {
		s.makeRoom()
		n, err := s.conn.Read(s.in[s.end:])
		s.end += n
		if n > 0 {
			s.takeTurns(ctx)
		}
		if s.reason.Load() != 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// takeTurns takes turns until all complete lines are handled.
func (s *session) takeTurns(ctx context.Context) {
	for s.takeTurn(ctx) == turnFull && s.reason.Load() == 0 {
		s.rest()
	}
}

// rest comes after a turn that left lines behind: the connection gives up as much
// time as the turn took, so that one which floods the pool keeps no miner waiting
// for more than a turn. What the turn waited for the pool's hashing does not
// count. A miner with fewer lines in flight never rests.
func (s *session) rest() {
	time.Sleep(min(time.Since(s.turn.now)-s.turn.waited, restLimit))
}

// makeRoom moves what is left to the front and grows a buffer that was filled.
func (s *session) makeRoom() {
	if s.in == nil {
		s.in = make([]byte, readBufferMin)
	}
	filled := s.end == len(s.in)
	if s.start > 0 {
		s.end = copy(s.in, s.in[s.start:s.end])
		s.start = 0
	}
	if filled && len(s.in) < readBufferMax && s.subscribed || s.end == len(s.in) {
		s.in = append(s.in, make([]byte, len(s.in))...)
	}
}

// limit is the longest line that is taken now.
func (s *session) limit() int {
	if s.subscribed {
		return lineLimit
	}
	return lineLimitEarly
}

// turnEnd says what a turn left behind.
type turnEnd uint8

const (
	turnOver turnEnd = iota // no complete line
	turnFull                // lines beyond the bound of a turn
	turnWait                // something that a hasty turn has no time for
)

// takeTurn handles the complete lines in the buffer, up to a bound, and writes
// their replies.
func (s *session) takeTurn(ctx context.Context) turnEnd {
	t := &s.turn
	t.begin()
	end := turnOver
	for n := 0; s.reason.Load() == 0; n++ {
		rest := s.in[s.start:s.end]
		i := bytes.IndexByte(rest, '\n')
		if i > s.limit() || i < 0 && len(rest) > s.limit() {
			if !s.helloTLS(rest) {
				s.refuse(LineTooLong, textTooLong)
			}
			break
		}
		if i < 0 {
			s.helloTLS(rest)
			break
		}
		if n == turnLines {
			end = turnFull
			break
		}
		if !s.line(ctx, rest[:i]) {
			end = turnWait
			break
		}
		s.start += i + 1
	}
	s.settle()
	s.climb()
	if !s.out.flush(t.replies, t.now) {
		end = turnWait
	}
	s.countAnswers()
	t.end()
	if r := CloseReason(s.reason.Load()); r != closeUnset {
		s.kick(r)
	}
	return end
}

// refuse answers for the last time and lets the turn end the session.
func (s *session) refuse(r CloseReason, text string) {
	s.turn.replies = s.srv.forms.fault(s.turn.replies, nil, codeOther, text)
	s.reason.CompareAndSwap(uint32(closeUnset), uint32(r))
}

// line handles one line without its line feed. In a hasty turn it returns false,
// and has done nothing, for all that may have to wait.
func (s *session) line(ctx context.Context, b []byte) bool {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return true
	}
	r := &s.req
	switch {
	case !r.parse(b):
		if !s.browser(b) && !s.helloTLS(b) {
			s.countJunk()
		}
	case s.srv.dialect.submission(r.method):
		s.submit(r)
	case r.method == nil:
		if r.response {
			s.answered(b)
		} else {
			s.countJunk()
		}
	case s.hasty:
		return false
	default:
		s.srv.dialect.call(ctx, s, r)
	}
	return true
}

// countJunk bears with lines that are no request, up to a bound.
func (s *session) countJunk() {
	if s.junk++; s.junk > junkLimit {
		s.refuse(TooMuchJunk, textInvalid)
		return
	}
	s.turn.replies = s.srv.forms.fault(s.turn.replies, nil, codeOther, textInvalid)
}

// deadlineError reports a wait that took too long.
func deadlineError(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
