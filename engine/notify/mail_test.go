package notify

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// smtpServer is a small mail server.
type smtpServer struct {
	t        *testing.T
	addr     string
	tls      *tls.Config
	trust    *tls.Config
	implicit bool   // TLS from the first byte
	offers   string // after EHLO, once TLS is there, or at once without: "STARTTLS", "AUTH PLAIN"
	answers  map[string]string
	inject   string // in clear, in one piece with the answer to STARTTLS
	listener net.Listener
	served   sync.WaitGroup

	mu       sync.Mutex
	dialogue []string // commands; with "tls " before those that came over TLS
	mails    []string
}

func mustSMTP(t *testing.T, change func(*smtpServer)) *smtpServer {
	t.Helper()
	https := httptest.NewUnstartedServer(nil) // has a certificate of 127.0.0.1
	https.StartTLS()
	defer https.Close()
	pool := x509.NewCertPool()
	pool.AddCert(https.Certificate())
	s := &smtpServer{
		t: t, tls: &tls.Config{Certificates: https.TLS.Certificates}, trust: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		offers: "AUTH LOGIN PLAIN", answers: map[string]string{},
	}
	change(s)
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.addr = s.listener.Addr().String()
	s.served.Go(func() {
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return
			}
			s.served.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() { s.listener.Close(); s.served.Wait() })
	return s
}

func (s *smtpServer) serve(conn net.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	secure := s.implicit
	if secure {
		conn = tls.Server(conn, s.tls)
	}
	in := bufio.NewReader(conn)
	say := func(line string) { io.WriteString(conn, line+"\r\n") }
	say("220 test")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.note(line, secure)
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		if answer, ok := s.answers[verb]; ok {
			say(answer)
			continue
		}
		switch verb {
		case "EHLO":
			if !secure && !strings.Contains(s.offers, "PLAINTEXT") {
				say("250-test\r\n250 STARTTLS")
			} else {
				say("250-test\r\n250 " + s.offers)
			}
		case "STARTTLS":
			io.WriteString(conn, "220 go\r\n"+s.inject)
			conn, secure = tls.Server(conn, s.tls), true
			in = bufio.NewReader(conn)
		case "AUTH":
			if strings.Contains(line, "LOGIN") {
				for _, ask := range []string{"Username:", "Password:"} {
					say("334 " + base64.StdEncoding.EncodeToString([]byte(ask)))
					got, _ := in.ReadString('\n')
					plain, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(got))
					s.note("login "+string(plain), secure)
				}
			}
			say("235 welcome")
		case "DATA":
			say("354 go on")
			var text strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				text.WriteString(line)
			}
			if answer, ok := s.answers["END"]; ok {
				say(answer)
				continue
			}
			s.mu.Lock()
			s.mails = append(s.mails, text.String())
			s.mu.Unlock()
			say("250 queued")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *smtpServer) note(line string, secure bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if secure {
		line = "tls " + line
	}
	s.dialogue = append(s.dialogue, line)
}

