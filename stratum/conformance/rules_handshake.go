package conformance

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

func handshakeRules() []rule {
	return []rule{
		shared("handshake-pipelined", 1, "configure, subscribe and authorize in one segment are answered in this order, each with its id", "ESP-Miner", pipelined),
		shared("authorize-first", 2, "authorize may come before subscribe; the first job comes after both", "cgminer, proxies", authorizeFirst),
		shared("subscribe-forms", 3, "subscribe takes 0, 1, 2 or 4 parameters, nulls, an empty and a long user agent", "Braiins OS, cpuminer", subscribeForms),
		shared("subscribe-reply-first", 4, "no notification comes before the reply to subscribe", "cpuminer", subscribeReplyFirst),
		shared("between-replies", 5, "between the replies to subscribe and authorize comes nothing but set_difficulty", "cpuminer", betweenReplies),
		shared("subscribe-one-read", 6, "one read of 1,023 bytes finds mining.notify in the reply to subscribe", "ESP-Miner's probe of a fallback pool", subscribeOneRead),
		shared("difficulty-before-job", 7, "set_difficulty comes before the first job", "all miners", difficultyBeforeJob),
		shared("mask-after-authorize", 8, "set_version_mask comes only where version rolling was granted, and after the reply to authorize", "Antminer S21+", maskAfterAuthorize),
		shared("subscribe-again", 9, "a second subscribe gets the same answer", "proxies", subscribeAgain),
		shared("several-workers", 10, "several workers share a connection; one that was not admitted is refused with error 24", "proxies", severalWorkers),
		shared("resume", 11, "a session id brings the same extranonce1 back where it is free, and another where it is in use", "cpuminer", resume),
		shared("extranonce1-unique", 12, "extranonce1 is unique over all connections and nodes, in lower-case hex of even length", "all miners", extranonceUnique),
		shared("extranonce2-size", 13, "extranonce2 has 2 to 8 bytes", "cgminer, Whatsminer", extranonceSize),
	}
}

const rolling = `[["version-rolling"],{"version-rolling.mask":"ffffffff","version-rolling.min-bit-count":2}]`

func (c *client) writeRolling(id int) {
	c.write(fmt.Sprintf(`{"id":%d,"method":"mining.configure","params":%s}`+"\n", id, rolling))
}

func pipelined(t *trial) {
	c := t.dial()
	c.write(`{"id":1,"method":"mining.configure","params":` + rolling + "}\n" +
		line(2, "mining.subscribe", c.agent) + line(3, "mining.authorize", t.cfg.User, t.cfg.Password))
	for _, want := range []string{"1", "2", "3"} {
		if m := c.nextReply(); m.id() != want {
			t.failf("the reply to request %s was expected, got %s", want, short(m.text))
		}
	}
	c.job()
}

func authorizeFirst(t *trial) {
	c := t.dial()
	c.authorize(t.cfg.User, t.cfg.Password)
	for _, m := range c.during(t.cfg.Quiet) {
		t.failf("before subscribe, the server sent %s", short(m.text))
	}
	c.subscribe()
	c.job()
}

func subscribeForms(t *trial) {
	forms := []struct{ what, params string }{
		{"no parameters", `[]`},
		{"one parameter", `["cgminer/4.12.1"]`},
		{"two parameters, the second null", `["cpuminer/2.5.1",null]`},
		{"an old session id that nobody gave", `["cpuminer/2.5.1","deadbeef"]`},
		{"four parameters as Braiins OS has them", `["bosminer-plus-tuner/1.0",null,"pool.example:3333",null]`},
		{"nulls", `[null,null,null,null]`},
		{"an empty user agent", `[""]`},
		{"a user agent of 200 characters", `["` + strings.Repeat("a", 200) + `"]`},
	}
	for _, f := range forms {
		c := t.dial()
		c.write(`{"id":1,"method":"mining.subscribe","params":` + f.params + "}\n")
		if m := c.await("1"); c.subscribed(m) != nil {
			t.failf("subscribe with %s was answered by %s", f.what, short(m.text))
		}
		c.close()
	}
}

func subscribeReplyFirst(t *trial) {
	c := t.dial()
	c.writeRolling(1)
	if m := c.next(); m.id() != "1" || !m.isReply() {
		t.failf("the reply to mining.configure was expected first, got %s", short(m.text))
	}
	for _, m := range c.during(t.cfg.Quiet) {
		t.failf("before subscribe, the server sent %s", short(m.text))
	}
	c.write(line(2, "mining.subscribe", c.agent))
	if m := c.next(); m.id() != "2" || !m.isReply() {
		t.failf("the reply to mining.subscribe was expected first, got %s", short(m.text))
	}
}

func betweenReplies(t *trial) {
	c := t.dial()
	c.roll("ffffffff")
	c.subscribe()
	id := 0
	check := func(m message) {
		if !m.isReply() && m.method != "mining.set_difficulty" {
			t.failf("before the reply to authorize, the server sent %s", short(m.text))
		}
	}
	for _, m := range c.during(t.cfg.Quiet) {
		check(m)
	}
	id = c.send("mining.authorize", t.cfg.User, t.cfg.Password)
	for {
		m := c.next()
		if m.isReply() && m.id() == fmt.Sprint(id) {
			break
		}
		check(m)
	}
	c.job()
}

