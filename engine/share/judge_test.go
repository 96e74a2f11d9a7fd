package share

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/job"
)

var now = time.Unix(1_700_000_000, 0)

// Targets by the share of hashes that meet them.
var (
	all  = algos.Target(fill(0xff))
	none = algos.Target{31: 1}
)

func fill(b byte) (t [32]byte) {
	for i := range t {
		t[i] = b
	}
	return t
}

// mustJob is a job whose parent and single aux chain have the given targets.
func mustJob(t testing.TB, parent, aux algos.Target) (*job.Job, *job.Variant) {
	t.Helper()
	algo, err := algos.ByName("sha256d")
	if err != nil {
		t.Fatal(err)
	}
	spec := &job.Spec{
		Algorithm: algo, DiffOne: algos.DiffOneBitcoin, ExtranonceSize: 12,
		Outputs: func(p *job.Payee, reward uint64) []coins.Output {
			return []coins.Output{{Value: reward, Script: p.Script}}
		},
		Aux: []job.AuxChain{{Name: "aux", ChainID: 1, InTree: true, Cap: true}},
	}
	if err := spec.Plan(); err != nil {
		t.Fatal(err)
	}
	tmpl := &coins.Template{
		ID: 1, Target: parent, Reward: 50, Time: now.Unix(), MinTime: now.Unix() - 100,
		Tree: &coins.CoinbaseTree{
			Version: 0x20000000, VersionMask: 0x1fffe000, Bits: 0x1d00ffff, ScriptPrefix: []byte{0x51}, ScriptLimit: 100,
			Branch: make([]coins.Hash, 12), WitnessReserved: make([]byte, 32),
		},
	}
	work := &coins.AuxWork{ID: 1, Hash: sha256.Sum256([]byte("aux")), Target: aux, Slot: &coins.Slot{ChainID: 1}}
	j, err := spec.Build(job.Input{ID: 1, Template: tmpl, Aux: []job.Work{{Chain: 0, Work: work}}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	v, err := j.Variant(job.NewPayee("pool", []byte{0x51}))
	if err != nil {
		t.Fatal(err)
	}
	return j, v
}

func submission(j *job.Job, v *job.Variant, target algos.Target) *Submission {
	return &Submission{
		Job: j, Variant: v, Target: target, Now: now,
		Nonces: job.Nonces{Extranonce: make([]byte, 12), NTime: uint32(now.Unix()), Nonce: 1, Mask: 0x1fffe000},
	}
}

func TestOrderOfJudging(t *testing.T) {
	const grace = 2 * time.Second
	cases := map[string]struct {
		parent, aux, share algos.Target
		spoil              func(*Submission)
		want               Verdict
		wantCandidates     job.Candidates
	}{
		"good share":                   {none, none, all, nil, Accepted, job.Candidates{}},
		"low difficulty":               {none, none, none, nil, LowDifficulty, job.Candidates{}},
		"parent block":                 {all, none, all, nil, Accepted, job.Candidates{Parent: true}},
		"aux block":                    {none, all, all, nil, Accepted, job.Candidates{Aux: true}},
		"aux block of low difficulty":  {none, all, none, nil, LowDifficulty, job.Candidates{Aux: true}},
		"both":                         {all, all, all, nil, Accepted, job.Candidates{Parent: true, Aux: true}},
		"time too old, yet aux block":  {none, all, all, func(s *Submission) { s.Nonces.NTime = s.Job.MinTime - 1 }, TimeTooOld, job.Candidates{Aux: true}},
		"time too new, yet aux block":  {none, all, all, func(s *Submission) { s.Nonces.NTime = s.Job.MaxTime + 1 }, TimeTooNew, job.Candidates{Aux: true}},
		"earliest time":                {none, none, all, func(s *Submission) { s.Nonces.NTime = s.Job.MinTime }, Accepted, job.Candidates{}},
		"latest time":                  {none, none, all, func(s *Submission) { s.Nonces.NTime = s.Job.MaxTime }, Accepted, job.Candidates{}},
		"stale, yet a block of both":   {all, all, all, func(s *Submission) { s.Job.MarkStale(now.Add(-3 * time.Second)) }, Stale, job.Candidates{Parent: true, Aux: true}},
		"tip moved but inside grace":   {none, none, all, func(s *Submission) { s.Job.MarkStale(now.Add(-time.Second)) }, Accepted, job.Candidates{}},
		"time counts before staleness": {none, none, all, func(s *Submission) { s.Nonces.NTime = 0; s.Job.MarkStale(now.Add(-time.Hour)) }, TimeTooOld, job.Candidates{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			j, v := mustJob(t, c.parent, c.aux)
			s := submission(j, v, c.share)
			if c.spoil != nil {
				c.spoil(s)
			}
			var sc job.Scratch
			got := Judge(&sc, s, grace)
			if got.Verdict != c.want || got.Candidates != c.wantCandidates || !got.Hashed {
				t.Errorf("got %v %+v hashed %v, want %v %+v", got.Verdict, got.Candidates, got.Hashed, c.want, c.wantCandidates)
			}
		})
	}
}

func TestDuplicateIsNeitherHashedNorACandidateAgain(t *testing.T) {
	j, v := mustJob(t, all, all)
	var sc job.Scratch
	if got := Judge(&sc, submission(j, v, all), 0); got.Verdict != Accepted {
		t.Fatalf("first: %v", got.Verdict)
	}
	got := Judge(&sc, submission(j, v, all), 0)
	if got.Verdict != Duplicate || got.Hashed || got.Candidates.Any() {
		t.Errorf("again: %v hashed %v candidates %+v, want a bare duplicate", got.Verdict, got.Hashed, got.Candidates)
	}
}

func TestShareExactlyAtTargetIsAccepted(t *testing.T) {
	j, v := mustJob(t, none, none)
	var sc job.Scratch
	s := submission(j, v, all)
	Judge(&sc, s, 0)
	var exact algos.Target
	for i := range exact {
		exact[i] = sc.Hash[31-i]
	}
	j, v = mustJob(t, none, none)
	if got := Judge(&sc, submission(j, v, exact), 0); got.Verdict != Accepted {
		t.Errorf("hash equal to the target: %v, want accepted", got.Verdict)
	}
	exact[31]-- // one below the hash; the last byte of this hash is not zero
	j, v = mustJob(t, none, none)
	if got := Judge(&sc, submission(j, v, exact), 0); got.Verdict != LowDifficulty {
		t.Errorf("hash one above the target: %v, want low difficulty", got.Verdict)
	}
}

func TestJudgeDoesNotAllocate(t *testing.T) {
	j, v := mustJob(t, none, none)
	var sc job.Scratch
	s := submission(j, v, all)
	for range 5000 {
		s.Nonces.Nonce++
		Judge(&sc, s, 0)
	}
	if got := testing.AllocsPerRun(1000, func() { s.Nonces.Nonce++; Judge(&sc, s, 0) }); got != 0 {
		t.Errorf("%v allocations a share, want 0", got)
	}
}

// BenchmarkJudge12Branch prints the time of one judged share, and how many times
// it is that of the SHA-256 compressions that no pool can leave out. A miner that
// keeps its extranonce keeps its merkle root; the compressions it is compared
// with are the same.
func BenchmarkJudge12Branch(b *testing.B) {
	for _, name := range []string{"extranonce=new", "extranonce=kept"} {
		b.Run(name, func(b *testing.B) {
			j, v := mustJob(b, none, none)
			var sc job.Scratch
			s := submission(j, v, all)
			roll := name == "extranonce=new"
			var bare time.Duration
			b.ReportAllocs()
			for b.Loop() {
				if s.Nonces.Nonce++; s.Nonces.Nonce%bareRounds == 0 {
					b.StopTimer() // the two by turns, as what else the machine does comes and goes
					bare += bareHashing(v)
					b.StartTimer()
				}
				if roll {
					binary.LittleEndian.PutUint64(s.Nonces.Extranonce[4:], s.Nonces.Nonce)
				}
				Judge(&sc, s, 0)
			}
			if bare > 0 {
				b.ReportMetric(float64(b.Elapsed())/float64(bare), "x-bare-sha256")
			}
		})
	}
}

const bareRounds = 256

// bareHashing times the double hashes of a coinbase, 12 branch steps and a
// header, bareRounds times.
func bareHashing(v *job.Variant) time.Duration {
	coinbase := make([]byte, len(v.Part1)+12+len(v.Part2))
	var pair [64]byte
	var header [80]byte
	var out [32]byte
	start := time.Now()
	for range bareRounds {
		algos.DoubleSHA256(&out, coinbase)
		for range 12 {
			algos.DoubleSHA256(&out, pair[:])
		}
		algos.DoubleSHA256(&out, header[:])
	}
	return time.Since(start)
}

// Judging in parts, for a hash that is computed elsewhere, comes to the same
// as judging at once, and what was never hashed is not remembered.
func TestDecideIsTheRestOfJudge(t *testing.T) {
	j, v := mustJob(t, all, all)
	var sc job.Scratch
	s := submission(j, v, all)
	j.Prepare(&sc, v, &s.Nonces)
	if Known(s) {
		t.Fatal("a share is known before it was judged")
	}
	twin, tv := mustJob(t, all, all)
	var other job.Scratch
	twins := submission(twin, tv, all)
	want := Judge(&other, twins, 0)

	sc.Hash = other.Hash
	if got := Decide(&sc, s, 0); got != want || got.Verdict != Accepted {
		t.Errorf("in parts %+v, at once %+v", got, want)
	}
	if !Known(s) {
		t.Error("an accepted share is not known")
	}

	// Two copies whose hashes were asked for together: the second is a
	// duplicate, and no candidate again.
	if got := Decide(&sc, s, 0); got != (Outcome{Verdict: Duplicate}) {
		t.Errorf("the copy: %+v, want a bare duplicate", got)
	}
}
