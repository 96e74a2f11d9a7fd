package sharelog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestRecordsComeBack(t *testing.T) {
	share := *testShare(7)
	rejects := Rejects{Time: -5, Pool: "p", Account: "a", Worker: "", Reason: "stale", Count: 1 << 40, Work: 0.25}
	job := Job{ID: 9, Time: 8, Pool: "p", Chains: []JobChain{{"btc", 800000, 1e13, 312500000, 7}, {"nmc", 1, 0.5, 2, 0}}}
	block := Block{
		Time: 1, Pool: "p", Chain: "c", Hash: [32]byte{1, 31: 9}, Height: 3, State: "accepted", Account: "a", Worker: "w",
		Job: 4, Reward: 5, Difficulty: 6, Confirmations: 7, Reason: "why", Node: "n", Fees: 8,
	}
	terms := Terms{Time: 1, Pool: "p", Chain: "c", Scheme: "pplns", FeeBPS: 100, Window: 2_000_000, Payout: "pool"}
	l := mustOpen(t, t.TempDir(), Options{})
	var b Batch
	b.Share(&share)
	b.Rejects(&rejects)
	b.Job(&job)
	b.Block(&block)
	b.Terms(&terms)
	payment := Payment{
		ID: 3, Time: 1, Pool: "p", Chain: "c", State: "prepared", TxID: "ab", Fee: 9, Reason: "why", Raw: bytes.Repeat([]byte{7}, 70_000),
		Outputs: []PaymentOutput{{"a", "addr", 1}, {"b", "other", 1 << 60}},
	}
	b.Payment(&payment)
	settings := Settings{
		Time: 2, Stated: 1, Pool: "p", Account: "a", By: "owner", Message: "one\ntwo", Signature: "sig",
		Set: []Setting{{"payout", "d", "addr", 0}, {"minimum", "c", "", 1 << 60}, {"donation", "", "", 150}},
	}
	b.Settings(&settings)
	coinbase := Coinbase{
		Time: 3, Pool: "p", Chain: "c", Hash: [32]byte{2, 31: 8}, Operator: 1 << 50,
		Outputs: []CoinbaseOutput{{"a", 1}, {"b", 1 << 60}},
	}
	b.Coinbase(&coinbase)
	if b.Len() != 8 {
		t.Errorf("Len: got %d, want 8", b.Len())
	}
	if err := l.Append(&b); err != nil {
		t.Fatal(err)
	}
	r := l.Read(0)
	defer r.Close()
	var last Position
	for i, want := range []any{&share, &rejects, &job, &block, &terms, &payment, &settings, &coinbase} {
		rec, pos, err := r.Next()
		if err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		var got any
		switch rec.Kind {
		case KindShare:
			got = rec.Share
		case KindRejects:
			got = rec.Rejects
		case KindJob:
			got = rec.Job
		case KindBlock:
			got = rec.Block
		case KindTerms:
			got = rec.Terms
		case KindPayment:
			got = rec.Payment
		case KindSettings:
			got = rec.Settings
		case KindCoinbase:
			got = rec.Coinbase
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("record %d: got %+v, want %+v", i, got, want)
		}
		last = pos
	}
	if _, _, err := r.Next(); err != io.EOF || last != l.End() {
		t.Errorf("at the end: got %v at %d, want EOF at %d", err, last, l.End())
	}
}

