package stratum

import (
	"fmt"
	"strings"
	"testing"
)

// The numbers in test names are those of the conformance list for Stratum V1
// that the server keeps to.

// Bitaxe sends its three requests back to back without waiting.
func TestPoint01PipelinedHandshake(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.send(bitaxe...)
	wantBitaxe(c)
	c.sync()
}

var bitaxe = []string{
	`{"id":1,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"ffffffff"}]}`,
	`{"id":2,"method":"mining.subscribe","params":["bitaxe/BM1370/v2.4"]}`,
	`{"id":3,"method":"mining.authorize","params":["bc1q.bitaxe","x"]}`,
}

func wantBitaxe(c *client) {
	c.t.Helper()
	c.want(`{"id":1,"result":{"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null}`)
	extranonce, _ := subscribed(c.t, c.message())
	if len(extranonce) != 8 || strings.ToLower(extranonce) != extranonce {
		c.t.Errorf("extranonce1 = %q, want 8 lower-case digits", extranonce)
	}
	c.want(accepted("3"),
		`{"id":null,"method":"mining.set_version_mask","params":["1fffe000"]}`,
		`{"id":null,"method":"mining.set_difficulty","params":[1024]}`)
	if m := c.expect("mining.notify"); m.param(8) != "true" {
		c.t.Errorf("clean of the first job = %s, want true", m.param(8))
	}
}

// A line may end anywhere, and a segment too.
func TestPoint16SplitAtEveryByte(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	l := newPipes()
	serve(t, p, func(c *Config) { c.Listeners[0].Listener = l })
	script := strings.Join(bitaxe, "\r\n") + "\r\n"
	for i := 1; i < len(script); i++ {
		c := l.dial(t)
		go func() {
			c.conn.Write([]byte(script[:i]))
			c.conn.Write([]byte(script[i:]))
		}()
		wantBitaxe(c)
		c.conn.Close()
		if t.Failed() {
			t.Fatalf("split at byte %d", i)
		}
	}
}

func TestPoint02AuthorizeBeforeSubscribe(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.send(`{"id":1,"method":"mining.authorize","params":["w"]}`)
	c.want(accepted("1"))
	c.sync() // nothing came between
	c.subscribe(`[]`)
	c.expect("mining.set_difficulty")
	c.expect("mining.notify")
}

func TestPoint03SubscribeForms(t *testing.T) {
	_, addr := serve(t, newPool(), nil)
	for _, params := range []string{
		`[]`, `[""]`, `["cpuminer/2.5.1"]`, `["cgminer/4.12",null]`, `["a","b"]`,
		`["Braiins OS 22",null,"pool.example.com:3333",null]`,
		`["` + strings.Repeat("u", 200) + `"]`, `null`, `{}`, `[null,null,null,null]`, `[1,2]`,
	} {
		c := dial(t, addr)
		c.subscribe(params)
	}
	c := dial(t, addr)
	c.send(`{"id":1,"method":"mining.subscribe"}`)
	subscribed(t, c.message())
}

// cpuminer takes any line before the subscribe reply for a failure.
func TestPoint04NothingBeforeTheSubscribeReply(t *testing.T) {
	p := newPool()
	srv, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.send(`{"id":1,"method":"mining.authorize","params":["w"]}`,
		`{"id":4,"method":"mining.suggest_difficulty","params":[5]}`,
		`{"id":5,"method":"mining.configure","params":[["version-rolling"],{}]}`)
	c.want(accepted("1"), accepted("4"))
	c.message()
	for seq := range uint64(5) {
		srv.Broadcast(p.put(newJob(seq+1, true)))
	}
	c.sync()
	c.subscribe(`[]`)
	c.expect("mining.set_version_mask")
	c.want(`{"id":null,"method":"mining.set_difficulty","params":[5]}`)
	if id := jobID(c.expect("mining.notify")); id != "j5" {
		t.Errorf("first job = %s, want j5", id)
	}
}

func TestPoint05OnlyDifficultyBetweenSubscribeAndAuthorize(t *testing.T) {
	p := newPool()
	srv, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.send(`{"id":1,"method":"mining.configure","params":[["version-rolling"],{}]}`)
	c.message()
	c.subscribe(`["cpuminer/2.5.1"]`)
	srv.Broadcast(p.put(newJob(1, true)))
	c.sync()
	c.send(`{"id":3,"method":"mining.authorize","params":["w","x"]}`)
	c.want(accepted("3"))
	c.expect("mining.set_version_mask")
	c.expect("mining.set_difficulty")
	c.expect("mining.notify")
}

// Bitaxe's probe reads once, at most 1,023 bytes, and looks for mining.notify.
func TestPoint06ProbeFindsNotifyInTheFirstWrite(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	l := newPipes()
	serve(t, p, func(c *Config) { c.Listeners[0].Listener = l })
	c := l.dial(t)
	c.send(`{"id":1,"method":"mining.subscribe","params":["bitaxe"]}`, `{"id":2,"method":"mining.authorize","params":["w","x"]}`)
	b := make([]byte, 1023)
	n, err := c.conn.Read(b)
	if err != nil || !strings.Contains(string(b[:n]), "mining.notify") {
		t.Errorf("first read = %q, %v", b[:n], err)
	}
}

