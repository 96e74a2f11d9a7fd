package testminer

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"time"
)

// patience bounds every wait for a line.
const patience = 60 * time.Second

// Client is a connected miner.
type Client struct {
	Algo       string // "sha256d", "scrypt" or "sha512t", see simchain.SHA512t
	Difficulty float64
	Job        []any // parameters of the newest mining.notify; nil before the first
	Extranonce []byte
	Rolled     uint32        // version bits to roll into every header, within the granted mask
	Replies    map[int]Reply // answers that nobody has taken yet
	Notifies   int
	Session    string // by which Resume gets the extranonce1 again

	conn    net.Conn
	in      *bufio.Scanner
	en2Size int
	en2     uint64
	id      int
}

// Reply is the answer to one request.
type Reply struct {
	Result json.RawMessage
	Error  json.RawMessage // nil when there is none
}

// OK reports whether the answer is true.
func (r Reply) OK() bool { return r.Error == nil && string(r.Result) == "true" }

// String is the error where there is one, else the result.
func (r Reply) String() string {
	if r.Error != nil {
		return string(r.Error)
	}
	return string(r.Result)
}

// Dial connects and says nothing.
func Dial(addr, algo string) (*Client, error) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	c := &Client{Algo: algo, conn: conn, in: bufio.NewScanner(conn), Replies: map[int]Reply{}}
	c.in.Buffer(nil, 1<<24)
	return c, nil
}

// Connect is Dial, mining.subscribe and mining.authorize.
func Connect(addr, algo, user string) (*Client, error) {
	c, err := Dial(addr, algo)
	if err != nil {
		return nil, err
	}
	if err := c.login(user); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Resume is Connect by a miner that was connected before, as session.
func Resume(addr, algo, user, session string) (*Client, error) {
	c, err := Dial(addr, algo)
	if err != nil {
		return nil, err
	}
	c.Session = session
	if err := c.login(user); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Client) login(user string) error {
	params := []any{"testminer/1.0"}
	if c.Session != "" {
		params = append(params, c.Session)
	}
	r, err := c.Call("mining.subscribe", params...)
	if err != nil {
		return err
	}
	var sub []any
	if err := json.Unmarshal(r.Result, &sub); err != nil || len(sub) != 3 {
		return fmt.Errorf("subscribe: %s", r)
	}
	if c.Extranonce, err = hex.DecodeString(sub[1].(string)); err != nil {
		return err
	}
	c.en2Size = int(sub[2].(float64))
	c.Session = sub[0].([]any)[1].([]any)[1].(string)
	r, err = c.Call("mining.authorize", user, "x")
	if err == nil && !r.OK() {
		err = fmt.Errorf("authorize: %s", r)
	}
	return err
}

// Close ends the connection.
func (c *Client) Close() { c.conn.Close() }

// Call sends a request and waits for its answer.
func (c *Client) Call(method string, params ...any) (Reply, error) {
	id, err := c.Send(method, params...)
	if err != nil {
		return Reply{}, err
	}
	return c.Await(id)
}

// Send sends a request and returns its id.
func (c *Client) Send(method string, params ...any) (int, error) {
	c.id++
	if params == nil {
		params = []any{}
	}
	line, err := json.Marshal(map[string]any{"id": c.id, "method": method, "params": params})
	if err != nil {
		return 0, err
	}
	_, err = c.conn.Write(append(line, '\n'))
	return c.id, err
}

// Await reads until the answer to request id is there, and takes it.
func (c *Client) Await(id int) (Reply, error) {
	for {
		if r, ok := c.Replies[id]; ok {
			delete(c.Replies, id)
			return r, nil
		}
		if err := c.Read(); err != nil {
			return Reply{}, err
		}
	}
}

type message struct {
	ID     *int            `json:"id"`
	Method string          `json:"method"`
	Params []any           `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// Read takes one line from the server.
func (c *Client) Read() error {
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if !c.in.Scan() {
		return fmt.Errorf("connection ended: %w", errOr(c.in.Err(), net.ErrClosed))
	}
	var m message
	if err := json.Unmarshal(c.in.Bytes(), &m); err != nil {
		return fmt.Errorf("line %q: %w", c.in.Text(), err)
	}
	switch {
	case m.Method == "mining.set_difficulty":
		c.Difficulty, _ = m.Params[0].(float64)
	case m.Method == "mining.notify":
		c.Job = m.Params
		c.Notifies++
	case m.ID != nil && m.Method == "":
		r := Reply{Result: m.Result}
		if string(m.Error) != "null" {
			r.Error = m.Error
		}
		c.Replies[*m.ID] = r
	}
	return nil
}

func errOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
