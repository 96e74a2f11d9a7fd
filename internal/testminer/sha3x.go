package testminer

import (
	"bufio"
	"bytes"
	"crypto/sha3"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"time"
)

// SHA3x is a connected miner that speaks the dialect of SHA3x miners. It searches
// as graxil does: nonce, mining hash and a byte of 1 hashed three times, the first
// two bytes of the nonce given by the pool.
type SHA3x struct {
	Session string
	Job     SHA3xJob // the newest
	Jobs    int      // how many came
	Replies map[int]Reply

	conn  net.Conn
	in    *bufio.Scanner
	id    int
	count uint64 // of the nonce's free bytes
}

// SHA3xJob is a job as the pool sends it.
type SHA3xJob struct {
	ID     string `json:"job_id"`
	Blob   string `json:"blob"`   // hex of the mining hash
	Target string `json:"target"` // hex, 8 bytes, little-endian
	XN     string `json:"xn"`     // hex of the nonce's first bytes
	Height uint64 `json:"height"`
	Algo   string `json:"algo"`
}

// SHA3xShare is a solution.
type SHA3xShare struct {
	Job    SHA3xJob
	Nonce  [8]byte  // as hashed
	Hash   [32]byte // as computed, read big-endian
	Params map[string]any
}

// Difficulty is what the hash is worth, by its first 8 bytes.
func (s *SHA3xShare) Difficulty() float64 {
	return (1 << 64) / (float64(binary.BigEndian.Uint64(s.Hash[:])) + 1)
}

// DialSHA3x connects and says nothing.
func DialSHA3x(addr string) (*SHA3x, error) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	c := &SHA3x{conn: conn, in: bufio.NewScanner(conn), Replies: map[int]Reply{}}
	c.in.Buffer(nil, 1<<20)
	return c, nil
}

// ConnectSHA3x is DialSHA3x and Login.
func ConnectSHA3x(addr, login string) (*SHA3x, error) {
	c, err := DialSHA3x(addr)
	if err != nil {
		return nil, err
	}
	if err := c.Login(login, "x"); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Login logs in and takes the first job.
func (c *SHA3x) Login(login, pass string) error {
	r, err := c.Call("login", map[string]any{"login": login, "pass": pass, "agent": "testminer/1.0", "algo": []string{"sha3x"}})
	if err != nil {
		return err
	}
	var result struct {
		ID     string
		Job    SHA3xJob
		Status string
	}
	if r.Error != nil || json.Unmarshal(r.Result, &result) != nil || result.Status != "OK" {
		return fmt.Errorf("login: %s", r)
	}
	c.Session, c.Job = result.ID, result.Job
	c.Jobs++
	return nil
}

// Close ends the connection.
func (c *SHA3x) Close() { c.conn.Close() }

// Call sends a request and waits for its answer.
func (c *SHA3x) Call(method string, params any) (Reply, error) {
	id, err := c.Send(method, params)
	if err != nil {
		return Reply{}, err
	}
	return c.Await(id)
}

// Send sends a request and returns its id.
func (c *SHA3x) Send(method string, params any) (int, error) {
	c.id++
	line, err := json.Marshal(map[string]any{"id": c.id, "jsonrpc": "2.0", "method": method, "params": params})
	if err != nil {
		return 0, err
	}
	_, err = c.conn.Write(append(line, '\n'))
	return c.id, err
}

// Await reads until the answer to request id is there, and takes it.
func (c *SHA3x) Await(id int) (Reply, error) {
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

// Read takes one line from the server.
func (c *SHA3x) Read() error {
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if !c.in.Scan() {
		return fmt.Errorf("connection ended: %w", errOr(c.in.Err(), net.ErrClosed))
	}
	var m struct {
		ID     *int            `json:"id"`
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	err := json.Unmarshal(c.in.Bytes(), &m)
	switch {
	case err == nil && m.Method == "job":
		c.Job = SHA3xJob{}
		err = json.Unmarshal(m.Params, &c.Job)
		c.Jobs++
	case err == nil && m.ID != nil && m.Method == "":
		r := Reply{Result: m.Result}
		if m.Error != nil && !bytes.Equal(m.Error, []byte("null")) {
			r.Error = m.Error
		}
		c.Replies[*m.ID] = r
	}
	if err != nil {
		return fmt.Errorf("line %q: %w", c.in.Text(), err)
	}
	return nil
}

// Solve searches the newest job and returns a share. It never searches a nonce
// twice.
func (c *SHA3x) Solve() (*SHA3xShare, error) { return c.Search(0) }

// Search is Solve for a hash of at least a difficulty, where that is more than
// the job asks for.
func (c *SHA3x) Search(difficulty float64) (*SHA3xShare, error) {
	s := &SHA3xShare{Job: c.Job}
	mining, err := hex.DecodeString(c.Job.Blob)
	if err != nil || len(mining) != 32 {
		return nil, fmt.Errorf("blob %q: %v, want 32 bytes", c.Job.Blob, err)
	}
	little, err := hex.DecodeString(c.Job.Target)
	if err != nil || len(little) != 8 {
		return nil, fmt.Errorf("target %q: %v, want 8 bytes", c.Job.Target, err)
	}
	xn, err := hex.DecodeString(c.Job.XN)
	if err != nil || len(xn) != 2 {
		return nil, fmt.Errorf("xn %q: %v, want 2 bytes", c.Job.XN, err)
	}
	target := binary.LittleEndian.Uint64(little)
	for {
		c.count++
		binary.BigEndian.PutUint64(s.Nonce[:], c.count)
		copy(s.Nonce[:], xn)
		s.Hash = SumSHA3x(s.Nonce, mining)
		if binary.BigEndian.Uint64(s.Hash[:]) <= target && s.Difficulty() >= difficulty {
			break
		}
	}
	s.Params = map[string]any{
		"id": c.Session, "job_id": c.Job.ID, "nonce": hex.EncodeToString(s.Nonce[:]), "result": hex.EncodeToString(s.Hash[:]),
	}
	return s, nil
}

// SumSHA3x is the proof of work of a nonce, as hashed, and a mining hash.
func SumSHA3x(nonce [8]byte, mining []byte) [32]byte {
	first := append(append(nonce[:], mining...), 1)
	h := sha3.Sum256(first)
	h = sha3.Sum256(h[:])
	return sha3.Sum256(h[:])
}
