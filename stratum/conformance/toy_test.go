package conformance

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// toy is a stratum server in its simplest form: right, unless it is given a bug
// by name. Its chain has no node; blocks are a counter.
type toy struct {
	t     *testing.T
	bug   string
	room  int // sessions, 0 for any number
	mask  uint32
	start float64
	steer bool
	proxy bool

	patience time.Duration // with a miner that does not subscribe

	mu       sync.Mutex
	addr     string
	listener net.Listener
	live     map[*toySession]bool
	leased   map[string]bool   // extranonce1 in use
	past     map[string]string // extranonce1 by session id
	seq      uint32
	tip      [32]byte
	jobs     map[string]*toyJob
	now      *toyJob
	work     map[string]float64
	given    map[string]bool // blocks
	taken    map[string]bool
	aux      int
	down     bool
	jumped   bool // the clock

	certificate *tls.Certificate // speaks TLS where there is one

	done sync.WaitGroup
}

const (
	toyMask  = 0x1fffe000
	toyStart = 1e-9
	toyMin   = 1e-10
	toyMax   = 1e6
	toyBits  = 0x1f00ffff // a block takes 65,536 hashes
	toyAux   = 4e-9
	toyNice  = 500_000
	toyTick  = 250 * time.Millisecond
	toyWrite = 300 * time.Millisecond
)

type toyJob struct {
	job
	seen map[string]bool
}

type toySession struct {
	toy     *toy
	conn    net.Conn
	w       sync.Mutex // of what is written and all below
	e1      string
	sid     string
	agent   string
	workers []string
	diff    float64
	floor   float64
	mask    uint32
	asked   bool // version rolling
	ready   bool
	frozen  map[string][2]float64 // difficulty and mask by job
	from    string                // IP address; of the toy's lock
	junk    int
	shares  int
}

// mustToy starts a toy with a bug, or none.
func mustToy(t *testing.T, bug string, tune func(*toy)) *toy {
	t.Helper()
	y := &toy{
		t: t, bug: bug, mask: toyMask, start: toyStart, patience: 5 * time.Second,
		live: map[*toySession]bool{}, leased: map[string]bool{}, past: map[string]string{}, jobs: map[string]*toyJob{},
		work: map[string]float64{}, given: map[string]bool{}, taken: map[string]bool{},
	}
	if tune != nil {
		tune(y)
	}
	y.tip[31] = 1
	y.makeJob(true)
	y.mustListen()
	ctx, cancel := context.WithCancel(context.Background())
	y.done.Go(func() { y.tick(ctx) })
	t.Cleanup(func() {
		cancel()
		y.listener.Close()
		y.mu.Lock()
		for s := range y.live {
			s.conn.Close()
		}
		y.mu.Unlock()
		y.done.Wait()
	})
	return y
}

func (y *toy) is(bug string) bool { return y.bug == bug }

func (y *toy) mustListen() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		y.t.Fatal(err)
	}
	if y.certificate != nil {
		l = y.overTLS(l)
	}
	y.listener, y.addr = l, l.Addr().String()
	y.done.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			y.serve(conn)
		}
	})
}

func (y *toy) serve(conn net.Conn) {
	s := &toySession{toy: y, conn: conn, diff: y.start, frozen: map[string][2]float64{}, from: "127.0.0.1"}
	y.mu.Lock()
	y.live[s] = true
	y.mu.Unlock()
	y.done.Go(func() {
		s.run()
		conn.Close()
		y.mu.Lock()
		delete(y.live, s)
		delete(y.leased, s.e1)
		y.mu.Unlock()
	})
}

// tick says something to everybody, so that no silence lasts.
func (y *toy) tick(ctx context.Context) {
	beat := time.NewTicker(toyTick)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
		y.mu.Lock()
		silent := y.is("silent") || y.is("silent when the node is down") && y.down
		y.mu.Unlock()
		if !silent {
			y.each(func(s *toySession) { s.put(`{"id":null,"method":"client.show_message","params":["tick"]}` + "\n") })
		}
	}
}

// each calls f for every session that has work, with its lock held.
func (y *toy) each(f func(s *toySession)) {
	y.mu.Lock()
	var all []*toySession
	for s := range y.live {
		all = append(all, s)
	}
	y.mu.Unlock()
	for _, s := range all {
		s.w.Lock()
		if s.ready {
			f(s)
		}
		s.w.Unlock()
	}
}

