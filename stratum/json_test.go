package stratum

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestPoint14IDsAreEchoed(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	job := c.login()
	for _, id := range []string{
		`4`, `4`, `"four"`, `"a\"b\u00e9"`, `null`, `1.5`, `-3e7`, `99999999999999999999999999`, `[1]`, `{"a":1}`, `true`,
	} {
		c.send(submission(id, "w", job, "00000001"))
		c.want(accepted(id))
	}
	c.send(strings.Replace(submission("1", "w", job, "00000001"), `"id":1,`, "", 1))
	c.want(accepted("null"))
}

func TestPoint15FormsOfJSON(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	job := c.login()
	params := `["w","` + job + `","0102030405060708","65000000","00000001"]`
	for name, line := range map[string]string{
		"any order":    `{"params":` + params + `,"method":"mining.submit","id":1}`,
		"jsonrpc":      `{"jsonrpc":"2.0","id":1,"method":"mining.submit","params":` + params + `}`,
		"extra keys":   `{"id":1,"x":{"id":2,"y":[1,{"method":"q"}]},"method":"mining.submit","params":` + params + `,"z":null}`,
		"spaces":       "\t { \"id\" : 1 ,\t\"method\" : \"mining.submit\" , \"params\" : " + strings.ReplaceAll(params, ",", " , ") + " } \r",
		"escapes":      `{"id":1,"method":"mining\u002esubmit","params":` + strings.Replace(params, `"w"`, `"\u0077"`, 1) + `}`,
		"upper hex":    `{"id":1,"method":"mining.submit","params":["w","` + job + `","0A0B0C0D0E0F0102","6500ABCD","00ABCDEF"]}`,
		"numbers":      `{"id":1,"method":"mining.submit","params":["w","` + job + `","0102030405060708",1694498816,4294967295]}`,
		"repeated key": `{"id":9,"method":"mining.submit","params":` + params + `,"id":1}`,
		"more params":  `{"id":1,"method":"mining.submit","params":["w","` + job + `","0102030405060708","65000000","00000001",null,1,2,3,4]}`,
	} {
		c.send(line)
		if got := c.line(); got != accepted("1") {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestPoint16FiftySubmitsInOneSegment(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	job := c.login()
	const n = 3*turnLines + 10
	lines := make([]string, n)
	for i := range lines {
		nonce := "00000001"
		if i%10 == 3 {
			nonce = "dead0023"
		}
		lines[i] = submission(string(rune('0'+i%10)), "w", job, nonce)
	}
	c.send(lines...)
	for i := range lines {
		id := string(rune('0' + i%10))
		if i%10 == 3 {
			c.want(refused(id, LowDifficulty))
		} else {
			c.want(accepted(id))
		}
	}
	if got := p.commits.Load(); got > n/2 {
		t.Errorf("%d commits for %d shares in one segment, want them taken together", got, n)
	}
}

func TestPoint17LongLines(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	srv, addr := serve(t, p, nil)
	closed := uint64(0)
	for _, c := range []struct {
		name      string
		subscribe bool
		size      int
		newline   bool
		ok        bool
	}{
		{"before subscribe, at the limit", false, lineLimitEarly, true, true},
		{"before subscribe, above", false, lineLimitEarly + 1, true, false},
		{"before subscribe, endless", false, lineLimitEarly + 1, false, false},
		{"subscribed, at the limit", true, lineLimit, true, true},
		{"subscribed, above", true, lineLimit + 1, true, false},
		{"subscribed, endless", true, 3 * lineLimit, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := dial(t, addr)
			if c.subscribe {
				m.subscribe(`[]`)
			}
			line := `{"id":1,"method":"mining.ping","x":"`
			line += strings.Repeat("x", c.size-len(line)-2) + `"}`
			if c.newline {
				line += "\n"
			}
			m.conn.Write([]byte(line))
			if c.ok {
				m.want(`{"id":1,"result":"pong","error":null}`)
				return
			}
			if got := m.line(); got != "" && got != `{"id":null,"result":null,"error":[20,"line-too-long",null]}` {
				t.Errorf("got %s", got)
			}
			if got := m.line(); got != "" {
				t.Errorf("got %s, want the end", got)
			}
			closed++
			eventually(t, "close counted", func() bool { return srv.Closed(LineTooLong) == closed })
		})
	}
}

func TestPoint17JunkIsBounded(t *testing.T) {
	srv, addr := serve(t, newPool(), nil)
	c := dial(t, addr)
	junk := []string{`x`, `{`, `[]`, `{"id":1}`, `"a"`, `null`, `{"method":7}`, `{"id":1,"method":"a"}}`, "\x16\x03\x01", `{"id":01,"method":"a"}`}
	for i := range junkLimit {
		c.send(junk[i%len(junk)], "", "  ")
		c.want(`{"id":null,"result":null,"error":[20,"invalid-json",null]}`)
	}
	c.sync()
	c.send(`x`)
	c.line()
	if got := c.line(); got != "" {
		t.Errorf("got %s, want the end", got)
	}
	eventually(t, "close counted", func() bool { return srv.Closed(TooMuchJunk) == 1 })
}

func TestPoint18EveryReplyIsComplete(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.login()
	for _, call := range []string{
		`"mining.configure","params":[[],{}]`, `"mining.configure"`, `"mining.subscribe"`, `"mining.authorize","params":["bad"]`,
		`"mining.submit"`, `"mining.suggest_difficulty"`, `"mining.suggest_target"`, `"mining.extranonce.subscribe"`,
		`"mining.get_transactions","params":["1"]`, `"mining.multi_version","params":[1]`, `"mining.ping"`, `"mining.nonsense"`,
		`"mining.capabilities","params":[{"notify":[]}]`, `"eth_submitLogin"`,
	} {
		c.send(`{"id":1,"method":` + call + `}`)
		m := map[string]json.RawMessage{}
		line := c.line()
		if strings.Contains(line, `"method":"mining.set_difficulty"`) { // the confirmation of a suggestion
			line = c.line()
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%s: %q: %v", call, line, err)
		}
		if len(m) != 3 || m["id"] == nil || m["result"] == nil || m["error"] == nil {
			t.Errorf("%s: reply %s, want id, result and error", call, line)
		}
		if e := string(m["error"]); e != "null" {
			var form []any
			if json.Unmarshal(m["error"], &form) != nil || len(form) != 3 {
				t.Errorf("%s: error %s, want three elements", call, e)
			}
		}
	}
}

func TestPoint19UnknownMethods(t *testing.T) {
	_, addr := serve(t, newPool(), nil)
	c := dial(t, addr)
	for range 100 {
		c.send(`{"id":7,"method":"mining.capabilities","params":[1]}`)
		c.want(`{"id":7,"result":null,"error":[20,"unknown-method",null]}`)
	}
	c.send(`{"id":1,"method":"mining.get_transactions","params":["j1"]}`, `{"id":2,"method":"mining.multi_version","params":[1]}`,
		`{"id":3,"method":"mining.extranonce.subscribe","params":[]}`)
	c.want(`{"id":1,"result":[],"error":null}`, accepted("2"), accepted("3"))
}

func TestPoint20AnswersAndNotificationsAreIgnored(t *testing.T) {
	_, addr := serve(t, newPool(), nil)
	c := dial(t, addr)
	for range 3 * junkLimit {
		c.send(`{"id":1,"method":"pong","params":[]}`, `{"id":1,"result":"cgminer/4","error":null}`, `{"id":2,"result":null,"error":[1,"x",null]}`,
			`{"id":null,"method":"client.hello","params":[]}`, `{"method":"client.hello"}`)
	}
	c.sync()
}