// TestOlderLayoutsAreRead reads the records of jobs and blocks as they were
// written before they had fees.
func TestOlderLayoutsAreRead(t *testing.T) {
	l := mustOpen(t, t.TempDir(), Options{})
	var b Batch
	b.Block(&Block{Fees: 5, Node: "n"}) // what a record leaves behind is not taken over
	b.begin(KindJob)
	b.u64(9)
	b.u64(8)
	b.str("p")
	b.size(1, maxJobChain)
	b.str("btc")
	b.u64(800000)
	b.f64(1e13)
	b.u64(312500000)
	b.finish()
	b.begin(KindBlock)
	b.u64(1)
	b.buf = append(b.buf, make([]byte, 32)...)
	for range 3 {
		b.u64(3)
	}
	b.f64(6)
	b.u64(7)
	for range 7 {
		b.str("x")
	}
	b.finish()
	if err := l.Append(&b); err != nil {
		t.Fatal(err)
	}
	r := l.Read(0)
	defer r.Close()
	var got [3]Record
	for i := range got {
		rec, _, err := r.Next()
		if err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		got[i] = rec
		if i == 0 && rec.Block.Fees != 5 {
			t.Errorf("fees: got %d, want 5", rec.Block.Fees)
		}
	}
	if want := (JobChain{"btc", 800000, 1e13, 312500000, 0}); got[1].Kind != KindJob || got[1].Job.Chains[0] != want {
		t.Errorf("got %+v, want %+v", got[1].Job, want)
	}
	if got[2].Kind != KindBlock || got[2].Block.Node != "x" || got[2].Block.Fees != 0 || got[2].Block.Confirmations != 7 {
		t.Errorf("got %+v", got[2].Block)
	}
}

func TestTooLongAndCut(t *testing.T) {
	l := mustOpen(t, t.TempDir(), Options{})
	s := testShare(1)
	s.Worker = strings.Repeat("w", maxString+1)
	b := &Batch{}
	b.Share(s)
	if err := l.Append(b); !errors.Is(err, ErrTooLong) {
		t.Errorf("long worker: got %v, want ErrTooLong", err)
	}
	b.Reset()
	b.Block(&Block{Reason: strings.Repeat("ä", maxText)})
	if err := l.Append(b); err != nil {
		t.Errorf("long reason: %v", err)
	}
	rec, _, err := l.Read(0).Next()
	if err != nil || rec.Block.Reason != strings.Repeat("ä", maxText/2) {
		t.Errorf("reason: got %d bytes (%v), want %d", len(rec.Block.Reason), err, maxText)
	}
}

