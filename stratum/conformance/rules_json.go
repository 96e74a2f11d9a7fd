package conformance

import (
	"encoding/json"
	"fmt"
	"strings"
)

func jsonRules() []rule {
	return []rule{
		shared("id-verbatim", 14, "ids of any kind come back as they were sent, and need not be unique", "cpuminer, proxies", idVerbatim),
		shared("json-forms", 15, "keys in any order, extra keys, white space, CR LF, escapes and other alphabets are understood", "RFC 8259", jsonForms),
		shared("framing", 16, "a line may come byte by byte, and fifty in one segment", "TCP", framing),
		shared("bad-lines", 17, "an endless line and endless junk end the connection; a little junk does not", "operators", badLines),
		shared("reply-form", 18, "every reply has id, result and error, an error being [number, text, null]", "NiceHash, cpuminer", replyForm),
		shared("unknown-method", 19, "an unknown method gets error 20 and the connection stays", "rental sites, old firmware", unknownMethod),
		shared("unasked-ignored", 20, "pong, responses and notifications of a miner are ignored", "ESP-Miner", unaskedIgnored),
	}
}

func idVerbatim(t *trial) {
	c := t.login()
	for _, id := range []string{`"text"`, `""`, `1.5`, `-7`, `123456789012345678901234567890`, `4`, `4`} {
		c.write(`{"id":` + id + `,"method":"mining.extranonce.subscribe","params":[]}` + "\n")
		if m := c.nextReply(); m.id() != id {
			t.failf("a request with the id %s was answered by %s", id, short(m.text))
		}
	}
	user := account(t.cfg.User) + ".noid"
	c.authorize(user, t.cfg.Password)
	before := t.work(user)
	text, _ := json.Marshal(c.find(search{}).params(user))
	c.write(`{"id":null,"method":"mining.extranonce.subscribe","params":[]}` + "\n")
	c.write(`{"method":"mining.submit","params":` + string(text) + "}\n")
	for _, m := range c.during(t.cfg.Quiet) {
		if m.isReply() && m.id() != "null" && m.id() != "" {
			t.failf("a request without an id was answered by %s", short(m.text))
		}
	}
	c.alive("requests without an id")
	if t.cfg.Hooks.Work == nil {
		t.without("whether a share without an id is credited was not looked at, for want of a way to")
	} else if !t.soon(func() bool { return t.work(user) > before }) {
		t.failf("a share without an id was not credited")
	}
}

func jsonForms(t *trial) {
	for _, form := range []string{
		`{"params":["a/1"],"method":"mining.subscribe","id":1}` + "\n",
		`{"id":1,"jsonrpc":"2.0","method":"mining.subscribe","params":["a/1"],"worker":{"x":[1,"]}"]}}` + "\n",
		"\t {\"id\" : 1 ,\"method\":\t\"mining.subscribe\" , \"params\" : [ \"a/1\" ] } \r\n",
		`{"id":1,"method":"mining\u002esubscribe","params":["\u0061\/1"]}` + "\n",
		`{"id":1,"method":"mining.subscribe"}` + "\n",
		`{"id":1,"method":"mining.subscribe","params":null}` + "\n",
	} {
		c := t.dial()
		c.write(form)
		if m := c.await("1"); c.subscribed(m) != nil {
			t.failf("%s was answered by %s", strings.TrimSpace(form), short(m.text))
		}
		c.close()
	}
	c := t.login()
	user := account(t.cfg.User) + ".rüg\"1"
	if m := c.call("mining.authorize", user, t.cfg.Password); !m.ok() {
		c.alive("a worker with a name of other letters, which was refused,")
		t.without("the server takes no worker's name with quotes and other letters")
		return
	}
	// The same name, written in two ways.
	ascii := strings.NewReplacer("ü", `\u00fc`, `"`, `\"`).Replace(user)
	s := c.find(search{})
	rest, _ := json.Marshal(s.params(user)[1:])
	c.write(`{"id":"s","method":"mining.submit","params":["` + ascii + `",` + string(rest[1:]) + "}\n")
	if m := c.await(`"s"`); !m.ok() {
		t.failf("a share of worker %q, its name escaped, was refused: %s", user, short(m.text))
	}
}

