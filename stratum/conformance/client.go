package conformance

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// message is one line of the server.
type message struct {
	text   string
	keys   map[string]json.RawMessage
	method string
	params []json.RawMessage
	at     time.Time
}

func (m message) id() string     { return string(m.keys["id"]) }
func (m message) result() string { return string(m.keys["result"]) }
func (m message) isReply() bool  { return m.method == "" }

// ok reports whether a reply is true without an error.
func (m message) ok() bool {
	e := string(m.keys["error"])
	return m.result() == "true" && (e == "" || e == "null")
}

// code is the code of a reply's error, 0 for none and -1 for another form.
func (m message) code() int {
	e := m.keys["error"]
	if len(e) == 0 || string(e) == "null" {
		if r := m.result(); r == "false" || r == "null" || r == "" {
			return -1
		}
		return 0
	}
	var parts []json.RawMessage
	var code int
	if json.Unmarshal(e, &parts) != nil || len(parts) == 0 || json.Unmarshal(parts[0], &code) != nil {
		return -1
	}
	return code
}

// client is a connected miner.
type client struct {
	t    *trial
	conn net.Conn
	in   *bufio.Reader
	last int // id of our newest request

	agent   string
	lines   []message // all that came, in order
	waiting []message // replies that nobody took
	diff    float64
	jobs    []*job
	mask    uint32 // in force for the next job
	e1      []byte
	e1text  string
	e2size  int
	sid     string
	e2      uint64
}

// dial connects to the server and says nothing.
func (t *trial) dial() *client { return t.dialTo(t.cfg.Address) }

func (t *trial) dialTo(addr string) *client {
	d := net.Dialer{Timeout: t.cfg.Timeout}
	conn, err := d.DialContext(t.ctx, "tcp", addr)
	if err != nil {
		t.failf("cannot connect to %s: %v", addr, err)
	}
	return t.over(conn)
}

// over is a client on a connection that is open.
func (t *trial) over(conn net.Conn) *client {
	t.conns = append(t.conns, conn)
	return &client{t: t, conn: conn, in: bufio.NewReaderSize(conn, 64<<10), agent: "conformance/1.0"}
}

// login is a miner that has its first job.
func (t *trial) login() *client { return t.loginTo(t.cfg.Address, t.cfg.User, t.cfg.Password) }

func (t *trial) loginTo(addr, user, password string) *client {
	c := t.dialTo(addr)
	c.subscribe()
	c.authorize(user, password)
	c.job()
	return c
}

// miner is login with version rolling of what the server grants.
func (t *trial) miner() *client {
	c := t.dial()
	c.roll("ffffffff")
	c.subscribe()
	c.authorize(t.cfg.User, t.cfg.Password)
	c.job()
	return c
}

func (c *client) close() { c.conn.Close() }

// write sends bytes as they are.
func (c *client) write(text string) {
	if err := c.tryWrite(text); err != nil {
		c.t.failf("cannot write: %v", err)
	}
}

func (c *client) tryWrite(text string) error {
	_ = c.conn.SetWriteDeadline(time.Now().Add(c.t.cfg.Timeout))
	_, err := c.conn.Write([]byte(text))
	return err
}

// line is a request as miners write it.
func line(id int, method string, params ...any) string {
	if params == nil {
		params = []any{}
	}
	text, _ := json.Marshal(params) // what the rules send always encodes
	return fmt.Sprintf(`{"id":%d,"method":%q,"params":%s}`+"\n", id, method, text)
}

// send sends a request and returns its id.
func (c *client) send(method string, params ...any) int {
	c.last++
	c.write(line(c.last, method, params...))
	return c.last
}

// call sends a request and waits for its reply.
func (c *client) call(method string, params ...any) message {
	return c.await(strconv.Itoa(c.send(method, params...)))
}

