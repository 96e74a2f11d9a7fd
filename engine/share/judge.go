package share

import (
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/engine/job"
)

// Verdict is the judgement of one submission.
type Verdict uint8

// The verdicts. The zero value is none of them.
const (
	Accepted Verdict = iota + 1
	Duplicate
	Full // the job's memory of nonces is at its limit
	TimeTooOld
	TimeTooNew
	Stale
	LowDifficulty
)

func (v Verdict) String() string {
	switch v {
	case Accepted:
		return "accepted"
	case Duplicate:
		return "duplicate"
	case Full:
		return "full"
	case TimeTooOld:
		return "time too old"
	case TimeTooNew:
		return "time too new"
	case Stale:
		return "stale"
	case LowDifficulty:
		return "low difficulty"
	}
	return "invalid"
}

// Submission is what is judged: the nonces for a job, with the share target
// that the session was given for it.
type Submission struct {
	Job     *job.Job
	Variant *job.Variant
	Nonces  job.Nonces
	Target  algos.Target
	Now     time.Time
}

// Outcome is a verdict and what the hash is good for, whatever the verdict.
type Outcome struct {
	Verdict    Verdict
	Hashed     bool // the hash is in the scratch
	Candidates job.Candidates
}

// Judge judges s. Grace is how long after a change of the parent's tip older
// work is still credited. The hash and header are left in sc. A submission that
// is neither a share nor a block is not remembered: sent again, it is hashed
// again and has the same verdict.
func Judge(sc *job.Scratch, s *Submission, grace time.Duration) Outcome {
	if Known(s) {
		return Outcome{Verdict: Duplicate}
	}
	s.Job.Solve(sc, s.Variant, &s.Nonces)
	return Decide(sc, s, grace)
}

// Known reports whether s was submitted before: a duplicate, for which nothing
// is to be hashed.
func Known(s *Submission) bool { return s.Job.Seen.Has(s.Variant, &s.Nonces) }

// Decide judges s by the hash that is in sc. It is the part of Judge that comes
// after the hashing, for an algorithm that is computed elsewhere: Known first,
// then job.Prepare, then the hash. A submission that never gets here is not
// remembered, and can be sent again.
func Decide(sc *job.Scratch, s *Submission, grace time.Duration) Outcome {
	out := Outcome{Hashed: true, Candidates: s.Job.Candidates(sc)}

	// Only what has cost work is remembered, so that nobody can fill the memory
	// of a job with worthless submissions.
	meets := s.Target.Meets(&sc.Hash)
	seen := job.SeenNew
	if meets || out.Candidates.Any() {
		if seen = s.Job.Seen.Add(s.Variant, &s.Nonces); seen == job.SeenBefore {
			return Outcome{Verdict: Duplicate} // the same, judged by another session just now
		}
	}
	switch {
	case seen == job.SeenFull: // no share without the duplicate check, but a block is a block
		out.Verdict = Full
	case s.Nonces.NTime < s.Job.MinTime:
		out.Verdict = TimeTooOld
	case s.Nonces.NTime > s.Job.MaxTime:
		out.Verdict = TimeTooNew
	case s.Job.Stale(s.Now, grace):
		out.Verdict = Stale
	case !meets:
		out.Verdict = LowDifficulty
	default:
		out.Verdict = Accepted
	}
	return out
}
