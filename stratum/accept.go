package stratum

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	acceptBackoffMin = 5 * time.Millisecond
	acceptBackoffMax = time.Second
	sendBuffer       = 64 << 10         // what the kernel may hold for a miner that does not read
	receiveBuffer    = 64 << 10         // and of one that is not read: without a bound the kernel's own grows to megabytes
	fullPause        = time.Millisecond // a full server accepts slowly, so that refusing stays cheap
	filesKeptMin     = 32               // open files that miners leave to the rest of the process: an eighth,
	filesKeptMax     = 512              // within these bounds
	scarceEvery      = 10 * time.Minute // how often the log says that there are no more
)

// bound is a listener that is open.
type bound struct {
	net.Listener
	profile  atomic.Pointer[Profile] // for the next sessions, see SetProfile
	listener *Listener
	arriving sync.WaitGroup // see arrive
	tls      *tls.Config
	name     string
}

// Bind opens every listener and loads every certificate, and reports all that
// fails. Calling it again does nothing.
func (srv *Server) Bind() error {
	srv.bindMu.Lock()
	defer srv.bindMu.Unlock()
	if srv.bound != nil {
		return nil
	}
	var all []*bound
	var problems []error
	for i := range srv.cfg.Listeners {
		b, err := srv.bindOne(&srv.cfg.Listeners[i])
		if err != nil {
			problems = append(problems, err)
			continue
		}
		all = append(all, b)
	}
	if len(problems) > 0 {
		for _, b := range all {
			b.Close()
		}
		return errors.Join(problems...)
	}
	srv.bound = all
	return nil
}

func (srv *Server) bindOne(l *Listener) (*bound, error) {
	b := &bound{Listener: l.Listener, listener: l, name: l.Address}
	b.profile.Store(&l.Profile)
	if l.TLS != nil {
		cert, err := newCertificate(*l.TLS, srv.log)
		if err != nil {
			return nil, fmt.Errorf("listen on %s: %w", l.Address, err)
		}
		b.tls = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: cert.get}
	}
	if b.Listener == nil {
		lc := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: time.Minute, Interval: 10 * time.Second, Count: 3,
		}}
		open, err := lc.Listen(context.Background(), "tcp", l.Address)
		if err != nil {
			return nil, fmt.Errorf("listen: %w", err)
		}
		b.Listener = open
	}
	if a := b.Addr(); a != nil {
		b.name = a.String()
	}
	return b, nil
}

// Addrs are the addresses of the bound listeners, in the order of the
// configuration.
func (srv *Server) Addrs() []net.Addr {
	srv.bindMu.Lock()
	defer srv.bindMu.Unlock()
	var all []net.Addr
	for _, b := range srv.bound {
		all = append(all, b.Addr())
	}
	return all
}

// Close gives up the ports of a server that was bound and will not be run.
func (srv *Server) Close() error {
	srv.unbind()
	return nil
}

// unbind closes the listeners.
func (srv *Server) unbind() {
	srv.bindMu.Lock()
	defer srv.bindMu.Unlock()
	for _, b := range srv.bound {
		b.Close()
	}
}

// shutPorts closes the listeners for good. Behind one whose socket is held elsewhere,
// the system would go on to take connections that nobody answers: it stays, and accept
// ends what comes.
func (srv *Server) shutPorts() {
	srv.shut.Store(true)
	srv.bindMu.Lock()
	defer srv.bindMu.Unlock()
	for _, b := range srv.bound {
		if !b.listener.Held {
			b.Close()
		}
	}
}

// reset ends a connection to a port that is shut, at once and as a closed port does it:
// the miner goes to its next pool.
func (srv *Server) reset(conn net.Conn) {
	srv.closed[Drained].Add(1)
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

// accept takes connections until ctx is done; no error of the listener ends it.
func (srv *Server) accept(ctx context.Context, b *bound) {
	defer b.arriving.Wait()
	backoff := acceptBackoffMin
	for ctx.Err() == nil {
		conn, err := b.Accept()
		if err == nil {
			backoff = acceptBackoffMin
			if srv.shut.Load() {
				srv.reset(conn)
				continue
			}
			srv.arrive(ctx, b, conn)
			continue
		}
		if ctx.Err() != nil || srv.shut.Load() && !b.listener.Held {
			return
		}
		srv.log.Warn("accept failed", "listener", b.name, "error", err, "again_in", backoff)
		pause(ctx, backoff)
		backoff = min(2*backoff, acceptBackoffMax)
	}
}

// pause waits for d or for ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// admit starts a session for conn, or refuses it when the server is full.
func (srv *Server) admit(ctx context.Context, b *bound, conn net.Conn, from arrival) {
	if srv.live.Add(1) > int64(srv.cfg.MaxSessions) || srv.filesScarce(conn) {
		srv.live.Add(-1)
		srv.closed[ServerFull].Add(1)
		srv.journal.add(Incident{At: time.Now(), What: WhatTurnedAway, Remote: from.host(), Reason: ServerFull.String()})
		srv.gateLeave(&from)
		if b.tls == nil {
			var w wire
			w.open(conn)
			w.try([]byte(srv.forms.full)) // whether it arrives or not, the connection ends
		}
		conn.Close()
		pause(ctx, fullPause)
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetNoDelay(true) // the default, but all depends on it
		tcp.SetWriteBuffer(sendBuffer)
		tcp.SetReadBuffer(receiveBuffer)
	}
	if b.tls != nil {
		conn = tls.Server(conn, b.tls)
	} else if k := newSock(conn); k != nil {
		conn = k
	}
	s := srv.newSession(conn, b.profile.Load())
	from.into(s)
	sh := srv.shards[s.number%uint64(len(srv.shards))]
	sh.add(s)
	srv.sessions.Add(1)
	if s.sock == nil {
		go s.serve(ctx)
		return
	}
	if err := srv.watched(ctx, s); err != nil {
		s.close(err)
	}
}

// filesScarce reports whether conn has one of the files that are not for miners.
func (srv *Server) filesScarce(conn net.Conn) bool {
	most := srv.files.Load()
	if most == 0 || fileOf(conn) < most {
		return false
	}
	now := time.Now().UnixNano()
	if last := srv.scarceAt.Load(); now-last >= int64(scarceEvery) && srv.scarceAt.CompareAndSwap(last, now) {
		srv.log.Warn("miners are turned away: the process may not open more files, of which each connection is one; raise its limit (ulimit -n, LimitNOFILE)",
			"miners", srv.live.Load()-1, "files_for_miners", most)
	}
	return true
}

// handshakeTLS shakes hands where the listener speaks TLS.
func (s *session) handshakeTLS(ctx context.Context) error {
	conn, ok := s.conn.(*tls.Conn)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.srv.cfg.SubscribeTimeout)
	defer cancel()
	err := conn.HandshakeContext(ctx)
	if err != nil {
		s.kick(s.notTLS(err))
	}
	return err
}
