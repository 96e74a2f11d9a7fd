package stratum

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSHA3xNothingBeforeLogin(t *testing.T) {
	p := newBlobPool(1)
	_, addr := serveBlobs(t, p, nil)
	c := dial(t, addr)
	c.send(share("1", "j100", "0000000000000001"), `{"id":2,"method":"keepalived"}`, `{"id":3,"method":"getjob"}`,
		`{"id":4,"method":"mining.subscribe","params":[]}`, `{"method":"whatever"}`)
	c.want(sha3xRefused("1", Unauthorized), sha3xRefused("2", Unauthorized), sha3xRefused("3", Unauthorized), sha3xNo("4", 20, "unknown-method"))
	if len(p.submissions()) != 0 || p.rejections(Unauthorized) != 1 {
		t.Errorf("judged %v, %d rejections", p.submissions(), p.rejections(Unauthorized))
	}
	c.loginSHA3x() // and all is well afterwards
}

func TestSHA3xRefusedLogins(t *testing.T) {
	srv, addr := serveBlobs(t, newBlobPool(1), nil)
	c := dial(t, addr)
	login := func(params string) { c.send(`{"id":1,"method":"login","params":` + params + `}`) }
	for _, tt := range []struct{ params, want string }{
		{`{}`, errNoLogin.Error()},
		{`{"login":""}`, errNoLogin.Error()},
		{`{"login":7}`, errNoLogin.Error()},
		{`["addr","x"]`, errNoLogin.Error()},
		{`{"login":"addr","algo":["rx/0","cuckaroo29"]}`, errAlgorithm.Error()},
		{`{"login":"addr","algo":{"sha3x":1}}`, errAlgorithm.Error()},
		{`{"login":"solo:addr"}`, errSoloLogin.Error()},
	} {
		login(tt.params)
		c.want(sha3xNo("1", 24, tt.want))
	}
	login(`{"login":"bad"}`)
	c.want(sha3xNo("1", 24, `no \"address\" at all`))
	if got := c.line(); got != "" {
		t.Errorf("after %d refusals: got %s, want the end", authorizeTries, got)
	}
	eventually(t, "close", func() bool { return srv.Closed(AuthorizeRefused) == 1 })
}

func TestSHA3xFormsOfLogin(t *testing.T) {
	for _, tt := range []struct {
		params, user string
		difficulty   uint64
	}{
		{`{"login":"addr"}`, "addr", 1000},
		{`{"login":"addr","pass":"x","rigid":""}`, "addr", 1000},
		{`{"login":"addr","pass":"rig-7"}`, "addr.rig-7", 1000},
		{`{"login":"addr","pass":"x","rigid":"rig7"}`, "addr.rig7", 1000},
		{`{"login":"addr.one","pass":"two","rigid":"three"}`, "addr.one", 1000},
		{`{"login":"addr","pass":"` + strings.Repeat("p", 33) + `"}`, "addr", 1000},
		{`{"login":"addr","pass":"not a name"}`, "addr", 1000},
		{`{"login":"addr","pass":"d=5000"}`, "addr", 5000},
		{`{"login":"addr","pass":12}`, "addr.12", 1000},
		{`{"login":"addr=100G"}`, "addr", 100e9},
		{`{"login":"addr=1.5k.rig"}`, "addr.rig", 1500},
		{`{"login":"addr=2000.rig"}`, "addr.rig", 2000},
		{`{"login":"addr=2M_rig"}`, "addr_rig", 2e6},
		{`{"login":"addr.rig+60000000000"}`, "addr.rig", 60e9},
		{`{"login":"addr+3t"}`, "addr", 3e12},
		{`{"login":"addr+rig"}`, "addr+rig", 1000},
		{`{"login":"addr=","algo":null}`, "addr=", 1000},
		{`{"login":"addr","algo":"SHA3x"}`, "addr", 1000},
		{`{"login":"addr","algo":["cuckaroo","sha3x"],"agent":5}`, "addr", 1000},
	} {
		p := newBlobPool(1)
		p.newest.ceiling = 1e15
		_, addr := serveBlobs(t, p, nil)
		c := dial(t, addr)
		c.send(`{"id":1,"method":"login","params":` + tt.params + `}`)
		j := c.loggedIn()
		if p.logins[0].User != tt.user || j.Target != le64(tt.difficulty) {
			t.Errorf("%s: user %q, target %s, want %q and that of %d", tt.params, p.logins[0].User, j.Target, tt.user, tt.difficulty)
		}
	}
}

