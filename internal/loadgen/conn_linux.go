package loadgen

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// phase is how far a connection's handshake is.
type phase uint8

const (
	connecting phase = iota
	subscribing
	authorizing
	waiting // for the first job
	mining
)

// conn is one connection of a loop.
type conn struct {
	loop  *loop
	place int // in loop.conns
	fd    int // -1: closed
	wants uint32
	phase phase
	deaf  bool // reads nothing any more
	raw   bool // says nothing by itself

	pushing bool // writes whenever the socket takes bytes

	started int64
	in      []byte // the beginning of a line
	out     []byte // what the socket has not taken

	en1        []byte
	en2Size    int
	difficulty float64
	pending    []byte // job that came before the extranonce or the difficulty
	job        *work
	en2        uint64

	slots    []int64 // by slot: when it was due or sent, 0: free
	freeSlot []int32
	share    []byte // submission mined ahead, without its id
	answered uint64
}

func (c *conn) user() string { return c.loop.target.user(c.place) }

// serve does what epoll says.
func (c *conn) serve(events uint32) {
	if c.phase == connecting && events&(unix.EPOLLOUT|unix.EPOLLERR|unix.EPOLLHUP) != 0 {
		code, err := unix.GetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if err == nil && code != 0 {
			err = unix.Errno(code)
		}
		if err != nil {
			c.gone(fmt.Errorf("connecting to %s: %w", c.loop.target.Addr, err))
			return
		}
		c.phase = subscribing
		if !c.raw {
			c.out = appendRequest(c.out, idSubscribe, "mining.subscribe", "motherlode-bench/1")
		}
	}
	if events&unix.EPOLLOUT != 0 {
		c.flush()
		if c.fd >= 0 && len(c.out) == 0 && c.loop.onWrite != nil {
			c.loop.onWrite(c)
		}
	}
	ended := events&(unix.EPOLLHUP|unix.EPOLLERR) != 0
	if c.fd >= 0 && (ended || events&unix.EPOLLIN != 0 && !c.deaf) {
		c.read()
	}
	if c.fd >= 0 && len(c.out) > 0 {
		c.flush()
	}
}

// gone closes the connection; what for is told to the hook, or ends the run.
func (c *conn) gone(err error) {
	c.close()
	switch {
	case c.loop.onGone != nil:
		c.loop.onGone(c, err)
	case errors.Is(err, io.EOF):
		c.loop.fail(fmt.Errorf("%w: it closed a connection", ErrServer))
	default:
		c.loop.fail(err)
	}
}

// close ends the connection and frees its place.
func (c *conn) close() {
	if c.fd < 0 {
		return
	}
	unix.Close(c.fd)
	c.fd = -1
	c.loop.conns[c.place] = nil
	c.loop.free = append(c.loop.free, c.place)
}

// flush writes what waits.
func (c *conn) flush() {
	for len(c.out) > 0 {
		n, err := unix.Write(c.fd, c.out)
		if errors.Is(err, unix.EAGAIN) {
			break
		}
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			c.gone(fmt.Errorf("writing: %w", err))
			return
		}
		c.out = append(c.out[:0], c.out[n:]...)
	}
	if c.fd >= 0 {
		c.watch()
	}
}

// watch tells epoll what the connection waits for.
func (c *conn) watch() {
	wants := uint32(unix.EPOLLIN)
	if c.deaf {
		wants = 0
	}
	if len(c.out) > 0 || c.pushing {
		wants |= unix.EPOLLOUT
	}
	if wants == c.wants {
		return
	}
	c.wants = wants
	if err := unix.EpollCtl(c.loop.ep, unix.EPOLL_CTL_MOD, c.fd, &unix.EpollEvent{Events: wants, Fd: int32(c.place)}); err != nil {
		c.loop.fail(fmt.Errorf("epoll: %w", err))
	}
}

// read takes what has arrived, once: the others get their turn.
func (c *conn) read() {
	l := c.loop
	n, at, kernel, err := l.receive(c.fd)
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return
	case err != nil:
		c.gone(fmt.Errorf("reading: %w", err))
		return
	case n == 0:
		c.gone(io.EOF)
		return
	}
	l.clock()
	data := l.buf[:n]
	if len(c.in) > 0 {
		c.in = append(c.in, data...)
		data = c.in
	}
	for c.fd >= 0 {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			break
		}
		c.take(data[:end], at, kernel)
		data = data[end+1:]
	}
	if c.fd < 0 {
		return
	}
	if len(data) > maxLine {
		c.gone(fmt.Errorf("%w: a line of more than %d bytes", ErrServer, maxLine))
		return
	}
	c.in = append(c.in[:0], data...)
	if len(c.in) == 0 && cap(c.in) > 0 {
		c.in = nil
	}
}

// receive reads from a socket. The time is the kernel's where it gives one, in
// nanoseconds of the real-time clock, else that of now on the same clock; it is
// only read where the loop wants it.
func (l *loop) receive(fd int) (n int, at int64, kernel bool, err error) {
	if !l.stamped {
		n, err = unix.Read(fd, l.buf)
		return n, 0, false, err
	}
	n, oobn, _, _, err := unix.Recvmsg(fd, l.buf, l.oob, 0)
	if err != nil {
		return n, 0, false, err
	}
	if at, ok := stampOf(l.oob[:oobn]); ok {
		return n, at, true, nil
	}
	return n, time.Now().UnixNano(), false, nil
}

