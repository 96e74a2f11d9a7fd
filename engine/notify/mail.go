package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"os"
	"strings"
	"time"
)

const (
	dialWait = 10 * time.Second
	maxSMTP  = 256 << 10 // bytes that a server may say in one delivery
)

// MailOptions are what a Mail is made of.
type MailOptions struct {
	Server   string // host:port
	TLS      bool   // from the first byte (port 465); else STARTTLS, which the server must offer
	Plain    bool   // no TLS at all; a password is not sent then
	User     string // empty: no authentication
	Password string
	From     string   // an address, with or without a name
	To       []string // addresses
	Trust    *tls.Config
}

// Mail sends e-mail through one server.
type Mail struct {
	o    MailOptions
	host string
	from *mail.Address
	to   []*mail.Address
}

// NewMail makes a sender of e-mail.
func NewMail(o MailOptions) (*Mail, error) {
	host, _, err := net.SplitHostPort(o.Server)
	if err != nil || host == "" {
		return nil, fmt.Errorf("%q is no host:port", o.Server)
	}
	if o.Plain && o.User != "" {
		return nil, errors.New("a password is not sent without TLS")
	}
	m := &Mail{o: o, host: host}
	if m.from, err = mail.ParseAddress(o.From); err != nil {
		return nil, fmt.Errorf("from %q: %w", o.From, err)
	}
	for _, to := range o.To {
		a, err := mail.ParseAddress(to)
		if err != nil {
			return nil, fmt.Errorf("to %q: %w", to, err)
		}
		m.to = append(m.to, a)
	}
	if len(m.to) == 0 {
		return nil, errors.New("nobody to send to")
	}
	return m, nil
}

// String is the server.
func (m *Mail) String() string {
	if m.o.TLS {
		return "smtps://" + m.o.Server
	}
	return "smtp://" + m.o.Server
}

// Send delivers the message to the server. One that refuses a single receiver has
// refused the message.
func (m *Mail) Send(ctx context.Context, msg *Message) (answer string, err error) {
	raw, err := (&net.Dialer{Timeout: dialWait}).DialContext(ctx, "tcp", m.o.Server)
	if err != nil {
		return "", err
	}
	defer raw.Close()
	defer context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })() // at once
	var conn net.Conn = &boundedConn{Conn: raw, left: maxSMTP}
	if m.o.TLS {
		conn = tls.Client(conn, m.trust())
	}
	c, err := smtp.NewClient(conn, m.host)
	if err != nil {
		return "", said("greeting", err)
	}
	defer c.Close()
	if err := m.open(c); err != nil {
		return "", err
	}
	return m.transfer(c, msg)
}

func (m *Mail) trust() *tls.Config {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if m.o.Trust != nil {
		cfg = m.o.Trust.Clone()
	}
	cfg.ServerName = m.host
	return cfg
}

// open greets the server, and proves who we are once nobody can listen.
func (m *Mail) open(c *smtp.Client) error {
	if err := c.Hello(helloName()); err != nil {
		return said("EHLO", err)
	}
	if !m.o.TLS && !m.o.Plain {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return errors.New("the server offers no STARTTLS, and nothing is sent without TLS: use smtps:// where it has that, or plain = true for a relay of your own")
		}
		if err := c.StartTLS(m.trust()); err != nil {
			return said("STARTTLS", err)
		}
	}
	if m.o.User == "" {
		return nil
	}
	_, methods := c.Extension("AUTH")
	auth := chooseAuth(methods, m.o.User, m.o.Password, m.host)
	if auth == nil {
		return fmt.Errorf("the server offers neither AUTH PLAIN nor LOGIN: %q", clean(methods, maxField))
	}
	return said("AUTH", c.Auth(auth))
}

// transfer hands the message over.
func (m *Mail) transfer(c *smtp.Client, msg *Message) (string, error) {
	if err := c.Mail(m.from.Address); err != nil {
		return "", said("MAIL FROM", err)
	}
	for _, to := range m.to {
		if err := c.Rcpt(to.Address); err != nil {
			return "", said("RCPT TO "+to.Address, err)
		}
	}
	w, err := c.Data()
	if err != nil {
		return "", said("DATA", err)
	}
	if _, err := w.Write(m.compose(msg, time.Now())); err != nil {
		return "", said("DATA", err)
	}
	if err := w.Close(); err != nil {
		return "", refusal(said("end of DATA", err))
	}
	_ = c.Quit() // it has been taken
	return "the server took it for " + strings.Join(m.o.To, ", "), nil
}

// said is an error with the place in the dialogue, nil where there is none.
func said(where string, err error) error {
	var answer *textproto.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer):
		return &answered{where, answer.Code, clean(answer.Msg, maxField)}
	}
	return fmt.Errorf("%s: %w", where, err)
}

// answered is a server's refusal in its own words.
type answered struct {
	where string
	code  int
	words string
}

func (e *answered) Error() string { return fmt.Sprintf("%s: %d %s", e.where, e.code, e.words) }

// refusal tells a server that will not take this mail from one that cannot now.
func refusal(err error) error {
	var answer *answered
	if errors.As(err, &answer) && answer.code >= 500 {
		return &Refused{clean(err.Error(), maxText)}
	}
	return err
}

// helloName is what this machine calls itself, "localhost" where its name is none.
func helloName() string {
	name, err := os.Hostname()
	if err != nil || name == "" || strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.')
	}) {
		return "localhost"
	}
	return name
}

// chooseAuth is the best way to authenticate of those that a server offers, nil for
// none.
func chooseAuth(methods, user, password, host string) smtp.Auth {
	for _, m := range strings.Fields(strings.ToUpper(methods)) {
		if m == "PLAIN" {
			return smtp.PlainAuth("", user, password, host)
		}
	}
	for _, m := range strings.Fields(strings.ToUpper(methods)) {
		if m == "LOGIN" {
			return &loginAuth{user: user, password: password}
		}
	}
	return nil
}

// loginAuth is AUTH LOGIN, which some servers have alone: name, then password, each
// when asked.
type loginAuth struct {
	user, password string
	asked          int
}

func (a *loginAuth) Start(server *smtp.ServerInfo) (string, []byte, error) {
	if !server.TLS {
		return "", nil, errors.New("a password is not sent without TLS")
	}
	a.asked = 0
	return "LOGIN", nil, nil
}

func (a *loginAuth) Next(_ []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	a.asked++
	switch a.asked {
	case 1:
		return []byte(a.user), nil
	case 2:
		return []byte(a.password), nil
	}
	return nil, errors.New("the server asks for more than name and password")
}

// boundedConn ends a connection that says too much.
type boundedConn struct {
	net.Conn
	left int
}

func (c *boundedConn) Read(b []byte) (int, error) {
	if c.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := c.Conn.Read(b[:min(len(b), c.left)])
	c.left -= n
	return n, err
}
