package engine

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/engine/share"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/stratum"
)

// turn judges the submissions of one read of one session. Turns are pooled, so
// an idle session holds no scratch.
type turn struct {
	pool    *pool
	scratch job.Scratch
	sub     share.Submission
	record  sharelog.Share
	nonce   [8]byte // of a header-blob share, as it was hashed
	batch   sharelog.Batch
	shares  int
	work    float64
	logged  chan struct{} // closed by Commit; nil in a turn without a block

	// For an algorithm that is computed elsewhere; see late.go.
	held     []held
	requests []request
	open     int // requests in use
}

var _ stratum.LateTurn = (*turn)(nil)

// reasons maps verdicts to what miners are told.
var reasons = [...]stratum.Reason{
	share.Accepted:      stratum.Accepted,
	share.Duplicate:     stratum.DuplicateShare,
	share.Full:          stratum.Overload,
	share.TimeTooOld:    stratum.TimeTooOld,
	share.TimeTooNew:    stratum.TimeTooNew,
	share.Stale:         stratum.Stale,
	share.LowDifficulty: stratum.LowDifficulty,
}

func newTurns(p *pool) *sync.Pool {
	return &sync.Pool{New: func() any { return &turn{pool: p} }}
}

// Swift reports whether a turn waits for nothing: its hash is a matter of
// microseconds, and its commit does not wait for the disk.
func (p *pool) Swift() bool {
	a := p.spec.Load().Algorithm
	return p.batcher == nil && a != nil && a.Name() == "sha256d" && !p.shareLog.Synced()
}

var _ stratum.Swift = (*pool)(nil)

// Begin starts a turn.
func (p *pool) Begin() stratum.Turn {
	t := p.turns.Get().(*turn)
	t.batch.Reset()
	t.shares, t.work = 0, 0
	return t
}

// Judge judges one submission, or puts it off to Await where the hash is computed
// elsewhere. A solution of any chain is on its way before Judge or Await returns,
// whatever the share is worth.
func (t *turn) Judge(s *stratum.Submission) stratum.Result {
	w, credit := s.Job.(*work), s.Worker.(*worker)
	if m := credit.known(); m != nil {
		m.lastUse.Store(s.Now.Unix())
	}
	variant, err := w.Variant(s.Payee.(*worker).payee)
	if err != nil {
		return t.reject(credit, stratum.Overload)
	}

	t.sub = share.Submission{
		Job: w.Job, Variant: variant, Target: s.Target, Now: s.Now,
		Nonces: job.Nonces{
			Extranonce: s.Extranonce[:s.ExtranonceLen], NTime: s.NTime, Nonce: s.Nonce,
			VersionBits: s.VersionBits, Mask: s.Mask,
		},
	}
	if t.pool.elsewhere != nil {
		return t.hold(s, credit)
	}
	return t.conclude(s, credit, share.Judge(&t.scratch, &t.sub, t.pool.grace))
}

// conclude makes of t.sub's outcome what is counted, logged and delivered.
func (t *turn) conclude(s *stratum.Submission, credit *worker, out share.Outcome) stratum.Result {
	if !out.Hashed {
		return t.reject(credit, reasons[out.Verdict])
	}
	res := stratum.Result{
		Reason:   reasons[out.Verdict],
		Achieved: algos.HashDifficulty(&t.scratch.Hash, t.pool.diffOne),
		Block:    out.Candidates.Any(),
	}
	if res.Block {
		if t.logged == nil {
			t.logged = make(chan struct{})
		}
		t.pool.found(&t.sub, &t.scratch, out.Candidates, credit, res.Achieved, t.logged)
	}
	if out.Verdict != share.Accepted {
		t.pool.Rejected(credit, res.Reason)
		return res
	}
	full := algos.Target(s.FullTarget)
	if res.Difficulty = s.Credit(full.Meets(&t.scratch.Hash)); res.Difficulty > 0 {
		t.log(s, credit, &res)
	}
	return res
}

func (t *turn) reject(w *worker, r stratum.Reason) stratum.Result {
	t.pool.Rejected(w, r)
	return stratum.Result{Reason: r}
}

// log puts an accepted share into the turn's batch.
func (t *turn) log(s *stratum.Submission, w *worker, res *stratum.Result) {
	j := t.sub.Job
	t.record = sharelog.Share{
		Time: s.Now.UnixMilli(), Pool: t.pool.name, Account: w.account, Worker: w.name,
		Job: j.ID, Extranonce: t.sub.Nonces.Extranonce, NTime: s.NTime, Nonce: uint32(s.Nonce),
		Version: j.SolvedVersion(&t.sub.Nonces), Difficulty: res.Difficulty, Achieved: res.Achieved, Height: j.Template.Height,
	}
	if j.Template.Blob != nil { // the extranonce is a part of the nonce, which may have 8 bytes
		binary.LittleEndian.PutUint64(t.nonce[:], s.Nonce)
		t.record.Extranonce, t.record.Nonce = t.nonce[:], 0
	}
	t.batch.Share(&t.record)
	t.shares++
	t.work += res.Difficulty
	if m := w.memory(true); m != nil {
		m.lastWork.Store(s.Now.Unix())
		m.work.update(func(sum float64) float64 { return sum + res.Difficulty })
	}
	t.pool.stats.best(res.Achieved)
}

// Commit returns when the accepted shares are in the share log.
func (t *turn) Commit() error {
	p := t.pool
	var err error
	if t.shares > 0 {
		if err = p.shareLog.Append(&t.batch); err == nil {
			p.stats.accepted(t.shares, t.work)
		} else {
			p.stats.logErrors.Add(1) // the server counts each share as refused
		}
		p.logged(err)
	}
	if t.logged != nil {
		close(t.logged)
		t.logged = nil
	}
	t.sub = share.Submission{}
	p.turns.Put(t)
	return err
}

// logged notes whether the share log could be written, and says so when that changes.
func (p *pool) logged(err error) {
	failing := &p.stats.logFailing
	switch {
	case err != nil && !failing.Swap(true):
		p.log.Error("share log cannot be written: jobs are given out, and their shares are refused until it can", "error", err)
	case err == nil && failing.Load() && failing.Swap(false):
		p.log.Info("share log can be written again")
	}
}

// Rejected counts a submission that was turned away.
func (p *pool) Rejected(w stratum.Worker, r stratum.Reason) {
	p.stats.rejected[r].Add(1)
	if w, ok := w.(*worker); ok && w != nil {
		if m := w.memory(false); m != nil {
			m.rejected[r].Add(1)
		}
	}
}

// flushRejects writes what was turned away since the last time into the share
// log, one record for each worker and reason.
func (p *pool) flushRejects(now time.Time) error {
	type count struct {
		of *atomic.Uint32
		n  uint32
	}
	var b sharelog.Batch
	var taken []count
	for _, w := range p.accounts.memories.all() {
		for _, r := range stratum.Reasons() {
			n := w.rejected[r].Swap(0)
			if n == 0 || r == stratum.Accepted {
				continue
			}
			taken = append(taken, count{&w.rejected[r], n})
			b.Rejects(&sharelog.Rejects{
				Time: now.UnixMilli(), Pool: p.name, Account: w.account, Worker: w.worker, Reason: r.String(), Count: uint64(n),
			})
		}
	}
	if b.Len() == 0 {
		return nil
	}
	err := p.shareLog.Append(&b)
	if err != nil {
		for _, c := range taken {
			c.of.Add(c.n)
		}
	}
	return err
}
