package storetest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/store"
)

// testAhead makes the same random transactions, some of which fail, with and without
// rows that are read ahead, before, between and after changes of them. All that is
// read is as in a map.
func testAhead(t *testing.T, o opener) {
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 2))
			s := o.must(t, "a")
			mustFill(t, s)
			committed := map[string]string{}
			stop := errors.New("stop")
			for range 20 {
				rows := maps.Clone(committed)
				var end error
				if rng.IntN(4) == 0 {
					end = stop
				}
				err := s.Update(func(tx store.Tx) error {
					if err := changeAhead(t, rng, tx, rows); err != nil {
						return err
					}
					return end
				})
				if !errors.Is(err, end) {
					t.Fatalf("got %v, want %v", err, end)
				}
				if end == nil {
					committed = rows
				}
				if rng.IntN(5) == 0 { // nothing is in memory
					s.Close()
					s = o.must(t, "a")
				}
				mustView(t, s, func(tx store.Tx) {
					readAhead(rng, tx)
					compare(t, rng, tx.Bucket(name), committed)
				})
			}
		})
	}
}

// changeAhead is one transaction, which changes rows as well.
func changeAhead(t *testing.T, rng *rand.Rand, tx store.Tx, rows map[string]string) error {
	t.Helper()
	for range rng.IntN(60) {
		k := randomKey(rng)
		var err error
		switch b := tx.Bucket(name); rng.IntN(12) {
		case 0, 1, 2, 3:
			rows[k] = fmt.Sprintf("%0*d", rng.IntN(3)*900+1, rng.IntN(1000))
			err = b.Put([]byte(k), []byte(rows[k]))
		case 4, 5:
			delete(rows, k)
			err = b.Delete([]byte(k))
		case 6, 7, 8:
			readAhead(rng, tx)
		case 9:
			if rng.IntN(20) == 0 {
				clear(rows)
				err = errors.Join(tx.DeleteBucket(name), tx.MakeBucket(name))
			}
		default:
			compare(t, rng, b, rows)
		}
		if err != nil {
			return err
		}
	}
	compare(t, rng, tx.Bucket(name), rows)
	return nil
}

// readAhead reads some keys ahead, where the transaction can: rows that are there, that
// are not, and one key twice; of the bucket, or of one that was never made.
func readAhead(rng *rand.Rand, tx store.Tx) {
	ahead, ok := tx.(store.Ahead)
	if !ok {
		return
	}
	var keys [][]byte
	for range rng.IntN(100) {
		keys = append(keys, []byte(randomKey(rng)))
	}
	if len(keys) > 0 {
		keys = append(keys, slices.Clone(keys[0]))
	}
	ahead.ReadAhead([]byte("no bucket"), keys)
	ahead.ReadAhead(name, keys)
}
