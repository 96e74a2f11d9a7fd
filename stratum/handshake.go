package stratum

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// earned is what the replies of the present turn allow, once they are on their
// way.
type earned struct {
	difficulty bool // mining.set_difficulty
	jobs       bool // mining.notify
	masked     bool // mask is granted anew
	mask       uint32
	asks       []ask // answers that hold a job, of the SHA3x dialect
}

// call answers a request that is no submission.
func (s *session) call(ctx context.Context, r *request) {
	t := &s.turn
	result := "true"
	switch method := string(r.method); method {
	case "mining.configure":
		result = s.configure(r)
	case "mining.subscribe":
		s.subscribe(r)
		return
	case "mining.authorize":
		s.authorize(ctx, r)
		return
	case "mining.suggest_difficulty":
		s.suggest(r.param(0))
	case "mining.suggest_target":
		s.suggestTarget(r.param(0))
	case "mining.hashrate", "mining.submit_hashrate", "eth_submitHashrate":
		s.declare(r.param(0))
	case "mining.extranonce.subscribe", "mining.multi_version":
	case "mining.get_transactions":
		result = "[]"
	case "mining.ping":
		result = `"pong"`
	case "pong":
		s.pong()
		return
	default:
		if number, ok := embedded(method); ok {
			s.suggest(value{kindText, []byte(number)})
			break
		}
		if r.id != nil && string(r.id) != "null" {
			t.replies = appendError(t.replies, r.id, codeOther, textUnknown)
		}
		return
	}
	t.replies = appendResult(t.replies, r.id, result)
}

// embedded reads the form mining.suggest_difficulty(1024), number in the method.
func embedded(method string) (string, bool) {
	rest, ok := strings.CutPrefix(method, "mining.suggest_difficulty(")
	return strings.TrimSuffix(rest, ")"), ok
}

// subscribe gives the session its extranonce1; asked again it says the same.
func (s *session) subscribe(r *request) {
	t, o := &s.turn, &s.out
	if !s.subscribed {
		var old []byte
		if p := r.param(1); p.kind == kindText {
			old = p.raw
		}
		l, before, ok := s.srv.leases.take(old, t.now)
		if !ok {
			s.refuse(ExtranonceGone, ExtranonceGone.String())
			return
		}
		agent := ""
		if p := r.param(0); p.kind == kindText {
			agent = strings.ToValidUTF8(string(p.raw[:min(len(p.raw), agentLimit)]), "")
		}
		o.mu.Lock()
		s.lease, s.agent, s.subscribed = l, agent, true
		o.stand()
		o.resume(before)
		if f := s.profile.NiceHashFloor; f > 0 && strings.HasPrefix(strings.ToLower(agent), "nicehash") {
			o.raise(f)
		}
		o.mu.Unlock()
	}
	id := s.lease.id
	t.replies = appendResult(t.replies, r.id, `[[["mining.set_difficulty","`+id+`"],["mining.notify","`+id+`"]],"`+
		hex.EncodeToString(s.lease.extranonce[:])+`",`+strconv.Itoa(s.srv.cfg.Extranonce2Size)+`]`)
	s.advance()
}

// authorize asks the pool to admit a worker.
func (s *session) authorize(ctx context.Context, r *request) {
	t, o := &s.turn, &s.out
	user, password := r.param(0), r.param(1)
	refuse := func(text string) { s.refuseLogin(r.id, string(user.raw), text) }
	if user.kind != kindText || len(user.raw) == 0 {
		refuse("a user name is missing")
		return
	}
	if len(user.raw) > nameLimit {
		refuse(textLongName)
		return
	}
	name := string(user.raw)
	l := Login{User: name, Agent: s.agent, Remote: s.remote, Listener: s.profile.Name}
	if password.kind == kindText || password.kind == kindNumber {
		l.Password = string(password.raw)
	}
	w, err := s.admit(ctx, l)
	if err != nil {
		refuse(err.Error())
		return
	}
	o.mu.Lock()
	s.employ(name, w)
	s.last = nil
	o.options(l.Password)
	o.mu.Unlock()
	t.replies = appendResult(t.replies, r.id, "true")
	s.tellOptions(name, l.Password)
	s.advance()
}

// minesFor is how long after an accepted share no refused login ends a connection.
const minesFor = 10 * time.Minute

// mines reports whether the connection has had a share accepted lately.
func (s *session) mines() bool {
	at := s.lastGood.Load()
	return at != 0 && s.turn.now.Sub(time.Unix(0, at)) < minesFor
}

// errWorkers refuses a worker too many.
var errWorkers = errors.New("too many workers on one connection")

// admit asks the pool for a worker. What was submitted before is answered first.
func (s *session) admit(ctx context.Context, l Login) (Worker, error) {
	if _, again := s.workers[l.User]; !again && len(s.workers) >= workersLimit {
		return nil, errWorkers
	}
	s.settleEarly()
	wait, cancel := context.WithTimeout(ctx, s.srv.cfg.AuthorizeWait)
	defer cancel()
	return s.srv.pool.Authorize(wait, l)
}

