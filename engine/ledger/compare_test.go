package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/engine/store/boltdb"
)

// compared holds a ledger against its log.
func compared(t *testing.T, l *Ledger, log Source) (*Comparison, error) {
	t.Helper()
	var copied bytes.Buffer
	if err := l.Copy(&copied); err != nil {
		t.Fatal(err)
	}
	return compareCopy(t, copied.Bytes(), log)
}

func compareCopy(t *testing.T, copied []byte, log Source) (*Comparison, error) {
	t.Helper()
	scratch, err := boltdb.Open(filepath.Join(t.TempDir(), "scratch"))
	if err != nil {
		t.Fatal(err)
	}
	defer scratch.Close()
	scratch.SetNoSync()
	return Compare(t.Context(), bytes.NewReader(copied), log, scratch)
}

func agrees(t *testing.T, l *Ledger, log Source) *Comparison {
	t.Helper()
	c, err := compared(t, l, log)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range c.Differences {
		t.Error(d.String())
	}
	if c.Differ > 0 || c.Position != l.Position() {
		t.Errorf("%d rows differ at %d; want none at %d", c.Differ, c.Position, l.Position())
	}
	return c
}

// mustRandom makes a random log and folds most of it, with starts and crashes.
func mustRandom(t *testing.T, seed uint64) (*Ledger, *sharelog.Log) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 23))
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	path := filepath.Join(dir, "db")
	for range 5 {
		for range 1 + rng.IntN(60) {
			mustAppend(t, log, func(b *sharelog.Batch) { randomRecords(rng, b) })
		}
		l := mustLedger(t, path, log)
		foldAndCrash(t, rng, l, log)
		foldAndCrash(t, rng, l, log)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	l := mustLedger(t, path, log)
	if seed%2 == 0 {
		run(t, l, log)
	}
	return l, log
}

// TestCompareOfWhatWasFolded: whatever was written, and wherever a ledger stopped, was
// stopped or has saved its schemes, each row is what its log gives.
func TestCompareOfWhatWasFolded(t *testing.T) {
	for seed := range fewer(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l, log := mustRandom(t, seed)
			if c := agrees(t, l, log); c.Rows < 20 || c.Records < 5 || c.NoStatistics {
				t.Errorf("compared %+v: that is not much", c)
			}
		})
	}
}

// TestCompareWhereSchemesAreSaved: the shares that the next block is divided by are compared
// as they were where the ledger has saved them, which is no place of a block or of terms.
func TestCompareWhereSchemesAreSaved(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	l := mustLedger(t, filepath.Join(dir, "db"), log)
	shares := func(n int) {
		mustAppend(t, log, func(b *sharelog.Batch) {
			b.Job(&sharelog.Job{Pool: "p", Chains: []sharelog.JobChain{{Name: "c", Difficulty: 100 + float64(n), Height: uint64(n)}, {Name: "d", Difficulty: 5}}})
			for i := range n {
				b.Share(&sharelog.Share{Pool: "p", Account: fmt.Sprint("account", i%7), Worker: "rig", Difficulty: float64(1 + i%3)})
			}
		})
	}
	mustAppend(t, log, func(b *sharelog.Batch) {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "pplns", Window: 2_000_000, Payout: "pool"})
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "d", Scheme: "prop", Payout: "pool"})
	})
	catchUp(t, l)
	for _, n := range []int{200, 350, 33} {
		shares(n)
		if n > 100 {
			l.money.saved = log.End() + 1 // so that they are saved with this transaction, as after some MiB
		}
		catchUp(t, l)
	}
	var copied bytes.Buffer
	if err := l.Copy(&copied); err != nil {
		t.Fatal(err)
	}
	in, err := newCopyReader(&copied)
	if err != nil {
		t.Fatal(err)
	}
	scratch, err := boltdb.Open(filepath.Join(dir, "scratch"))
	if err != nil {
		t.Fatal(err)
	}
	defer scratch.Close()
	scratch.SetNoSync()
	r := newReplay(scratch, log, &in.head)
	r.limit = 100 // none with the terms reaches to where they were saved
	if err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := r.compare(t.Context(), in)
	if err != nil || c.Differ > 0 {
		t.Fatalf("got %+v, %v; want no difference", c, err)
	}
	if i := slices.IndexFunc(c.Kinds, func(k Kind) bool { return k.Name == kindOf(bucketSchemes).name }); i < 0 || c.Kinds[i].Rows < 3 {
		t.Errorf("compared %+v; want rows of the schemes", c.Kinds)
	}
}