// await reads up to the reply with an id, as it stands in JSON.
func (c *client) await(id string) message {
	for i, m := range c.waiting {
		if m.id() == id {
			c.waiting = append(c.waiting[:i:i], c.waiting[i+1:]...)
			return m
		}
	}
	end := time.Now().Add(c.t.cfg.Timeout)
	for {
		m, err := c.read(end)
		if err != nil {
			c.t.failf("no reply to request %s%s: %v", id, c.heard(), err)
		}
		if m.isReply() && m.id() == id {
			return m
		}
		if m.isReply() {
			c.waiting = append(c.waiting, m)
		}
	}
}

// heard is the newest line, for messages.
func (c *client) heard() string {
	if len(c.lines) == 0 {
		return " (it has said nothing)"
	}
	return fmt.Sprintf(" (its last line: %s)", short(c.lines[len(c.lines)-1].text))
}

func short(text string) string {
	if len(text) > 160 {
		return text[:160] + "..."
	}
	return text
}

// next is the next line.
func (c *client) next() message {
	m, err := c.read(time.Now().Add(c.t.cfg.Timeout))
	if err != nil {
		c.t.failf("waited for a line%s: %v", c.heard(), err)
	}
	return m
}

// nextReply is the next line that is a reply.
func (c *client) nextReply() message {
	end := time.Now().Add(c.t.cfg.Timeout)
	for {
		m, err := c.read(end)
		if err != nil {
			c.t.failf("waited for a reply%s: %v", c.heard(), err)
		}
		if m.isReply() {
			return m
		}
	}
}

// during is all that comes within a time.
func (c *client) during(d time.Duration) (list []message) {
	end := time.Now().Add(d)
	for {
		m, err := c.read(end)
		if err != nil {
			return list
		}
		list = append(list, m)
	}
}

// until reads until yes says so; false when the time is over or the server closed.
func (c *client) until(d time.Duration, yes func(m message) bool) bool {
	end := time.Now().Add(d)
	for {
		m, err := c.read(end)
		if err != nil {
			return false
		}
		if yes(m) {
			return true
		}
	}
}

// closed reports whether the server ends the connection within a time.
func (c *client) closed(d time.Duration) bool {
	end := time.Now().Add(d)
	for {
		if _, err := c.read(end); err != nil {
			return !errors.Is(err, os.ErrDeadlineExceeded)
		}
	}
}

// alive fails unless the server still answers.
func (c *client) alive(after string) {
	id := c.send("mining.extranonce.subscribe")
	end := time.Now().Add(c.t.cfg.Timeout)
	for {
		m, err := c.read(end)
		if err != nil {
			c.t.failf("after %s the connection does not answer any more: %v", after, err)
		}
		if m.isReply() && m.id() == strconv.Itoa(id) {
			return
		}
	}
}

// read takes one line and notes what it changes.
func (c *client) read(end time.Time) (message, error) {
	if limit, ok := c.t.ctx.Deadline(); ok && limit.Before(end) {
		end = limit
	}
	_ = c.conn.SetReadDeadline(end)
	var text []byte
	for {
		part, err := c.in.ReadSlice('\n')
		text = append(text, part...)
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return message{}, err
		}
		if len(text) > lineLimit {
			return message{}, errors.New("the server sent a line of more than 1 MiB")
		}
	}
	m := message{text: string(bytes.TrimSpace(text)), at: time.Now()}
	if err := json.Unmarshal(text, &m.keys); err != nil {
		return message{}, fmt.Errorf("the server sent what is no JSON object: %s", short(m.text))
	}
	_ = json.Unmarshal(m.keys["method"], &m.method)
	_ = json.Unmarshal(m.keys["params"], &m.params)
	c.lines = append(c.lines, m)
	c.note(m)
	return m, nil
}

// note follows what notifications say.
func (c *client) note(m message) {
	switch m.method {
	case "mining.set_difficulty":
		if len(m.params) > 0 {
			_ = json.Unmarshal(m.params[0], &c.diff)
		}
	case "mining.notify":
		if j, err := readJob(m.params); err == nil {
			j.diff, j.mask, j.at = c.diff, c.mask, m.at
			c.jobs = append(c.jobs, j)
		}
	}
}

