package stratum

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"
)

const (
	watchEvents = 128                    // events taken at a time
	watchSlice  = 200 * time.Microsecond // then other goroutines get the processor
)

// watcher waits for the sessions of a shard that are idle, which have no
// goroutine, no stack and no buffer of their own. A session that can be read has
// one turn on the watcher's goroutine and buffer. Where that would have to wait
// (for a login, for a miner that does not read, for the rest after a flood), the
// session leaves for a goroutine of its own and comes back when it is idle again.
type watcher struct {
	epoll int
	wake  [2]int // a pipe: its writing end is closed when the watcher shall stop

	mu       sync.Mutex
	sessions map[int32]*session // those that are watched, by descriptor
}

func newWatcher() (*watcher, error) {
	w := &watcher{sessions: make(map[int32]*session)}
	var err error
	if w.epoll, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	if err = syscall.Pipe2(w.wake[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
		syscall.Close(w.epoll)
		return nil, fmt.Errorf("pipe: %w", err)
	}
	ev := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(w.wake[0])}
	if err = syscall.EpollCtl(w.epoll, syscall.EPOLL_CTL_ADD, w.wake[0], &ev); err != nil {
		w.close()
		w.stop()
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return w, nil
}

func (w *watcher) close() {
	syscall.Close(w.epoll)
	syscall.Close(w.wake[0])
}

// stop ends run. No session may be watched anymore.
func (w *watcher) stop() { syscall.Close(w.wake[1]) }

// add watches s. What came before wakes the watcher, too.
func (w *watcher) add(s *session) error {
	fd := int32(s.sock.fd)
	w.mu.Lock()
	w.sessions[fd] = s
	w.mu.Unlock()
	ev := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP, Fd: fd}
	if err := syscall.EpollCtl(w.epoll, syscall.EPOLL_CTL_ADD, int(fd), &ev); err != nil {
		w.mu.Lock()
		delete(w.sessions, fd)
		w.mu.Unlock()
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

// remove stops watching s; called by run only.
func (w *watcher) remove(s *session) {
	fd := s.sock.fd
	w.mu.Lock()
	delete(w.sessions, int32(fd))
	w.mu.Unlock()
	_ = syscall.EpollCtl(w.epoll, syscall.EPOLL_CTL_DEL, fd, &syscall.EpollEvent{}) // it is in there
}

func (w *watcher) at(fd int32) *session {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sessions[fd]
}

// run serves until stop.
func (w *watcher) run(ctx context.Context) {
	defer w.close()
	events := make([]syscall.EpollEvent, watchEvents)
	buf := make([]byte, readBufferMax)
	var yield time.Time
	for {
		n, err := syscall.EpollWait(w.epoll, events, -1)
		if err != nil {
			if errors.Is(err, syscall.EINTR) {
				continue
			}
			panic(fmt.Sprintf("epoll_wait: %v", err)) // the descriptor is ours and open
		}
		for _, ev := range events[:n] {
			if ev.Fd == int32(w.wake[0]) {
				return
			}
			s := w.at(ev.Fd)
			if s == nil {
				continue
			}
			now := s.look(ctx, w, buf)
			if now.After(yield) {
				runtime.Gosched()
				yield = time.Now().Add(watchSlice)
			}
		}
	}
}

// look has a turn with what the connection brought, in the watcher's buffer. It
// returns the time of the turn, zero when there was none.
func (s *session) look(ctx context.Context, w *watcher, buf []byte) (now time.Time) {
	if !s.srv.swift {
		w.remove(s)
		go s.visit(ctx, turnOver)
		return now
	}
	kept := copy(buf, s.in[s.start:s.end])
	n, err := s.sock.tryRead(buf[kept:])
	if err != nil {
		if !errors.Is(err, syscall.EAGAIN) {
			w.remove(s)
			go s.close(err)
		}
		return now
	}
	s.in, s.start, s.end = buf, 0, kept+n
	s.hasty = true
	end := s.takeTurn(ctx)
	s.hasty = false
	s.park()
	now = s.turn.now
	switch {
	case s.reason.Load() != 0:
		w.remove(s)
		go s.close(nil)
	case end != turnOver:
		w.remove(s)
		go s.visit(ctx, end)
	}
	return now
}

// park keeps what is left of the buffer in as little memory as it needs.
func (s *session) park() {
	s.in, s.start, s.end = slices.Clone(s.in[s.start:s.end]), 0, s.end-s.start
	if s.end == 0 {
		s.in = nil
	}
}

// visit is the life of a session with a goroutine of its own: it handles what is
// there, waiting where it has to, and goes back to its watcher. Last is how its
// last turn ended.
func (s *session) visit(ctx context.Context, last turnEnd) {
	if last == turnFull {
		s.rest()
	}
	s.out.quiet()
	err := s.handle(ctx)
	if errors.Is(err, syscall.EAGAIN) {
		if err = s.shard.watch.add(s); err == nil {
			return
		}
	}
	s.close(err)
}

// handle takes turns until nothing more is there, which is EAGAIN.
func (s *session) handle(ctx context.Context) error {
	buf := buffers.Get().(*[readBufferMax]byte)
	defer buffers.Put(buf)
	defer s.park()
	s.start, s.end, s.in = 0, copy(buf[:], s.in[s.start:s.end]), buf[:]
	for {
		if s.end > s.start {
			s.takeTurns(ctx)
		}
		if s.reason.Load() != 0 {
			return nil
		}
		s.end = copy(s.in, s.in[s.start:s.end])
		s.start = 0
		n, err := s.sock.tryRead(s.in[s.end:])
		if err != nil {
			return err
		}
		s.end += n
	}
}

// buffers are those of sessions that have a goroutine.
var buffers = sync.Pool{New: func() any { return new([readBufferMax]byte) }}