// TestCompareFindsEveryChange changes a byte of rows, takes rows away and adds some, in
// every bucket: each is found, and is told by the kind of its row.
func TestCompareFindsEveryChange(t *testing.T) {
	l, log := mustRandom(t, 4)
	mustAppend(t, log, func(b *sharelog.Batch) { // one that stays open
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "prop", Payout: "pool"})
		b.Payment(&sharelog.Payment{ID: 1000, Pool: "p", Chain: "c", State: Prepared, Outputs: []sharelog.PaymentOutput{{Account: "a", Amount: 1}}})
	})
	catchUp(t, l)
	var whole bytes.Buffer
	if err := l.Copy(&whole); err != nil {
		t.Fatal(err)
	}
	scratch, err := boltdb.Open(filepath.Join(t.TempDir(), "scratch"))
	if err != nil {
		t.Fatal(err)
	}
	defer scratch.Close()
	first, err := newCopyReader(bytes.NewReader(whole.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	r := newReplay(scratch, log, &first.head)
	if err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	seen := map[string]int{}
	for _, change := range []string{"byte", "lacks", "more"} {
		for _, row := range rowsOfCopy(t, whole.Bytes()) {
			name := kindOf(row.bucket).name
			if bytes.Equal(row.bucket, bucketMeta) || seen[change+name] > 2 || change == "byte" && len(row.value) == 0 {
				continue
			}
			seen[change+name]++
			changed, err := newCopyReader(bytes.NewReader(changedCopy(t, rng, whole.Bytes(), row, change)))
			if err != nil {
				t.Fatal(err)
			}
			c, err := r.compare(t.Context(), changed)
			if err != nil {
				t.Fatal(err)
			}
			if c.Differ != 1 || len(c.Differences) == 0 || !strings.HasPrefix(c.Differences[0].Kind, name) {
				t.Errorf("%s: a row of %q, key %x: %d differ, %v", change, row.bucket, row.key, c.Differ, c.Differences)
			}
		}
	}
	for _, k := range kinds {
		bucket := string(k.bucket)
		for _, change := range []string{"byte", "lacks", "more"} {
			if empty := bytes.Equal([]byte(bucket), bucketOpen) || bytes.Equal([]byte(bucket), bucketMade) || bytes.Equal([]byte(bucket), bucketPaid); empty && change == "byte" {
				continue
			}
			if seen[change+k.name] == 0 && bucket != string(bucketLevels[3]) {
				t.Errorf("no row of %s was tried (%s)", bucket, change)
			}
		}
	}
}

// copiedRow is a row of a copy.
type copiedRow struct{ bucket, key, value []byte }

func rowsOfCopy(t *testing.T, raw []byte) (rows []copiedRow) {
	t.Helper()
	c, err := newCopyReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for {
		more, err := c.next()
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return rows
		}
		rows = append(rows, copiedRow{bytes.Clone(c.bucket), bytes.Clone(c.key), bytes.Clone(c.value)})
	}
}

// changedCopy is a copy in which one row is another, is away, or has one behind it.
func changedCopy(t *testing.T, rng *rand.Rand, raw []byte, row copiedRow, change string) []byte {
	t.Helper()
	var was, is []byte
	write := func(k, v []byte) []byte {
		b := append([]byte{copyRow}, uvarint(len(k))...)
		b = append(append(b, k...), uvarint(len(v))...)
		return append(b, v...)
	}
	was = write(row.key, row.value)
	switch change {
	case "byte":
		value := bytes.Clone(row.value)
		value[rng.IntN(len(value))] ^= 1 << rng.IntN(8)
		is = write(row.key, value)
	case "more":
		is = append(bytes.Clone(was), write(append(bytes.Clone(row.key), 0), row.value)...)
	}
	if bytes.Count(raw, was) != 1 {
		return changedIn(t, raw, row, was, is)
	}
	return bytes.Replace(raw, was, is, 1)
}

// changedIn changes a row that other buckets have, too.
func changedIn(t *testing.T, raw []byte, row copiedRow, was, is []byte) []byte {
	t.Helper()
	start := append(append([]byte{copyBucket}, uvarint(len(row.bucket))...), row.bucket...)
	i := bytes.Index(raw, start)
	if i < 0 {
		t.Fatalf("no bucket %q", row.bucket)
	}
	return append(bytes.Clone(raw[:i]), bytes.Replace(raw[i:], was, is, 1)...)
}

