package stratum

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/motherlode-pool/motherlode/stratum/admission"
)

// doorReasons say why a connection did not come in.
var doorReasons = [...]CloseReason{
	admission.Admitted: closeUnset,
	admission.TooMany:  AddressFull,
	admission.TooFast:  AddressTooFast,
	admission.Banned:   Banned,
}

// arrival is whose a connection is.
type arrival struct {
	addr     netip.Addr // by which limits count; invalid without one
	remote   string     // when a proxy said it; else empty
	counted  bool       // the gate has counted it
	listener *Listener  // nil in tests without one
}

// host is the address, empty without one.
func (a *arrival) host() string {
	if !a.addr.IsValid() {
		return ""
	}
	return a.addr.String()
}

// into tells the session.
func (a *arrival) into(s *session) {
	s.front.arrival = *a
	if a.remote != "" {
		s.remote = a.remote
	}
	s.srv.ports.add(a.listener, 1)
}

// gateLeave gives back what the gate has counted.
func (srv *Server) gateLeave(a *arrival) {
	if a.counted {
		srv.gate.Leave(a.addr)
	}
}

// arrive finds out whose a connection is, asks the gate whether it may come in,
// and admits it or sends it away. One of a trusted proxy begins with a header,
// for which a goroutine waits that the listener's owner waits for.
func (srv *Server) arrive(ctx context.Context, b *bound, conn net.Conn) {
	from := arrival{addr: admission.AddrOf(conn.RemoteAddr()), listener: b.listener}
	if !admission.Contains(b.listener.ProxyFrom, from.addr) {
		srv.enter(ctx, b, conn, from)
		return
	}
	if srv.headers.Add(1) > headersLimit {
		srv.headers.Add(-1)
		srv.turnAway(b, conn, &from, ServerFull)
		return
	}
	b.arriving.Go(func() {
		defer srv.headers.Add(-1)
		stop := context.AfterFunc(ctx, func() { conn.Close() })
		defer stop()
		conn.SetReadDeadline(time.Now().Add(srv.cfg.SubscribeTimeout))
		client, err := admission.ReadHeader(conn)
		if err != nil || ctx.Err() != nil {
			srv.closed[NoProxyHeader].Add(1)
			srv.journal.add(Incident{At: time.Now(), What: WhatTurnedAway, Remote: from.host(), Reason: NoProxyHeader.String()})
			srv.log.Debug("proxy did not say whose connection it is", "proxy", from.addr, "error", err)
			conn.Close()
			return
		}
		conn.SetReadDeadline(time.Time{})
		if client.IsValid() {
			from.addr, from.remote = client.Addr(), client.String()
		}
		srv.enter(ctx, b, conn, from)
	})
}

// headersLimit bounds the connections of trusted proxies whose header has not
// come yet.
const headersLimit = 4096

// enter asks the gate and admits the connection, or sends it away.
func (srv *Server) enter(ctx context.Context, b *bound, conn net.Conn, from arrival) {
	if srv.shut.Load() { // while its header was waited for
		srv.reset(conn)
		return
	}
	if v := srv.gate.Admit(from.addr, time.Now()); v != admission.Admitted {
		srv.turnAway(b, conn, &from, doorReasons[v])
		return
	}
	from.counted = true
	srv.admit(ctx, b, conn, from)
}

// turnAway ends a connection that did not come in, with a word where that costs
// no handshake.
func (srv *Server) turnAway(b *bound, conn net.Conn, from *arrival, r CloseReason) {
	srv.closed[r].Add(1)
	srv.journal.add(Incident{At: time.Now(), What: WhatTurnedAway, Remote: from.host(), Reason: r.String()})
	if b.tls == nil {
		var w wire
		w.open(conn)
		w.try(srv.forms.fault(nil, nil, codeOther, r.String())) // whether it arrives or not, the connection ends
	}
	conn.Close()
}

// browserAnswer tells a browser where it is.
const browserAnswer = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" +
	"This port is for miners: put its address into a miner as stratum+tcp://HOST:PORT, not into a browser.\n"

// browser answers the first line of an HTTP client, and reports whether it was
// one.
func (s *session) browser(line []byte) bool {
	if s.subscribed || s.junk > 0 || !bytes.Contains(line, []byte(" HTTP/1.")) {
		return false
	}
	method, _, _ := bytes.Cut(line, []byte(" "))
	switch string(method) {
	case "GET", "HEAD", "POST", "PUT", "OPTIONS", "CONNECT":
	default:
		return false
	}
	s.turn.replies = append(s.turn.replies, browserAnswer...)
	s.reason.CompareAndSwap(uint32(closeUnset), uint32(NotAMiner))
	return true
}

// recordTLS is the type of the record that a TLS connection begins with, a handshake.
const recordTLS = 0x16

// helloTLS ends a session that begins with a TLS handshake, and reports whether b is
// one:
//
//	16 | 03 | 01 to 03 | length, 2 bytes | ...
//
// Its end may be any bytes, so it would be waited for until there is no time left. The
// answer is the alert that the version cannot be.
func (s *session) helloTLS(b []byte) bool {
	if len(b) < 2 || b[0] != recordTLS || b[1] != 3 || s.subscribed || s.junk > 0 {
		return false
	}
	s.turn.replies = append(s.turn.replies, 0x15, 3, 1, 0, 2, 2, 70) // fatal, protocol_version
	s.reason.CompareAndSwap(uint32(closeUnset), uint32(TLSOnPlainPort))
	return true
}

// textPlain tells a miner without TLS that the port wants it.
const textPlain = "this port speaks TLS: use stratum+ssl://, or the pool's port without TLS"

// notTLS says why a TLS handshake has failed, and tells who does not speak TLS.
func (s *session) notTLS(err error) CloseReason {
	var header tls.RecordHeaderError
	if !errors.As(err, &header) || header.Conn == nil || header.RecordHeader[0] == recordTLS {
		return TLSFailed
	}
	var w wire
	w.open(header.Conn)
	w.try(s.srv.forms.fault(nil, nil, codeOther, textPlain)) // whether it arrives or not, the connection ends
	return PlainOnTLSPort
}