// subscribe takes the session's extranonce.
func (c *client) subscribe(params ...any) message {
	if params == nil {
		params = []any{c.agent}
	}
	m := c.call("mining.subscribe", params...)
	if err := c.subscribed(m); err != nil {
		c.t.failf("the reply to mining.subscribe: %v: %s", err, short(m.text))
	}
	return m
}

// subscribed takes a reply to mining.subscribe apart.
func (c *client) subscribed(m message) error {
	var parts []json.RawMessage
	if json.Unmarshal(m.keys["result"], &parts) != nil || len(parts) < 3 {
		return errors.New("the result is no list of three")
	}
	if json.Unmarshal(parts[1], &c.e1text) != nil || json.Unmarshal(parts[2], &c.e2size) != nil {
		return errors.New("extranonce1 is no text or the size of extranonce2 no number")
	}
	var err error
	if c.e1, err = hex.DecodeString(c.e1text); err != nil {
		return fmt.Errorf("extranonce1 is not hexadecimal: %w", err)
	}
	if c.e2size < 1 || c.e2size > 100 {
		return fmt.Errorf("the size of extranonce2 is %d", c.e2size)
	}
	var pairs [][]string
	if json.Unmarshal(parts[0], &pairs) == nil {
		for _, p := range pairs {
			if len(p) == 2 && p[0] == "mining.notify" {
				c.sid = p[1]
			}
		}
	}
	return nil
}

func (c *client) authorize(user, password string) {
	if m := c.call("mining.authorize", user, password); !m.ok() {
		c.t.failf("the user %q is not admitted: %s", user, short(m.text))
	}
}

// roll asks for version rolling and returns the granted mask, 0 for none.
func (c *client) roll(mask string) uint32 {
	m := c.call("mining.configure", []string{"version-rolling"}, map[string]any{"version-rolling.mask": mask, "version-rolling.min-bit-count": 2})
	c.mask = granted(m)
	return c.mask
}

// granted is the mask in a reply to mining.configure.
func granted(m message) uint32 {
	var result map[string]json.RawMessage
	var text string
	if json.Unmarshal(m.keys["result"], &result) != nil || string(result["version-rolling"]) != "true" ||
		json.Unmarshal(result["version-rolling.mask"], &text) != nil {
		return 0
	}
	mask, _ := strconv.ParseUint(text, 16, 32)
	return uint32(mask)
}

// job is the newest job, awaited when there is none yet.
func (c *client) job() *job {
	if len(c.jobs) == 0 {
		c.await1st()
	}
	return c.jobs[len(c.jobs)-1]
}

func (c *client) await1st() {
	if !c.until(c.t.cfg.Timeout, func(message) bool { return len(c.jobs) > 0 }) {
		c.t.failf("no job that can be read came within %v%s", c.t.cfg.Timeout, c.heard())
	}
}

// newJob waits for a job that came after one.
func (c *client) newJob(after *job) *job {
	fresh := func() bool { return len(c.jobs) > 0 && c.jobs[len(c.jobs)-1] != after }
	if !fresh() && !c.until(c.t.cfg.Timeout, func(message) bool { return fresh() }) {
		c.t.failf("no new job came within %v", c.t.cfg.Timeout)
	}
	return c.jobs[len(c.jobs)-1]
}

// jobWith waits for a newest job that yes likes.
func (c *client) jobWith(what string, yes func(j *job) bool) *job {
	liked := func() bool { return len(c.jobs) > 0 && yes(c.jobs[len(c.jobs)-1]) }
	if !liked() && !c.until(c.t.cfg.Timeout, func(message) bool { return liked() }) {
		c.t.failf("no job %s came within %v", what, c.t.cfg.Timeout)
	}
	return c.jobs[len(c.jobs)-1]
}

// account is a user name without its worker.
func account(user string) string {
	name, _, _ := strings.Cut(user, ".")
	return name
}
