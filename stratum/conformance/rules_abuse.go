package conformance

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strings"
	"time"
)

func abuseRules() []rule {
	return []rule{
		alone("limits", 52, "who does not subscribe is dropped, connections of one address are bounded, probes are harmless", "operators", limits),
		alone("proxy-header", 53, "the header of the PROXY protocol is taken from trusted addresses only", "HAProxy", proxyHeader),
		alone("slow-reader", 54, "a miner that does not read is dropped, and others are served meanwhile", "operators", slowReader),
		alone("tls", 55, "TLS 1.2 or later is spoken, nothing older, and a new certificate is taken up", "ESP-Miner", overTLS),
		alone("drain", 56, "miners are sent away in good order", "operators", drain),
		alone("extranonce-gone", 57, "a full server refuses another miner, and nobody's extranonce1 is given twice", "operators", extranonceGone),
		alone("clock-jump", 58, "a jump of the clock stops neither jobs nor shares", "operators", clockJump),
	}
}

func limits(t *trial) {
	for range 12 { // probes
		c := t.dial()
		c.write(line(1, "mining.subscribe", c.agent) + line(2, "mining.authorize", t.cfg.User, t.cfg.Password))
		c.next()
		c.close()
	}
	t.login().alive("a dozen probes")

	if d := t.cfg.SubscribeTimeout; d > 0 {
		if c := t.dial(); !c.closed(d + t.cfg.Timeout) {
			t.failf("a connection that does not subscribe is still open after %v", d+t.cfg.Timeout)
		}
	} else {
		t.without("how long a connection may go without subscribe is not known")
	}
	if t.cfg.LimitedDoor == "" {
		t.without("how many connections an address may have is not known")
		return
	}
	for range t.cfg.LimitedTo {
		t.dialTo(t.cfg.LimitedDoor).subscribe()
	}
	if t.admitted(t.cfg.LimitedDoor) {
		t.failf("an address has more than %d connections", t.cfg.LimitedTo)
	}
	t.without("that garbage shuts an address out for a while was not tried")
}

// admitted reports whether a server answers subscribe on a new connection.
func (t *trial) admitted(addr string) bool {
	d := net.Dialer{Timeout: t.cfg.Timeout}
	conn, err := d.DialContext(t.ctx, "tcp", addr)
	if err != nil {
		return false
	}
	c := t.over(conn)
	if c.tryWrite(line(1, "mining.subscribe", c.agent)) != nil {
		return false
	}
	return c.until(t.cfg.Timeout, func(m message) bool { return m.isReply() && c.subscribed(m) == nil })
}

// The address that headers of the PROXY protocol speak of; nobody has it.
const (
	proxiedFrom = "203.0.113.7"
	proxyV1     = "PROXY TCP4 203.0.113.7 192.0.2.1 56324 3333\r\n"
	proxyV2     = "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xcb\x00\x71\x07\xc0\x00\x02\x01\xdc\x04\x0d\x05"
)

func proxyHeader(t *trial) {
	if t.cfg.ProxyTrust == "" {
		t.needs("the address of a listener that takes the header of the PROXY protocol from us")
	}
	from := t.cfg.Hooks.From
	counted := func() bool {
		yes, err := from(t.ctx, proxiedFrom)
		t.hook("the question for addresses", err)
		return yes
	}
	for _, h := range []struct{ what, header string }{{"version 1", proxyV1}, {"version 2", proxyV2}} {
		c := t.dialTo(t.cfg.ProxyTrust)
		c.write(h.header + line(1, "mining.subscribe", c.agent))
		if m := c.await("1"); c.subscribed(m) != nil {
			t.failf("behind a header of %s of the PROXY protocol subscribe was answered by %s", h.what, short(m.text))
		}
		if from != nil && !t.soon(counted) {
			t.failf("behind a header of %s of the PROXY protocol, which says %s, the connection counts as another address's", h.what, proxiedFrom)
		}
		c.close()
		if from != nil && !t.soon(func() bool { return !counted() }) {
			t.failf("a connection behind a header of %s of the PROXY protocol has ended, and its address still counts", h.what)
		}
	}
	if from == nil {
		t.without("needs a way to ask which address a connection counts as, and whether others' headers are believed")
		return
	}
	// The plain port trusts nobody: the header is junk there, or ends it.
	for _, header := range []string{proxyV1, proxyV2} {
		c := t.dial()
		if c.tryWrite(header+"\n"+line(1, "mining.subscribe", c.agent)) == nil {
			c.until(t.cfg.Timeout, func(m message) bool { return m.isReply() && m.id() == "1" })
		}
		if counted() {
			t.failf("a header of the PROXY protocol was believed on a port that trusts no proxy")
		}
		c.close()
	}
}

