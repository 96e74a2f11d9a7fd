package personality

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// handshake sends what the miner begins with, waiting where it waits.
func (m *Miner) handshake() error {
	for _, s := range m.steps {
		if err := m.ask(s); err != nil {
			return err
		}
	}
	return nil
}

// ask sends one request and takes its reply, if the miner waits for it.
func (m *Miner) ask(s step) error {
	id, err := m.send(s)
	if err != nil {
		return err
	}
	if s.wait == byID || s.wait == never {
		m.pending[id] = s
		return nil
	}
	for {
		within := s.within
		if within == 0 {
			within = m.silence
		}
		g, err := m.next(within)
		if v, is := err.(*Violation); is && v.Quirk == Silence && s.bearable {
			m.pending[id] = s
			return nil
		}
		if err != nil {
			return err
		}
		if g.Method == nil {
			return m.replied(s, g)
		}
		if s.wait == nextLine {
			return m.violate(FirstLine, "sent %s before the reply to %s", *g.Method, s.method)
		}
		if !m.knows(*g.Method) {
			return m.violate(UnknownMethod, "sent %s before the reply to %s", *g.Method, s.method)
		}
		if err := m.notice(g); err != nil {
			return err
		}
	}
}

// send writes a request and returns its id.
func (m *Miner) send(s step) (int, error) {
	params := "[]"
	if s.params != nil {
		params = marshal(s.params(m))
	}
	id := m.takeID()
	return id, m.write(fmt.Sprintf(m.request, id, s.method, params))
}

func marshal(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // only plain values are given
	}
	return string(text)
}

// dispatch takes a message outside the waits of the handshake.
func (m *Miner) dispatch(g *message) error {
	if g.Method != nil {
		if !m.knows(*g.Method) {
			if m.strict {
				return m.violate(UnknownMethod, "sent %s", *g.Method)
			}
			return nil
		}
		return m.notice(g)
	}
	id, ok := g.number()
	if !ok {
		return m.violate(ReplyID, "replied with id %s: %s", orNothing(g.ID), clip(g.line))
	}
	if s, is := m.pending[id]; is {
		delete(m.pending, id)
		if s.wait == never {
			return nil
		}
		return m.replied(s, g)
	}
	return m.judged(id, g)
}

func orNothing(raw json.RawMessage) string {
	if raw == nil {
		return "missing"
	}
	return string(raw)
}

// replied takes the reply to a request of the handshake.
func (m *Miner) replied(s step, g *message) error {
	if err := m.form(g); err != nil {
		return err
	}
	if s.wait == byID || m.strict {
		if _, ok := g.number(); !ok {
			return m.violate(ReplyID, "replied to %s with id %s", s.method, orNothing(g.ID))
		}
	}
	switch s.method {
	case "mining.configure":
		return m.configured(g)
	case "mining.subscribe":
		return m.subscription(g)
	case "mining.authorize":
		return m.admission(g)
	case "mining.extranonce.subscribe":
		if m.extranonceMust && (!isNull(g.Error) || isNull(g.Result) || string(g.Result) == "false") {
			return m.violate(ExtranonceRefused, "replied %s", clip(g.line))
		}
	}
	return nil
}

// form looks at what every reply must have.
func (m *Miner) form(g *message) error {
	if g.Result == nil {
		return m.violate(ReplyForm, "a reply without result: %s", clip(g.line))
	}
	if g.Error == nil && m.errorKey {
		return m.violate(ReplyForm, "a reply without error: %s", clip(g.line))
	}
	if m.strict && !isNull(g.Error) {
		var parts []json.RawMessage
		var code int
		var text string
		var trace *string
		if json.Unmarshal(g.Error, &parts) != nil || len(parts) != 3 || json.Unmarshal(parts[0], &code) != nil ||
			json.Unmarshal(parts[1], &text) != nil || json.Unmarshal(parts[2], &trace) != nil {
			return m.violate(ReplyForm, "an error that is not [number, text, text or null]: %s", clip(g.line))
		}
	}
	return nil
}