// employ takes a worker into the session; the first decides who is paid. out.mu
// is held.
func (s *session) employ(name string, w Worker) *member {
	m := &member{name, w}
	s.workers[name] = m
	if s.out.payee == nil {
		s.out.payee = w
	}
	return m
}

// refuseLogin says why a worker is not admitted, to the miner and in the log, and
// bears with it only so often, but where others mine: behind a farm's proxy, one rig
// with a wrong name must not end the work of all.
func (s *session) refuseLogin(id []byte, user, text string) {
	s.turn.replies = s.srv.forms.fault(s.turn.replies, id, codeNoWorker, text)
	s.srv.refusals.log(s.srv.log, time.Now(), s.remote, user, text)
	s.srv.journal.add(Incident{
		At: time.Now(), What: WhatRefused, Remote: s.remote, Agent: s.agent, Workers: []string{shown(user)}, Reason: shown(text), Session: s.number,
		Lasted: time.Since(s.since),
	})
	if s.mines() {
		return
	}
	if s.refused++; s.refused >= authorizeTries*(1+len(s.workers)) {
		s.reason.CompareAndSwap(uint32(closeUnset), uint32(AuthorizeRefused))
	}
}

// advance notes what the handshake has earned. It takes effect when the turn's
// replies leave, behind them.
func (s *session) advance() {
	s.earned.difficulty = s.subscribed
	s.earned.jobs = s.subscribed && len(s.workers) > 0
}

// configure answers each extension that was named (BIP 310).
func (s *session) configure(r *request) string {
	var names []string
	options := map[string]json.RawMessage{}
	if p := r.param(0); p.kind == kindNested {
		var list []json.RawMessage
		_ = json.Unmarshal(p.raw, &list) // what is no list names nothing
		for _, item := range list {
			if v := decodeValue(item); v.kind == kindText {
				names = append(names, string(v.raw))
			}
		}
	}
	if p := r.param(1); p.kind == kindNested {
		_ = json.Unmarshal(p.raw, &options)
	}
	option := func(name string) value { return decodeValue(options[name]) }

	result := map[string]any{}
	for _, name := range names {
		switch name {
		case "version-rolling":
			mask := s.grant(option("version-rolling.mask"), option("version-rolling.min-bit-count"))
			result[name] = mask != 0
			if mask != 0 {
				result["version-rolling.mask"] = string(appendHex32(nil, mask))
			}
		case "minimum-difficulty":
			d, ok := option("minimum-difficulty.value").float()
			if ok {
				s.out.mu.Lock()
				s.out.raise(d)
				s.out.mu.Unlock()
			}
			result[name] = ok
		case "subscribe-extranonce", "info":
			result[name] = true
		default:
			result[name] = false
		}
	}
	text, _ := json.Marshal(result) // strings and booleans always encode
	return string(text)
}

// grant intersects what the pool and the miner can roll; 0 grants nothing. It
// holds from the next job on.
func (s *session) grant(wanted, least value) uint32 {
	mask := s.srv.pool.VersionMask()
	if wanted.kind != kindAbsent && wanted.kind != kindNull {
		w, ok := looseHex(wanted)
		if !ok {
			w = 0
		}
		mask &= w
	}
	if n, ok := looseHex(least); ok && uint32(bits.OnesCount32(mask)) < n {
		mask = 0
	}
	s.earned.masked, s.earned.mask = true, mask
	s.out.mu.Lock()
	s.out.stand()
	s.out.mu.Unlock()
	return mask
}

// looseHex reads a number, or hexadecimal digits of any count in a string.
func looseHex(v value) (uint32, bool) {
	switch v.kind {
	case kindNumber:
		return v.word32()
	case kindText:
		n, err := strconv.ParseUint(strings.TrimPrefix(string(v.raw), "0x"), 16, 32)
		return uint32(n), err == nil
	}
	return 0, false
}

// suggest sets the difficulty that the miner asks for, within bounds, and has it
// confirmed.
func (s *session) suggest(v value) {
	d, ok := v.float()
	o := &s.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if ok && !o.fixed {
		o.asked = true
		o.set(d)
	}
	o.tellDiff = true
}

// suggestTarget is suggest for a target of 64 hexadecimal digits, big-endian.
func (s *session) suggestTarget(v value) {
	var target [32]byte
	if v.kind != kindText || !unhex(target[:], v.raw) {
		return
	}
	one := s.srv.pool.Target(1)
	d := number(one) / number(target)
	s.suggest(value{kindText, strconv.AppendFloat(nil, d, 'g', -1, 64)})
}

// number is a big-endian target as a float.
func number(target [32]byte) (f float64) {
	for _, b := range target {
		f = f*256 + float64(b)
	}
	return f
}
