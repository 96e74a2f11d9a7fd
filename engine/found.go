package engine

import (
	"errors"
	"sync"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/engine/share"
	"github.com/motherlode-pool/motherlode/engine/submit"
)

// maxAuxSolutions is how many solutions of one piece of aux work a job hands to
// the courier: they are all the same block, and the others are spare.
const maxAuxSolutions = 8

// found hands every chain that a share solves to the courier, the parent first.
// When it returns, each is in the courier's journal. Logged is closed when the share is
// in the share log.
func (p *pool) found(s *share.Submission, sc *job.Scratch, c job.Candidates, w *worker, achieved float64, logged <-chan struct{}) {
	base := submit.Found{
		Pool: p.name, Job: s.Job.ID, Account: w.account, Worker: w.name, Time: s.Now, Difficulty: achieved, Logged: logged,
	}
	if c.Parent && p.worthSubmitting(s.Job) {
		f := base
		f.Chain, f.Kind, f.Reward, f.Fees = p.parent.Name(), submit.Parent, s.Job.Reward(), s.Job.Template.Fees
		f.Block = s.Job.Block(s.Variant, &s.Nonces, &sc.Hash)
		f.Hash, f.Height, f.PrevHash = f.Block.Hash, f.Block.Height, f.Block.PrevHash
		if p.direct != nil {
			f.Paid = paidBy(s.Variant)
			p.direct.found(f.Hash, f.Height)
		}
		p.deliver(f)
	}
	for i := range s.Job.Aux {
		if s.Job.SolvesAux(i, sc) {
			p.foundAux(s, i, base)
		}
	}
}

// maxSiblings is how many blocks on one tip of the parent are submitted. They
// compete for one height. Only on a test chain that is easier than its miners
// there are ever more, and there they would keep the node from taking the next.
const maxSiblings = 64

// siblings counts the blocks found on one tip.
type siblings struct {
	mu   sync.Mutex
	prev coins.Hash
	n    int
}

// worthSubmitting counts a solution of the parent and reports whether it is one
// of the first on its tip.
func (p *pool) worthSubmitting(j *job.Job) bool {
	s := &p.siblings
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.prev != j.Template.PrevHash {
		s.prev, s.n = j.Template.PrevHash, 0
	}
	s.n++
	if s.n > maxSiblings {
		p.stats.siblings.Add(1)
		p.complain(p.parent.Name(), "the chain is so easy that many blocks are found on one tip; only the first of them are submitted", "first", maxSiblings)
	}
	return s.n <= maxSiblings
}

// foundAux delivers the proof for one auxiliary chain, unless that chain has
// grown beyond the job's snapshot, its rules refuse the proof, or the job has
// solved this work often enough for one of them to be taken. After a
// reorganisation, or at a node that lags, older work may still win, and where
// uncles earn it is always tried.
func (p *pool) foundAux(s *share.Submission, i int, f submit.Found) {
	slot := &s.Job.Aux[i]
	runner := p.auxByName[slot.Chain]
	tip, _ := runner.LatestAux()
	if tip != nil && !slot.Work.Rules.Uncles && runner.AuxFresh(s.Now) && tip.PrevHash != slot.Work.PrevHash && tip.Height > slot.Work.Height {
		p.stats.auxStale.Add(1)
		return
	}
	if slot.Solved.Load() >= maxAuxSolutions {
		return
	}
	proof, err := s.Job.Proof(i, s.Variant, &s.Nonces)
	if err != nil {
		p.stats.auxRefused.Add(1)
		p.complain(slot.Chain, "a solution cannot prove this chain's block; later ones are only counted", "height", slot.Work.Height, "error", err)
		return
	}
	slot.Solved.Add(1)
	f.Chain, f.Kind, f.Reward = slot.Chain, submit.Aux, slot.Work.Reward
	f.Hash, f.Height, f.PrevHash, f.Proof = slot.Work.Hash, slot.Work.Height, slot.Work.PrevHash, proof
	p.deliver(f)
}

func (p *pool) deliver(f submit.Found) {
	err := p.courier.Deliver(f)
	switch {
	case errors.Is(err, submit.ErrJournal):
		p.log.Error("found block is not in the journal; it is submitted all the same, but a crash now would lose it",
			"chain", f.Chain, "height", f.Height, "hash", f.Hash, "error", err)
	case err != nil:
		p.log.Error("found block could not be delivered", "chain", f.Chain, "height", f.Height, "hash", f.Hash, "error", err)
	}
}
