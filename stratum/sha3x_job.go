package stratum

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"time"
)

// Blob is what the sessions of the SHA3x dialect share of a job.
type Blob struct {
	Hash   [32]byte // the mining hash, in the order in which it is hashed
	Height uint64
}

// Members renders b as members of the job object.
func (b *Blob) Members() []byte {
	m := make([]byte, 0, 128)
	m = append(m, `"blob":"`...)
	m = hex.AppendEncode(m, b.Hash[:])
	m = append(m, `","height":`...)
	m = strconv.AppendUint(m, b.Height, 10)
	return append(m, `,"algo":"sha3x"`...)
}

// jobTeller is what a session keeps of its jobs. A new difficulty goes out with a
// job: with the next one, or with the present one told again. So that a share
// says which target it was searched by, the id of a job as the miner sees it ends
// with how often it was told before, in two hex digits. The pool knows such jobs
// as one, so that no nonce counts twice.
type jobTeller struct {
	current Job
	turn    int
	object  []byte // the job as it was told last
	asks    []ask  // answers that wait for a job
}

// ask is a request whose answer holds a job.
type ask struct {
	id    []byte
	login bool
	at    time.Time
}

const (
	asksLimit  = 4    // answers with a job that wait, of one session
	maxTurns   = 0xff // tellings of one job beyond the first
	turnDigits = "00" // the end of an id
)

// cutTurn divides a job's id as the miner sends it.
func cutTurn(id []byte) (name []byte, turn int, ok bool) {
	at := len(id) - len(turnDigits)
	hi, lo := hexDigit[id[at]], hexDigit[id[at+1]]
	return id[:at], int(hi)<<4 | int(lo), hi <= 15 && lo <= 15
}

func (sha3xDialect) open(o *output) { o.jobs = new(jobTeller) }

// earn lets the answers with a job go out.
func (sha3xDialect) earn(o *output) {
	e := &o.s.earned
	o.jobs.asks = append(o.jobs.asks, e.asks...)
	e.asks = nil
}

func (sha3xDialect) due(o *output) bool {
	return len(o.pending) > 0 || o.job != nil || o.sent && (len(o.jobs.asks) > 0 || o.retarget())
}

// retarget reports whether the present job shall be told again, for its target.
// mu is held.
func (o *output) retarget() bool {
	return o.sent && o.given != o.effective() && o.jobs.turn < maxTurns
}

// render takes all that is due. A job that answers a request is not told twice.
func (d sha3xDialect) render(o *output, dst []byte, now time.Time) (head, notify []byte) {
	j := o.jobs
	dst = o.takePending(dst)
	o.lastAt = now
	told := true
	switch job := o.job; {
	case job != nil:
		j.current, j.turn, o.job = job, 0, nil
		o.ceiling = job.MaxDifficulty()
	case o.retarget():
		j.turn++
	default:
		told = false
	}
	if told {
		o.tell(now)
	}
	if !o.sent {
		return dst, nil
	}
	for _, a := range j.asks {
		told = false
		dst = j.answer(dst, a, o.s.lease.id)
	}
	j.asks = nil
	if told {
		dst = append(dst, jobHead...)
		dst = append(dst, j.object...)
		dst = append(dst, jobTail...)
	}
	return dst, nil
}

// tell makes the object of the present job, by the present difficulty. mu is
// held.
func (o *output) tell(now time.Time) {
	s, j := o.s, o.jobs
	o.publish()
	v := s.view.Load()
	s.view.Store(v.with(epoch{
		from: j.current.Seq(), turn: j.turn, at: now, difficulty: v.difficulty, target: v.target, extranonce: s.lease.extranonce,
	}))
	o.given, o.sent, o.sentSeq = v.difficulty, true, j.current.Seq()

	b := append(j.object[:0], `{"job_id":"`...)
	b = append(b, j.current.ID()...)
	b = append(b, "0123456789abcdef"[j.turn>>4], "0123456789abcdef"[j.turn&15])
	b = append(b, `","target":"`...)
	var target [8]byte
	binary.LittleEndian.PutUint64(target[:], target64(v.difficulty))
	b = hex.AppendEncode(b, target[:])
	b = append(b, `","xn":"`...)
	b = hex.AppendEncode(b, s.lease.extranonce[:SHA3xExtranonce])
	b = append(b, `",`...)
	b = append(b, j.current.Notify(o.payee, false)...)
	j.object = append(b, '}')
}

// answer appends the reply to a.
func (j *jobTeller) answer(dst []byte, a ask, session string) []byte {
	dst = appendID(dst, a.id)
	if !a.login {
		dst = append(dst, resultHead...)
		dst = append(dst, j.object...)
		return append(dst, noErrorTail...)
	}
	dst = append(dst, resultHead...)
	dst = append(dst, `{"id":"`...)
	dst = append(dst, session...)
	dst = append(dst, `","job":`...)
	dst = append(dst, j.object...)
	dst = append(dst, `,"status":"OK"}`...)
	return append(dst, noErrorTail...)
}

// askJob answers r with a job, as soon as there is one.
func (s *session) askJob(r *request) {
	t, d := &s.turn, s.srv.forms
	if !s.subscribed {
		t.replies = d.judgement(t.replies, r.id, Unauthorized)
		return
	}
	if !s.ask(r, false) {
		t.replies = d.judgement(t.replies, r.id, Overload)
	}
}

// ask notes that r is to be answered with a job, behind the turn's replies; false
// when too many such answers wait.
func (s *session) ask(r *request, login bool) bool {
	o, e := &s.out, &s.earned
	o.mu.Lock()
	waiting := len(o.jobs.asks)
	o.mu.Unlock()
	if waiting+len(e.asks) >= asksLimit {
		return false
	}
	id := slices.Clone(r.id)
	if len(id) == 0 {
		id = nil
	}
	e.asks = append(e.asks, ask{id: id, login: login, at: s.turn.now})
	return true
}