func TestSegmentsPositionsRetire(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, Options{SegmentSize: minSegmentSize})
	var want []uint64
	for i := range uint64(400) {
		if err := l.Append(numbered(i, 1)); err != nil {
			t.Fatal(err)
		}
		want = append(want, i)
	}
	mustIDs(t, l, want)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = mustOpen(t, dir, Options{SegmentSize: minSegmentSize})
	mustIDs(t, l, want)
	if len(l.segments) < 5 {
		t.Fatalf("got %d segments, want several", len(l.segments))
	}

	// Any position that Next gave continues at the record after it.
	r := l.Read(0)
	defer r.Close()
	for i := range want {
		_, pos, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if i%37 == 0 {
			if got, err := readIDs(l, pos); err != nil || !slices.Equal(got, want[i+1:]) {
				t.Fatalf("from record %d: got %d records (%v), want %d", i+1, len(got), err, len(want)-i-1)
			}
		}
	}

	third := l.segments[3].first
	if err := l.Retire(third + 5); err != nil {
		t.Fatal(err)
	}
	if l.Start() != third {
		t.Errorf("Start: got %d, want %d", l.Start(), third)
	}
	if _, _, err := l.Read(0).Next(); !errors.Is(err, ErrRetired) {
		t.Errorf("reading a retired place: got %v, want ErrRetired", err)
	}
	if _, _, err := l.Read(l.End() + 1).Next(); !errors.Is(err, ErrBeyondEnd) {
		t.Errorf("reading beyond the end: got %v, want ErrBeyondEnd", err)
	}
	if err := l.Retire(l.End()); err != nil {
		t.Fatal(err)
	}
	if len(l.segments) != 1 {
		t.Errorf("segments after retiring all: got %d, want the last one", len(l.segments))
	}
	got, err := readIDs(l, l.Start())
	if err != nil || !slices.Equal(got, want[len(want)-len(got):]) {
		t.Errorf("last segment: %v %v", tail(got), err)
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, Options{})
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("second Open: got %v, want ErrLocked with the folder", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(numbered(1, 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("Append after Close: got %v, want ErrClosed", err)
	}
	mustOpen(t, dir, Options{})
}

func TestOptions(t *testing.T) {
	for name, o := range map[string]Options{"sync": {Sync: "never"}, "segments": {SegmentSize: 10}} {
		if _, err := Open(t.TempDir(), o); !errors.Is(err, ErrOption) {
			t.Errorf("%s: got %v, want ErrOption", name, err)
		}
	}
}

// Many goroutines append, one follows: it sees each batch whole, each
// appender's in order.
func TestConcurrentAppendAndFollow(t *testing.T) {
	const writers, rounds = 20, 60
	l := mustOpen(t, t.TempDir(), Options{SegmentSize: minSegmentSize})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range rounds {
				if err := l.Append(numbered(uint64(w*1_000_000+i*3), 3)); err != nil {
					t.Errorf("Append: %v", err)
					return
				}
			}
		})
	}
	next := map[uint64]uint64{}
	r := l.Read(0)
	defer r.Close()
	for n := 0; n < writers*rounds*3; {
		rec, _, err := r.Next()
		if err == io.EOF {
			if err := r.Wait(ctx); err != nil {
				t.Fatalf("Wait after %d records: %v", n, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		w, i := rec.Share.Job/1_000_000, rec.Share.Job%1_000_000
		if next[w] != i {
			t.Fatalf("writer %d: got record %d, want %d", w, i, next[w])
		}
		next[w]++
		n++
	}
	wg.Wait()
}

func TestWaitEnds(t *testing.T) {
	l := mustOpen(t, t.TempDir(), Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := l.Wait(ctx, l.End()); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: got %v", err)
	}
	done := make(chan error)
	go func() { done <- l.Wait(context.Background(), l.End()) }()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Errorf("closed log: got %v, want ErrClosed", err)
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	l := mustOpen(t, t.TempDir(), Options{})
	var b Batch
	s := testShare(1)
	run := func() {
		b.Reset()
		for range 4 {
			b.Share(s)
		}
		if err := l.Append(&b); err != nil {
			t.Fatal(err)
		}
	}
	run()
	if n := testing.AllocsPerRun(200, run); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

// Damage of any byte is found, unless it is in the last write, which a crash
// could have torn.
func TestDamage(t *testing.T) {
	m := newMemFS()
	l := mustOpen(t, "", Options{FS: m})
	var ends []Position
	for i := range uint64(3) {
		if err := l.Append(numbered(i*2, 2)); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, l.End())
	}
	name := l.segments[0].name()
	whole := m.clone()
	for at := range len(*whole.files[name]) {
		c := whole.clone()
		(*c.files[name])[at] ^= 0x10
		l, err := Open("", Options{FS: c})
		lastWrite := int64(at) >= segmentHeader+int64(ends[1])
		switch {
		case !lastWrite && !errors.Is(err, ErrCorrupt):
			t.Fatalf("byte %d: got %v, want ErrCorrupt", at, err)
		case !lastWrite && !strings.Contains(err.Error(), name):
			t.Fatalf("byte %d: error does not name the file: %v", at, err)
		case lastWrite && err != nil:
			t.Fatalf("byte %d of the last write: %v", at, err)
		case lastWrite:
			mustIDs(t, l, []uint64{0, 1, 2, 3})
		}
	}
}

func TestDamageInOlderSegment(t *testing.T) {
	m := newMemFS()
	l := mustOpen(t, "", Options{FS: m, SegmentSize: minSegmentSize})
	for i := range uint64(100) {
		if err := l.Append(numbered(i, 1)); err != nil {
			t.Fatal(err)
		}
	}
	first, second := l.segments[0].name(), l.segments[1].name()

	c := m.clone()
	(*c.files[first])[1000] ^= 1
	got, err := readIDs(mustOpen(t, "", Options{FS: c, SegmentSize: minSegmentSize}), 0)
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(fmt.Sprint(err), first) || len(got) == 0 || len(got) > 10 {
		t.Errorf("got %d records and %v, want the ones before byte 1000 and ErrCorrupt with %s", len(got), err, first)
	}

	c = m.clone()
	delete(c.files, second)
	if _, err := Open("", Options{FS: c}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("missing segment: got %v, want ErrCorrupt", err)
	}
}

// FuzzOpen feeds bytes to a log: it opens or refuses, and what opens can be
// read to the end and appended to.
func FuzzOpen(f *testing.F) {
	m := newMemFS()
	l := mustOpen(f, "", Options{FS: m})
	for i := range uint64(3) {
		if err := l.Append(numbered(i, 2)); err != nil {
			f.Fatal(err)
		}
	}
	whole := *m.files[l.segments[0].name()]
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, content []byte) {
		m := newMemFS()
		m.files[(&segment{}).name()] = &content
		l, err := Open("", Options{FS: m})
		if err != nil {
			return
		}
		r := l.Read(0)
		for {
			_, _, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("a log that opened cannot be read: %v", err)
			}
		}
		if err := l.Append(numbered(1, 1)); err != nil {
			t.Fatal(err)
		}
	})
}

