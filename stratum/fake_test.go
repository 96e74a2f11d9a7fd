package stratum

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// fakeJob renders a line of the right shape for nobody in particular.
type fakeJob struct {
	urgent  bool
	id      string
	seq     uint64
	clean   bool
	ceiling float64
	lines   [2][]byte
}

func newJob(seq uint64, clean bool) *fakeJob {
	j := &fakeJob{id: fmt.Sprintf("j%x", seq), seq: seq, clean: clean, ceiling: 1e12}
	for i, flag := range []string{"false", "true"} {
		j.lines[i] = []byte(`{"id":null,"method":"mining.notify","params":["` + j.id + `","` +
			strings.Repeat("0", 64) + `","01","02",[],"20000000","1d00ffff","65000000",` + flag + "]}\n")
	}
	return j
}

func (j *fakeJob) ID() string             { return j.id }
func (j *fakeJob) Seq() uint64            { return j.seq }
func (j *fakeJob) Clean() bool            { return j.clean }
func (j *fakeJob) Urgent() bool           { return j.urgent }
func (j *fakeJob) MaxDifficulty() float64 { return j.ceiling }
func (j *fakeJob) Notify(_ Worker, clean bool) []byte {
	if clean {
		return j.lines[1]
	}
	return j.lines[0]
}

type fakeWorker string

func (w fakeWorker) Name() string { return string(w) }

// fakePool admits all but users that start with "bad", and judges by the nonce:
// see judge.
type fakePool struct {
	mask      uint32
	commitErr atomic.Pointer[error]
	commits   atomic.Int64
	slow      chan struct{} // Authorize of "slow" waits for it
	quiet     bool          // do not keep submissions
	heavy     bool          // turns may wait: each session has them on a goroutine of its own

	mu       sync.Mutex
	jobs     map[string]*fakeJob
	newest   *fakeJob
	seen     []Submission
	rejected map[Reason]int
	logins   []Login
}

func newPool() *fakePool {
	return &fakePool{mask: 0x1fffe000, jobs: map[string]*fakeJob{}, rejected: map[Reason]int{}, slow: make(chan struct{})}
}

func (p *fakePool) put(j *fakeJob) *fakeJob {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.jobs[j.id], p.newest = j, j
	return j
}

func (p *fakePool) Authorize(ctx context.Context, l Login) (Worker, error) {
	p.mu.Lock()
	p.logins = append(p.logins, l)
	p.mu.Unlock()
	if strings.HasPrefix(l.User, "bad") {
		return nil, errors.New(`no "address" at all`)
	}
	if l.User == "slow" {
		select {
		case <-p.slow:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return fakeWorker(l.User), nil
}

func (p *fakePool) Job() Job {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.newest == nil {
		return nil
	}
	return p.newest
}

func (p *fakePool) Lookup(id []byte) Job {
	p.mu.Lock()
	defer p.mu.Unlock()
	if j, ok := p.jobs[string(id)]; ok {
		return j
	}
	return nil
}

func (p *fakePool) Target(d float64) (t [32]byte) {
	one := new(big.Float).SetInt(new(big.Int).Lsh(big.NewInt(0xffff), 208))
	i, _ := one.Quo(one, big.NewFloat(d)).Int(nil)
	if i.BitLen() > 256 {
		for i := range t {
			t[i] = 255
		}
		return t
	}
	i.FillBytes(t[:])
	return t
}

func (p *fakePool) Swift() bool { return !p.heavy }

func (p *fakePool) VersionMask() uint32 { return p.mask }

func (p *fakePool) Rejected(_ Worker, r Reason) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rejected[r]++
}

var fakeTurns = sync.Pool{New: func() any { return &fakeTurn{} }}

func (p *fakePool) Begin() Turn {
	t := fakeTurns.Get().(*fakeTurn)
	t.p = p
	return t
}

type fakeTurn struct{ p *fakePool }

// Judge accepts, but for nonces that ask for a refusal.
func (t *fakeTurn) Judge(s *Submission) Result {
	if !t.p.quiet {
		t.p.mu.Lock()
		t.p.seen = append(t.p.seen, *s)
		t.p.mu.Unlock()
	}
	switch s.Nonce {
	case 0xdead0021:
		return Result{Reason: Stale}
	case 0xdead0022:
		return Result{Reason: DuplicateShare}
	case 0xdead0023:
		return Result{Reason: LowDifficulty}
	}
	return Result{Reason: Accepted, Difficulty: s.Credit(true)}
}

func (t *fakeTurn) Commit() error {
	p := t.p
	fakeTurns.Put(t)
	p.commits.Add(1)
	if err := p.commitErr.Load(); err != nil {
		return *err
	}
	return nil
}

func (p *fakePool) submissions() []Submission {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Submission(nil), p.seen...)
}

func (p *fakePool) rejections(r Reason) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rejected[r]
}

// extranonceHex is what the submission hashes as extranonce.
func extranonceHex(s Submission) string {
	return hex.EncodeToString(s.Extranonce[:s.ExtranonceLen])
}

// fakeTuner gives out what the test says.
type fakeTuner struct {
	mu     sync.Mutex
	next   float64
	floor  float64
	shares int
}

func (t *fakeTuner) Share(time.Time, float64) { t.mu.Lock(); t.shares++; t.mu.Unlock() }
func (t *fakeTuner) Floor(d float64)          { t.mu.Lock(); t.floor = d; t.mu.Unlock() }
func (t *fakeTuner) Next(_ time.Time, present float64) float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next > 0 {
		return t.next
	}
	return present
}
func (t *fakeTuner) want(d float64) { t.mu.Lock(); t.next = d; t.mu.Unlock() }
