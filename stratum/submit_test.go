package stratum

import (
	"errors"
	"strings"
	"testing"
)

func TestPoint10WorkersAreCreditedApart(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	srv, addr := serve(t, p, nil)
	c := dial(t, addr)
	job := c.login()
	for _, w := range []string{"w.2", "w.3"} {
		c.send(`{"id":3,"method":"mining.authorize","params":["` + w + `","x"]}`)
		c.want(accepted("3"))
	}
	c.send(`{"id":3,"method":"mining.authorize","params":["bad.4","x"]}`)
	c.message()
	for _, w := range []string{"w.3", "w", "w.2", "w.2"} {
		c.send(submission("4", w, job, "00000001"))
		c.want(accepted("4"))
	}
	for _, w := range []string{"bad.4", "w.", "", "W"} {
		c.send(submission("4", w, job, "00000001"))
		c.want(refused("4", Unauthorized))
	}
	got := ""
	for _, s := range p.submissions() {
		got += s.Worker.Name() + "/" + s.Payee.Name() + " "
	}
	if want := "w.3/w w/w w.2/w w.2/w "; got != want {
		t.Errorf("credited %q, want %q", got, want)
	}
	if n := p.rejections(Unauthorized); n != 4 {
		t.Errorf("%d unauthorized counted, want 4", n)
	}
	i := srv.Sessions()[0]
	if strings.Join(i.Workers, " ") != "w w.2 w.3" || i.Accepted != 4 || i.Rejected != 4 || i.Work != 4*1024 || i.Difficulty != 1024 || i.LastShare.IsZero() {
		t.Errorf("session %+v", i)
	}
}

func TestPoint33MissingVersionBitsAreZero(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.send(bitaxe...)
	wantBitaxe(c)
	c.send(`{"id":1,"method":"mining.submit","params":["bc1q.bitaxe","j1","0102030405060708","65000000","0000abcd","00002000"]}`,
		submission("2", "bc1q.bitaxe", "j1", "0000abcd"),
		`{"id":3,"method":"mining.submit","params":["bc1q.bitaxe","j1","0102030405060708","65000000","0000abcd",null]}`)
	c.want(accepted("1"), accepted("2"), accepted("3"))
	subs := p.submissions()
	for i, bits := range []uint32{0x2000, 0, 0} {
		if subs[i].VersionBits != bits || subs[i].Mask != 0x1fffe000 {
			t.Errorf("submission %d: bits %08x mask %08x, want %08x 1fffe000", i, subs[i].VersionBits, subs[i].Mask, bits)
		}
	}
}

