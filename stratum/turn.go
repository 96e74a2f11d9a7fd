package stratum

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/internal/histogram"
)

// turn is the work of one read: its judge, its replies and which of them call a
// share accepted.
type turn struct {
	now    time.Time
	waited time.Duration // for judgements that were put off, while others worked
	asked  int           // submissions that are not answered yet
	judge  Turn          // nil until the first submission
	*scratch
}

// scratch is the memory of a turn, which idle sessions do without.
type scratch struct {
	replies []byte
	marks   [turnLines]mark
	marked  int

	late    int // marks whose judgement is to come
	results [turnLines]Result
	spare   []byte // the other half of replies while these are mended
}

var scratches = sync.Pool{New: func() any {
	return &scratch{replies: make([]byte, 0, 4096)}
}}

// mark is an accepted share whose reply is at replies[start:end].
type mark struct {
	start, end int
	difficulty float64 // credited
	judged     float64 // by which it was accepted, see Submission.Full
	worker     Worker
	late       bool
}

func (t *turn) begin() {
	t.now, t.waited, t.asked = time.Now(), 0, 0
	t.scratch = scratches.Get().(*scratch)
	t.replies = t.replies[:0]
	t.marked, t.late = 0, 0
}

func (t *turn) end() {
	if cap(t.replies) > 2*readBufferMax {
		t.replies = nil
	}
	if cap(t.spare) > 2*readBufferMax {
		t.spare = nil
	}
	scratches.Put(t.scratch)
	t.scratch = nil
}

// settle commits the turn's accepted shares and credits them, before any reply
// leaves. A share that could not be logged is refused after all.
func (s *session) settle() {
	t := &s.turn
	if t.judge == nil {
		return
	}
	if t.late > 0 {
		s.await()
	}
	err := t.judge.Commit()
	t.judge = nil
	if err != nil {
		s.takeBack()
		return
	}
	if t.marked == 0 {
		s.out.retune(t.now, nil)
		return
	}
	var work float64
	for i := range t.marks[:t.marked] {
		work += t.marks[i].difficulty
	}
	s.accepted.Add(uint64(t.marked))
	s.work.add(work)
	s.lastGood.Store(t.now.UnixNano())
	s.junk = 0
	s.out.retune(t.now, t.marks[:t.marked])
}

// await takes the judgements that the turn has put off. The replies call these
// shares accepted so far; those that are not are mended.
func (s *session) await() {
	t := &s.turn
	results := t.results[:t.late]
	clear(results)
	if judge, ok := t.judge.(LateTurn); ok {
		begin := time.Now()
		judge.Await(results)
		t.waited += time.Since(begin)
	}
	t.late = 0

	mended, at, kept := t.spare[:0], 0, 0
	for _, m := range t.marks[:t.marked] {
		if m.late {
			r := results[0]
			results = results[1:]
			if r.Reason != Accepted {
				mended = append(mended, t.replies[at:m.start]...)
				mended = s.srv.forms.judgement(mended, s.srv.forms.idOf(t.replies[m.start:m.end]), r.Reason)
				at = m.end
				s.reject(r.Reason)
				continue
			}
			m.difficulty, m.late = r.Difficulty, false
		}
		m.start, m.end = m.start-at+len(mended), m.end-at+len(mended)
		t.marks[kept] = m
		kept++
	}
	t.marked = kept
	if at > 0 {
		mended = append(mended, t.replies[at:]...)
		t.replies, t.spare = mended, t.replies
	}
}

// settleEarly ends the turn so far when it holds shares: what comes next may
// take long, and their replies shall not wait for it.
func (s *session) settleEarly() {
	t := &s.turn
	if t.judge == nil {
		return
	}
	s.settle()
	s.out.flush(t.replies, t.now)
	s.countAnswers()
	t.replies, t.marked = t.replies[:0], 0
}

// countAnswers counts how long the submissions took that have just been answered.
func (s *session) countAnswers() {
	if t := &s.turn; t.asked > 0 {
		s.srv.answers.ObserveAll(time.Since(t.now), t.asked)
		t.asked = 0
	}
}

// Answers is how long submissions took: from when the pool takes up what a miner has
// sent to when the answer is in its socket, what the share log and the hashing of others
// take with it.
func (srv *Server) Answers() histogram.Counts { return srv.answers.Counts() }

// takeBack turns each acceptance of the turn into a refusal.
func (s *session) takeBack() {
	t := &s.turn
	var replies []byte
	at := 0
	for _, m := range t.marks[:t.marked] {
		replies = append(replies, t.replies[at:m.start]...)
		replies = s.srv.forms.judgement(replies, s.srv.forms.idOf(t.replies[m.start:m.end]), LogFailed)
		at = m.end
		s.reject(LogFailed)
		s.srv.pool.Rejected(m.worker, LogFailed)
	}
	t.replies = append(replies, t.replies[at:]...)
	t.marked = 0
}

// atomicFloat is a sum with one writer and any number of readers.
type atomicFloat struct{ bits atomic.Uint64 }

func (f *atomicFloat) add(v float64)   { f.store(f.load() + v) }
func (f *atomicFloat) store(v float64) { f.bits.Store(math.Float64bits(v)) }
func (f *atomicFloat) load() float64   { return math.Float64frombits(f.bits.Load()) }