// A fixed difficulty is not tuned.
func TestSHA3xFixedDifficulty(t *testing.T) {
	p := newBlobPool(1)
	tuner := &fakeTuner{next: 7}
	_, addr := serveBlobs(t, p, func(c *Config) {
		c.Listeners[0].Profile.NewTuner = func(float64, float64) Tuner { return tuner }
	})
	c := dial(t, addr)
	c.send(strings.Replace(loginLine, "addr.rig", "addr=5k", 1))
	j := c.loggedIn()
	c.send(share("2", j.JobID, j.XN+"000000000001"))
	c.want(sha3xOK("2"))
	c.alive()
}

func TestSHA3xLines(t *testing.T) {
	p := newBlobPool(1)
	srv, addr := serveBlobs(t, p, nil)

	// Half lines.
	c := dial(t, addr)
	for _, b := range []byte(loginLine + "\r\n\n \n") {
		c.raw(string(b))
	}
	j := c.loggedIn()
	line := share("2", j.JobID, j.XN+"000000000001") + "\n"
	c.raw(line[:50])
	c.raw(line[50:] + line[:20])
	c.want(sha3xOK("2"))
	c.raw(line[20:])
	c.want(sha3xOK("2"))

	// Many in one.
	c.raw(strings.Repeat(line, 3*turnLines))
	for range 3 * turnLines {
		c.want(sha3xOK("2"))
	}

	// Junk is borne, up to a bound.
	for range junkLimit {
		c.send("junk")
		c.want(sha3xNo("null", 20, "invalid-json"))
	}
	c.send(`{"result":true}`, `{"id":1,"error":null}`) // answers to nothing are none
	c.send("junk")
	c.want(sha3xNo("null", 20, "invalid-json"), "")
	eventually(t, "junk", func() bool { return srv.Closed(TooMuchJunk) == 1 })

	// Long lines, before and after the login.
	c = dial(t, addr)
	c.raw(strings.Repeat("x", lineLimitEarly+1))
	c.want(sha3xNo("null", 20, "line-too-long"), "")
	c = dial(t, addr)
	c.loginSHA3x()
	c.raw(strings.Repeat("x", lineLimit) + "\n")
	c.want(sha3xNo("null", 20, "invalid-json"))
	c.raw(strings.Repeat("x", lineLimit+1) + "\n")
	c.want(sha3xNo("null", 20, "line-too-long"), "")
	eventually(t, "long lines", func() bool { return srv.Closed(LineTooLong) == 2 })
}

func TestSHA3xHandshakeHasALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		srv, _ := serveBlobs(t, newBlobPool(1), func(c *Config) { c.Listeners[0].Listener = l })
		c := l.dial(t)
		begin := time.Now()
		if got := c.raw15(); got != "" {
			t.Errorf("got %s", got)
		}
		d := time.Since(begin)
		synctest.Wait()
		if d < 15*time.Second || d > 17*time.Second || srv.Closed(SubscribeTimeout) != 1 {
			t.Errorf("ended after %v", d)
		}
	})
}

// raw15 is line with more patience.
func (c *client) raw15() string {
	c.conn.SetReadDeadline(time.Now().Add(time.Minute))
	s, _ := c.in.ReadString('\n')
	return s
}

func TestSHA3xFullServerRefuses(t *testing.T) {
	_, addr := serveBlobs(t, newBlobPool(1), func(c *Config) { c.MaxSessions = 1 })
	dial(t, addr).loginSHA3x()
	dial(t, addr).want(sha3xNo("null", 20, "server-full"), "")
}

// No two sessions have the same part of the nonce, and a part that was given back
// is the last to be used again.
func TestSHA3xSearchSpaces(t *testing.T) {
	p := newBlobPool(1)
	srv, addr := serveBlobs(t, p, func(c *Config) { c.NodePrefix = []byte{0xab, 0xcd} })
	seen := map[string]bool{}
	for range 50 {
		c := dial(t, addr)
		j := c.loginSHA3x()
		if seen[j.XN] || !strings.HasPrefix(j.XN, "ab") || len(j.XN) != 4 {
			t.Fatalf("xn %q among %v", j.XN, seen)
		}
		seen[j.XN] = true
		if len(seen)%2 == 0 { // every other leaves at once
			c.conn.Close()
			eventually(t, "leave", func() bool { return srv.Live() == len(seen)/2 })
		}
	}
}

