package job

import (
	"bytes"
	"sync"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// Limits of a Book.
const (
	BookMax     = 64               // most jobs kept
	BookMinLife = 10 * time.Minute // a job is kept at least so long, if the first limit allows
)

// Book holds the jobs that miners may still answer. Get is one atomic load and
// takes no lock; Put belongs to the pool's job maker.
type Book struct {
	mu   sync.Mutex // serialises Put
	jobs atomic.Pointer[map[uint64]*Job]
	last atomic.Pointer[Job]
}

// Get finds a job by id, nil when it is not kept.
func (b *Book) Get(id uint64) *Job {
	m := b.jobs.Load()
	if m == nil {
		return nil
	}
	return (*m)[id]
}

// Last is the newest job, nil while there is none.
func (b *Book) Last() *Job { return b.last.Load() }

// Len is the number of jobs kept.
func (b *Book) Len() int {
	if m := b.jobs.Load(); m != nil {
		return len(*m)
	}
	return 0
}

// Twin is the newest of the kept jobs whose header j shares, nil without one. A
// CoinbaseTree's header is always new, as the job's id is in its coinbase; the
// header of a HeaderBlob is the coin's, which may send a template again. A share
// of one is a share of the other, and must not count twice: give j the twin's
// Seen.
func (b *Book) Twin(j *Job) (twin *Job) {
	m := b.jobs.Load()
	if m == nil {
		return nil
	}
	for _, o := range *m {
		if o.ID != j.ID && SameHeader(o.Template, j.Template) && (twin == nil || o.ID > twin.ID) {
			twin = o
		}
	}
	return twin
}

// SameHeader reports whether two templates are header blobs that hash the same
// bytes for the same nonce.
func SameHeader(a, b *coins.Template) bool {
	if a.Blob == nil || b.Blob == nil {
		return false
	}
	x, y := a.Blob, b.Blob
	at, end := x.NonceOffset, x.NonceOffset+x.NonceSize
	if at < 0 || end < at || end > len(x.Header) || at != y.NonceOffset || x.NonceSize != y.NonceSize || len(x.Header) != len(y.Header) {
		return false
	}
	return bytes.Equal(x.HashParam, y.HashParam) && bytes.Equal(x.Header[:at], y.Header[:at]) && bytes.Equal(x.Header[end:], y.Header[end:])
}

// Put adds the newest job and drops those that are over: older than
// BookMinLife and without a chain for which live still reports true, and beyond
// BookMax the oldest. A clean job marks all older ones stale.
func (b *Book) Put(j *Job, live func(*Job) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := map[uint64]*Job{j.ID: j}
	if old := b.jobs.Load(); old != nil {
		for id, o := range *old {
			if j.CleanJob {
				o.MarkStale(j.Made)
			}
			if j.Made.Sub(o.Made) < BookMinLife || live(o) {
				next[id] = o
			}
		}
	}
	for len(next) > BookMax {
		oldest := j
		for _, o := range next {
			if o.ID < oldest.ID {
				oldest = o
			}
		}
		delete(next, oldest.ID)
	}
	b.jobs.Store(&next)
	b.last.Store(j)
}