func TestSubmissionIsWhatTheMinerHashed(t *testing.T) {
	p := newPool()
	j := p.put(newJob(7, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	e1, _ := c.subscribe(`[]`)
	c.send(`{"id":3,"method":"mining.authorize","params":["w","x"]}`)
	c.want(accepted("3"))
	c.expect("mining.set_difficulty")
	c.expect("mining.notify")
	c.send(`{"id":4,"method":"mining.submit","params":["w","j7","a1a2a3a4a5a6a7a8","65432100","89abcdef"]}`)
	c.want(accepted("4"))
	s := p.submissions()[0]
	if got, want := extranonceHex(s), e1+"a1a2a3a4a5a6a7a8"; got != want {
		t.Errorf("extranonce %s, want %s", got, want)
	}
	if s.Job != Job(j) || s.NTime != 0x65432100 || s.Nonce != 0x89abcdef || s.Difficulty != 1024 || s.Target != p.Target(1024) || s.Now.IsZero() {
		t.Errorf("submission %+v", s)
	}
}

func TestPoint34To36Forms(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.send(bitaxe...)
	wantBitaxe(c)
	for _, x := range []struct {
		name, params string
		want         Reason
	}{
		{"right", `"bc1q.bitaxe","j1","0102030405060708","65000000","00000001","1fffe000"`, Accepted},
		{"bits outside the mask", `"bc1q.bitaxe","j1","0102030405060708","65000000","00000001","20000000"`, VersionBits},
		{"bits no hex", `"bc1q.bitaxe","j1","0102030405060708","65000000","00000001","2000000x"`, Malformed},
		{"bits short", `"bc1q.bitaxe","j1","0102030405060708","65000000","00000001","2000"`, Malformed},
		{"unknown job", `"bc1q.bitaxe","j2","0102030405060708","65000000","00000001"`, UnknownJob},
		{"job no string", `"bc1q.bitaxe",1,"0102030405060708","65000000","00000001"`, Malformed},
		{"job empty", `"bc1q.bitaxe","","0102030405060708","65000000","00000001"`, UnknownJob},
		{"extranonce2 short", `"bc1q.bitaxe","j1","01020304050607","65000000","00000001"`, Malformed},
		{"extranonce2 long", `"bc1q.bitaxe","j1","010203040506070809","65000000","00000001"`, Malformed},
		{"extranonce2 odd", `"bc1q.bitaxe","j1","010203040506070","65000000","00000001"`, Malformed},
		{"extranonce2 no hex", `"bc1q.bitaxe","j1","01020304050607zz","65000000","00000001"`, Malformed},
		{"time short", `"bc1q.bitaxe","j1","0102030405060708","6500000","00000001"`, Malformed},
		{"time no hex", `"bc1q.bitaxe","j1","0102030405060708","6500000g","00000001"`, Malformed},
		{"nonce long", `"bc1q.bitaxe","j1","0102030405060708","65000000","000000001"`, Malformed},
		{"nonce above 32 bits", `"bc1q.bitaxe","j1","0102030405060708",1,4294967296`, Malformed},
		{"nonce negative", `"bc1q.bitaxe","j1","0102030405060708",1,-1`, Malformed},
		{"nonce a fraction", `"bc1q.bitaxe","j1","0102030405060708",1,1.5`, Malformed},
		{"four parameters", `"bc1q.bitaxe","j1","0102030405060708","65000000"`, Malformed},
		{"none", ``, Malformed},
		{"nulls", `null,null,null,null,null`, Malformed},
		{"nested", `"bc1q.bitaxe",["j1"],{},"65000000","00000001"`, Malformed},
		{"21: stale", `"bc1q.bitaxe","j1","0102030405060708","65000000","dead0021"`, Stale},
		{"22: duplicate", `"bc1q.bitaxe","j1","0102030405060708","65000000","dead0022"`, DuplicateShare},
		{"23: low difficulty", `"bc1q.bitaxe","j1","0102030405060708","65000000","dead0023"`, LowDifficulty},
	} {
		before := p.rejections(x.want)
		c.send(`{"id":4,"method":"mining.submit","params":[` + x.params + `]}`)
		if got, want := c.line(), refused("4", x.want); got != want {
			t.Errorf("%s: got %s, want %s", x.name, got, want)
		}
		own := x.want != Accepted && x.want != Stale && x.want != DuplicateShare && x.want != LowDifficulty
		if got := p.rejections(x.want) - before; own && got != 1 || !own && got != 0 {
			t.Errorf("%s: counted %d times by the server", x.name, got)
		}
	}
}

func TestPoint44SubmitTooEarly(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.send(submission("1", "w", "j1", "00000001"))
	c.want(`{"id":1,"result":null,"error":[25,"not-subscribed",null]}`)
	c.subscribe(`[]`)
	c.send(submission("1", "w", "j1", "00000001"))
	c.want(`{"id":1,"result":null,"error":[24,"unauthorized-worker",null]}`)
	if n := len(p.submissions()); n != 0 {
		t.Errorf("%d submissions judged, want none", n)
	}
}

// The miner hears "accepted" only of what is in the share log.
func TestFailedCommitTakesBackEveryAcceptance(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	srv, addr := serve(t, p, nil)
	c := dial(t, addr)
	job := c.login()
	fault := errors.New("disk full")
	p.commitErr.Store(&fault)
	c.send(submission(`"a"`, "w", job, "00000001"), `{"id":5,"method":"mining.ping"}`, submission("6", "w", job, "dead0023"),
		submission("7", "w", job, "00000002"), `{"id":8,"method":"mining.ping"}`)
	c.want(refused(`"a"`, LogFailed), `{"id":5,"result":"pong","error":null}`, refused("6", LowDifficulty),
		refused("7", LogFailed), `{"id":8,"result":"pong","error":null}`)
	if i := srv.Sessions()[0]; i.Accepted != 0 || i.Rejected != 3 || i.Work != 0 || !i.LastShare.IsZero() {
		t.Errorf("session %+v, want nothing accepted", i)
	}
	if n := p.rejections(LogFailed); n != 2 {
		t.Errorf("%d counted, want 2", n)
	}
	p.commitErr.Store(nil)
	c.send(submission("9", "w", job, "00000003"))
	c.want(accepted("9"))
}

// A slow login does not hold up the shares before it.
func TestSharesDoNotWaitForALogin(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	job := c.login()
	c.send(submission("1", "w", job, "00000001"), submission("2", "w", job, "dead0023"),
		`{"id":3,"method":"mining.authorize","params":["slow","x"]}`, submission("4", "slow", job, "00000001"))
	c.want(accepted("1"), refused("2", LowDifficulty))
	close(p.slow)
	c.want(accepted("3"), accepted("4"))
	if got := p.commits.Load(); got != 2 {
		t.Errorf("%d commits, want 2", got)
	}
}

// No reply of a turn leaves before its shares are committed.
func TestRepliesLeaveAfterCommit(t *testing.T) {
	p := &commitWatch{fakePool: newPool()}
	p.put(newJob(1, true))
	conn := &sink{keep: true}
	s := bare(p, conn)
	s.feed([]byte(strings.Join(bitaxe, "\n") + "\n"))
	p.conn, p.at = conn, -1
	before := conn.written
	s.feed([]byte(submission("1", "bc1q.bitaxe", "j1", "00000001") + "\n" + submission("2", "bc1q.bitaxe", "j1", "00000001") + "\n"))
	if p.at != before || conn.written == before {
		t.Errorf("at commit %d bytes were written, %d before the turn, %d at the end", p.at, before, conn.written)
	}
}

type commitWatch struct {
	*fakePool
	conn *sink
	at   int
}

func (p *commitWatch) Begin() Turn { return &watchedTurn{p.fakePool.Begin(), p} }

type watchedTurn struct {
	Turn
	p *commitWatch
}

func (t *watchedTurn) Commit() error { t.p.at = t.p.conn.written; return t.Turn.Commit() }
