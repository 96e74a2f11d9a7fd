package job

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
)

// maxFutureTime is how far ahead of a template's time a block's time may be,
// in seconds, where the node does not say: the Bitcoin family's two hours.
const maxFutureTime = 7200

// maxDrift is how far our clock may move a job's start past its template's time, in
// seconds: as long as a template usually lasts. One that is farther ahead of the
// node's is wrong, and peers that the node's is right for would not pass the block
// on.
const maxDrift = 600

// lockTimeSize is what follows the last output of a coinbase, in bytes, beside
// a payload.
const lockTimeSize = 4

// Input is what one job is made of.
type Input struct {
	ID       uint64
	Template *coins.Template
	Aux      []Work // at most one for each chain of the Spec; nil work is a chain that is down
	Clean    bool
	Now      time.Time
	Payout   Payout // divides the reward instead of Spec.Outputs, when set
}

// Work is the present work of one auxiliary chain of the Spec.
type Work struct {
	Chain int // index into Spec.Aux
	Work  *coins.AuxWork
}

// Build makes a job. Auxiliary chains that have no work leave zeros in their
// slots; they never make Build fail.
func (s *Spec) Build(in Input) (*Job, error) {
	t := in.Template
	j := &Job{
		ID: in.ID, idText: formatID(in.ID), Template: t, CleanJob: in.Clean, Made: in.Now,
		Seen: new(Seen), spec: s, target: t.Target, easiest: t.Target, payout: in.Payout,
	}
	j.setTimes(in.Now)
	switch {
	case t.Tree != nil && t.Blob == nil:
		if err := j.buildTree(in.Aux); err != nil {
			return nil, err
		}
	case t.Blob != nil && t.Tree == nil:
		if err := j.buildBlob(); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("template %d: %w", t.ID, ErrShape)
	}
	j.setDifficulty()
	return j, nil
}

// setTimes moves the job's start time with the clock, inside the chain's limits.
func (j *Job) setTimes(now time.Time) {
	t := j.Template
	start := max(t.Time, t.MinTime)
	start = max(start, min(now.Unix(), start+maxDrift))
	latest := t.MaxTime
	if latest == 0 {
		latest = t.Time + maxFutureTime
	}
	latest = min(max(latest, t.MinTime), math.MaxUint32)
	j.NTime = uint32(min(start, latest))
	j.MinTime, j.MaxTime = uint32(t.MinTime), uint32(latest)
}

func (j *Job) buildTree(works []Work) error {
	tree := j.Template.Tree
	j.mask = tree.VersionMask
	j.version = tree.Version &^ tree.VersionMask
	j.branch = make([][32]byte, len(tree.Branch))
	for i, h := range tree.Branch {
		j.branch[i] = h
	}

	commitment, err := j.snapshot(works)
	if err != nil {
		return err
	}
	j.script, err = j.layoutScript(commitment)
	if commitment != nil && errors.Is(err, ErrScriptTooBig) {
		j.dropTree()
		j.script, err = j.layoutScript(nil)
	}
	if err != nil {
		return err
	}
	return j.collectOutputs()
}

// dropTree takes the chains of the tree out of the job: where the script has no
// room for their commitment, the parent is mined without them.
func (j *Job) dropTree() {
	j.Aux = slices.DeleteFunc(j.Aux, func(a AuxSlot) bool {
		if a.Work.Slot == nil {
			return false
		}
		j.Dropped = append(j.Dropped, a.Chain)
		return true
	})
}