func subscribeOneRead(t *trial) {
	c := t.dial()
	c.write(line(1, "mining.subscribe", c.agent) + line(2, "mining.authorize", t.cfg.User, t.cfg.Password))
	_ = c.conn.SetReadDeadline(time.Now().Add(t.cfg.Timeout))
	buf := make([]byte, 1023)
	n, err := c.conn.Read(buf)
	if err != nil {
		t.failf("no answer to subscribe: %v", err)
	}
	first, _, whole := strings.Cut(string(buf[:n]), "\n")
	var m message
	if !whole || json.Unmarshal([]byte(first), &m.keys) != nil {
		t.failf("the first read of 1,023 bytes holds no whole line: %s", short(first))
	}
	if m.id() != "1" || !strings.Contains(m.result(), "mining.notify") {
		t.failf("the first read should begin with the reply to subscribe, which names mining.notify; got %s", short(first))
	}
}

func difficultyBeforeJob(t *trial) {
	c := t.dial()
	c.subscribe()
	c.authorize(t.cfg.User, t.cfg.Password)
	c.job()
	for _, m := range c.lines {
		switch m.method {
		case "mining.set_difficulty":
			return
		case "mining.notify":
			t.failf("a job came before any set_difficulty")
		}
	}
	t.failf("no set_difficulty came")
}

func maskAfterAuthorize(t *trial) {
	plain := t.login()
	for _, m := range append(plain.during(t.cfg.Quiet), plain.lines...) {
		if m.method == "mining.set_version_mask" {
			t.failf("set_version_mask came although version rolling was not asked for")
		}
	}
	c := t.dial()
	c.roll("ffffffff")
	c.subscribe()
	c.during(t.cfg.Quiet)
	id := c.send("mining.authorize", t.cfg.User, t.cfg.Password)
	c.await(fmt.Sprint(id))
	for _, m := range c.lines {
		if m.method == "mining.set_version_mask" {
			t.failf("set_version_mask came before the reply to authorize")
		}
	}
}

func subscribeAgain(t *trial) {
	c := t.login()
	first := *c
	c.subscribe()
	if first.e1text != c.e1text || first.e2size != c.e2size {
		t.failf("extranonce1 was %s and its size of extranonce2 %d; a second subscribe says %s and %d", first.e1text, first.e2size, c.e1text, c.e2size)
	}
	c.alive("a second subscribe")
}

func severalWorkers(t *trial) {
	c := t.login()
	c.authorize(t.cfg.SecondUser, t.cfg.Password)
	for _, user := range []string{t.cfg.User, t.cfg.SecondUser} {
		before := t.work(user)
		s := c.find(search{})
		if m := c.call("mining.submit", s.params(user)...); !m.ok() {
			t.failf("a share of the admitted worker %q was refused: %s", user, short(m.text))
		}
		if t.cfg.Hooks.Work != nil && !t.soon(func() bool { return t.work(user) > before }) {
			t.failf("a share of %q was accepted, but not credited to it", user)
		}
	}
	if t.cfg.Hooks.Work == nil {
		t.without("who is credited was not looked at, for want of a way to")
	}
	c.refused("a share of a worker that was not admitted", c.find(search{}).params(account(t.cfg.User)+".nobody"), 24)
	c.alive("a share of an unknown worker")
}

// work asks what was credited to a user, 0 where that cannot be told.
func (t *trial) work(user string) float64 {
	if t.cfg.Hooks.Work == nil {
		return 0
	}
	w, err := t.cfg.Hooks.Work(t.ctx, user)
	t.hook("the credited work", err)
	return w
}

// soon asks until yes, for as long as an answer may take.
func (t *trial) soon(yes func() bool) bool {
	for end := time.Now().Add(t.cfg.Timeout); ; {
		if yes() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
		t.pause(10 * time.Millisecond)
	}
}

func resume(t *trial) {
	old := t.login()
	if old.sid == "" {
		t.failf("the reply to subscribe holds no session id")
	}
	rival := t.dial()
	rival.subscribe("conformance/1.0", old.sid)
	if rival.e1text == old.e1text {
		t.failf("two live connections have extranonce1 %s: the second asked for the session of the first", old.e1text)
	}
	old.close()
	if !t.soon(func() bool {
		c := t.dial()
		defer c.close()
		c.subscribe("conformance/1.0", old.sid)
		return c.e1text == old.e1text
	}) {
		t.failf("a miner that came back with its session id did not get its extranonce1 %s again", old.e1text)
	}
}

func extranonceUnique(t *trial) {
	seen := map[string]bool{}
	doors := []string{t.cfg.Address}
	if t.cfg.SecondNode != "" {
		doors = append(doors, t.cfg.SecondNode)
	} else {
		t.without("one node only")
	}
	for range mostConnections / 2 {
		for _, door := range doors {
			c := t.dialTo(door)
			c.subscribe()
			if c.e1text != hex.EncodeToString(c.e1) {
				t.failf("extranonce1 %q is not in lower-case hex", c.e1text)
			}
			if len(c.e1) == 0 || seen[c.e1text] {
				t.failf("extranonce1 %q was given to two live connections", c.e1text)
			}
			seen[c.e1text] = true
		}
	}
}

func extranonceSize(t *trial) {
	c := t.dial()
	c.subscribe()
	if c.e2size < 2 || c.e2size > 8 {
		t.failf("extranonce2 has %d bytes: the cgminer family needs 2 or more, Whatsminer 8 or less", c.e2size)
	}
}
