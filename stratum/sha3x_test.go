package stratum

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSHA3xLoginIsAnsweredWithAJob(t *testing.T) {
	p := newBlobPool(7)
	srv, addr := serveBlobs(t, p, nil)
	c := dial(t, addr)
	c.send(loginLine)
	got := c.line()
	id, xn := got[len(`{"id":1,"jsonrpc":"2.0","result":{"id":"`):][:16], srv.leasedOnly(t)
	want := `{"id":1,"jsonrpc":"2.0","result":{"id":"` + id + `","job":{"job_id":"j700","target":"efa7c64b37894100","xn":"` + xn +
		`","blob":"0102` + strings.Repeat("00", 29) + `ff","height":7,"algo":"sha3x"},"status":"OK"},"error":null}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	c.alive()
	i := srv.Sessions()[0]
	if i.Agent != "graxil/1" || strings.Join(i.Workers, " ") != "addr.rig" || !i.Subscribed || i.Difficulty != 1000 {
		t.Errorf("session %+v", i)
	}
}

// leasedOnly is the only extranonce that is out.
func (srv *Server) leasedOnly(t *testing.T) string {
	t.Helper()
	srv.leases.mu.Lock()
	defer srv.leases.mu.Unlock()
	for e := range srv.leases.used {
		if len(srv.leases.used) == 1 && e[2] == 0 && e[3] == 0 {
			return fmt.Sprintf("%x", e[:2])
		}
	}
	t.Fatalf("leases %v, want one of two bytes", srv.leases.used)
	return ""
}

// The values of public pools.
func TestSHA3xTargets(t *testing.T) {
	for _, c := range []struct {
		difficulty float64
		target     uint64
		line       string
	}{
		{60e9, 307445734, "e63f531200000000"},
		{100000000399, 184467440, "f0bffe0a00000000"},
		{300e9, 61489146, "fa3faa0300000000"},
		{1, math.MaxUint64, "ffffffffffffffff"},
		{0.001, math.MaxUint64, "ffffffffffffffff"},
		{1e300, 1, "0100000000000000"},
	} {
		p := newBlobPool(1)
		p.newest.ceiling = math.Inf(1)
		_, addr := serveBlobs(t, p, func(cfg *Config) { cfg.Listeners[0].Profile.Start = c.difficulty })
		m := dial(t, addr)
		j := m.loginSHA3x()
		if j.Target != c.line {
			t.Errorf("difficulty %v: target %s, want %s", c.difficulty, j.Target, c.line)
		}
		// A share is held against what the miner was told, not against the
		// exact difficulty.
		m.send(share("2", j.JobID, j.XN+"000000000001"))
		m.want(sha3xOK("2"))
		if got, want := targetHex(p.submissions()[0].Target), fmt.Sprintf("%016x", c.target)+strings.Repeat("f", 48); got != want {
			t.Errorf("difficulty %v: judged by %s, want %s", c.difficulty, got, want)
		}
	}
}

func TestSHA3xSubmissionIsWhatTheMinerHashed(t *testing.T) {
	p := newBlobPool(1)
	srv, addr := serveBlobs(t, p, nil)
	c := dial(t, addr)
	j := c.loginSHA3x()
	c.send(share("2", j.JobID, j.XN+"030405060708"))
	c.want(sha3xOK("2"))
	s := p.submissions()[0]
	var xn [2]byte
	fmt.Sscanf(j.XN, "%02x%02x", &xn[0], &xn[1])
	nonce := uint64(xn[0]) | uint64(xn[1])<<8 | 0x0807060504030000
	if s.Nonce != nonce || extranonceHex(s) != j.XN || s.Job.ID() != "j1" || s.NTime != 0 || s.VersionBits != 0 || s.Mask != 0 ||
		s.Worker.Name() != "addr.rig" || s.Payee.Name() != "addr.rig" || s.Difficulty != 1000 || s.Now.IsZero() {
		t.Errorf("submission %+v, want nonce %x", s, nonce)
	}
	if i := srv.Sessions()[0]; i.Accepted != 1 || i.Work != 1000 || i.LastShare.IsZero() {
		t.Errorf("session %+v", i)
	}
}

func TestSHA3xFormsOfSubmit(t *testing.T) {
	p := newBlobPool(1)
	srv, addr := serveBlobs(t, p, nil)
	c := dial(t, addr)
	j := c.loginSHA3x()
	foreign := fmt.Sprintf("%02x", j.XN[0]^1) + j.XN[2:]
	nonce := j.XN + "0000000000ab"
	params := func(s string) string {
		s = strings.NewReplacer("JOB", j.JobID, "NONCE", nonce, "HASH", strings.Repeat("ab", 32)).Replace(s)
		return `{"id":5,"jsonrpc":"2.0","method":"submit","params":` + s + `}`
	}
	for _, tt := range []struct {
		name, line string
		want       Reason
	}{
		{"usual", params(`{"id":"s","job_id":"JOB","nonce":"NONCE","result":"HASH"}`), Accepted},
		{"wallet as id", params(`{"id":"125ohcEDcG8sL4DcdtqZ6YLbSgVYFJWtGeCfHmRocTcyGNYRqMYidnfs1JQPijqQvqV5SLygC5ynxZH3zED5Rr9fPAW","job_id":"JOB","nonce":"NONCE","result":"HASH"}`), Accepted},
		{"no id", params(`{"job_id":"JOB","nonce":"NONCE","result":"HASH"}`), Accepted},
		{"no result", params(`{"job_id":"JOB","nonce":"NONCE"}`), Accepted},
		{"result null", params(`{"job_id":"JOB","nonce":"NONCE","result":null}`), Accepted},
		{"upper hex", params(`{"job_id":"JOB","nonce":"` + strings.ToUpper(nonce) + `","result":"` + strings.Repeat("AB", 32) + `"}`), Accepted},
		{"any order, more members", params(`{"extra":1,"nonce":"NONCE","worker":"w","deep":{"a":[1]},"job_id":"JOB"}`), Accepted},
		{"repeated member", params(`{"nonce":"zz","nonce":"NONCE","job_id":"JOB"}`), Accepted},
		{"spaces", params(` { "job_id" : "JOB" , "nonce" : "NONCE" } `), Accepted},
		{"escapes", params(`{"job\u005fid":"JOB","nonce":"NONCE"}`), Accepted},

		{"nonce of another session", params(`{"job_id":"JOB","nonce":"` + foreign + `0000000000ab"}`), ForeignNonce},
		{"nonce too short", params(`{"job_id":"JOB","nonce":"` + nonce[2:] + `"}`), Malformed},
		{"nonce too long", params(`{"job_id":"JOB","nonce":"NONCE00"}`), Malformed},
		{"nonce with 0x", params(`{"job_id":"JOB","nonce":"0x` + nonce[2:] + `"}`), Malformed},
		{"nonce a number", params(`{"job_id":"JOB","nonce":12345}`), Malformed},
		{"no nonce", params(`{"job_id":"JOB"}`), Malformed},
		{"result too short", params(`{"job_id":"JOB","nonce":"NONCE","result":"ab"}`), Malformed},
		{"result no hex", params(`{"job_id":"JOB","nonce":"NONCE","result":"` + strings.Repeat("zz", 32) + `"}`), Malformed},
		{"result a number", params(`{"job_id":"JOB","nonce":"NONCE","result":1}`), Malformed},
		{"no job", params(`{"nonce":"NONCE"}`), Malformed},
		{"job a number", params(`{"job_id":1,"nonce":"NONCE"}`), Malformed},
		{"job of one letter", params(`{"job_id":"j","nonce":"NONCE"}`), Malformed},
		{"job unknown", params(`{"job_id":"j900","nonce":"NONCE"}`), UnknownJob},
		{"job without turn", params(`{"job_id":"j1","nonce":"NONCE"}`), UnknownJob},
		{"turn no hex", params(`{"job_id":"j1zz","nonce":"NONCE"}`), UnknownJob},
		{"params in places", params(`["JOB","NONCE"]`), Malformed},
		{"params null", params(`null`), Malformed},
		{"no params", `{"id":5,"method":"submit"}`, Malformed},
		{"stale", params(`{"job_id":"JOB","nonce":"` + j.XN + `000000000021"}`), Stale},
		{"duplicate", params(`{"job_id":"JOB","nonce":"` + j.XN + `000000000022"}`), DuplicateShare},
		{"low difficulty", params(`{"job_id":"JOB","nonce":"` + j.XN + `000000000023"}`), LowDifficulty},
	} {
		c.send(tt.line)
		want := sha3xOK("5")
		if tt.want != Accepted {
			want = sha3xRefused("5", tt.want)
		}
		if got := c.line(); got != want {
			t.Errorf("%s: got %s\nwant %s", tt.name, got, want)
		}
	}
	if i := srv.Sessions()[0]; i.Accepted != 10 || i.Rejected != 21 {
		t.Errorf("%d accepted, %d rejected, want 10 and 21", i.Accepted, i.Rejected)
	}
}

func TestSHA3xIDsAreEchoed(t *testing.T) {
	_, addr := serveBlobs(t, newBlobPool(1), nil)
	c := dial(t, addr)
	j := c.loginSHA3x()
	for _, id := range []string{`1`, `"a\"b"`, `null`, `1.5`, `[1]`, `true`, `99999999999999999999`} {
		c.send(share(id, j.JobID, j.XN+"000000000001"))
		c.want(sha3xOK(id))
	}
}

func TestSHA3xLoginWaitsForTheFirstJob(t *testing.T) {
	p := newBlobPool()
	srv, addr := serveBlobs(t, p, nil)
	c := dial(t, addr)
	c.send(loginLine)
	c.alive()
	c.send(`{"id":3,"method":"getjob","params":{}}`)
	c.alive()
	srv.Broadcast(blobJob{p.put(newJob(4, true))})
	if j := c.loggedIn(); j.JobID != "j400" {
		t.Errorf("job %+v", j)
	}
	if got := c.line(); !strings.HasPrefix(got, `{"id":3,"jsonrpc":"2.0","result":{"job_id":"j400",`) {
		t.Errorf("getjob: got %s", got)
	}
	c.alive() // and the job is not pushed besides
}

// A pool without work sends its miners to another one.
func TestSHA3xLoginIsRefusedWithoutWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		srv, _ := serveBlobs(t, newBlobPool(), func(c *Config) { c.Listeners[0].Listener, c.AuthorizeWait = l, 5*time.Second })
		c := l.dial(t)
		begin := time.Now()
		c.send(loginLine)
		c.want(sha3xNo("1", 20, "the pool has no work now, try again"))
		if d := time.Since(begin); d < 5*time.Second || d > 7*time.Second {
			t.Errorf("answered after %v, want 5 s", d)
		}
		if got := c.line(); got != "" {
			t.Errorf("got %s, want the end", got)
		}
		synctest.Wait()
		if srv.Closed(NoWork) != 1 || srv.Live() != 0 {
			t.Errorf("closed for %v: %d, live %d", NoWork, srv.Closed(NoWork), srv.Live())
		}
	})
}

func TestSHA3xNewJobsArePushed(t *testing.T) {
	p := newBlobPool(1)
	srv, addr := serveBlobs(t, p, nil)
	a, b := dial(t, addr), dial(t, addr)
	ja, jb := a.loginSHA3x(), b.loginSHA3x()
	if ja.XN == jb.XN {
		t.Errorf("two sessions search %s", ja.XN)
	}
	srv.Broadcast(blobJob{p.put(newJob(2, true))})
	na, nb := a.pushed(), b.pushed()
	if na.JobID != "j200" || na.Height != 2 || na.XN != ja.XN || na.Target != ja.Target || nb.XN != jb.XN || na.Algo != "sha3x" || len(na.Blob) != 64 {
		t.Errorf("got %+v and %+v after %+v and %+v", na, nb, ja, jb)
	}
	// Older work is judged, too.
	a.send(share("9", ja.JobID, ja.XN+"000000000001"), share("10", na.JobID, ja.XN+"000000000001"))
	a.want(sha3xOK("9"), sha3xOK("10"))
}

// A new target goes out with the present job under another id, and a share is
// judged by the smaller of its own job's and the newest.
func TestSHA3xRetarget(t *testing.T) {
	p := newBlobPool(1)
	tuner := &fakeTuner{}
	srv, addr := serveBlobs(t, p, func(c *Config) {
		c.Listeners[0].Profile.NewTuner = func(float64, float64) Tuner { return tuner }
	})
	c := dial(t, addr)
	first := c.loginSHA3x()
	credit := func(id string, want float64) {
		t.Helper()
		c.send(share("2", id, first.XN+"000000000001"))
		c.want(sha3xOK("2"))
		all := p.submissions()
		s := all[len(all)-1]
		if s.Difficulty != want || s.Target != (sha3xDialect{}).target(p, want) || s.Job.ID() != id[:2] {
			t.Errorf("share of %s: difficulty %v for job %s, want %v", id, s.Difficulty, s.Job.ID(), want)
		}
	}
	credit("j100", 1000)
	tuner.want(4000)
	c.send(share("2", "j100", first.XN+"000000000001"))
	c.want(sha3xOK("2"))
	harder := c.pushed()
	if harder.JobID != "j101" || harder.Blob != first.Blob || harder.XN != first.XN || harder.Target != le64(4000) {
		t.Errorf("told again: %+v", harder)
	}
	credit("j100", 1000) // its own, though the session has moved on
	credit("j101", 4000)

	tuner.want(500)
	c.send(share("2", "j101", first.XN+"000000000001"))
	c.want(sha3xOK("2"))
	if easier := c.pushed(); easier.JobID != "j102" || easier.Target != le64(500) {
		t.Errorf("told again: %+v", easier)
	}
	credit("j101", 500) // the newest is smaller
	credit("j102", 500)

	srv.Broadcast(blobJob{p.put(newJob(2, false))})
	if next := c.pushed(); next.JobID != "j200" || next.Target != le64(500) {
		t.Errorf("next job: %+v", next)
	}
	credit("j200", 500)
	credit("j100", 500)
	c.alive()
}

// A job is told only so often. After that a new difficulty waits for the next one,
// and until then shares are judged by what the miner was told.
func TestSHA3xRetargetWaits(t *testing.T) {
	p := newBlobPool(1)
	tuner := &fakeTuner{}
	srv, addr := serveBlobs(t, p, func(c *Config) {
		c.Listeners[0].Profile.NewTuner = func(float64, float64) Tuner { return tuner }
	})
	c := dial(t, addr)
	j := c.loginSHA3x()
	s := srv.shards[1%len(srv.shards)].snapshot(nil)[0]
	s.out.mu.Lock()
	s.out.jobs.turn = maxTurns
	s.out.mu.Unlock()
	tuner.want(500)
	for range 2 {
		c.send(share("2", j.JobID, j.XN+"000000000001"))
		c.want(sha3xOK("2"))
	}
	c.alive()
	for _, s := range p.submissions() {
		if s.Difficulty != 1000 {
			t.Errorf("difficulty %v, want what the miner was told, 1000", s.Difficulty)
		}
	}
	srv.Broadcast(blobJob{p.put(newJob(2, false))})
	if next := c.pushed(); next.JobID != "j200" || next.Target != le64(500) {
		t.Errorf("next job: %+v", next)
	}
}

// le64 is the target of a difficulty as it is told.
func le64(difficulty uint64) string {
	t, s := math.MaxUint64/difficulty, ""
	for range 8 {
		s += fmt.Sprintf("%02x", byte(t))
		t >>= 8
	}
	return s
}

func TestSHA3xDifficultyStaysBelowTheChains(t *testing.T) {
	p := newBlobPool(1)
	p.newest.ceiling = 70.9
	_, addr := serveBlobs(t, p, nil)
	if j := dial(t, addr).loginSHA3x(); j.Target != le64(70) {
		t.Errorf("target %s, want that of 70", j.Target)
	}
}

func TestSHA3xKeepsAJobAskedFor(t *testing.T) {
	_, addr := serveBlobs(t, newBlobPool(1), nil)
	c := dial(t, addr)
	j := c.loginSHA3x()
	c.send(`{"id":"g","jsonrpc":"2.0","method":"getjob","params":{"id":"s"}}`)
	if got := c.line(); !strings.HasPrefix(got, `{"id":"g","jsonrpc":"2.0","result":{"job_id":"j100","target":"`+j.Target+`","xn":"`+j.XN+`",`) {
		t.Errorf("got %s", got)
	}
	c.alive()
}

func TestSHA3xSecondLoginChangesTheWorker(t *testing.T) {
	p := newBlobPool(1)
	_, addr := serveBlobs(t, p, nil)
	c := dial(t, addr)
	j := c.loginSHA3x()
	c.send(strings.Replace(loginLine, "addr.rig", "other.rig", 1))
	if again := c.loggedIn(); again != j {
		t.Errorf("second login: got %+v, want %+v", again, j)
	}
	c.send(strings.Replace(loginLine, "addr.rig", "bad.rig", 1))
	c.want(sha3xNo("1", 24, `no \"address\" at all`))
	c.send(share("2", j.JobID, j.XN+"000000000001"))
	c.want(sha3xOK("2"))
	if w := p.submissions()[0].Worker.Name(); w != "other.rig" {
		t.Errorf("credited %s", w)
	}
}

// A share that cannot be logged is refused in the dialect's words.
func TestSHA3xFailedCommitTakesBack(t *testing.T) {
	p := newBlobPool(1)
	srv, addr := serveBlobs(t, p, nil)
	c := dial(t, addr)
	j := c.loginSHA3x()
	err := errors.New("disk full")
	p.commitErr.Store(&err)
	c.send(share(`"x"`, j.JobID, j.XN+"000000000001"), share("3", j.JobID, j.XN+"000000000023"), share("4", j.JobID, j.XN+"000000000002"))
	for range 3 {
		line := c.line()
		switch line {
		case sha3xRefused(`"x"`, LogFailed), sha3xRefused("3", LowDifficulty), sha3xRefused("4", LogFailed):
		default:
			t.Errorf("got %s", line)
		}
	}
	if i := srv.Sessions()[0]; i.Accepted != 0 || i.Rejected != 3 {
		t.Errorf("session %+v", i)
	}
}

type lateBlobs struct{ *blobPool }

func (p *lateBlobs) Begin() Turn { return &lateTurn{Turn: p.blobPool.Begin()} }

func TestSHA3xLateJudgements(t *testing.T) {
	_, addr := serveBlobs(t, &lateBlobs{newBlobPool(1)}, nil)
	c := dial(t, addr)
	j := c.loginSHA3x()
	c.send(share("2", j.JobID, j.XN+"000000000023"), share("3", j.JobID, j.XN+"000000000001"), share("4", j.JobID, j.XN+"000000000021"))
	c.want(sha3xRefused("2", LowDifficulty), sha3xOK("3"), sha3xRefused("4", Stale))
}

// A silent connection is not sent its job again: it would be searched again.
func TestSHA3xSilenceIsNotBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		srv, _ := serveBlobs(t, newBlobPool(1), func(c *Config) { c.Listeners[0].Listener = l })
		c := l.dial(t)
		c.loginSHA3x()
		time.Sleep(10 * time.Minute)
		c.alive()
		if srv.Live() != 1 {
			t.Error("the session has ended")
		}
	})
}

func TestSHA3xFarewellIsTheEnd(t *testing.T) {
	p := newBlobPool(1)
	s := bareBlobs(p, &sink{keep: true})
	s.feed([]byte(loginLine + "\n"))
	conn := s.conn.(*sink)
	conn.last = nil
	var scratch []byte
	s.leave(&scratch)
	if len(conn.last) != 0 {
		t.Errorf("sent %s", conn.last)
	}
}