func slowReader(t *trial) {
	if t.cfg.WriteTimeout <= 0 {
		t.needs("how long the server waits for a miner that does not read")
	}
	slow := t.login()
	other := t.login()
	text := []byte(strings.Repeat(line(1, "conformance.unknown"), 500))
	patience := t.cfg.WriteTimeout + 2*t.cfg.Timeout
	end := time.Now().Add(patience)
	for sent := 0; ; {
		_ = slow.conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		n, err := slow.conn.Write(text)
		if sent += n; n > 0 {
			end = time.Now().Add(patience)
		}
		if n < len(text) && n > 0 { // go on where it stopped
			text = append(bytes.Clone(text[n:]), text[:n]...)
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if sent > mostUnread {
			t.failf("the server took %d bytes of requests from a miner that reads no reply", sent)
		}
		if time.Now().After(end) {
			// Where nothing can be written, the end shows behind what is unread.
			if slow.closed(t.cfg.Timeout) {
				return
			}
			t.failf("a miner that reads nothing is not dropped after %v", patience)
		}
		other.alive("another miner stopped to read")
	}
}

func overTLS(t *trial) {
	addr := t.cfg.TLSAddress
	if addr == "" {
		t.needs("the address of a listener with TLS")
	}
	dial := func(most uint16) (*tls.Conn, error) {
		d := tls.Dialer{
			NetDialer: &net.Dialer{Timeout: t.cfg.Timeout},
			Config:    &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: most},
		}
		conn, err := d.DialContext(t.ctx, "tcp", addr)
		if err != nil {
			return nil, err
		}
		t.conns = append(t.conns, conn)
		return conn.(*tls.Conn), nil
	}
	if _, err := dial(tls.VersionTLS11); err == nil {
		t.failf("TLS 1.1 is spoken; it has been out of use since 2021")
	}
	var first []byte
	for _, most := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		conn, err := dial(most)
		if err != nil {
			t.failf("%s: %v", tls.VersionName(most), err)
		}
		first = conn.ConnectionState().PeerCertificates[0].Raw
		c := t.over(conn)
		c.subscribe()
		c.authorize(t.cfg.User, t.cfg.Password)
		c.job()
	}
	if t.cfg.Hooks.NewCert == nil {
		t.without("needs a way to change the certificate")
		return
	}
	t.hook("a new certificate", t.cfg.Hooks.NewCert(t.ctx))
	if !t.soon(func() bool {
		conn, err := dial(tls.VersionTLS13)
		return err == nil && !bytes.Equal(first, conn.ConnectionState().PeerCertificates[0].Raw)
	}) {
		t.failf("the certificate was replaced, and the server still shows the old one")
	}
}

func drain(t *trial) {
	if t.cfg.Hooks.Drain == nil {
		t.needs("a way to have the server send its miners away")
	}
	c := t.login()
	share := c.find(search{})
	ended := make(chan error, 1)
	go func() { ended <- t.cfg.Hooks.Drain(t.ctx) }()
	asked := c.until(t.cfg.Timeout, func(m message) bool { return m.method == "client.reconnect" })
	if !asked {
		t.failf("the miner was not asked to reconnect, in %v", t.cfg.Timeout)
	}
	_ = c.tryWrite(line(99, "mining.submit", share.params(t.cfg.User)...))
	c.close()
	select {
	case err := <-ended:
		t.hook("sending the miners away", err)
	case <-t.ctx.Done():
		t.failf("the server does not come to an end after its miners have gone")
	}
}

func extranonceGone(t *trial) {
	door := t.cfg.SmallDoor
	if door == "" {
		t.needs("the address of a server with room for few")
	}
	seen := map[string]bool{}
	for range t.cfg.SmallRoom {
		c := t.dialTo(door)
		c.subscribe()
		if seen[c.e1text] {
			t.failf("extranonce1 %s was given twice", c.e1text)
		}
		seen[c.e1text] = true
	}
	if t.admitted(door) {
		t.failf("a server with room for %d took another miner", t.cfg.SmallRoom)
	}
}

func clockJump(t *trial) {
	jump := t.cfg.Hooks.ClockJump
	if jump == nil {
		t.needs("a way to have the server's clock jump")
	}
	c := t.login()
	for _, by := range []time.Duration{time.Hour, -time.Hour} {
		old := c.job()
		t.hook("a jump of the clock", jump(t.ctx, by))
		if t.cfg.Hooks.NewJob != nil {
			t.hook("a new job", t.cfg.Hooks.NewJob(t.ctx))
			c.newJob(old)
		}
		c.take(c.find(search{}), "a share after the clock jumped")
	}
}