// configured takes the result of mining.configure.
func (m *Miner) configured(g *message) error {
	var result map[string]json.RawMessage
	if isNull(g.Error) && json.Unmarshal(g.Result, &result) != nil {
		return m.violate(ConfigureForm, "result is no object: %s", clip(g.line))
	}
	var granted bool
	raw, there := result["version-rolling"]
	if (!there || json.Unmarshal(raw, &granted) != nil) && isNull(g.Error) {
		return m.violate(ConfigureForm, "result says nothing of version-rolling: %s", clip(g.line))
	}
	if !granted {
		if m.rolling {
			return m.violate(RollingRefused, "replied %s", clip(g.line))
		}
		return nil
	}
	var text string
	if json.Unmarshal(result["version-rolling.mask"], &text) != nil {
		return m.violate(ConfigureForm, "grants version-rolling without a mask: %s", clip(g.line))
	}
	mask, err := strconv.ParseUint(text, 16, 32)
	if err != nil || len(text) != 8 {
		return m.violate(ConfigureForm, "mask %q is not 8 hexadecimal digits", text)
	}
	if mask == 0 && m.rolling {
		return m.violate(RollingRefused, "granted a mask of zero")
	}
	m.mask, m.granted = uint32(mask), true
	return nil
}

// subscription takes the result of mining.subscribe.
func (m *Miner) subscription(g *message) error {
	var result, list []json.RawMessage
	if !isNull(g.Error) || json.Unmarshal(g.Result, &result) != nil || len(result) < 3 || json.Unmarshal(result[0], &list) != nil {
		return m.violate(SubscribeForm, "replied %s", clip(g.line))
	}
	m.session = ""
	for _, item := range list {
		var pair []string
		if json.Unmarshal(item, &pair) != nil || len(pair) != 2 {
			if m.strict {
				return m.violate(SubscribeForm, "subscription %s is no pair of texts", item)
			}
			continue
		}
		if pair[0] == "mining.notify" {
			m.session = pair[1]
		}
	}
	var text string
	if json.Unmarshal(result[1], &text) != nil {
		return m.violate(SubscribeForm, "extranonce1 %s is no text", result[1])
	}
	n1, err := hex.DecodeString(text)
	if err != nil || text == "" {
		return m.violate(Extranonce1, "gave %q", text)
	}
	if m.extranonce1Max > 0 && len(n1) > m.extranonce1Max {
		return m.violate(Extranonce1, "gave %d bytes, the miner takes %d", len(n1), m.extranonce1Max)
	}
	var size int
	if json.Unmarshal(result[2], &size) != nil {
		return m.violate(SubscribeForm, "extranonce2 size %s is no whole number", result[2])
	}
	if err := m.sized(size); err != nil {
		return err
	}
	m.extranonce, m.n2size, m.subscribed = n1, size, true
	return nil
}

// sized looks at an extranonce2 size.
func (m *Miner) sized(size int) error {
	if size < max(m.n2min, 1) || size > m.n2max {
		return m.violate(Extranonce2Size, "gave %d bytes, the miner takes %d to %d", size, max(m.n2min, 1), m.n2max)
	}
	if m.n2even && size != 2 && size != 4 && size != 8 {
		return m.violate(Extranonce2Size, "gave %d bytes, the miner takes 2, 4 or 8", size)
	}
	return nil
}

// admission takes the result of mining.authorize.
func (m *Miner) admission(g *message) error {
	if !isNull(g.Error) || string(g.Result) == "false" || string(g.Result) == "null" {
		return m.violate(AuthorizeRefused, "replied %s", clip(g.line))
	}
	m.admittedNow = true
	m.knock()
	for _, s := range m.admitted {
		if err := m.ask(s); err != nil {
			return err
		}
	}
	return nil
}

// subscribeParams are the agent and, of a miner that resumes, the old session.
func subscribeParams(m *Miner) []any {
	switch {
	case m.Agent == "":
		return []any{}
	case m.resume && m.session != "":
		return []any{m.Agent, m.session}
	}
	return []any{m.Agent}
}

func authorizeParams(m *Miner) []any { return []any{m.opt.User, m.opt.Password} }

// params always gives the same.
func params(values ...any) func(*Miner) []any {
	return func(*Miner) []any { return values }
}

// subscribe and authorize are steps that nearly all miners share.
func subscribe(w wait, within time.Duration) step {
	return step{method: "mining.subscribe", params: subscribeParams, wait: w, within: within}
}

func authorize(w wait, within time.Duration) step {
	return step{method: "mining.authorize", params: authorizeParams, wait: w, within: within}
}

// configure asks for version rolling with these options.
func configure(w wait, within time.Duration, options map[string]any) step {
	return step{method: "mining.configure", params: params([]string{"version-rolling"}, options), wait: w, within: within}
}