func TestPoint08MaskOnlyAfterConfigure(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.login() // set_difficulty and notify, no mask
	c.send(`{"id":9,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"00c00000"}]}`)
	c.want(`{"id":9,"result":{"version-rolling":true,"version-rolling.mask":"00c00000"},"error":null}`,
		`{"id":null,"method":"mining.set_version_mask","params":["00c00000"]}`)
	c.send(`{"id":9,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"00c00000"}]}`)
	c.message()
	c.sync() // told once
}

func TestPoint09SecondSubscribeIsTheSame(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	e1, id1 := c.subscribe(`["a"]`)
	e2, id2 := c.subscribe(`["a","` + strings.Repeat("0", 16) + `"]`)
	if e1 != e2 || id1 != id2 {
		t.Errorf("second subscribe = %s %s, want %s %s", e2, id2, e1, id1)
	}
	c.sync()
}

func TestPoint11SessionResume(t *testing.T) {
	p := newPool()
	srv, addr := serve(t, p, nil)
	c := dial(t, addr)
	e1, id := c.subscribe(`["a"]`)
	c.send(`{"id":3,"method":"mining.authorize","params":["w","x"]}`)
	c.want(accepted("3"))
	c.expect("mining.set_difficulty")

	busy := dial(t, addr)
	if e, _ := busy.subscribe(`["a","` + id + `"]`); e == e1 {
		t.Errorf("a live extranonce1 was given again: %s", e)
	}
	c.conn.Close()
	eventually(t, "session gone", func() bool { return srv.Live() == 1 })
	back := dial(t, addr)
	if e, again := back.subscribe(`["a","` + id + `"]`); e != e1 || again != id {
		t.Errorf("resumed = %s %s, want %s %s", e, again, e1, id)
	}

	// It may go on with a job of before, even ahead of its first new one.
	p.put(newJob(1, true))
	back.send(`{"id":3,"method":"mining.authorize","params":["w","x"]}`, submission("4", "w", "j1", "00000001"))
	back.want(accepted("3"), accepted("4"))
	if got := extranonceHex(p.submissions()[0]); !strings.HasPrefix(got, e1) {
		t.Errorf("judged with extranonce %s, want %s first", got, e1)
	}
}

func TestPoint12ExtranoncesDiffer(t *testing.T) {
	_, addr := serve(t, newPool(), func(c *Config) { c.NodePrefix = []byte{0xab} })
	seen := map[string]bool{}
	for range 50 {
		e, _ := dial(t, addr).subscribe(`[]`)
		if seen[e] || !strings.HasPrefix(e, "ab") {
			t.Fatalf("extranonce1 %s: again, or without its prefix", e)
		}
		seen[e] = true
	}
}

func TestPoint13Extranonce2Size(t *testing.T) {
	_, addr := serve(t, newPool(), nil)
	c := dial(t, addr)
	c.send(`{"id":1,"method":"mining.subscribe","params":[]}`)
	if m := c.message(); !strings.HasSuffix(string(m.Result), ",8]") {
		t.Errorf("result = %s, want extranonce2 size 8", m.Result)
	}
}

func TestRefusedAuthorize(t *testing.T) {
	srv, addr := serve(t, newPool(), nil)
	c := dial(t, addr)
	c.subscribe(`[]`)
	for i := range authorizeTries {
		c.send(fmt.Sprintf(`{"id":%d,"method":"mining.authorize","params":["bad.%d","x"]}`, i, i))
		c.want(fmt.Sprintf(`{"id":%d,"result":null,"error":[24,"no \"address\" at all",null]}`, i))
	}
	if got := c.line(); got != "" {
		t.Errorf("after %d refusals got %s, want the end", authorizeTries, got)
	}
	eventually(t, "close counted", func() bool { return srv.Closed(AuthorizeRefused) == 1 })
}

// A miner that corrects its name works on.
func TestAuthorizeAfterRefusal(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.subscribe(`["agent/1"]`)
	for _, params := range []string{`[]`, `[null]`, `[""]`, `[7,"x"]`} {
		c.send(`{"id":3,"method":"mining.authorize","params":` + params + `}`)
		c.want(`{"id":3,"result":null,"error":[24,"a user name is missing",null]}`)
	}
	c.send(`{"id":3,"method":"mining.authorize","params":["w\u00fcrm.1","x"]}`)
	c.want(accepted("3"))
	c.expect("mining.set_difficulty")
	job := jobID(c.expect("mining.notify"))
	c.send(submission("4", "würm.1", job, "00000001"))
	c.want(accepted("4"))
	if l := p.logins[0]; l.User != "würm.1" || l.Agent != "agent/1" || l.Password != "x" || l.Remote != c.conn.LocalAddr().String() {
		t.Errorf("login = %+v", l)
	}
}
