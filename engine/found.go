package engine

import (
	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/engine/share"
	"github.com/motherlode-pool/motherlode/engine/submit"
)

// found hands every chain that a share solves to the courier, the parent first.
// When it returns, each is in the courier's journal.
func (p *pool) found(s *share.Submission, sc *job.Scratch, c job.Candidates, w *worker, achieved float64) {
	base := submit.Found{
		Pool: p.name, Job: s.Job.ID, Account: w.account, Worker: w.name, Time: s.Now, Difficulty: achieved,
	}
	if c.Parent {
		f := base
		f.Chain, f.Kind, f.Reward = p.parent.Name(), submit.Parent, s.Job.Template.Reward
		f.Block = s.Job.Block(s.Variant, &s.Nonces)
		f.Hash, f.Height, f.PrevHash = f.Block.Hash, f.Block.Height, f.Block.PrevHash
		p.deliver(f)
	}
	for i := range s.Job.Aux {
		if s.Job.SolvesAux(i, sc) {
			p.foundAux(s, i, base)
		}
	}
}

// foundAux delivers the proof for one auxiliary chain, unless that chain has
// moved on from the job's snapshot or its rules refuse the proof.
func (p *pool) foundAux(s *share.Submission, i int, f submit.Found) {
	slot := &s.Job.Aux[i]
	runner := p.auxByName[slot.Chain]
	if tip, _ := runner.LatestAux(); tip != nil && runner.AuxFresh(s.Now) && tip.PrevHash != slot.Work.PrevHash {
		p.stats.auxStale.Add(1)
		return
	}
	proof, err := s.Job.Proof(i, s.Variant, &s.Nonces)
	if err != nil {
		p.stats.auxRefused.Add(1)
		p.log.Warn("solution cannot prove this auxiliary chain's block", "chain", slot.Chain, "height", slot.Work.Height, "error", err)
		return
	}
	f.Chain, f.Kind, f.Reward = slot.Chain, submit.Aux, slot.Work.Reward
	f.Hash, f.Height, f.PrevHash, f.Proof = slot.Work.Hash, slot.Work.Height, slot.Work.PrevHash, proof
	p.deliver(f)
}

func (p *pool) deliver(f submit.Found) {
	if err := p.courier.Deliver(f); err != nil {
		p.log.Error("found block is not in the journal; it is submitted all the same, but a crash now would lose it",
			"chain", f.Chain, "height", f.Height, "hash", f.Hash, "error", err)
	}
}
