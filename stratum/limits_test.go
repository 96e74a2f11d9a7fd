package stratum

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestPoint52FullServerRefuses(t *testing.T) {
	srv, addr := serve(t, newPool(), func(c *Config) { c.MaxSessions = 2 })
	first, second := dial(t, addr), dial(t, addr)
	first.sync()
	second.sync()
	third := dial(t, addr)
	third.want(strings.TrimSuffix(fullLine, "\n"))
	if got := third.line(); got != "" {
		t.Errorf("got %s, want the end", got)
	}
	if n := srv.Closed(ServerFull); n != 1 {
		t.Errorf("%d refusals counted, want 1", n)
	}
	second.conn.Close()
	eventually(t, "room", func() bool { return srv.Live() == 1 })
	dial(t, addr).sync()
	first.sync()
}

// failing is a listener whose Accept fails now and then.
type failing struct {
	*pipes
	failures atomic.Int64
}

func (l *failing) Accept() (net.Conn, error) {
	if l.failures.Add(-1) >= 0 {
		return nil, errors.New("too many open files")
	}
	return l.pipes.Accept()
}

func TestAcceptErrorsDoNotEndTheListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &failing{pipes: newPipes()}
		l.failures.Store(20)
		serve(t, newPool(), func(c *Config) { c.Listeners[0].Listener = l })
		begin := time.Now()
		l.dial(t).sync()
		if d := time.Since(begin); d < time.Second || d > 20*time.Second {
			t.Errorf("20 failures took %v, want a growing back-off", d)
		}
	})
}

func TestBindReportsEveryProblem(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	srv := New(Config{Listeners: []Listener{
		{Address: "127.0.0.1:0"},
		{Address: taken.Addr().String()},
		{Address: "127.0.0.1:0", TLS: &TLS{CertFile: "absent.pem", KeyFile: "absent.key"}},
	}}, newPool())
	err = srv.Bind()
	if err == nil || !strings.Contains(err.Error(), taken.Addr().String()) || !strings.Contains(err.Error(), "absent.pem") {
		t.Errorf("Bind = %v, want the taken port and the absent file", err)
	}
	if err := srv.Run(context.Background()); err == nil {
		t.Error("Run served without its ports")
	}
}