func uvarint(n int) (b []byte) {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// TestCompareSaysWho: a unit more on a balance is told with account, chain and amount.
func TestCompareSaysWho(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	mustAppend(t, log, func(b *sharelog.Batch) {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "prop", FeeBPS: 100, Payout: "pool"})
		b.Share(&sharelog.Share{Pool: "p", Account: "alice", Worker: "rig", Difficulty: 1})
		b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{7}, State: "mature", Account: "alice", Reward: 1000})
	})
	l := mustLedger(t, filepath.Join(dir, "db"), log)
	run(t, l, log)
	change := func(bucket, k []byte, alter func([]byte)) {
		t.Helper()
		err := l.db.Update(func(tx store.Tx) error {
			v := bytes.Clone(tx.Bucket(bucket).Get(k))
			alter(v)
			return tx.Bucket(bucket).Put(k, v)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	change(bucketBalances, key("p", "c", "alice"), func(v []byte) { v[1]++ })
	change(bucketBalances, key("p", "c"), func(v []byte) { v[1]-- })
	change(bucketCredits, blockKey("c", &[32]byte{7}), func(v []byte) { v[len(v)-2]++ })
	change(bucketWorkers, key("p", "alice", "rig"), func(v []byte) { v[0] = 5 })
	change(bucketMeta, keyTail, func(v []byte) { v[3]++ })
	c, err := compared(t, l, log)
	if err != nil || c.Differ != 5 {
		t.Fatalf("got %+v, %v; want five rows that differ", c, err)
	}
	var text strings.Builder
	for _, d := range c.Differences {
		text.WriteString(d.String() + "\n")
	}
	for _, want := range []string{
		"balance, account alice, chain c, pool p, mature: the log gives 990, the ledger has 991 (+1)",
		"balance of the operator, chain c, pool p, mature: the log gives 10, the ledger has 9 (-1)",
		"division of a block, block 00000000000000000000000000000000000000000000000000000000000000" + `07, chain c, part of "alice": the log gives 990, the ledger has 991 (+1)`,
		"totals of a worker, account alice, worker rig, pool p, accepted shares: the log gives 1, the ledger has 5 (+4)",
		"place in the log, end of the log before position ",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, text.String())
		}
	}
}

// TestCompareLeavesOutWhatAnUpgradeMakes: statistics that are still being made, and the
// effort of a block that an older version has noted, are no differences; all else is.
func TestCompareLeavesOutWhatAnUpgradeMakes(t *testing.T) {
	l, log := mustRandom(t, 6)
	err := l.db.Update(func(tx store.Tx) error {
		var errs error
		for _, name := range [][]byte{bucketLevels[0], bucketBegun} {
			errs = errors.Join(errs, tx.DeleteBucket(name), tx.MakeBucket(name))
		}
		changed := map[string][]byte{}
		errs = errors.Join(errs, tx.Bucket(bucketBlocks).ForEach(func(k, v []byte) error {
			var row Block
			err := json.Unmarshal(v, &row)
			if row.Rounds > 0 {
				row.Rounds = 0
				changed[string(k)], _ = json.Marshal(&row)
			}
			return err
		}))
		for k, v := range changed {
			errs = errors.Join(errs, tx.Bucket(bucketBlocks).Put([]byte(k), v))
		}
		if len(changed) == 0 {
			t.Error("no block has an effort")
		}
		return errors.Join(errs, tx.Bucket(bucketMeta).Put(keyCounted, u64(0)))
	})
	if err != nil {
		t.Fatal(err)
	}
	if c := agrees(t, l, log); !c.NoStatistics || c.NoEffort == 0 {
		t.Errorf("got %+v; want it to say what was left out", c)
	}
}

func TestCompareErrors(t *testing.T) {
	l, log := mustRandom(t, 2)
	var copied bytes.Buffer
	if err := l.Copy(&copied); err != nil {
		t.Fatal(err)
	}
	raw := copied.Bytes()
	other := bytes.Clone(raw)
	other[8+7]++ // the schema
	older := bytes.Clone(raw)
	older[8+7]--
	inside := bytes.Clone(raw)
	inside[8+8+7]--
	for _, c := range []struct {
		name string
		raw  []byte
		log  Source
		want error
	}{
		{"cut at its end", raw[:len(raw)-1], log, ErrCopy},
		{"cut in a row", raw[:len(raw)/2], log, ErrCopy},
		{"cut in its head", raw[:20], log, ErrCopy},
		{"nothing", nil, log, ErrCopy},
		{"of a newer version", other, log, ErrSchema},
		{"of an older version", older, log, ErrOlder},
		{"ends inside of a record", inside, log, ErrDamaged},
		{"ahead of its log", raw, mustLog(t, filepath.Join(t.TempDir(), "empty")), ErrLogLost},
	} {
		if _, err := compareCopy(t, c.raw, c.log); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
	if err := log.Retire(log.End()); err != nil {
		t.Fatal(err)
	}
	if _, err := compareCopy(t, raw, log); !errors.Is(err, ErrLogGone) {
		t.Errorf("a log whose start is gone: got %v, want %v", err, ErrLogGone)
	}
}