// stampOf finds the time of arrival among control messages.
func stampOf(oob []byte) (int64, bool) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return 0, false
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= int(unsafe.Sizeof(unix.Timespec{})) {
			ts := *(*unix.Timespec)(unsafe.Pointer(&m.Data[0]))
			return ts.Nano(), ts.Nano() != 0
		}
	}
	return 0, false
}

// take handles one line.
func (c *conn) take(raw []byte, at int64, kernel bool) {
	l := scan(raw)
	switch {
	case c.raw:
	case l.method != nil:
		c.notified(raw, &l, at, kernel)
	case c.phase == mining:
		c.answer(&l)
	default:
		c.shake(raw, &l)
	}
}

func (c *conn) notified(raw []byte, l *line, at int64, kernel bool) {
	switch string(l.method) {
	case "mining.notify":
		if c.loop.onJob != nil && c.phase == mining {
			c.loop.onJob(c, raw, at, kernel)
		}
		if c.loop.light && c.job != nil {
			return
		}
		c.pending = append(c.pending[:0], raw...)
		c.decode()
	case "mining.set_difficulty":
		var p []float64
		if err := params(raw, &p); err != nil || len(p) == 0 {
			c.gone(fmt.Errorf("%w: %.200q", ErrServer, raw))
			return
		}
		c.difficulty = p[0]
		c.decode()
	case "mining.set_extranonce":
		c.gone(fmt.Errorf("%w: it changes the extranonce though nobody asked", ErrServer))
	}
}

// decode turns the newest job into work as soon as all that it takes is known.
func (c *conn) decode() {
	if len(c.pending) == 0 || c.en1 == nil || c.difficulty == 0 {
		return
	}
	w, err := newWork(c.loop.m, c.user(), c.pending, c.en1, c.en2Size, c.difficulty)
	c.pending = c.pending[:0]
	if err != nil {
		c.gone(err)
		return
	}
	c.job = w
	c.share = c.share[:0]
	c.mined()
}

// mined reports the end of the handshake, once.
func (c *conn) mined() {
	if c.phase != waiting || c.job == nil {
		return
	}
	c.phase = mining
	c.pending = nil
	if c.loop.onReady != nil {
		c.loop.onReady(c)
	}
}

// shake takes the next step of the handshake.
func (c *conn) shake(raw []byte, l *line) {
	switch {
	case c.phase == subscribing && l.id == idSubscribe:
		if err := c.subscribed(raw); err != nil {
			c.gone(err)
			return
		}
		c.phase = authorizing
		c.out = appendRequest(c.out, idAuthorize, "mining.authorize", c.user(), c.loop.target.Password)
		c.flush()
		if c.fd >= 0 {
			c.decode()
		}
	case c.phase == authorizing && l.id == idAuthorize:
		if !l.ok {
			c.gone(fmt.Errorf("%w: it does not authorize %q: %.200s", ErrServer, c.user(), raw))
			return
		}
		c.phase = waiting
		c.mined()
	}
}

func (c *conn) subscribed(raw []byte) error {
	var m struct {
		Result []json.RawMessage `json:"result"`
	}
	var en1 string
	err := json.Unmarshal(raw, &m)
	if err == nil && len(m.Result) >= 3 {
		err = errors.Join(json.Unmarshal(m.Result[1], &en1), json.Unmarshal(m.Result[2], &c.en2Size))
		if err == nil {
			c.en1, err = hex.DecodeString(en1)
		}
	}
	if err != nil || c.en1 == nil || c.en2Size < 1 || c.en2Size > 64 {
		return fmt.Errorf("%w: answer to mining.subscribe: %.200q", ErrServer, raw)
	}
	return nil
}

// answer takes the answer to a submission.
func (c *conn) answer(l *line) {
	slot := l.id - firstSubmit
	if slot < 0 || slot >= len(c.slots) || c.slots[slot] == 0 {
		return // to nothing that waits
	}
	sent := c.slots[slot]
	c.slots[slot] = 0
	c.freeSlot = append(c.freeSlot, int32(slot))
	c.answered++
	if c.loop.onAnswer != nil {
		c.loop.onAnswer(c, sent, l)
	}
}

// inFlight is how many submissions wait for their answer.
func (c *conn) inFlight() int { return len(c.slots) - len(c.freeSlot) }

// submit puts a submission behind what waits to be written. The time, not 0, is
// what its answer will be counted from.
func (c *conn) submit(honest bool, at int64) bool {
	if len(c.share) == 0 && !c.mine(honest) {
		return false
	}
	slot := len(c.slots)
	if n := len(c.freeSlot); n > 0 {
		slot, c.freeSlot = int(c.freeSlot[n-1]), c.freeSlot[:n-1]
		c.slots[slot] = at
	} else {
		c.slots = append(c.slots, at)
	}
	c.out = appendID(c.out, slot)
	c.out = append(c.out, c.share...)
	c.share = c.share[:0]
	return true
}

// mine makes the next submission ready.
func (c *conn) mine(honest bool) bool {
	c.en2++
	seed := uint32(c.en2 * 2654435761) // any number; the hash is not known before
	var ok bool
	c.share, ok = c.job.appendShare(c.loop.m, c.share[:0], c.en2, honest, seed)
	if !ok {
		c.share = c.share[:0]
		c.gone(fmt.Errorf("%w: no share of difficulty %g in %d hashes; give the server an easier one, such as 1e-9, or send --kind low-diff",
			ErrOption, c.difficulty, maxTries))
	}
	return ok
}
