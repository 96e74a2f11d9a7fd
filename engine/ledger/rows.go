package ledger

import "github.com/motherlode-pool/motherlode/engine/work"

// Work is a sum of credited difficulties.
type Work = work.Work

// WorkOf is a difficulty as work, rounded down to a unit.
func WorkOf(difficulty float64) Work { return work.Of(difficulty) }

// Totals is what a pool, an account or a worker has done. Times are Unix
// milliseconds; zero before the first share.
type Totals struct {
	Accepted     uint64
	Work         Work
	Rejected     map[string]uint64 // submissions by reason
	RejectedWork Work
	Best         float64 // largest difficulty that a share achieved
	BestTime     int64
	FirstSeen    int64
	LastSeen     int64
}

// Row is the totals of one name.
type Row struct {
	Name string
	Totals
}

// Block is what became of a found block.
type Block struct {
	Seq           uint64 // order of finding, from 1
	Chain         string
	Hash          [32]byte // internal byte order
	Pool          string
	Height        uint64
	State         string
	Account       string // the finder
	Worker        string
	Job           uint64
	Reward        uint64 // base units
	Difficulty    float64
	Network       float64 // the chain's difficulty when it was found; 0 if unknown
	Effort        Work    // of the pool in the round that it ended, while the chain was in its jobs
	Rounds        float64 `json:",omitempty"` // the same by the chain's difficulty of its time; 0: see Ratio
	RoundStart    int64   // Unix milliseconds
	Found         int64
	Changed       int64
	Confirmations uint64
	History       []Change // oldest first; the first and the latest 63
}

// Change is one change of a block's state.
type Change struct {
	Time   int64
	State  string
	Reason string `json:",omitempty"`
	Node   string `json:",omitempty"`
}

// Round is the work for the next block of one chain.
type Round struct {
	Pool, Chain string
	Work        Work    // while the chain was in the pool's jobs
	Effort      float64 // the same by the chain's difficulty of its time; a block is expected at 1
	Out         bool    // the newest job is without the chain: nobody can find its block now
	Started     int64   // Unix milliseconds
	Network     float64 // difficulty of the chain in the newest job
	Height      uint64  // of the chain in the newest job
	Blocks      uint64  // found before
}

const maxHistory = 64 // states of one block that are kept

// follows reports whether a block may go from one state to another; see the
// package comment.
func follows(old, state string) bool {
	switch {
	case old == "" || old == state:
		return true
	case old == "mature":
		return state == "orphaned"
	case state == "pending" || state == "found":
		return old == "refused" || old == "rejected" || old == "stale" || old == "lost"
	case state == "received":
		return old != "accepted" && old != "orphaned"
	}
	return true
}

// seen notes that a name was active.
func (t *Totals) seen(at int64) {
	if t.FirstSeen == 0 || at < t.FirstSeen {
		t.FirstSeen = at
	}
	t.LastSeen = max(t.LastSeen, at)
}

// share adds an accepted share.
func (t *Totals) share(at int64, work Work, achieved float64) {
	t.Accepted++
	t.Work = t.Work.Add(work)
	if achieved > t.Best {
		t.Best, t.BestTime = achieved, at
	}
	t.seen(at)
}

// reject adds a count of refused submissions.
func (t *Totals) reject(at int64, reason string, count uint64, work Work) {
	if t.Rejected == nil {
		t.Rejected = make(map[string]uint64)
	}
	t.Rejected[reason] += count
	t.RejectedWork = t.RejectedWork.Add(work)
	t.seen(at)
}