// makeJob makes the next job. It may be called before the toy listens.
func (y *toy) makeJob(clean bool) *toyJob {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.seq++
	j := &toyJob{seen: map[string]bool{}}
	j.id = strconv.Itoa(int(y.seq))
	if y.is("job ids again") {
		j.id = strconv.Itoa(int(y.seq % 3))
	}
	j.prev, j.clean, j.bits = y.tip, clean, toyBits
	j.version, j.ntime = 0x20000000, uint32(time.Now().Unix())
	if y.is("version within the mask") {
		j.version |= 0x2000
	}
	if clean && y.is("clean false") {
		j.clean = false
	}
	if !clean && y.is("clean always") {
		j.clean = true
	}
	script := []byte{3, 0x40, 0x0d, 0x03} // height 200,000
	if y.is("height not minimal") {
		script = []byte{4, 0x40, 0x0d, 0x03, 0}
	}
	unique := y.seq
	if y.is("same coinbase") {
		unique = 0
	}
	script = append(script, 8)
	script = binary.BigEndian.AppendUint64(script, uint64(unique))
	pad := 0
	if y.is("script too long") {
		pad = 90
	}
	script = append(script, make([]byte, pad)...)
	in := slices.Concat([]byte{1, 0, 0, 0, 1}, make([]byte, 32), []byte{0xff, 0xff, 0xff, 0xff, byte(len(script) + 12)}, script)
	out := slices.Concat([]byte{0xff, 0xff, 0xff, 0xff, 1}, make([]byte, 8), []byte{1, 0x51}, make([]byte, 4))
	if y.is("coinbase too big") {
		out = append(out, make([]byte, 600)...)
	}
	j.part1, j.part2 = in, out
	j.branch = [][]byte{bytes.Repeat([]byte{7}, 32), bytes.Repeat([]byte{9}, 32)}
	y.jobs[j.id], y.now = j, j
	return j
}

func (y *toy) newJob(context.Context) error {
	y.mu.Lock()
	stuck := y.jumped && y.is("clock stops jobs")
	y.mu.Unlock()
	if stuck {
		return nil
	}
	y.send(y.makeJob(false))
	return nil
}

func (y *toy) newBlock(context.Context) error {
	y.mu.Lock()
	y.tip = doubleSHA256(y.tip[:])
	y.mu.Unlock()
	y.send(y.makeJob(true))
	return nil
}

func (y *toy) send(j *toyJob) {
	y.each(func(s *toySession) { s.notify(j, j.clean) })
}

func (s *toySession) put(text string) {
	_ = s.conn.SetWriteDeadline(time.Now().Add(toyWrite))
	if s.toy.is("waits for slow readers") {
		_ = s.conn.SetWriteDeadline(time.Time{})
	}
	if _, err := s.conn.Write([]byte(text)); err != nil {
		s.conn.Close()
	}
}

func (s *toySession) reply(id json.RawMessage, result, fault string) {
	if len(id) == 0 {
		id = json.RawMessage("null")
	}
	switch {
	case s.toy.is("ids as texts") && id[0] != '"':
		id = json.RawMessage(`"` + string(id) + `"`)
	case s.toy.is("ids as floats"):
		if f, err := strconv.ParseFloat(string(id), 64); err == nil {
			id = strconv.AppendFloat(nil, f, 'g', -1, 64)
		}
	}
	switch {
	case s.toy.is("no error key") && fault == "null":
		s.put(fmt.Sprintf(`{"id":%s,"result":%s}`+"\n", id, result))
	case s.toy.is("errors as objects") && fault != "null":
		s.put(fmt.Sprintf(`{"id":%s,"result":%s,"error":{"code":20,"message":"x"}}`+"\n", id, result))
	default:
		s.put(fmt.Sprintf(`{"id":%s,"result":%s,"error":%s}`+"\n", id, result, fault))
	}
}

func (s *toySession) fault(id json.RawMessage, code int, text string) {
	s.reply(id, "null", fmt.Sprintf(`[%d,%q,null]`, code, text))
}

func (s *toySession) setDifficulty() {
	text := strconv.FormatFloat(s.diff, 'f', -1, 64)
	switch {
	case s.toy.is("difficulty as text"):
		text = `"` + text + `"`
	case s.toy.is("difficulty with exponent"):
		text = strconv.FormatFloat(s.diff, 'e', -1, 64)
	}
	s.put(`{"id":null,"method":"mining.set_difficulty","params":[` + text + "]}\n")
}

func (s *toySession) notify(j *toyJob, clean bool) {
	mask := s.mask
	s.frozen[j.id] = [2]float64{s.diff, float64(mask)}
	prev := j.prev
	if !s.toy.is("previous hash not swapped") {
		for i := 0; i < 32; i += 4 {
			slices.Reverse(prev[i : i+4])
		}
	}
	var branch []string
	for _, b := range j.branch {
		branch = append(branch, hex.EncodeToString(b))
	}
	ntime := hex8(j.ntime)
	if s.toy.is("time little-endian") {
		var b [4]byte
		binary.LittleEndian.PutUint32(b[:], j.ntime)
		ntime = hex.EncodeToString(b[:])
	}
	params, _ := json.Marshal([]any{j.id, hex.EncodeToString(prev[:]), hex.EncodeToString(j.part1), hex.EncodeToString(j.part2), branch, hex8(j.version), hex8(j.bits), ntime, clean})
	s.put(`{"id":null,"method":"mining.notify","params":` + string(params) + "}\n")
}

func (s *toySession) run() {
	in := bufio.NewReaderSize(s.conn, 4096)
	if s.toy.proxy || s.toy.is("proxy header of anybody") {
		s.readProxy(in)
	}
	if !s.toy.is("no subscribe timeout") && !s.toy.is("endless lines") {
		_ = s.conn.SetReadDeadline(time.Now().Add(s.toy.patience))
	}
	for {
		text, err := in.ReadSlice('\n')
		if err == bufio.ErrBufferFull && s.toy.is("endless lines") {
			continue
		}
		if err != nil {
			return
		}
		s.w.Lock()
		ok := s.take(text)
		s.w.Unlock()
		if !ok {
			return
		}
	}
}
