package loadgen

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// Sizes of a loop.
const (
	readSize      = 64 << 10 // read at once; lines that are not whole wait with their connection
	maxLine       = 1 << 20  // longer lines end the run: that is no stratum
	handshakes    = 64       // under way at one time while connections are opened
	pollEvery     = 20 * time.Millisecond
	perSource     = 25_000 // connections from one source address; the system has some 28,000 ports
	handshakeWait = 20 * time.Second
)

// loop serves connections from one goroutine. The hooks may be nil.
type loop struct {
	ep     int
	timer  int // timerfd, 0: none
	to     unix.Sockaddr
	local  bool // loopback: source addresses may differ
	v6     bool
	target Target
	conns  []*conn
	free   []int // places in conns
	opened int
	m      *hasher
	base   time.Time
	now    int64 // nanoseconds since base, of the newest reading
	buf    []byte
	oob    []byte
	events [512]unix.EpollEvent
	err    error

	stamped bool // read the kernel's time of arrival
	light   bool // jobs after the first are not decoded
	sources int  // source addresses to take in turn

	onReady  func(c *conn)
	onAnswer func(c *conn, sent int64, l *line)
	onJob    func(c *conn, raw []byte, at int64, kernel bool)
	onGone   func(c *conn, err error)
	onTimer  func()
	onWrite  func(c *conn) // the socket takes bytes again
}

// timerPlace stands for the timer among the connections' places.
const timerPlace = -1

func newLoop(ctx context.Context, t Target) (*loop, error) {
	addr, err := t.resolve(ctx)
	if err != nil {
		return nil, err
	}
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	l := &loop{
		ep: ep, target: t, m: newHasher(), base: time.Now(), buf: make([]byte, readSize),
		oob: make([]byte, 128), local: addr.Addr().IsLoopback() && addr.Addr().Is4(), v6: addr.Addr().Is6(), sources: 1,
	}
	l.to = sockaddr(addr)
	return l, nil
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// clock reads the time.
func (l *loop) clock() int64 {
	l.now = int64(time.Since(l.base))
	return l.now
}

// close ends every connection.
func (l *loop) close() {
	for _, c := range l.conns {
		if c != nil && c.fd >= 0 {
			unix.Close(c.fd)
			c.fd = -1
		}
	}
	if l.timer > 0 {
		unix.Close(l.timer)
	}
	unix.Close(l.ep)
}

// every makes onTimer run at an interval.
func (l *loop) every(d time.Duration) error {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("timerfd: %w", err)
	}
	l.timer = fd
	spec := unix.NsecToTimespec(int64(d))
	if err := unix.TimerfdSettime(fd, 0, &unix.ItimerSpec{Interval: spec, Value: spec}, nil); err != nil {
		return fmt.Errorf("timerfd: %w", err)
	}
	return unix.EpollCtl(l.ep, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: timerPlace})
}

// open starts one connection.
func (l *loop) open() (*conn, error) {
	family := unix.AF_INET
	if l.v6 {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	c := &conn{fd: fd, loop: l, started: l.clock()}
	if err := l.prepare(c); err != nil {
		unix.Close(fd)
		return nil, err
	}
	l.opened++
	err = unix.Connect(fd, l.to)
	if err != nil && !errors.Is(err, unix.EINPROGRESS) {
		unix.Close(fd)
		return nil, fmt.Errorf("connecting to %s: %w", l.target.Addr, err)
	}
	if n := len(l.free); n > 0 {
		c.place, l.free = l.free[n-1], l.free[:n-1]
		l.conns[c.place] = c
	} else {
		c.place = len(l.conns)
		l.conns = append(l.conns, c)
	}
	c.wants = unix.EPOLLIN | unix.EPOLLOUT
	if err := unix.EpollCtl(l.ep, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: c.wants, Fd: int32(c.place)}); err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return c, nil
}

// prepare sets a new socket's options and source address.
func (l *loop) prepare(c *conn) error {
	if err := unix.SetsockoptInt(c.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return fmt.Errorf("TCP_NODELAY: %w", err)
	}
	if l.stamped {
		if err := unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
			l.stamped = false
		}
	}
	if l.sources < 2 || !l.local {
		return nil
	}
	// The port is chosen at connect, when the other end is known.
	if err := unix.SetsockoptInt(c.fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1); err != nil {
		return fmt.Errorf("IP_BIND_ADDRESS_NO_PORT: %w", err)
	}
	from := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, byte(1 + l.opened%l.sources)}}
	if err := unix.Bind(c.fd, from); err != nil {
		return fmt.Errorf("source address 127.0.0.%d: %w", from.Addr[3], err)
	}
	return nil
}

// openAll opens n connections and waits until each has its first job.
func (l *loop) openAll(ctx context.Context, n int, say func(string)) error {
	l.sources = max(l.sources, (n+perSource-1)/perSource)
	ready, under := 0, 0
	before := l.onReady
	defer func() { l.onReady = before }()
	l.onReady = func(c *conn) {
		ready++
		under--
		if before != nil {
			before(c)
		}
	}
	left := n
	last, progress := l.clock(), l.now
	for ready < n {
		for ; left > 0 && under < handshakes; left-- {
			if _, err := l.open(); err != nil {
				return fmt.Errorf("connection %d of %d: %w", n-left+1, n, err)
			}
			under++
		}
		had := ready
		if err := l.turn(ctx); err != nil {
			return fmt.Errorf("%d of %d connected: %w", ready, n, err)
		}
		if ready > had {
			last = l.now
		}
		if l.now-last > int64(handshakeWait) {
			return fmt.Errorf("%w: %d of %d connected, and no more in %v", ErrServer, ready, n, handshakeWait)
		}
		if l.now-progress > int64(time.Second) {
			progress = l.now
			say(fmt.Sprintf("connected %d of %d", ready, n))
		}
	}
	return nil
}

// turn waits for something to do, at most pollEvery, and does it.
func (l *loop) turn(ctx context.Context) error {
	n, err := unix.EpollWait(l.ep, l.events[:], int(pollEvery/time.Millisecond))
	l.clock()
	if err != nil && !errors.Is(err, unix.EINTR) {
		return fmt.Errorf("epoll: %w", err)
	}
	for i := range max(n, 0) {
		ev := &l.events[i]
		if ev.Fd == timerPlace {
			var ticks [8]byte
			_, _ = unix.Read(l.timer, ticks[:])
			l.onTimer()
			continue
		}
		c := l.conns[ev.Fd]
		if c == nil || c.fd < 0 {
			continue
		}
		c.serve(ev.Events)
	}
	if l.err != nil {
		return l.err
	}
	return ctx.Err()
}

// fail ends the run with its first error.
func (l *loop) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}
