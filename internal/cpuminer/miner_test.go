package cpuminer

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const easy = 1e-7 // about 430 hashes of sha256d a share

func TestShares(t *testing.T) {
	f := mustFake(t)
	r := mustRun(t, Config{URL: "stratum+tcp://" + f.address(), Password: "d=1"})
	p := f.accept()
	p.welcome("f000000f", 4)
	j := task{id: "j1", extranonce1: "f000000f", version: 0x20000000, difficulty: easy, alg: "sha256d"}
	p.send(`{"id":null,"method":"mining.set_difficulty","params":[%v]}`, easy)
	p.notify(j, true)

	seen := map[string]bool{}
	answers := []string{`true,"error":null`, `null,"error":[23,"low-difficulty",null]`, `true,"error":null`, `false,"error":[21,"stale",null]`}
	for i, answer := range answers {
		q := p.next("mining.submit")
		j.check(t, q)
		if got := q.text(0); got != "address.worker" {
			t.Errorf("user: got %q", got)
		}
		key := fmt.Sprintf("%s", q.Params[2:])
		if seen[key] {
			t.Errorf("share %s sent twice", key)
		}
		seen[key] = true
		p.send(`{"id":%s,"result":%s}`, q.ID, answer)
		s := r.share(t)
		if s.JobID != "j1" || s.Extranonce1 != "f000000f" || s.Extranonce2 != q.text(2) || hex8(s.NTime) != q.text(3) ||
			hex8(s.Nonce) != q.text(4) || s.Rolling || !s.Answered || s.Difficulty != easy {
			t.Errorf("share %d: got %+v, sent %s", i, s, q.Params)
		}
		if want := i%2 == 0; s.Accepted != want {
			t.Errorf("share %d: got accepted %v, want %v", i, s.Accepted, want)
		}
	}
	if e := r.wait(t, EventRejected); e.Reason != "low-difficulty" {
		t.Errorf("got reason %q, want low-difficulty", e.Reason)
	}
	r.stop()
	st := r.Stats()
	if st.Accepted != 2 || st.Rejected["low-difficulty"] != 1 || st.Rejected["stale"] != 1 || len(st.Rejected) != 2 ||
		st.Hashes == 0 || st.Uptime <= 0 || st.Connected || st.Difficulty != easy {
		t.Errorf("got %+v", st)
	}
}

func TestVersionRolling(t *testing.T) {
	f := mustFake(t)
	r := mustRun(t, Config{URL: f.address(), VersionRolling: true})
	p := f.accept()
	q := p.next("mining.configure")
	p.send(`{"id":%s,"result":{"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null}`, q.ID)
	p.welcome("0a", 8)
	// A narrower mask counts from the next job on.
	p.send(`{"id":null,"method":"mining.set_version_mask","params":["00006000"]}`)
	p.send(`{"id":null,"method":"mining.set_difficulty","params":[0.00001]}`)
	j := task{id: "1", extranonce1: "0a", mask: 0x6000, version: 0x20000000, difficulty: 0.00001, alg: "sha256d"}
	p.notify(j, true)
	seen := map[string]bool{}
	for len(seen) < 4 {
		q := p.next("mining.submit")
		j.check(t, q)
		seen[q.text(5)] = true
		p.yes(q)
		if s := r.share(t); !s.Rolling || hex8(s.VersionBits) != q.text(5) {
			t.Fatalf("got %+v, sent %s", s, q.Params)
		}
	}
}

func TestScryptOverVersionRefused(t *testing.T) {
	f := mustFake(t)
	mustRun(t, Config{URL: f.address(), VersionRolling: true, Algorithm: "scrypt"})
	p := f.accept()
	p.send(`{"id":%s,"result":null,"error":[20,"unknown method",null]}`, p.next("mining.configure").ID)
	p.welcome("00", 2)
	const d = 0.0002 // a dozen scrypt hashes
	p.send(`{"id":null,"method":"mining.set_difficulty","params":["%v"]}`, d)
	j := task{id: "1", extranonce1: "00", version: 2, difficulty: d, alg: "scrypt"}
	p.notify(j, true)
	for range 3 {
		q := p.next("mining.submit")
		j.check(t, q)
		p.yes(q)
	}
}

