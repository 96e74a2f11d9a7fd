package job

import (
	"encoding/hex"
	"sync"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
)

// Job is one unit of work: a template, a snapshot of every auxiliary chain, and
// the coinbases made of them. What is exported is never changed once the job is
// in a Book.
type Job struct {
	ID       uint64 // never repeats, also across restarts; part of the coinbase
	Template *coins.Template
	Aux      []AuxSlot // chains that had work when the job was made
	Dropped  []string  // chains left out because the coinbase has no room for them
	CleanJob bool      // makes all older parent work worthless
	Made     time.Time
	NTime    uint32 // time to start from
	MinTime  uint32
	MaxTime  uint32

	// View is what the stratum dialect keeps with the job; set before the job
	// is put into a Book.
	View any

	// Seen holds the nonces that were submitted for this job, and for those
	// before it whose headers it shares: see Book.Twin.
	Seen *Seen

	spec     *Spec
	idText   string
	version  uint32 // without bits inside mask
	mask     uint32
	target   algos.Target
	easiest  algos.Target // of the parent and every chain of the snapshot
	maxDiff  float64
	branch   [][32]byte
	script   scriptParts
	outputs  []coins.Output // required ones, extra ones, commitments by output
	reward   uint64         // what Outputs or payout divides
	payout   Payout         // nil for Spec.Outputs
	variants sync.Map       // *Payee -> *Variant
	staleAt  atomic.Int64   // Unix nanoseconds; 0 while the parent's tip stands
}

// AuxSlot is one auxiliary chain's part of a job.
type AuxSlot struct {
	Chain  string
	Work   *coins.AuxWork
	Index  uint32     // slot in the tree
	Branch [][32]byte // to the tree's root
	Target algos.Target
	Solved *atomic.Int32 // how often a share of this job has solved it
}

// IDText is the id as miners see it: 16 hex digits.
func (j *Job) IDText() string { return j.idText }

// Version is the block version before rolling.
func (j *Job) Version() uint32 { return j.version }

// Mask is the mask of version bits that miners may roll.
func (j *Job) Mask() uint32 { return j.mask }

// Target is the parent's target.
func (j *Job) Target() algos.Target { return j.target }

// MaxDifficulty is the share difficulty above which a miner would withhold a
// solution of the parent or of a capped auxiliary chain.
func (j *Job) MaxDifficulty() float64 { return j.maxDiff }

// MarkStale notes that the parent's tip has moved on; the first call counts.
func (j *Job) MarkStale(at time.Time) { j.staleAt.CompareAndSwap(0, at.UnixNano()) }

// Stale reports whether the parent's tip moved on more than grace before now.
func (j *Job) Stale(now time.Time, grace time.Duration) bool {
	at := j.staleAt.Load()
	return at != 0 && now.UnixNano()-at > int64(grace)
}

// ParentOver reports whether the parent's tip has moved on.
func (j *Job) ParentOver() bool { return j.staleAt.Load() != 0 }

// Reward is what a block of this job pays to the pool and its miners, in base
// units: the template's reward less what required outputs take.
func (j *Job) Reward() uint64 {
	if j.Template.Tree == nil {
		return j.Template.Reward
	}
	return j.reward
}

// Branch is the merkle branch of the coinbase, lowest level first; read only.
func (j *Job) Branch() [][32]byte { return j.branch }

// Variant is the coinbase for one payee, made on first use and kept.
func (j *Job) Variant(p *Payee) (*Variant, error) {
	if v, ok := j.variants.Load(p); ok {
		return v.(*Variant), nil
	}
	v, err := j.newVariant(p)
	if err != nil {
		return nil, err
	}
	kept, _ := j.variants.LoadOrStore(p, v)
	return kept.(*Variant), nil
}

// formatID writes the job id as 16 hex digits.
func formatID(id uint64) string {
	b := idBytes(id)
	return hex.EncodeToString(b[:])
}

// ParseID reads a job id as a miner sends it back. It does not allocate.
func ParseID(text []byte) (uint64, bool) {
	if len(text) != 16 {
		return 0, false
	}
	var id uint64
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		id = id<<4 | uint64(c)
	}
	return id, true
}