// snapshot takes the works into the job and returns the 44-byte commitment, nil
// where no chain is committed by the tree.
func (j *Job) snapshot(works []Work) ([]byte, error) {
	s := j.spec
	var leaves []auxpow.Leaf
	for _, w := range works {
		if w.Work == nil {
			continue
		}
		if w.Chain < 0 || w.Chain >= len(s.Aux) {
			return nil, fmt.Errorf("chain %d: %w", w.Chain, ErrUnknownAux)
		}
		chain := s.Aux[w.Chain]
		slot := AuxSlot{Chain: chain.Name, Work: w.Work, Target: w.Work.Target, Solved: new(atomic.Int32)}
		if w.Work.Slot != nil {
			if !chain.InTree || w.Work.Slot.ChainID != chain.ChainID {
				return nil, fmt.Errorf("%s, chain id %d: %w", chain.Name, w.Work.Slot.ChainID, ErrUnknownAux)
			}
			leaves = append(leaves, auxpow.Leaf{ID: chain.ChainID, Hash: w.Work.Hash})
		}
		j.Aux = append(j.Aux, slot)
	}
	if !s.inTree {
		return nil, nil
	}

	built, err := s.tree.Build(leaves)
	if err != nil {
		return nil, fmt.Errorf("merged-mining tree: %w", err)
	}
	for i := range j.Aux {
		a := &j.Aux[i]
		if a.Work.Slot == nil {
			continue
		}
		for _, m := range built.Members {
			if m.ID == a.Work.Slot.ChainID {
				a.Index, a.Branch = m.Index, m.Branch
			}
		}
	}
	c := built.Commitment()
	return c[:], nil
}

// collectOutputs gathers what every variant's coinbase carries besides its
// payouts, the commitments by output last and the heaviest of them at the end.
func (j *Job) collectOutputs() error {
	j.outputs = slices.Clone(j.Template.Tree.Outputs)
	for _, o := range j.outputCommitments() {
		j.outputs = append(j.outputs, coins.Output{Script: o.Script})
	}
	for _, a := range j.Aux {
		j.outputs = append(slices.Clone(a.Work.ExtraOutputs), j.outputs...)
	}

	j.reward = j.Template.Reward
	for _, o := range j.outputs {
		if o.Value > j.reward {
			return fmt.Errorf("required outputs exceed the reward of %d: %w", j.Template.Reward, ErrPayout)
		}
		j.reward -= o.Value
	}
	return nil
}

// outputCommitments are the commitments by output in their order. A chain whose
// commitment would have too many bytes behind it is left out of the job.
func (j *Job) outputCommitments() (all []*coins.OutputCommitment) {
	for _, a := range j.Aux {
		if a.Work.Output != nil {
			all = append(all, a.Work.Output)
		}
	}
	slices.SortStableFunc(all, func(a, b *coins.OutputCommitment) int { return a.Weight - b.Weight })
	after := lockTimeSize + len(j.Template.Tree.Payload)
	for i := len(all) - 1; i >= 0; i-- {
		o := all[i]
		if o.MaxAfter > 0 && after > o.MaxAfter {
			all = slices.Delete(all, i, i+1)
			j.drop(o)
			continue
		}
		after += len(appendOutput(nil, 0, o.Script))
	}
	return all
}

// drop takes the chain of a commitment out of the job.
func (j *Job) drop(o *coins.OutputCommitment) {
	j.Aux = slices.DeleteFunc(j.Aux, func(a AuxSlot) bool {
		if a.Work.Output != o {
			return false
		}
		j.Dropped = append(j.Dropped, a.Chain)
		return true
	})
}

// setDifficulty finds the easiest target and the cap of the share difficulty.
func (j *Job) setDifficulty() {
	capped := j.target
	for i := range j.Aux {
		a := &j.Aux[i]
		if j.easiest.Cmp(a.Target) < 0 {
			j.easiest = a.Target
		}
		for _, c := range j.spec.Aux {
			if c.Name == a.Chain && c.Cap && capped.Cmp(a.Target) < 0 {
				capped = a.Target
			}
		}
	}
	j.maxDiff = capped.Difficulty(j.spec.DiffOne)
}

// buildBlob checks that a header-blob template can be searched. Miners do not
// vary its time, so that no time is wrong.
func (j *Job) buildBlob() error {
	b := j.Template.Blob
	fits := func(offset, size int) bool { return offset >= 0 && size >= 0 && offset+size <= len(b.Header) }
	if !fits(b.NonceOffset, b.NonceSize) || !fits(b.ExtranonceOffset, b.ExtranonceSize) || b.NonceSize < 4 || b.NonceSize > 8 {
		return fmt.Errorf("nonce range outside the %d-byte header: %w", len(b.Header), ErrShape)
	}
	j.NTime, j.MinTime, j.MaxTime = 0, 0, math.MaxUint32
	return nil
}

func idBytes(id uint64) (b [8]byte) {
	binary.BigEndian.PutUint64(b[:], id)
	return b
}