func TestSHA3xSearchSpacesRunOut(t *testing.T) {
	p := newBlobPool(1)
	srv, addr := serveBlobs(t, p, func(c *Config) { c.NodePrefix = []byte{0xab} })
	srv.leases.mu.Lock()
	for i := range 255 {
		srv.leases.used[[extranonce1Size]byte{0xab, byte(i)}] = struct{}{}
	}
	srv.leases.mu.Unlock()
	c := dial(t, addr)
	if j := c.loginSHA3x(); j.XN != "abff" {
		t.Errorf("the last free xn: got %s", j.XN)
	}
	d := dial(t, addr)
	d.send(loginLine)
	d.want(sha3xNo("1", 20, "extranonce-exhausted"), "")
	eventually(t, "close", func() bool { return srv.Closed(ExtranonceGone) == 1 })
	c.conn.Close()
	eventually(t, "leave", func() bool { return srv.Live() == 0 })
	if j := dial(t, addr).loginSHA3x(); j.XN != "abff" {
		t.Errorf("the free xn again: got %s", j.XN)
	}
}

func TestSHA3xAnswersThatWaitAreFew(t *testing.T) {
	_, addr := serveBlobs(t, newBlobPool(), nil)
	c := dial(t, addr)
	c.send(loginLine)
	for range asksLimit - 1 {
		c.send(`{"id":2,"method":"getjob"}`)
	}
	c.alive()
	c.send(`{"id":3,"method":"getjob"}`, loginLine)
	c.want(sha3xRefused("3", Overload), sha3xNo("1", 24, errAsks.Error()))
}

func TestSHA3xLineToReplyDoesNotAllocate(t *testing.T) {
	p := &atomicBlobs{quietPool()}
	s := bareBlobs(p, &sink{})
	s.feed([]byte(loginLine + "\n"))
	xn := fmt.Sprintf("%x", s.lease.extranonce[:SHA3xExtranonce])
	line := []byte(share("4711", "j100", xn+"000000000001") + "\n")
	for _, lines := range []int{1, 10} {
		b := bytes.Repeat(line, lines)
		before := s.accepted.Load()
		if n := testing.AllocsPerRun(100, func() { s.feed(b) }); n != 0 {
			t.Errorf("%d lines: %v allocations, want 0", lines, n)
		}
		if got := s.accepted.Load() - before; got != uint64(101*lines) {
			t.Errorf("%d accepted, want %d", got, 101*lines)
		}
	}
}

// atomicBlobs is a blob pool without locks.
type atomicBlobs struct{ *atomicPool }

func (p *atomicBlobs) Job() Job { return blobJob{p.job} }

// What a line says is the same, read the quick way or by encoding/json.
func FuzzNamedParams(f *testing.F) {
	f.Add([]byte(loginLine))
	f.Add([]byte(share("1", "j100", "0011223344556677")))
	f.Add([]byte(`{"id":1,"method":"submit","params":{"nonce":"a","nonce":1,"x":null},"params":{}}`))
	f.Add([]byte(`{"method":"submit","params":[1,2]}`))
	f.Add([]byte(`{"method":"submit","params":null}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		quick, slow := request{names: sha3xNames}, request{names: sha3xNames}
		if !quick.scan(line) {
			return
		}
		if !slow.decode(line) {
			t.Fatalf("%q: scanned, but not decoded", line)
		}
		if !bytes.Equal(quick.id, slow.id) || !bytes.Equal(quick.method, slow.method) || quick.response != slow.response {
			t.Fatalf("%q: scanned %+v, decoded %+v", line, quick, slow)
		}
		for i := range sha3xNames {
			if a, b := quick.param(i), slow.param(i); a.kind != b.kind || !bytes.Equal(a.raw, b.raw) {
				t.Fatalf("%q: %s: scanned %d %q, decoded %d %q", line, sha3xNames[i], a.kind, a.raw, b.kind, b.raw)
			}
		}
	})
}

func FuzzSplitLogin(f *testing.F) {
	for _, s := range []string{"addr=100G", "a.b+5", "a+=", "=1", "a=1.5.x", "a=1e9", "a=inf"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, login string) {
		user, d := splitLogin(login)
		if d < 0 || d != d || d == 0 && user != login || len(user) > len(login) {
			t.Errorf("%q: %q, %v", login, user, d)
		}
		if whole := (sha3xDialect{}).whole(d); !(whole >= 1 && whole <= mostDifficulty) || target64(whole) == 0 {
			t.Errorf("%q: difficulty %v is told as %v", login, d, whole)
		}
	})
}
