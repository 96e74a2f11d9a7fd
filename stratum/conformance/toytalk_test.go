package conformance

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

type toyRequest struct {
	ID     json.RawMessage
	Method *string
	Params json.RawMessage
	list   []json.RawMessage
}

func (r *toyRequest) text(i int) (s string, ok bool) {
	if i >= len(r.list) || json.Unmarshal(r.list[i], &s) != nil {
		return "", false
	}
	return s, string(r.list[i]) != "null"
}

// number is a parameter that is a number, or a number in a text.
func (r *toyRequest) number(i int) (float64, bool) {
	if i >= len(r.list) {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.Trim(string(r.list[i]), `"`), 64)
	return f, err == nil && f > 0 && f < 1e300
}

// take answers a line; false ends the connection.
func (s *toySession) take(text []byte) bool {
	y := s.toy
	var r toyRequest
	if json.Unmarshal(text, &r) != nil {
		s.junk++
		return (s.junk < 16 || y.is("endless junk")) && !y.is("one line of junk is too many")
	}
	if r.Method == nil {
		if y.is("responses are answered") {
			s.fault(r.ID, 20, "what?")
		}
		return true
	}
	if json.Unmarshal(r.Params, &r.list) != nil && y.is("params are a must") {
		return false
	}
	switch *r.Method {
	case "mining.configure":
		s.configure(&r)
	case "mining.subscribe":
		return s.subscribe(&r)
	case "mining.authorize":
		s.authorize(&r)
	case "mining.submit":
		s.submit(&r)
	case "mining.suggest_difficulty":
		if d, ok := r.number(0); ok {
			s.set(d)
		}
		s.reply(r.ID, "true", "null")
		if !y.is("suggestion not confirmed") {
			s.setDifficulty()
		}
	case "mining.extranonce.subscribe":
		s.reply(r.ID, "true", "null")
	case "pong":
	default:
		if y.is("unknown method closes") {
			return false
		}
		if len(r.ID) > 0 && string(r.ID) != "null" {
			s.fault(r.ID, 20, "unknown-method")
		}
	}
	return true
}

func (s *toySession) set(d float64) {
	y := s.toy
	if !y.is("suggestion unbounded") {
		d = min(max(d, toyMin), toyMax)
	}
	if !y.is("minimum-difficulty forgotten") {
		d = max(d, s.floor)
	}
	if d >= 1 {
		d = float64(int64(d))
	}
	s.diff = d
}

func (s *toySession) configure(r *toyRequest) {
	y := s.toy
	var names []string
	options := map[string]any{}
	if len(r.list) > 0 {
		_ = json.Unmarshal(r.list[0], &names)
	}
	if len(r.list) > 1 {
		_ = json.Unmarshal(r.list[1], &options)
	}
	result := map[string]any{}
	for _, name := range names {
		switch name {
		case "version-rolling":
			mask := y.mask
			if text, ok := options["version-rolling.mask"].(string); ok && !y.is("mask not intersected") {
				m, _ := strconv.ParseUint(text, 16, 32)
				mask &= uint32(m)
			}
			if y.is("configure only once") && s.asked {
				mask = s.mask
			}
			if y.is("mask where there is none") && mask == 0 {
				mask = toyMask
			}
			if s.mask = mask; mask != 0 {
				s.asked = true
				result["version-rolling.mask"] = hex8(mask)
			}
			result[name] = mask != 0
		case "minimum-difficulty":
			s.floor, _ = options["minimum-difficulty.value"].(float64)
			if !y.is("minimum-difficulty forgotten") {
				s.diff = max(s.diff, s.floor)
			}
			result[name] = true
		case "subscribe-extranonce", "info":
			result[name] = true
		default:
			if !y.is("unknown extensions left out") {
				result[name] = false
			}
		}
	}
	text, _ := json.Marshal(result)
	s.reply(r.ID, string(text), "null")
	if s.asked && y.is("mask before authorize") {
		s.tellMask()
	}
}

func (s *toySession) tellMask() {
	s.put(fmt.Sprintf(`{"id":null,"method":"mining.set_version_mask","params":["%08x"]}`+"\n", s.mask))
}

