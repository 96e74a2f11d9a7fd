package engine

import (
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/stratum"
)

// work is a job as the stratum server sees it: the same job with its notify
// lines, rendered once for each payee.
type work struct {
	*job.Job
	lines sync.Map // *job.Payee -> *rendered

	urgent bool      // the first with the fees of its tip
	from   time.Time // when its template came
}

// rendered is a payee's notify line without and with the clean flag.
type rendered [2][]byte

var (
	_ stratum.Job    = (*work)(nil)
	_ stratum.Urgent = (*work)(nil)
	_ stratum.Timed  = (*work)(nil)
)

func (w *work) ID() string  { return w.IDText() }
func (w *work) Seq() uint64 { return w.Job.ID }
func (w *work) Clean() bool { return w.CleanJob }

// Urgent reports whether the job before had an empty template of the same tip.
func (w *work) Urgent() bool { return w.urgent }

// From is when the template came that the job was made of.
func (w *work) From() time.Time { return w.from }

// Notify is the line for sessions that are paid like to. A payee whose coinbase
// cannot be made gets no line; the pool's own was tried when the job was made.
func (w *work) Notify(to stratum.Worker, clean bool) []byte {
	payee := to.(*worker).payee
	lines, ok := w.lines.Load(payee)
	if !ok {
		v, err := w.Variant(payee)
		if err != nil {
			return nil
		}
		lines, _ = w.lines.LoadOrStore(payee, w.render(v))
	}
	if clean {
		return lines.(*rendered)[1]
	}
	return lines.(*rendered)[0]
}

func (w *work) render(v *job.Variant) *rendered {
	if w.Template.Blob != nil {
		members := sha3xBlob(w.Template).Members()
		return &rendered{members, members}
	}
	n := stratum.Notify{
		JobID: w.IDText(), PrevHash: w.Template.PrevHash, Part1: v.Part1, Part2: v.Part2, Branch: w.Branch(),
		Version: w.Version(), NTime: w.NTime,
	}
	if w.Template.Tree != nil {
		n.Bits = w.Template.Tree.Bits
	}
	dirty := n.Line()
	n.Clean = true
	return &rendered{dirty, n.Line()}
}