// TestCleanJob floods the miner with shares until a clean job comes: from then
// on nothing of the old job is sent, however many shares were waiting.
func TestCleanJob(t *testing.T) {
	f := mustFake(t)
	r := mustRun(t, Config{URL: f.address()})
	p := f.accept()
	p.welcome("00", 4)
	const trivial = 1e-9
	p.send(`{"id":null,"method":"mining.set_difficulty","params":[%v]}`, trivial)
	old := task{id: "old", extranonce1: "00", version: 4, difficulty: trivial, alg: "sha256d"}
	p.notify(old, true)
	// Unanswered submissions fill the window, and no more come.
	var open []asked
	for range window {
		q := p.next("mining.submit")
		old.check(t, q)
		open = append(open, q)
	}
	young := old
	young.id, young.difficulty = "young", easy
	p.send(`{"id":null,"method":"mining.set_difficulty","params":[%v]}`, easy)
	p.send(`{"id":null,"method":"mining.set_extranonce","params":["beef",6]}`)
	young.extranonce1 = "beef"
	p.notify(young, true)
	if e := r.wait(t, EventJob); e.JobID != "old" {
		t.Fatalf("first job: got %q", e.JobID)
	}
	if e := r.wait(t, EventJob); e.JobID != "young" || !e.Clean || e.Difficulty != easy {
		t.Fatalf("second job: got %+v", e)
	}
	for _, q := range open {
		p.yes(q)
	}
	for range 20 {
		q := p.next("mining.submit")
		young.check(t, q)
		if got := len(q.text(2)); got != 12 {
			t.Fatalf("extranonce2 %q, want 6 bytes", q.text(2))
		}
		p.yes(q)
	}
}

// A difficulty without a job changes nothing yet; a job that is not clean
// replaces the one before.
func TestDifficultyOfNextJob(t *testing.T) {
	f := mustFake(t)
	r := mustRun(t, Config{URL: f.address()})
	p := f.accept()
	p.welcome("00", 4)
	p.send(`{"id":null,"method":"mining.set_difficulty","params":[%v]}`, easy)
	j := task{id: "1", extranonce1: "00", version: 4, difficulty: easy, alg: "sha256d"}
	p.notify(j, true)
	p.send(`{"id":null,"method":"mining.set_difficulty","params":[1e30]}`)
	p.notify(j, true) // the same job again is no news
	for range 5 {
		q := p.next("mining.submit")
		j.check(t, q)
		p.yes(q)
	}
	// At a difficulty of 1e30 nothing is found any more. Each thread may still
	// hold a share of the old job, which is good as the new one is not clean.
	k := j
	k.id = "2"
	p.notify(k, false)
	for e := r.wait(t, EventJob); e.JobID != "2"; e = r.wait(t, EventJob) {
	}
	late := 0
	for ping := 100; ping < 110; ping++ {
		p.send(`{"id":%d,"method":"mining.ping","params":[]}`, ping)
		for {
			q, err := p.read()
			if err != nil {
				t.Fatal(err)
			}
			if q.Method == "" {
				break
			}
			j.check(t, q)
			if ping > 100 {
				late++
			}
		}
	}
	if late > 2 {
		t.Errorf("%d shares of the old job after the new one, want at most one of each thread", late)
	}
}

func TestServerCalls(t *testing.T) {
	f := mustFake(t)
	r := mustRun(t, Config{URL: f.address()})
	p := f.accept()
	p.welcome("00", 4)
	p.send(`{"id":"v","method":"client.get_version","params":[]}`)
	if q := p.next(""); string(q.ID) != `"v"` || q.Result != agent || q.Error != nil {
		t.Errorf("get_version: got %+v", q)
	}
	p.send("\r\n \t{\"id\":5,\"method\":\"mining.ping\",\"params\":null}\r")
	if q := p.next(""); q.Result != "pong" {
		t.Errorf("ping: got %+v", q)
	}
	p.send(`{"id":6,"method":"mining.unheard_of"}`)
	if q := p.next(""); q.Error == nil || q.Result != nil {
		t.Errorf("unknown method: got %+v", q)
	}
	p.send(`{"id":null,"method":"mining.unheard_of","params":{"a":1}}`) // no reply to a notification
	p.send(`{"id":null,"method":"client.show_message","params":["hello"]}`)
	if e := r.wait(t, EventMessage); e.Reason != "hello" {
		t.Errorf("show_message: got %q", e.Reason)
	}
}