func (s *toySession) subscribe(r *toyRequest) bool {
	y := s.toy
	if !y.is("no subscribe timeout") {
		_ = s.conn.SetReadDeadline(time.Time{})
	}
	if s.e1 == "" || y.is("subscribe again is new") {
		if y.is("four parameters are too many") && len(r.list) > 2 {
			return false
		}
		s.agent, _ = r.text(0)
		if !s.lease(r) {
			s.fault(r.ID, 20, "full")
			return false
		}
		if strings.HasPrefix(s.agent, "NiceHash") && !y.is("NiceHash like others") {
			s.diff = toyNice
		}
	}
	size := 8
	if y.is("extranonce2 of 16 bytes") {
		size = 16
	}
	if y.is("notification before the subscribe reply") {
		s.setDifficulty()
	}
	pad := ""
	if y.is("long subscribe reply") {
		pad = strings.Repeat(" ", 1100)
	}
	s.reply(r.ID, fmt.Sprintf(`[[["mining.set_difficulty",%q],%s["mining.notify",%q]],%q,%d]`, s.sid, pad, s.sid, s.e1, size), "null")
	if y.is("job before authorize") {
		s.notify(y.present(), true)
	}
	s.begin()
	return true
}

// lease gives the session its extranonce1.
func (s *toySession) lease(r *toyRequest) bool {
	y := s.toy
	y.mu.Lock()
	defer y.mu.Unlock()
	old, _ := r.text(1)
	if y.room > 0 && len(y.leased) >= y.room && !y.is("extranonce1 wraps") {
		return false
	}
	e1 := y.past[old]
	if e1 == "" || y.leased[e1] && !y.is("resume while in use") || y.is("no resume") {
		y.seq++
		e1 = fmt.Sprintf("%08x", 0xab000000+y.seq)
		if y.is("extranonce1 given twice") {
			e1 = fmt.Sprintf("%08x", 0xab000000+y.seq%16)
		}
		if y.is("extranonce1 in upper case") {
			e1 = strings.ToUpper(e1)
		}
	}
	y.leased[e1] = true
	s.e1, s.sid = e1, "s"+e1
	y.past[s.sid] = e1
	return true
}

func (y *toy) present() *toyJob {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.now
}

func (s *toySession) authorize(r *toyRequest) {
	user, ok := r.text(0)
	if !ok || user == "" {
		s.fault(r.ID, 24, "no user")
		return
	}
	if s.toy.is("subscribe must be first") && s.e1 == "" {
		s.fault(r.ID, 25, "not-subscribed")
		return
	}
	if s.toy.is("one worker") {
		s.workers = nil
	}
	s.workers = append(s.workers, user)
	pass, _ := r.text(1)
	for _, pair := range strings.FieldsFunc(pass, func(c rune) bool { return c == ',' || c == ';' }) {
		name, text, _ := strings.Cut(pair, "=")
		d, err := strconv.ParseFloat(text, 64)
		if (name == "d" || name == "diff") && err == nil && d > 0 && !s.toy.is("password ignored") {
			s.set(d)
		}
	}
	s.reply(r.ID, "true", "null")
	s.begin()
}

// begin sends the first job when the handshake is over.
func (s *toySession) begin() {
	if s.ready || s.e1 == "" || len(s.workers) == 0 {
		return
	}
	s.ready = true
	if s.asked && s.mask != 0 || s.toy.is("mask unasked") {
		s.tellMask()
	}
	j := s.toy.present()
	if s.toy.is("difficulty after the job") {
		s.notify(j, true)
		s.setDifficulty()
		return
	}
	s.setDifficulty()
	s.notify(j, true)
}

// toyWord reads a field of 8 digits or a number.
func (r *toyRequest) word(i int) (uint32, bool) {
	if s, ok := r.text(i); ok {
		n, err := strconv.ParseUint(s, 16, 32)
		return uint32(n), err == nil && len(s) == 8
	}
	n, err := strconv.ParseUint(string(r.list[i]), 10, 32)
	return uint32(n), err == nil
}

func (s *toySession) submit(r *toyRequest) {
	y := s.toy
	if y.is("replies out of order") {
		s.shares++
		if s.shares%3 == 0 {
			s.put(`{"id":1,"result":true,"error":null}` + "\n")
		}
	}
	if y.is("shares without an id are dropped") && len(r.ID) == 0 {
		return
	}
	code, text := s.judge(r)
	if code == 0 {
		s.reply(r.ID, "true", "null")
		return
	}
	s.fault(r.ID, code, text)
}

