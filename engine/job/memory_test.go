package job

import (
	"sync"
	"testing"
	"time"
)

func TestSeenTellsEveryFieldApart(t *testing.T) {
	var s Seen
	base := testNonces()
	if s.Add(nil, base) != SeenNew || s.Add(nil, base) != SeenBefore {
		t.Fatal("the same nonces again must be known")
	}
	changes := map[string]func(*Nonces){
		"extranonce": func(n *Nonces) { n.Extranonce = append([]byte{9}, n.Extranonce[1:]...) },
		"time":       func(n *Nonces) { n.NTime++ },
		"nonce":      func(n *Nonces) { n.Nonce++ },
		"version":    func(n *Nonces) { n.VersionBits ^= 1 << 20 },
	}
	for name, change := range changes {
		n := testNonces()
		change(n)
		if s.Add(nil, n) != SeenNew {
			t.Errorf("another %s alone must be another share", name)
		}
	}
	n := testNonces()
	n.VersionBits |= 1
	if s.Add(nil, n) != SeenBefore {
		t.Error("bits outside the mask must not make another share")
	}
}

func TestSeenIsExactForManyAndConcurrent(t *testing.T) {
	var s Seen
	const each = 20_000
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			n := Nonces{Extranonce: []byte{byte(g)}}
			for i := range each {
				n.Nonce = uint64(i)
				if s.Add(nil, &n) != SeenNew {
					t.Errorf("nonce %d of %d was called a duplicate", i, g)
					return
				}
				if s.Add(nil, &n) != SeenBefore {
					t.Errorf("duplicate %d of %d was not found", i, g)
					return
				}
			}
		})
	}
	wg.Wait()
	if s.Len() != 4*each {
		t.Errorf("got %d, want %d", s.Len(), 4*each)
	}
}

func TestSeenIsBounded(t *testing.T) {
	sh := seenShard{used: seenPerShard, table: make([][2]uint64, 2*seenPerShard)}
	if got := sh.add([2]uint64{1, 1}); got != SeenFull {
		t.Errorf("got %v at the limit, want full", got)
	}
}

func TestBookKeepsWhatMayStillBeAnswered(t *testing.T) {
	spec := mustSpec(t)
	var b Book
	live := map[uint64]bool{2: true}
	isLive := func(j *Job) bool { return live[j.ID] }
	put := func(id uint64, at time.Duration, clean bool) *Job {
		j := mustBuild(t, spec, Input{ID: id, Template: testTemplate(t, 0), Now: testNow.Add(at), Clean: clean})
		b.Put(j, isLive)
		return j
	}
	first := put(1, 0, true)
	put(2, time.Second, false)
	if first.ParentOver() {
		t.Error("a refresh made older work stale")
	}
	put(3, time.Minute, true)
	if !first.Stale(testNow.Add(time.Minute+3*time.Second), 2*time.Second) || first.Stale(testNow.Add(time.Minute+time.Second), 2*time.Second) {
		t.Error("older work must be stale once the grace after a clean job is over, not before")
	}
	put(4, BookMinLife+time.Second/2, false)
	if b.Get(1) != nil {
		t.Error("a job without a living chain was kept beyond its time")
	}
	if b.Get(2) == nil || b.Get(3) == nil || b.Get(4) == nil {
		t.Error("a living or a young job was dropped")
	}
	put(5, 2*BookMinLife, false)
	if b.Get(2) == nil {
		t.Error("a job with a living chain was dropped")
	}
	for i := range uint64(2 * BookMax) {
		put(100+i, 2*BookMinLife+time.Duration(i), false)
	}
	if b.Len() != BookMax || b.Last().ID != 100+2*BookMax-1 {
		t.Errorf("got %d jobs, last %d", b.Len(), b.Last().ID)
	}
}

func TestSolveAndSeenDoNotAllocate(t *testing.T) {
	j := mustBuild(t, mustSpec(t, 1), Input{Template: testTemplate(t, 4000), Aux: []Work{{0, auxWork(1, "a")}}})
	v, n := mustVariant(t, j, poolPayee), testNonces()
	var s Scratch
	j.Solve(&s, v, n)
	for i := range 4000 {
		n.Nonce = uint64(i)
		j.Seen.Add(v, n)
	}
	if got := testing.AllocsPerRun(1000, func() {
		n.Nonce++
		j.Seen.Add(v, n)
		j.Solve(&s, v, n)
		j.Candidates(&s)
	}); got != 0 {
		t.Errorf("%v allocations a share, want 0", got)
	}
}

func BenchmarkBuild4000Tx5Aux(b *testing.B) {
	ids := []uint32{1, 6, 16, 117, 1224}
	spec, tmpl := mustSpec(b, ids...), testTemplate(b, 4000)
	var works []Work
	for i, id := range ids {
		works = append(works, Work{i, auxWork(id, string(rune('a'+i)))})
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		j := mustBuild(b, spec, Input{ID: uint64(i + 1), Template: tmpl, Aux: works})
		mustVariant(b, j, poolPayee)
	}
}

func FuzzParseID(f *testing.F) {
	f.Add([]byte("0123456789abcdef"))
	f.Fuzz(func(t *testing.T, in []byte) {
		id, ok := ParseID(in)
		if ok && !eqFoldHex(formatID(id), in) {
			t.Errorf("%q parsed as %x", in, id)
		}
	})
}

func eqFoldHex(want string, got []byte) bool {
	if len(want) != len(got) {
		return false
	}
	for i := range got {
		c := got[i]
		if c >= 'A' && c <= 'F' {
			c += 'a' - 'A'
		}
		if c != want[i] {
			return false
		}
	}
	return true
}