func TestReconnect(t *testing.T) {
	first, second := mustFake(t), mustFake(t)
	r := mustRun(t, Config{URL: first.address()})
	p := first.accept()
	p.welcome("00", 4)
	p.send(`{"id":null,"method":"mining.set_difficulty","params":[%v]}`, easy)
	j := task{id: "1", extranonce1: "00", version: 4, difficulty: easy, alg: "sha256d"}
	p.notify(j, true)
	q := p.next("mining.submit")
	// The other port of the same host, then home again.
	port := second.address()[strings.LastIndexByte(second.address(), ':')+1:]
	p.send(`{"id":null,"method":"client.reconnect","params":["127.0.0.1","%s",0]}`, port)
	if e := r.wait(t, EventLost); e.Wait <= 0 {
		t.Errorf("got %+v, want a wait", e)
	}
	if s := r.share(t); s.Answered || s.Accepted || s.Extranonce2 != q.text(2) || s.Reason == "" {
		t.Errorf("got %+v, want it unanswered", s)
	}
	p2 := second.accept()
	p2.welcome("01", 4)
	p2.send(`{"id":null,"method":"client.reconnect","params":["thief.example",1]}`)
	p3 := first.accept()
	p3.welcome("02", 4)
	j.extranonce1, j.difficulty = "02", easy
	p3.send(`{"id":null,"method":"mining.set_difficulty","params":[%v]}`, easy)
	p3.notify(j, true) // an old job id on a new connection is new work
	q = p3.next("mining.submit")
	j.check(t, q)
	p3.conn.Close()
	first.accept().welcome("03", 4)
	if st := r.Stats(); st.Unanswered == 0 {
		t.Errorf("got %+v, want unanswered shares", st)
	}
}

func TestRefused(t *testing.T) {
	f := mustFake(t)
	r := mustRun(t, Config{URL: f.address()})
	for range 2 { // and again
		p := f.accept()
		p.send(`{"id":%s,"result":[[],"00",4],"error":null}`, p.next("mining.subscribe").ID)
		p.send(`{"id":%s,"result":null,"error":[24,"no such address",null]}`, p.next("mining.authorize").ID)
		if e := r.wait(t, EventRefused); e.Reason != "no such address" {
			t.Errorf("got %+v", e)
		}
	}
}

// A job that comes before the replies of the handshake is begun after them.
func TestEarlyJob(t *testing.T) {
	f := mustFake(t)
	mustRun(t, Config{URL: f.address()})
	p := f.accept()
	p.send(`{"id":null,"method":"mining.set_difficulty","params":[%v]}`, easy)
	j := task{id: "1", extranonce1: "ab", version: 4, difficulty: easy, alg: "sha256d"}
	p.notify(j, false)
	p.welcome("ab", 1)
	j.check(t, p.next("mining.submit"))
}

func TestBrokenServer(t *testing.T) {
	for name, line := range map[string]string{
		"no JSON":            `hello`,
		"zero difficulty":    `{"id":null,"method":"mining.set_difficulty","params":[0]}`,
		"short notify":       `{"id":null,"method":"mining.notify","params":["1"]}`,
		"bad extranonce":     `{"id":null,"method":"mining.set_extranonce","params":["0",4]}`,
		"huge extranonce2":   `{"id":null,"method":"mining.set_extranonce","params":["00",4000000000]}`,
		"no previous hash":   `{"id":null,"method":"mining.notify","params":["1","","","",[],"00000000","00000000","00000000",true]}`,
		"a very long line":   strings.Repeat(" ", maxLine+1),
		"bad mask":           `{"id":null,"method":"mining.set_version_mask","params":["xyz"]}`,
		"subscribe declined": `{"id":2,"result":null,"error":[20,"no",null]}`,
	} {
		t.Run(name, func(t *testing.T) {
			f := mustFake(t)
			r := mustRun(t, Config{URL: f.address(), RateLimit: 1})
			p := f.accept()
			p.welcome("00", 4)
			if _, err := fmt.Fprintln(p.conn, line); err != nil && name != "a very long line" {
				t.Fatal(err)
			}
			if e := r.wait(t, EventLost); !strings.Contains(e.Reason, string(ErrProtocol)) {
				t.Errorf("got %q, want %q", e.Reason, ErrProtocol)
			}
		})
	}
}

func TestTLS(t *testing.T) {
	certified := httptest.NewTLSServer(nil)
	defer certified.Close()
	f := mustFake(t)
	f.l = tls.NewListener(f.l, &tls.Config{Certificates: certified.TLS.Certificates})
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	r := mustRun(t, Config{URL: "stratum+ssl://" + f.address(), TLS: &tls.Config{RootCAs: roots}})
	f.accept().welcome("00", 4)
	r.wait(t, EventAuthorized)

	r = mustRun(t, Config{URL: "stratum+ssl://" + f.address()}) // does not trust it
	if _, err := f.accept().read(); err == nil {
		t.Error("spoke with a server that it must not trust")
	}
	if e := r.wait(t, EventLost); !strings.Contains(e.Reason, "certificate") {
		t.Errorf("got %q", e.Reason)
	}
}