// judge is the error of a share, 0 for none.
func (s *toySession) judge(r *toyRequest) (int, string) {
	y := s.toy
	switch {
	case s.e1 == "" && !y.is("never not-subscribed"):
		return 25, "not-subscribed"
	case len(s.workers) == 0:
		return 24, "unauthorized-worker"
	case len(r.list) < 5:
		return 20, "malformed"
	}
	user, _ := r.text(0)
	if !slices.Contains(s.workers, user) && !y.is("anybody may submit") {
		return 24, "unauthorized-worker"
	}
	id, _ := r.text(1)
	e2text, isText := r.text(2)
	e2, err := hex.DecodeString(e2text)
	ntime, ok1 := r.word(3)
	nonce, ok2 := r.word(4)
	if !isText || err != nil || len(e2) != 8 && !y.is("extranonce2 of any size") && !y.is("extranonce2 of 16 bytes") || !ok1 || !ok2 {
		return 20, "malformed"
	}
	bits := uint32(0)
	if len(r.list) > 5 {
		bits, _ = r.word(5)
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	j, frozen := y.jobs[id], s.frozen[id]
	if j == nil {
		return 21, "job-not-found"
	}
	mask := uint32(frozen[1])
	if y.is("configure at once") {
		mask = s.mask
	}
	switch {
	case len(r.list) < 6 && mask != 0 && y.is("sixth parameter is a must"):
		return 20, "malformed"
	case bits&^mask != 0 && mask == 0 && !y.is("bits unchecked") && !y.is("one text for bits"):
		return 20, "version-rolling-not-granted"
	case bits&^mask != 0 && !y.is("bits unchecked"):
		return 20, "version-bits-not-allowed"
	}
	key := fmt.Sprint(e2text, ntime, nonce, bits)
	switch {
	case y.is("duplicates over case"):
		key = string(r.Params)
	case y.is("duplicates without bits"):
		key = fmt.Sprint(strings.ToLower(e2text), ntime, nonce)
	}
	seen := j.seen
	if y.is("duplicates over jobs") {
		seen = y.jobs["1"].seen
	}
	if key = strings.ToLower(key); y.is("duplicates over case") {
		key = string(r.Params)
	}
	if seen[key+s.e1] && !y.is("duplicates accepted") {
		return 22, "duplicate"
	}
	seen[key+s.e1] = true
	return y.weigh(s, j, user, e2, ntime, nonce, bits, mask, frozen[0])
}

// weigh hashes a share. Its lock is held.
func (y *toy) weigh(s *toySession, j *toyJob, user string, e2 []byte, ntime, nonce, bits, mask uint32, frozen float64) (int, string) {
	e1, _ := hex.DecodeString(s.e1)
	version := j.version&^mask | bits&mask
	sh := share{header: j.header(e1, e2, version, ntime, nonce)}
	h := doubleSHA256(sh.header)
	slices.Reverse(h[:])
	meets := func(target [32]byte) bool { return slices.Compare(h[:], target[:]) <= 0 }
	t := &trial{cfg: &Config{HashScale: 1}}
	stale := j.prev != y.tip
	badTime := ntime < j.ntime-600 || int64(ntime) > time.Now().Unix()+7200
	if meets(bitsTarget(j.bits)) && !(stale && y.is("stale blocks lost")) && !(badTime && y.is("badly timed blocks lost")) {
		y.given[sh.blockHash()] = !y.is("blocks lost")
		taken := !y.is("blocks lost") && !stale && !badTime && !(bits != 0 && y.is("rolled blocks wrong"))
		if y.taken[sh.blockHash()] = taken; taken {
			y.tip = doubleSHA256(sh.header)
			y.done.Go(func() { y.send(y.makeJob(true)) }) // which takes our lock
		}
	}
	if meets(t.diffTarget(toyAux)) && !y.is("aux blocks lost") {
		y.aux++
	}
	d := min(s.diff, frozen)
	switch {
	case y.is("judged by the present difficulty"):
		d = s.diff
	case y.is("judged by the job's difficulty"):
		d = frozen
	}
	if y.is("difficulty rounded") {
		d *= 0.999
	}
	switch {
	case y.jumped && y.is("clock spoils shares"):
		return 20, "time"
	case badTime && !y.is("time unchecked"):
		return 20, "time"
	case stale && !y.is("stale accepted"):
		return 21, "stale"
	case !meets(t.diffTarget(d)) && !y.is("difficulty unchecked"):
		return 23, "low-difficulty"
	}
	if y.steer {
		s.shares++
		if s.shares%10 == 0 && !y.is("no vardiff") {
			s.diff *= 4
			s.setDifficulty()
			for id := range s.frozen {
				s.frozen[id] = [2]float64{s.diff, float64(mask)}
			}
		}
	}
	credit := d
	if y.is("credits the achieved") {
		credit *= 8
	}
	if y.is("credits the connection") {
		user = s.workers[0]
	}
	y.work[user] += credit
	return 0, ""
}