func TestCloseGivesPortsBack(t *testing.T) {
	srv := New(Config{Listeners: []Listener{{Address: "127.0.0.1:0"}}}, newPool())
	if err := srv.Bind(); err != nil {
		t.Fatal(err)
	}
	addr := srv.Addrs()[0].String()
	srv.Close()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

func TestPoint57ExtranonceExhaustion(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLeases([]byte{1, 2, 3}, extranonce1Size, time.Minute) // one byte is left
	held := map[[extranonce1Size]byte]lease{}
	for range 256 {
		one, _, ok := l.take(nil, now)
		if !ok || !bytes.HasPrefix(one.extranonce[:], []byte{1, 2, 3}) {
			t.Fatalf("lease %x %v", one.extranonce, ok)
		}
		held[one.extranonce] = one
	}
	if len(held) != 256 {
		t.Fatalf("%d different values, want 256", len(held))
	}
	if _, _, ok := l.take(nil, now); ok {
		t.Error("a 257th value was given")
	}
	old := held[[4]byte{1, 2, 3, 77}]
	l.release(old, past{}, true, now)
	if again, _, ok := l.take([]byte(old.id), now); !ok || again != old {
		t.Errorf("resumed %v %v", again, ok)
	}
	l.release(old, past{}, true, now.Add(time.Second))
	fresh, _, ok := l.take([]byte("unknown"), now.Add(2*time.Second))
	if !ok || fresh.extranonce != old.extranonce || fresh.id == old.id {
		t.Errorf("got %v %v, want the parked value under a new id", fresh, ok)
	}
	if back, _, ok := l.take([]byte(old.id), now); ok {
		t.Errorf("the value is out twice: %v", back)
	}
}

func TestParkedLeasesExpire(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLeases(nil, extranonce1Size, 10*time.Minute)
	a, _, _ := l.take(nil, now)
	b, _, _ := l.take(nil, now)
	l.release(a, past{}, true, now)
	l.release(b, past{}, false, now)
	if got, _, _ := l.take([]byte(b.id), now); got == b {
		t.Error("a lease that was not parked came back")
	}
	if got, _, _ := l.take([]byte(a.id), now.Add(9*time.Minute)); got != a {
		t.Error("a parked lease did not come back")
	}
	l.release(a, past{}, true, now.Add(9*time.Minute))
	if got, _, _ := l.take([]byte(a.id), now.Add(18*time.Minute)); got != a {
		t.Error("the second parking ended with the first")
	}
	l.release(a, past{}, true, now.Add(18*time.Minute))
	if got, _, _ := l.take([]byte(a.id), now.Add(28*time.Minute)); got == a {
		t.Error("a lease came back after its time")
	}
	if len(l.byID) != 0 || len(l.queue) != 0 {
		t.Errorf("%d and %d still parked", len(l.byID), len(l.queue))
	}
}

func TestExhaustedServerSaysSo(t *testing.T) {
	p := newPool()
	conn := &sink{keep: true}
	s := bare(p, conn)
	s.srv.leases = newLeases([]byte{1, 2, 3, 4}, extranonce1Size, 0)
	s.srv.leases.take(nil, time.Now())
	s.feed([]byte(bitaxe[1] + "\n"))
	if !strings.Contains(string(conn.last), "extranonce-exhausted") || CloseReason(s.reason.Load()) != ExtranonceGone {
		t.Errorf("got %s, reason %v", conn.last, CloseReason(s.reason.Load()))
	}
}

// mustCertificate writes a self-signed pair for name.
func mustCertificate(t *testing.T, dir, name string) TLS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := TLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	for file, block := range map[string]*pem.Block{files.CertFile: {Type: "CERTIFICATE", Bytes: der}, files.KeyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestPoint55TLSAndReload(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	dir := t.TempDir()
	files := mustCertificate(t, dir, "one.example")
	srv, plain := serve(t, p, func(c *Config) {
		c.Listeners = append(c.Listeners, Listener{Address: "127.0.0.1:0", TLS: &files})
	})
	secure := srv.Addrs()[1].String()
	name := func() (*client, string) {
		conn, err := tls.Dial("tcp", secure, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		return newClient(t, conn), conn.ConnectionState().PeerCertificates[0].DNSNames[0]
	}
	c, got := name()
	if got != "one.example" {
		t.Errorf("certificate of %s", got)
	}
	job := c.login()
	c.send(submission("4", "w", job, "00000001"))
	c.want(accepted("4"))
	other := dial(t, plain)
	other.login()
	srv.Broadcast(p.put(newJob(2, true)))
	c.expect("mining.notify")
	other.expect("mining.notify")

	mustCertificate(t, dir, "two.example")
	eventually(t, "new certificate", func() bool { _, got := name(); return got == "two.example" })
	os.WriteFile(files.KeyFile, []byte("half a key"), 0o600)
	c.sync()
	if _, got := name(); got != "two.example" {
		t.Errorf("with a broken file the certificate is of %s", got)
	}
	c.sync()

	bad := dial(t, secure)
	bad.send(bitaxe[1])
	bad.want(`{"id":null,"result":null,"error":[20,"` + textPlain + `",null]}`)
	eventually(t, "text counted", func() bool { return srv.Closed(PlainOnTLSPort) == 1 && srv.Closed(TLSFailed) == 0 })
	old, err := tls.Dial("tcp", secure, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10})
	if err == nil {
		old.Close()
		t.Error("TLS 1.1 was taken")
	}
	eventually(t, "failed handshake counted", func() bool { return srv.Closed(TLSFailed) == 1 && srv.Closed(PlainOnTLSPort) == 1 })
}

func TestPoint56Drain(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	srv := New(Config{Listeners: []Listener{{Address: "127.0.0.1:0"}}, DrainMessage: "back soon"}, p)
	if err := srv.Bind(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	addr := srv.Addrs()[0].String()
	var ready []*client
	for range 20 {
		c := dial(t, addr)
		c.login()
		ready = append(ready, c)
	}
	fresh := dial(t, addr)
	fresh.sync()
	stuck := dial(t, addr)
	stuck.subscribe(`[]`)
	stuck.send(`{"id":3,"method":"mining.authorize","params":["slow","x"]}`)
	eventually(t, "slow login", func() bool { p.mu.Lock(); defer p.mu.Unlock(); return len(p.logins) == 21 })

	begin := time.Now()
	cancel()
	for _, c := range ready {
		c.want(`{"id":null,"method":"client.show_message","params":["back soon"]}`, strings.TrimSuffix(reconnectLine, "\n"), "")
	}
	if got := fresh.line(); got != "" {
		t.Errorf("before subscribe got %s, want nothing", got)
	}
	if err := <-done; err != nil {
		t.Errorf("Run = %v", err)
	}
	if d := time.Since(begin); d > 3*time.Second {
		t.Errorf("took %v", d)
	}
	if n := srv.Closed(Shutdown); n != 22 || srv.Live() != 0 {
		t.Errorf("%d closed for shutdown, %d live, want 22 and none", n, srv.Live())
	}
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("the port is still open")
	}
}

func TestReasonsHaveTexts(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range CloseReasons() {
		if s := r.String(); s == "" || s == "unset" || seen[s] {
			t.Errorf("close reason %d: text %q", r, s)
		}
		seen[r.String()] = true
	}
	for _, r := range Reasons() {
		if s := r.String(); s == "" || s == "unset" || seen[s] || r != Accepted && r.Code() < 20 {
			t.Errorf("reason %d: %d %q", r, r.Code(), s)
		}
		seen[r.String()] = true
	}
	if CloseReason(99).String() != "unset" {
		t.Error("unknown reason has a text")
	}
}

// A miner that comes back and leaves all the time takes one place, and is found in it
// however many left in between.
func TestWhoComesAndGoesTakesOnePlace(t *testing.T) {
	l := newLeases(nil, extranonce1Size, 10*time.Minute)
	now := time.Now()
	stays, _, _ := l.take(nil, now)
	l.release(stays, past{}, true, now)
	busy, _, _ := l.take(nil, now)
	for range 20 * queueRoom {
		now = now.Add(time.Millisecond)
		l.release(busy, past{}, true, now)
		if got, _, _ := l.take([]byte(busy.id), now); got != busy {
			t.Fatalf("got %x, want %x", got.extranonce, busy.extranonce)
		}
	}
	l.release(busy, past{}, true, now)
	if n := len(l.queue); n > 2*queueRoom {
		t.Errorf("%d places for two miners", n)
	}
	if got, _, _ := l.take([]byte(stays.id), now); got != stays {
		t.Error("who stayed away lost its value")
	}
	if n := l.parked(now.Add(11 * time.Minute)); n != 0 || len(l.queue) != 0 {
		t.Errorf("%d leases and %d places are left when all are over", n, len(l.queue))
	}
}
