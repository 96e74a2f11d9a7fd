package stratum

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/stratum/admission"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// turnedAway reads what a connection that does not come in is told.
func turnedAway(t *testing.T, addr string, r CloseReason) {
	t.Helper()
	c := dial(t, addr)
	c.want(`{"id":null,"result":null,"error":[20,"` + r.String() + `",null]}`)
	if got := c.line(); got != "" {
		t.Errorf("got %s, want the end", got)
	}
}

func TestPoint52LimitsOfAnAddress(t *testing.T) {
	srv, addr := serve(t, newPool(), func(c *Config) { c.Limits = admission.Limits{Connections: 2} })
	a, b := dial(t, addr), dial(t, addr)
	a.sync()
	b.sync()
	turnedAway(t, addr, AddressFull)
	a.conn.Close()
	eventually(t, "room", func() bool { return srv.Live() == 1 })
	dial(t, addr).sync()
	turnedAway(t, addr, AddressFull)
	if n := srv.Closed(AddressFull); n != 2 {
		t.Errorf("%d counted, want 2", n)
	}
}

func TestPoint52NewConnectionsOfAnAddress(t *testing.T) {
	_, addr := serve(t, newPool(), func(c *Config) { c.Limits = admission.Limits{PerSecond: 0.001, Burst: 3} })
	for range 3 {
		c := dial(t, addr)
		c.sync()
		c.conn.Close()
	}
	turnedAway(t, addr, AddressTooFast)
}

// A full server gives back what the gate has counted.
func TestFullServerCountsNobody(t *testing.T) {
	srv, addr := serve(t, newPool(), func(c *Config) {
		c.MaxSessions, c.Limits = 1, admission.Limits{Connections: 2}
	})
	a := dial(t, addr)
	a.sync()
	for range 5 {
		turnedAway(t, addr, ServerFull)
	}
	a.conn.Close()
	eventually(t, "room", func() bool { return srv.Live() == 0 })
	dial(t, addr).sync()
}

func TestPoint53ProxyHeader(t *testing.T) {
	srv, addr := serve(t, newPool(), func(c *Config) {
		c.Listeners[0].ProxyFrom = loopback
		c.Limits = admission.Limits{Connections: 1}
	})
	const body4 = "\xc0\x00\x02\x07" + "\x7f\x00\x00\x01" + "\x30\x39" + "\x0d\x05"
	for _, c := range []struct{ name, header, remote string }{
		{"version 1", "PROXY TCP4 192.0.2.1 127.0.0.1 4711 3333\r\n", "192.0.2.1:4711"},
		{"version 1, IPv6", "PROXY TCP6 2001:db8::5 ::1 4711 3333\r\n", "[2001:db8::5]:4711"},
		{"version 2", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + body4, "192.0.2.7:12345"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := dial(t, addr)
			m.raw(c.header + `{"id":"sync","method":"mining.ping","params":[]}` + "\n")
			m.want(`{"id":"sync","result":"pong","error":null}`)
			all := srv.Sessions()
			if got := all[len(all)-1].Remote; got != c.remote {
				t.Errorf("shown as %s, want %s", got, c.remote)
			}
			if c.name == "version 1" { // limits are those of the miner, not of the proxy
				again := dial(t, addr)
				again.raw(c.header)
				again.want(`{"id":null,"result":null,"error":[20,"address-full",null]}`)
			}
		})
	}
	m := dial(t, addr)
	m.send(`{"id":1,"method":"mining.subscribe","params":[]}`)
	if got := m.line(); got != "" {
		t.Errorf("without a header: got %s, want the end", got)
	}
	eventually(t, "the count", func() bool { return srv.Closed(NoProxyHeader) == 1 })
}

// Anybody else who sends a header is a stranger who talks junk.
func TestPoint53ProxyHeaderFromOthersIsNotBelieved(t *testing.T) {
	srv, addr := serve(t, newPool(), func(c *Config) {
		c.Listeners[0].ProxyFrom = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	})
	m := dial(t, addr)
	m.raw("PROXY TCP4 192.0.2.1 127.0.0.1 4711 3333\r\n")
	m.want(`{"id":null,"result":null,"error":[20,"invalid-json",null]}`)
	if got := srv.Sessions()[0].Remote; !strings.HasPrefix(got, "127.0.0.1:") {
		t.Errorf("shown as %s", got)
	}
}

// A proxy that says nothing does not keep the server from stopping.
func TestSilentProxyAndShutdown(t *testing.T) {
	_, addr := serve(t, newPool(), func(c *Config) { c.Listeners[0].ProxyFrom = loopback })
	for range 5 {
		dial(t, addr)
	}
	// The cleanup of serve fails when Run does not return within 10 s; the header
	// may take 15.
}

// A miner with TLS on a port without waits for an answer, and so did the pool.
func TestTLSOnAPlainPortIsToldAtOnce(t *testing.T) {
	srv, addr := serve(t, newPool(), func(c *Config) { c.SubscribeTimeout = time.Hour })
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if err := tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).Handshake(); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("a TLS client is told %v", err)
	}
	eventually(t, "the count", func() bool { return srv.Closed(TLSOnPlainPort) == 1 })

	for name, hello := range map[string]string{
		"a line feed in it":       "\x16\x03\x01\x00\x05\x01\x00\n\x00\x01",
		"longer than a line":      "\x16\x03\x01\x40\x00\x01" + strings.Repeat("x", lineLimitEarly),
		"its first few bytes yet": "\x16\x03\x01",
	} {
		before := srv.Closed(TLSOnPlainPort)
		m := dial(t, addr)
		m.raw(hello)
		eventually(t, name, func() bool { return srv.Closed(TLSOnPlainPort) == before+1 })
	}
	// Who has subscribed is a miner, whatever it sends.
	m := dial(t, addr)
	m.send(`{"id":1,"method":"mining.subscribe","params":[]}`)
	m.line()
	m.raw("\x16\x03\n")
	m.want(`{"id":null,"result":null,"error":[20,"invalid-json",null]}`)
	m.sync()
}

func TestBrowserIsToldWhereItIs(t *testing.T) {
	srv, addr := serve(t, newPool(), nil)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: pool.example\r\nAccept: */*\r\n\r\n")
	all, err := io.ReadAll(conn)
	if got := string(all); err != nil || !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.Contains(got, "stratum+tcp://") {
		t.Errorf("got %q, %v", got, err)
	}
	eventually(t, "the count", func() bool { return srv.Closed(NotAMiner) == 1 })
	// A miner whose lines are odd is none.
	m := dial(t, addr)
	m.send("GET lost")
	m.want(`{"id":null,"result":null,"error":[20,"invalid-json",null]}`)
	m.sync()
}