func framing(t *trial) {
	c := t.dial()
	for _, b := range []byte(line(1, "mining.subscribe", c.agent)) {
		c.write(string(b))
	}
	if m := c.await("1"); c.subscribed(m) != nil {
		t.failf("subscribe that came byte by byte was answered by %s", short(m.text))
	}
	c.last = 1
	c.authorize(t.cfg.User, t.cfg.Password)
	c.job()
	var lines strings.Builder
	for i := range 50 {
		lines.WriteString(line(100+i, "mining.submit", c.find(search{}).params(t.cfg.User)...))
	}
	c.write(lines.String())
	for i := range 50 {
		if m := c.nextReply(); m.id() != fmt.Sprint(100+i) || !m.ok() {
			t.failf("of 50 shares in one segment, number %d was answered by %s", i+1, short(m.text))
		}
	}
}

func badLines(t *trial) {
	c := t.dial()
	c.write("no json\n")
	c.await1(line(1, "mining.subscribe", c.agent), "one line of junk")

	c = t.dial()
	junk := "{\"id\":1,]\n"
	for range mostJunk {
		if c.tryWrite(junk) != nil {
			break
		}
	}
	if !c.closed(t.cfg.Timeout) {
		t.failf("after %d lines that are no JSON the connection is still open", mostJunk)
	}
	c = t.dial()
	part := strings.Repeat("a", 64<<10)
	for sent := 0; ; sent += len(part) {
		if c.tryWrite(part) != nil {
			return
		}
		if sent >= mostLine {
			break
		}
	}
	if !c.closed(t.cfg.Timeout) {
		t.failf("a line of %d bytes without an end did not end the connection", mostLine)
	}
}

// await1 sends a subscribe with the id 1 and wants its reply, after something.
func (c *client) await1(text, after string) {
	if c.tryWrite(text) == nil {
		if c.until(c.t.cfg.Timeout, func(m message) bool { return m.isReply() && m.id() == "1" }) {
			return
		}
	}
	c.t.failf("after %s subscribe is not answered", after)
}

func replyForm(t *trial) {
	c := t.dial()
	replies := []message{
		c.call("mining.configure", []string{"version-rolling"}, map[string]any{"version-rolling.mask": "ffffffff"}),
		c.call("mining.subscribe", c.agent),
		c.call("mining.authorize", t.cfg.User, t.cfg.Password),
		c.call("mining.extranonce.subscribe"),
		c.call("mining.submit", t.cfg.User, "no such job", "00", "00000000", "00000000"),
		c.call("conformance.unknown"),
	}
	for _, m := range replies {
		if why := wrongForm(m); why != "" {
			t.failf("%s: %s", why, short(m.text))
		}
	}
}

// wrongForm says what is wrong with the form of a reply.
func wrongForm(m message) string {
	for _, key := range []string{"id", "result", "error"} {
		if _, ok := m.keys[key]; !ok {
			return fmt.Sprintf("a reply lacks the key %q", key)
		}
	}
	e := m.keys["error"]
	if string(e) == "null" {
		return ""
	}
	var parts []json.RawMessage
	var code int
	var text string
	if json.Unmarshal(e, &parts) != nil || len(parts) != 3 || json.Unmarshal(parts[0], &code) != nil ||
		json.Unmarshal(parts[1], &text) != nil || string(parts[2]) != "null" {
		return "an error is not [number, text, null]"
	}
	return ""
}

func unknownMethod(t *trial) {
	c := t.login()
	for _, method := range []string{"conformance.unknown", "mining.capabilities", "eth_submitLogin"} {
		m := c.call(method)
		if m.ok() {
			continue // it knows it
		}
		if m.code() != 20 {
			t.failf("the unknown method %s: error 20 expected, got %s", method, short(m.text))
		}
	}
	if m := c.call("conformance.unknown"); m.ok() {
		t.failf("an unknown method was answered by true")
	}
	c.call("mining.multi_version", 1)
	c.call("mining.get_transactions", "0")
	c.alive("unknown methods")
}

func unaskedIgnored(t *trial) {
	c := t.login()
	var lines strings.Builder
	for i := range 40 {
		fmt.Fprintf(&lines, `{"id":%d,"method":"pong","params":[]}`+"\n", 7000+i)
		fmt.Fprintf(&lines, `{"id":%d,"result":"conformance/1.0","error":null}`+"\n", 8000+i)
		lines.WriteString(`{"id":null,"method":"client.conformance","params":[]}` + "\n")
	}
	c.write(lines.String())
	c.last = 8999
	c.alive("pongs, responses and notifications of the miner")
	for _, m := range c.lines {
		if m.isReply() && (len(m.id()) == 4 && m.id()[0] == '8' || m.id() == "null") {
			if m.id() == "9000" {
				continue
			}
			t.failf("a response or notification of the miner was answered: %s", short(m.text))
		}
	}
}