// Random faults: after each, what was acknowledged and nothing else is there for
// readers; after a crash at any moment, all that was acknowledged, in order, and
// perhaps whole batches more.
func TestRandomFaults(t *testing.T) {
	for seed := range uint64(150) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { randomFaults(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

func randomFaults(t *testing.T, rng *rand.Rand) {
	m := newMemFS()
	o := Options{FS: m, SegmentSize: minSegmentSize, Sync: []string{"os", "disk"}[rng.IntN(2)]}
	l := mustOpen(t, "", o)
	rate := 0.02 + 0.2*rng.Float64()
	var crashes []*memFS
	m.hook = func(op, name string, n int) *fault {
		if rng.Float64() < 0.1 {
			crashes = append(crashes, m.clone())
		}
		if rng.Float64() > rate {
			return nil
		}
		return &fault{errInjected, rng.IntN(n + 1)}
	}
	var acked []uint64
	next, sizes := uint64(0), map[uint64]int{}
	for range 60 {
		n := 1 + rng.IntN(8)
		before := len(crashes)
		sizes[next] = n
		err := l.Append(numbered(next, n))
		// A crash within this Append may keep the batch, if whole.
		for _, c := range crashes[before:] {
			mustSurvive(t, c, acked, sizes)
		}
		if err == nil {
			for i := range n {
				acked = append(acked, next+uint64(i))
			}
		} else if !errors.Is(err, errInjected) {
			t.Fatalf("Append: got %v, want the injected fault", err)
		}
		mustSurvive(t, m.clone(), acked, sizes)
		next += 100
		mustIDs(t, l, acked)
	}
	m.hook = nil
	if err := l.Append(numbered(next, 1)); err != nil {
		t.Fatalf("Append after the faults: %v", err)
	}
	mustIDs(t, l, append(acked, next))
}

// mustSurvive opens what a crash left: all that was acknowledged, and at most
// one whole batch more that never was. Sizes tells the batches by first record.
func mustSurvive(t *testing.T, c *memFS, acked []uint64, sizes map[uint64]int) {
	t.Helper()
	l, err := Open("", Options{FS: c, SegmentSize: minSegmentSize})
	if err != nil {
		t.Fatalf("Open after a crash: %v", err)
	}
	got, err := readIDs(l, 0)
	if err != nil {
		t.Fatalf("reading after a crash: %v", err)
	}
	if len(got) < len(acked) || !slices.Equal(got[:len(acked)], acked) {
		t.Fatalf("acknowledged records are missing: got %v, want %v", tail(got), tail(acked))
	}
	if more := got[len(acked):]; len(more) > 0 {
		late := len(acked) == 0 || more[0] > acked[len(acked)-1]
		if !late || len(more) != sizes[more[0]] || more[len(more)-1] != more[0]+uint64(len(more)-1) {
			t.Fatalf("after the acknowledged records are %v, want one whole later batch or none", more)
		}
	}
	if err := l.Append(numbered(1<<40, 1)); err != nil {
		t.Fatalf("Append after a crash: %v", err)
	}
	mustIDs(t, l, append(got, 1<<40))
}

// A crash may tear the last write at any byte.
func TestCrashAtEveryByte(t *testing.T) {
	m := newMemFS()
	l := mustOpen(t, "", Options{FS: m})
	if err := l.Append(numbered(0, 3)); err != nil {
		t.Fatal(err)
	}
	name, before := l.segments[0].name(), l.current.offset(l.End())
	if err := l.Append(numbered(100, 3)); err != nil {
		t.Fatal(err)
	}
	for size := before; size < l.current.offset(l.End()); size++ {
		c := m.clone()
		content := (*c.files[name])[:size]
		c.files[name] = &content
		l, err := Open("", Options{FS: c.clone()})
		if err != nil {
			t.Fatal(err)
		}
		// The end must be a place that readers reach, or who waits for it waits forever.
		if want := Position(before - segmentHeader); l.End() != want {
			t.Fatalf("cut at %d: End is %d, want that of the last batch, %d", size, l.End(), want)
		}
		mustSurvive(t, c, []uint64{0, 1, 2}, map[uint64]int{100: 3})
	}
}

// A failed write fails for all who gathered in it.
func TestFailureReachesAll(t *testing.T) {
	m := newMemFS()
	l := mustOpen(t, "", Options{FS: m})
	started, release := make(chan struct{}), make(chan struct{})
	writes := 0
	m.hook = func(op, _ string, _ int) *fault {
		if op != "write" {
			return nil
		}
		if writes++; writes == 1 {
			close(started)
			<-release
			return nil
		}
		return &fault{errInjected, 40}
	}
	errs := make(chan error, 9)
	go func() { errs <- l.Append(numbered(0, 1)) }()
	<-started
	for i := range uint64(8) {
		go func() { errs <- l.Append(numbered(100+i, 1)) }()
	}
	for deadline := time.Now().Add(10 * time.Second); ; {
		l.mu.Lock()
		n := l.gather.waiting
		l.mu.Unlock()
		if n == 8 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d gathered, want 8", n)
		}
	}
	close(release)
	failed := 0
	for range 9 {
		if err := <-errs; errors.Is(err, errInjected) {
			failed++
		}
	}
	if failed != 8 || writes != 2 || l.Failures() != 1 {
		t.Errorf("got %d failed, %d writes, %d failures; want 8, 2, 1", failed, writes, l.Failures())
	}
	mustIDs(t, l, []uint64{0})
}

// What is appended with AppendSynced is on the disk when it returns, under either
// choice of sync; where the disk fails it is not in the log.
func TestAppendSynced(t *testing.T) {
	m := newMemFS()
	l := mustOpen(t, "", Options{FS: m})
	syncs := 0
	var broken *fault
	m.hook = func(op, _ string, _ int) *fault {
		if op != "sync" {
			return nil
		}
		syncs++
		return broken
	}
	for i, step := range []struct {
		append func(*Batch) error
		want   int
	}{{l.Append, 0}, {l.AppendSynced, 1}, {l.Append, 1}} {
		if err := step.append(numbered(uint64(i), 1)); err != nil || syncs != step.want {
			t.Errorf("batch %d: %v, %d syncs, want %d", i, err, syncs, step.want)
		}
	}
	broken = &fault{err: errInjected}
	if err := l.AppendSynced(numbered(3, 1)); !errors.Is(err, errInjected) {
		t.Errorf("on a broken disk: got %v", err)
	}
	broken = nil
	mustIDs(t, l, []uint64{0, 1, 2})
	if got := l.Fsyncs(); got.Count != 1 {
		t.Errorf("%d fsyncs timed, want the one that the disk confirmed", got.Count)
	}
}
