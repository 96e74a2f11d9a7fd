package stratum

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"
)

// serve runs a server for the test and returns it with its first address.
func serve(t testing.TB, pool Pool, change func(*Config)) (*Server, string) {
	t.Helper()
	cfg := Config{Listeners: []Listener{{Address: "127.0.0.1:0", Profile: Profile{Start: 1024}}}}
	if change != nil {
		change(&cfg)
	}
	srv := New(cfg, pool)
	if err := srv.Bind(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run = %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("the server did not stop")
		}
		if n := srv.Live(); n != 0 {
			t.Errorf("%d sessions live after Run", n)
		}
	})
	return srv, srv.Addrs()[0].String()
}

// client is a miner that says what the script says.
type client struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func dial(t testing.TB, address string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, conn)
}

func newClient(t testing.TB, conn net.Conn) *client {
	t.Cleanup(func() { conn.Close() })
	return &client{t: t, conn: conn, in: bufio.NewReaderSize(conn, 1<<16)}
}

func (c *client) send(lines ...string) {
	c.t.Helper()
	c.raw(strings.Join(lines, "\n") + "\n")
}

func (c *client) raw(s string) {
	c.t.Helper()
	if _, err := c.conn.Write([]byte(s)); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// line is the next line, or "" when the connection has ended.
func (c *client) line() string {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	s, err := c.in.ReadString('\n')
	if err != nil {
		if ne, ok := err.(net.Error); ok && ne.Timeout() {
			c.t.Fatal("no line within 10 s")
		}
		return ""
	}
	return strings.TrimSuffix(s, "\n")
}

// want reads lines and compares each.
func (c *client) want(lines ...string) {
	c.t.Helper()
	for _, want := range lines {
		if got := c.line(); got != want {
			c.t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}

// message is any line from the server.
type message struct {
	ID     json.RawMessage   `json:"id"`
	Method string            `json:"method"`
	Params []json.RawMessage `json:"params"`
	Result json.RawMessage   `json:"result"`
	Error  json.RawMessage   `json:"error"`
}

func (c *client) message() message {
	c.t.Helper()
	line := c.line()
	var m message
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		c.t.Fatalf("line %q: %v", line, err)
	}
	return m
}

// param is parameter i as JSON text.
func (m message) param(i int) string {
	if i >= len(m.Params) {
		return ""
	}
	return string(m.Params[i])
}

// expect reads a notification of method.
func (c *client) expect(method string) message {
	c.t.Helper()
	m := c.message()
	if m.Method != method {
		c.t.Fatalf("got %q %s, want %s", m.Method, m.Result, method)
	}
	return m
}

// sync returns when all that was sent before has been answered; it fails on
// anything else arriving.
func (c *client) sync() {
	c.t.Helper()
	c.send(`{"id":"sync","method":"mining.ping","params":[]}`)
	c.want(`{"id":"sync","result":"pong","error":null}`)
}

// subscribe returns extranonce1 and session id.
func (c *client) subscribe(params string) (extranonce, session string) {
	c.t.Helper()
	c.send(`{"id":2,"method":"mining.subscribe","params":` + params + `}`)
	return subscribed(c.t, c.message())
}

func subscribed(t testing.TB, m message) (extranonce, session string) {
	t.Helper()
	var result []json.RawMessage
	var pairs [][2]string
	if json.Unmarshal(m.Result, &result) != nil || len(result) != 3 || json.Unmarshal(result[0], &pairs) != nil {
		t.Fatalf("subscribe result %s", m.Result)
	}
	json.Unmarshal(result[1], &extranonce)
	return extranonce, pairs[1][1]
}

// login brings the client to its first job, whose id it returns.
func (c *client) login() string {
	c.t.Helper()
	c.subscribe(`["test/1"]`)
	c.send(`{"id":3,"method":"mining.authorize","params":["w","x"]}`)
	c.want(`{"id":3,"result":true,"error":null}`)
	c.expect("mining.set_difficulty")
	return jobID(c.expect("mining.notify"))
}

func jobID(m message) string { return strings.Trim(m.param(0), `"`) }

// submission is a mining.submit line of five parameters.
func submission(id, worker, job, nonce string) string {
	return `{"id":` + id + `,"method":"mining.submit","params":["` + worker + `","` + job + `","0102030405060708","65000000","` + nonce + `"]}`
}

func accepted(id string) string { return `{"id":` + id + `,"result":true,"error":null}` }

func refused(id string, r Reason) string {
	return `{"id":` + id + strings.TrimSuffix(rejectTails[r], "\n")
}

// eventually polls until ok or fails.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}