// A rate-limited thread does not sleep over a new job.
func TestPaceYieldsToJobs(t *testing.T) {
	f := mustFake(t)
	r := mustRun(t, Config{URL: f.address(), RateLimit: 0.05, Threads: 1})
	p := f.accept()
	p.welcome("00", 4)
	p.notify(task{id: "0", version: 4}, true)
	for i := 1; i <= 3; i++ {
		r.wait(t, EventJob)
		deadline := time.Now().Add(patience)
		for r.Stats().Hashes < uint64(i) {
			if time.Now().After(deadline) {
				t.Fatalf("got %d hashes, want one for each of %d jobs", r.Stats().Hashes, i)
			}
			time.Sleep(time.Millisecond)
		}
		p.notify(task{id: fmt.Sprint(i), version: 4}, true)
	}
}

func TestSilence(t *testing.T) {
	f := mustFake(t)
	r := mustRun(t, Config{URL: f.address()}, func(m *Miner) { m.silence = 50 * time.Millisecond })
	f.accept().welcome("00", 4)
	if e := r.wait(t, EventLost); !strings.Contains(e.Reason, string(ErrSilent)) {
		t.Errorf("got %q", e.Reason)
	}
	f.accept() // and back again
}

func TestHandshakeTimeout(t *testing.T) {
	f := mustFake(t)
	r := mustRun(t, Config{URL: f.address()}, func(m *Miner) { m.handshake = 50 * time.Millisecond })
	f.accept()
	if e := r.wait(t, EventLost); !strings.Contains(e.Reason, string(ErrSilent)) {
		t.Errorf("got %q", e.Reason)
	}
}

// soon is some milliseconds on a free machine, and less than any pause.
const soon = 900 * time.Millisecond

func TestStopsAtOnce(t *testing.T) {
	for name, cfg := range map[string]Config{
		"hashing":           {},
		"scrypt":            {Algorithm: "scrypt"},
		"waiting for pace":  {RateLimit: 0.1},
		"waiting for reply": {},
	} {
		t.Run(name, func(t *testing.T) {
			f := mustFake(t)
			cfg.URL = f.address()
			r := mustRun(t, cfg)
			p := f.accept()
			p.welcome("00", 4)
			if name == "waiting for reply" {
				p.send(`{"id":null,"method":"mining.set_difficulty","params":[1e-9]}`)
			}
			p.notify(task{id: "1", version: 4}, true)
			r.wait(t, EventJob)
			if name == "waiting for reply" {
				for range window {
					p.next("mining.submit")
				}
			}
			if got := r.stop(); got > soon && !raceEnabled {
				t.Errorf("took %v", got)
			}
		})
	}
	t.Run("without a server", func(t *testing.T) {
		f := mustFake(t)
		f.l.Close()
		r := mustRun(t, Config{URL: f.address()})
		r.wait(t, EventLost)
		if got := r.stop(); got > soon {
			t.Errorf("took %v", got)
		}
	})
}

func TestRateLimit(t *testing.T) {
	f := mustFake(t)
	r := mustRun(t, Config{URL: f.address(), RateLimit: 2000, Threads: 2})
	p := f.accept()
	p.welcome("00", 4)
	p.notify(task{id: "1", version: 4}, true)
	r.wait(t, EventJob)
	begin := time.Now()
	deadline := begin.Add(patience)
	for r.Stats().Hashes < 1000 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	// A quarter of a second's worth may be made up for at the start.
	if took := time.Since(begin); took < 250*time.Millisecond || took > 5*time.Second {
		t.Errorf("1000 hashes at 2000 a second took %v", took)
	}
}

func TestConfig(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no server":        {User: "u"},
		"no user":          {URL: "h:1"},
		"algorithm":        {URL: "h:1", User: "u", Algorithm: "sha3x"},
		"negative threads": {URL: "h:1", User: "u", Threads: -1},
		"negative rate":    {URL: "h:1", User: "u", RateLimit: -1},
	} {
		if _, err := New(cfg); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: got %v, want %v", name, err, ErrConfig)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	m, err := New(Config{URL: "h:1", User: "u", Threads: 1})
	if err != nil {
		b.Fatal(err)
	}
	w := &work{notice: &notice{receivedTime: time.Now()}, alg: m.alg, extranonce2Len: 8, done: make(chan struct{})}
	var r roll
	w.next(&r)
	r.nonces = uint64(b.N)
	b.ResetTimer()
	m.hash(b.Context(), w, &r, &pacer{})
}