func (s *smtpServer) mail(change func(*MailOptions)) *Mail {
	s.t.Helper()
	o := MailOptions{Server: s.addr, User: "me", Password: "hunter2", From: "Pool <pool@example.org>", To: []string{"a@example.org", "B <b@example.org>"}, Trust: s.trust}
	change(&o)
	m, err := NewMail(o)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

func TestMail(t *testing.T) {
	plain := base64.StdEncoding.EncodeToString([]byte("\x00me\x00hunter2"))
	for _, c := range []struct {
		name   string
		server func(*smtpServer)
		mail   func(*MailOptions)
		want   []string
	}{
		{"STARTTLS", func(*smtpServer) {}, func(*MailOptions) {},
			[]string{"EHLO", "STARTTLS", "tls EHLO", "tls AUTH PLAIN " + plain, "tls MAIL FROM:<pool@example.org>", "tls RCPT TO:<a@example.org>", "tls RCPT TO:<b@example.org>", "tls DATA", "tls QUIT"}},
		{"TLS from the start, LOGIN", func(s *smtpServer) { s.implicit, s.offers = true, "AUTH LOGIN" }, func(o *MailOptions) { o.TLS = true },
			[]string{"tls EHLO", "tls AUTH LOGIN", "tls login me", "tls login hunter2", "tls MAIL", "tls RCPT", "tls RCPT", "tls DATA", "tls QUIT"}},
		{"a relay of one's own", func(s *smtpServer) { s.offers = "PLAINTEXT" }, func(o *MailOptions) { o.Plain, o.User = true, "" },
			[]string{"EHLO", "MAIL", "RCPT", "RCPT", "DATA", "QUIT"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := mustSMTP(t, c.server)
			answer, err := s.mail(c.mail).Send(t.Context(), aMessage())
			if err != nil || !strings.Contains(answer, "b@example.org") {
				t.Fatalf("got %q, %v", answer, err)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.dialogue) != len(c.want) {
				t.Fatalf("got %q, want %q", s.dialogue, c.want)
			}
			for i := range c.want {
				if !strings.HasPrefix(s.dialogue[i], c.want[i]) {
					t.Errorf("got %q, want %q", s.dialogue[i], c.want[i])
				}
			}
			checkMail(t, s.mails)
		})
	}
}

// checkMail reads the mail as a mail program does.
func checkMail(t *testing.T, mails []string) {
	t.Helper()
	if len(mails) != 1 {
		t.Fatalf("got %d mails, want 1", len(mails))
	}
	m, err := mail.ReadMessage(strings.NewReader(mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "Block 870123 of bitcoin found" {
		t.Errorf("subject: got %q, %v", subject, err)
	}
	if to, err := m.Header.AddressList("To"); err != nil || len(to) != 2 || to[1].Address != "b@example.org" {
		t.Errorf("to: got %v, %v", to, err)
	}
	if _, err := m.Header.Date(); err != nil || m.Header.Get("Message-ID") == "" || m.Header.Get("X-Evil") != "" {
		t.Errorf("got %v, %v", m.Header, err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	want := "Block 870123 of bitcoin found by bc1q…f3t4.rig??X-Evil: 1, effort 42 %, reward 3.125 BTC\r\n    hash 00ff\r\n    2027-01-15 08:00:00 UTC\r\n"
	if err != nil || !strings.HasPrefix(string(text), want) {
		t.Errorf("got %q, %v", text, err)
	}
}

// A title that others had a hand in makes no header.
func TestMailHeadersCannotBeInjected(t *testing.T) {
	m := &Mail{from: &mail.Address{Address: "pool@example.org"}, to: []*mail.Address{{Address: "a@example.org"}}}
	raw := m.compose(&Message{ID: "id", Notices: []Notice{{Title: "x\r\nBcc: you@example.org\r\n\r\nbody", Text: "ok"}}}, time.Unix(0, 0))
	got, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil || got.Header.Get("Bcc") != "" {
		t.Errorf("got %q, %v", raw, err)
	}
}

// A line of a dot ends a mail before its end, unless it is written as two.
func TestMailIsNotEndedByADot(t *testing.T) {
	s := mustSMTP(t, func(*smtpServer) {})
	m := &Message{ID: "id", Notices: []Notice{{Title: "x", Text: "."}, {Title: "y", Text: "..\r\n.\r\nRCPT TO:<you@example.org>"}, {Text: "the end"}}}
	if _, err := s.mail(func(*MailOptions) {}).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mails) != 1 || !strings.Contains(s.mails[0], "\r\n..\r\n") || !strings.Contains(s.mails[0], "the end") {
		t.Errorf("got %q", s.mails)
	}
	for _, line := range s.dialogue {
		if strings.Contains(line, "you@example.org") {
			t.Errorf("the server was told %q", line)
		}
	}
}

// What a server says in clear before TLS counts for nothing after it.
func TestWordsBeforeTLSAreForgotten(t *testing.T) {
	s := mustSMTP(t, func(s *smtpServer) {
		s.inject = "250-evil\r\n250 AUTH XEVIL\r\n"
	})
	if _, err := s.mail(func(*MailOptions) {}).Send(t.Context(), aMessage()); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mails) != 1 {
		t.Errorf("got %d mails, want 1", len(s.mails))
	}
}

func TestMailFailures(t *testing.T) {
	var refused *Refused
	for _, c := range []struct {
		name    string
		server  func(*smtpServer)
		mail    func(*MailOptions)
		want    string
		refused bool
		never   string // a command that must not be heard
	}{
		{"no STARTTLS", func(s *smtpServer) { s.offers = "PLAINTEXT AUTH PLAIN" }, func(*MailOptions) {}, "the server offers no STARTTLS", false, "AUTH"},
		{"certificate", func(*smtpServer) {}, func(o *MailOptions) { o.Trust = nil }, "STARTTLS: tls: failed to verify certificate", false, "tls AUTH"},
		{"no answer at all", func(s *smtpServer) { s.answers["MAIL"] = "\x1b[31mhello\x07" }, func(*MailOptions) {}, `MAIL FROM: short response: "\x1b[31mhello\a"`, false, "tls RCPT"},
		{"wrong password", func(s *smtpServer) { s.answers["AUTH"] = "535 5.7.8 wrong password" }, func(*MailOptions) {}, "AUTH: 535 5.7.8 wrong password", false, "tls MAIL"},
		{"unknown way to authenticate", func(s *smtpServer) { s.offers = "AUTH XOAUTH2" }, func(*MailOptions) {}, `the server offers neither AUTH PLAIN nor LOGIN: "XOAUTH2"`, false, "tls AUTH"},
		{"wrong receiver", func(s *smtpServer) { s.answers["RCPT"] = "550 no such user" }, func(*MailOptions) {}, "RCPT TO a@example.org: 550 no such user", false, "tls DATA"},
		{"full", func(s *smtpServer) { s.answers["END"] = "452 later" }, func(*MailOptions) {}, "end of DATA: 452 later", false, "-"},
		{"spam", func(s *smtpServer) { s.answers["END"] = "554 spam" }, func(*MailOptions) {}, "end of DATA: 554 spam", true, "-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := mustSMTP(t, c.server)
			_, err := s.mail(c.mail).Send(t.Context(), aMessage())
			if err == nil || !strings.Contains(err.Error(), c.want) || errors.As(err, &refused) != c.refused {
				t.Errorf("got %T %v, want %q", err, err, c.want)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.mails) != 0 {
				t.Error("a mail was sent")
			}
			for _, line := range s.dialogue {
				if strings.HasPrefix(line, c.never) || strings.Contains(line, "hunter2") && !strings.HasPrefix(line, "tls") {
					t.Errorf("said %q", line)
				}
			}
		})
	}
}

func TestNewMail(t *testing.T) {
	good := MailOptions{Server: "mail.example.org:25", From: "a@example.org", To: []string{"b@example.org"}}
	for name, change := range map[string]func(*MailOptions){
		"no port":            func(o *MailOptions) { o.Server = "mail.example.org" },
		"no sender":          func(o *MailOptions) { o.From = "x" },
		"nobody":             func(o *MailOptions) { o.To = nil },
		"two in one":         func(o *MailOptions) { o.To = []string{"a@example.org\r\nBcc: c@example.org"} },
		"password in clear":  func(o *MailOptions) { o.Plain, o.User = true, "me" },
		"a second recipient": func(o *MailOptions) { o.To = []string{"b@example.org, c@example.org"} },
	} {
		o := good
		change(&o)
		if _, err := NewMail(o); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if _, err := NewMail(good); err != nil {
		t.Error(err)
	}
}

// A server that says nothing is left when the time is over.
func TestSilentMailServer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	m, err := NewMail(MailOptions{Server: ln.Addr().String(), From: "a@example.org", To: []string{"b@example.org"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := m.Send(ctx, aMessage()); err == nil {
		t.Error("got no error")
	}
}
