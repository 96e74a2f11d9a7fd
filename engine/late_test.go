package engine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/batch"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/stratum"
)

// hashBy makes the bench's pool one whose coin hashes, with f.
func (b *bench) hashBy(tb testing.TB, f batch.Func, o batch.Options) {
	tb.Helper()
	spec := *b.spec.Load()
	spec.Algorithm = nil
	b.spec.Store(&spec)
	b.batcher = batch.New("bench", f, o)
	b.elsewhere = byCoin{b.batcher}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.batcher.Run(ctx) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			tb.Error(err)
		}
	})
	b.job(tb)
}

// algorithmBatch hashes by an algorithm of package algos, as a coin would.
func algorithmBatch(a algos.Algorithm) batch.Func {
	return func(_ context.Context, size int, headers, param []byte, out []coins.Hash) error {
		for i := range out {
			a.Sum((*[32]byte)(&out[i]), headers[i*size:(i+1)*size], param)
		}
		return nil
	}
}

// records are the shares in the bench's log.
func (b *bench) records(t *testing.T) (all []sharelog.Share) {
	t.Helper()
	r := b.shareLog.Read(0)
	defer r.Close()
	for {
		rec, _, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.Share != nil {
			s := *rec.Share
			s.Extranonce = bytes.Clone(s.Extranonce)
			all = append(all, s)
		}
	}
}

// judgeTurn takes submissions through one turn, as the stratum server does.
func (b *bench) judgeTurn(t *testing.T, subs []stratum.Submission) []stratum.Result {
	t.Helper()
	turn := b.Begin()
	results := make([]stratum.Result, len(subs))
	var late []int
	var scratch stratum.Submission // of the session, used again for each line
	for i := range subs {
		scratch = subs[i]
		if results[i] = turn.Judge(&scratch); results[i].Reason == stratum.Pending {
			late = append(late, i)
		}
	}
	scratch = stratum.Submission{}
	if len(late) > 0 {
		answers := make([]stratum.Result, len(late))
		turn.(stratum.LateTurn).Await(answers)
		for k, i := range late {
			results[i] = answers[k]
		}
	}
	if err := turn.Commit(); err != nil {
		t.Fatal(err)
	}
	return results
}

// TestLateTurnIsATurn gives the same submissions to a pool that hashes and to
// one whose coin does: every answer, every count and every record in the share
// log is the same.
func TestLateTurnIsATurn(t *testing.T) {
	known, foreign := newBench(t, 0), newBench(t, 0)
	sha256d, err := algos.ByName("sha256d")
	if err != nil {
		t.Fatal(err)
	}
	known.job(t)
	foreign.template = known.template
	foreign.hashBy(t, algorithmBatch(sha256d), batch.Options{})
	sameTurns(t, known, foreign, 150)
}

// sameTurns gives the same submissions to two pools of one template and compares
// all that they make of them.
func sameTurns(t *testing.T, known, foreign *bench, rounds int) {
	old := [2]*work{known.job(t), foreign.job(t)}
	now := [2]*work{known.job(t), foreign.job(t)}
	later := time.Now().Add(10 * time.Second) // the old job's tip is over

	rng := rand.New(rand.NewPCG(1, 2))
	counts := map[stratum.Reason]int{}
	base := [2]*stratum.Submission{known.submission(t), foreign.submission(t)}
	for range rounds {
		var subs [2][]stratum.Submission
		for range 1 + rng.IntN(32) {
			nonce, kind, extra := rng.Uint32N(700), rng.IntN(12), byte(1+rng.IntN(2))
			for k := range subs {
				s := *base[k]
				s.Nonce, s.Difficulty, s.Target, s.Now = uint64(nonce), 3, [32]byte{0x7f}, later
				s.Job, s.NTime = now[k], now[0].NTime
				s.Extranonce[extranonce1Size] = extra
				switch kind {
				case 0:
					s.Job = old[k]
				case 1:
					s.NTime = now[0].MinTime - 1
				case 2:
					s.NTime = now[0].MaxTime + 1
				case 3:
					s.VersionBits = 0x2000
				}
				subs[k] = append(subs[k], s)
			}
		}
		want, got := known.judgeTurn(t, subs[0]), foreign.judgeTurn(t, subs[1])
		for i := range want {
			counts[want[i].Reason]++
			if got[i] != want[i] {
				t.Fatalf("nonce %d: %+v, want %+v", subs[0][i].Nonce, got[i], want[i])
			}
		}
	}
	for _, r := range []stratum.Reason{
		stratum.Accepted, stratum.DuplicateShare, stratum.LowDifficulty, stratum.Stale, stratum.TimeTooOld, stratum.TimeTooNew,
	} {
		if counts[r] < 10 {
			t.Errorf("%d answers %q: the test does not try them", counts[r], r)
		}
		if g, w := foreign.stats.rejected[r].Load(), known.stats.rejected[r].Load(); g != w {
			t.Errorf("%q counted %d times, want %d", r, g, w)
		}
	}
	want, got := known.records(t), foreign.records(t)
	if len(want) != counts[stratum.Accepted] || !reflect.DeepEqual(got, want) {
		t.Errorf("%d shares in the log, want %d and the same", len(got), len(want))
	}
	if g, w := foreign.stats.acceptedShares.Load(), known.stats.acceptedShares.Load(); g != w || g == 0 {
		t.Errorf("%d counted as accepted, want %d", g, w)
	}
}

