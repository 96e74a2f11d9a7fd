package stratum

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// rigLimit is how much of a password or rig name becomes the worker's name.
const rigLimit = 32

// Refusals of a login that the pool is not even asked about.
var (
	errNoLogin   = errors.New("login is missing: it should be ADDRESS or ADDRESS.worker")
	errAlgorithm = errors.New("this port mines sha3x and nothing else")
	errLongLogin = errors.New(textLongName)
	errSoloLogin = errors.New("solo: is not known here, the pool decides how blocks are paid: log in with ADDRESS or ADDRESS.worker")
	errAsks      = errors.New("an earlier login still waits for work")
)

// loginSHA3x admits a worker and gives the session its part of the nonce. The
// answer waits for the first job. A second login on the connection changes the
// worker.
func (s *session) loginSHA3x(ctx context.Context, r *request) {
	o := &s.out
	raw := r.param(paramLogin)
	l, difficulty, err := s.readLogin(r)
	var w Worker
	if err == nil {
		w, err = s.admit(ctx, l)
	}
	if err != nil {
		s.refuseLogin(r.id, string(raw.raw), err.Error())
		return
	}
	if !s.subscribed {
		lease, _, ok := s.srv.leases.take(nil, s.turn.now)
		if !ok {
			s.turn.replies = s.srv.forms.fault(s.turn.replies, r.id, codeOther, ExtranonceGone.String())
			s.reason.CompareAndSwap(uint32(closeUnset), uint32(ExtranonceGone))
			return
		}
		o.mu.Lock()
		s.lease, s.agent, s.subscribed = lease, l.Agent, true
		o.mu.Unlock()
	}
	if !s.ask(r, true) {
		s.refuseLogin(r.id, l.User, errAsks.Error())
		return
	}
	o.mu.Lock()
	s.last = s.employ(l.User, w)
	if difficulty > 0 {
		o.fixed = true
		o.set(difficulty)
	}
	o.options(l.Password)
	o.mu.Unlock()
	s.tellOptions(l.User, l.Password)
	s.earned.jobs = true
}

// readLogin is what a login says, and the difficulty that it fixes, 0 for none.
func (s *session) readLogin(r *request) (l Login, difficulty float64, err error) {
	login := r.param(paramLogin)
	if login.kind != kindText || len(login.raw) == 0 {
		return l, 0, errNoLogin
	}
	if len(login.raw) > nameLimit {
		return l, 0, errLongLogin
	}
	if !speaksSHA3x(r.param(paramAlgo)) {
		return l, 0, errAlgorithm
	}
	l.Remote = s.remote
	if p := r.param(paramAgent); p.kind == kindText {
		l.Agent = strings.ToValidUTF8(string(p.raw[:min(len(p.raw), agentLimit)]), "")
	}
	if p := r.param(paramPass); p.kind == kindText || p.kind == kindNumber {
		l.Password = string(p.raw)
	}
	l.User, difficulty = splitLogin(string(login.raw))
	if strings.HasPrefix(l.User, "solo:") {
		return l, 0, errSoloLogin
	}
	if !strings.ContainsAny(l.User, "._") {
		if rig := rigName(l.Password); rig != "" {
			l.User += "." + rig
		} else if rig := rigName(string(r.param(paramRig).raw)); rig != "" {
			l.User += "." + rig
		}
	}
	return l, difficulty, nil
}

// speaksSHA3x reports whether the algorithms that a login names, as a list or a
// word, have ours among them. Most miners name it, some name none.
func speaksSHA3x(algo value) bool {
	var list []string
	switch algo.kind {
	case kindAbsent, kindNull:
		return true
	case kindText:
		list = []string{string(algo.raw)}
	case kindNested:
		_ = json.Unmarshal(algo.raw, &list) // what is no list of words names nothing
	}
	return slices.ContainsFunc(list, func(name string) bool { return strings.EqualFold(name, "sha3x") })
}

// splitLogin takes a difficulty out of a login: ADDRESS=100G or ADDRESS+100000,
// before or behind the worker's name. It is 0 where there is none.
func splitLogin(login string) (user string, difficulty float64) {
	at := strings.IndexAny(login, "=+")
	if at < 0 {
		return login, 0
	}
	number, rest := login[at+1:], ""
	for i := range number {
		// A point between digits is the number's own.
		own := i > 0 && digit(number[i-1]) && i+1 < len(number) && digit(number[i+1])
		if number[i] == '_' || number[i] == '.' && !own {
			number, rest = number[:i], number[i:]
			break
		}
	}
	d, ok := withUnit(number)
	if !ok {
		return login, 0
	}
	return login[:at] + rest, d
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// withUnit reads a positive number that may end with K, M, G, T or P.
func withUnit(s string) (float64, bool) {
	factor := 1.0
	if n := len(s); n > 0 {
		if i := strings.IndexByte("KMGTP", s[n-1]&^0x20); i >= 0 {
			s = s[:n-1]
			for range i + 1 {
				factor *= 1000
			}
		}
	}
	f, ok := positive(s)
	return f * factor, ok
}

// rigName is a password or rig name as a worker's name: miners write it there.
// What is a placeholder, options or no plain name is none.
func rigName(s string) string {
	if s == "x" || s == "X" || len(s) > rigLimit {
		return ""
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '_', c == '.':
		default:
			return ""
		}
	}
	return s
}
