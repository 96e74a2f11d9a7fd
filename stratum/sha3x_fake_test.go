package stratum

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
)

// blobPool is a fake pool of header blobs. It judges by the last byte of the
// nonce: 21 is stale, 22 a duplicate, 23 of low difficulty.
type blobPool struct{ *fakePool }

type blobJob struct{ *fakeJob }

func (j blobJob) Notify(Worker, bool) []byte {
	return (&Blob{Hash: [32]byte{1, 2, 31: 0xff}, Height: j.seq}).Members()
}

func newBlobPool(seqs ...uint64) *blobPool {
	p := &blobPool{newPool()}
	for _, seq := range seqs {
		p.put(newJob(seq, true))
	}
	return p
}

func (p *blobPool) Job() Job {
	if j, ok := p.fakePool.Job().(*fakeJob); ok {
		return blobJob{j}
	}
	return nil
}

func (p *blobPool) Lookup(id []byte) Job {
	if j, ok := p.fakePool.Lookup(id).(*fakeJob); ok {
		return blobJob{j}
	}
	return nil
}

func (p *blobPool) Begin() Turn { return blobTurn{p.fakePool.Begin()} }

type blobTurn struct{ Turn }

func (t blobTurn) Judge(s *Submission) Result {
	c := *s
	switch c.Nonce >> 56 {
	case 0x21, 0x22, 0x23:
		c.Nonce = 0xdead0000 | c.Nonce>>56
	}
	r := t.Turn.Judge(&c)
	if n := len(t.Turn.(*fakeTurn).p.seen); n > 0 {
		t.Turn.(*fakeTurn).p.seen[n-1] = *s
	}
	return r
}

// serveBlobs is serve for the SHA3x dialect.
func serveBlobs(t testing.TB, p Pool, change func(*Config)) (*Server, string) {
	t.Helper()
	return serve(t, p, func(c *Config) {
		c.Dialect = SHA3x
		c.Listeners[0].Profile.Start = 1000
		if change != nil {
			change(c)
		}
	})
}

// bareBlobs is a session of the SHA3x dialect without a server around it.
func bareBlobs(pool Pool, conn net.Conn) *session {
	srv := New(Config{Dialect: SHA3x, Listeners: []Listener{{Profile: Profile{Start: 1000}}}}, pool)
	s := srv.newSession(conn, &srv.cfg.Listeners[0].Profile)
	srv.live.Add(1)
	srv.shards[0].add(s)
	return s
}

// told is a job object.
type told struct {
	JobID  string `json:"job_id"`
	Blob   string `json:"blob"`
	Target string `json:"target"`
	XN     string `json:"xn"`
	Height uint64 `json:"height"`
	Algo   string `json:"algo"`
}

const loginLine = `{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"addr.rig","pass":"x","agent":"graxil/1","algo":["sha3x"]}}`

// loginSHA3x brings the client to its first job.
func (c *client) loginSHA3x() told {
	c.t.Helper()
	c.send(loginLine)
	return c.loggedIn()
}

// loggedIn reads the reply to a login.
func (c *client) loggedIn() told {
	c.t.Helper()
	line := c.line()
	var m struct {
		Result struct {
			ID     string
			Job    told
			Status string
		}
	}
	if err := json.Unmarshal([]byte(line), &m); err != nil || m.Result.Status != "OK" || m.Result.ID == "" {
		c.t.Fatalf("reply to the login: %s (%v)", line, err)
	}
	return m.Result.Job
}

// pushed reads a job.
func (c *client) pushed() told {
	c.t.Helper()
	line := c.line()
	var m struct {
		Method string
		Params told
	}
	if err := json.Unmarshal([]byte(line), &m); err != nil || m.Method != "job" {
		c.t.Fatalf("got %s (%v), want a job", line, err)
	}
	return m.Params
}

// share is a submit line; nonce is what follows xn.
func share(id, job, nonce string) string {
	return `{"id":` + id + `,"jsonrpc":"2.0","method":"submit","params":{"id":"s","job_id":"` + job + `","nonce":"` + nonce + `","result":"` + strings.Repeat("0", 64) + `"}}`
}

func sha3xOK(id string) string {
	return `{"id":` + id + `,"jsonrpc":"2.0","result":{"status":"OK"},"error":null}`
}

func sha3xNo(id string, code int, text string) string {
	return fmt.Sprintf(`{"id":%s,"jsonrpc":"2.0","error":{"code":%d,"message":"%s"},"result":null}`, id, code, text)
}

func sha3xRefused(id string, r Reason) string { return sha3xNo(id, r.Code(), r.String()) }

// alive returns when all that was sent before has been answered; it fails on
// anything else arriving.
func (c *client) alive() {
	c.t.Helper()
	c.send(`{"id":"alive","jsonrpc":"2.0","method":"keepalived","params":{"id":"s"}}`)
	c.want(`{"id":"alive","jsonrpc":"2.0","result":{"status":"KEEPALIVED"},"error":null}`)
}

func targetHex(t [32]byte) string { return hex.EncodeToString(t[:]) }