// TestShareWithoutHashIsForgotten refuses a share whose hash cannot be had,
// writes nothing of it, and takes it when it comes again.
func TestShareWithoutHashIsForgotten(t *testing.T) {
	b := newBench(t, 0)
	sha256d, _ := algos.ByName("sha256d")
	hash := algorithmBatch(sha256d)
	var broken atomic.Bool
	broken.Store(true)
	b.hashBy(t, func(ctx context.Context, size int, headers, param []byte, out []coins.Hash) error {
		if broken.Load() {
			return errors.New("no hash")
		}
		return hash(ctx, size, headers, param, out)
	}, batch.Options{Retry: time.Millisecond})
	subs := []stratum.Submission{*b.submission(t), *b.submission(t)}
	subs[1].Nonce++
	for i, r := range b.judgeTurn(t, subs) {
		if r != (stratum.Result{Reason: stratum.HashFailed}) {
			t.Errorf("share %d: %+v, want a bare refusal", i, r)
		}
	}
	if n := len(b.records(t)); n != 0 || b.stats.rejected[stratum.HashFailed].Load() != 2 || b.stats.rejected[stratum.LowDifficulty].Load() != 0 {
		t.Errorf("%d shares in the log, refused %d", n, b.stats.rejected[stratum.HashFailed].Load())
	}
	broken.Store(false)
	for i, r := range b.judgeTurn(t, subs) {
		if r.Reason != stratum.Accepted {
			t.Errorf("share %d again: %v", i, r.Reason)
		}
	}
	if n := len(b.records(t)); n != 2 {
		t.Errorf("%d shares in the log, want 2", n)
	}

	// Nothing is hashed for a duplicate.
	before := b.batcher.Stats().Headers
	for i, r := range b.judgeTurn(t, subs) {
		if r != (stratum.Result{Reason: stratum.DuplicateShare}) {
			t.Errorf("share %d a third time: %+v", i, r)
		}
	}
	if after := b.batcher.Stats().Headers; before != 2 || after != before {
		t.Errorf("%d headers hashed, then %d", before, after)
	}
}

// TestRequestForEachParameter is a turn whose jobs differ in it.
func TestRequestForEachParameter(t *testing.T) {
	turn := &turn{pool: &pool{elsewhere: byCoin{}}}
	a, b := turn.requestFor(80, []byte("a")), turn.requestFor(80, []byte("b"))
	if a == b || turn.requestFor(80, []byte("a")) != a || turn.requestFor(76, []byte("a")) == a || turn.open != 3 {
		t.Errorf("%d requests open", turn.open)
	}
}

func TestHashProblemIsSaidWhenSharesAreRefused(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		since time.Time
		want  string
	}{
		"works":                    {time.Time{}, ""},
		"fails, shares still wait": {now.Add(-time.Second), ""},
		"shares are refused":       {now.Add(-time.Minute), "the coin has not hashed for 1m0s, shares are refused: broken"},
	} {
		if got := hashProblem(batch.Stats{FailingSince: c.since, LastError: errors.New("broken")}, now); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if h := hashing("x", batch.Stats{Rate: portRate + 1}, now); !strings.Contains(h.Advice, "port this algorithm into algos") {
		t.Errorf("advice %q", h.Advice)
	}
	if h := hashing("x", batch.Stats{Rate: portRate}, now); h.Advice != "" {
		t.Errorf("advice %q at the mark", h.Advice)
	}
}
