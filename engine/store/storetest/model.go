package storetest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/store"
)

// testTogether has readers beside a writer that changes two rows at a time.
func testTogether(t *testing.T, o opener) {
	s := o.must(t, "a")
	mustFill(t, s, "a", "z")
	put := func(i int) error {
		return s.Update(func(tx store.Tx) error {
			b := tx.Bucket(name)
			return errors.Join(b.Put([]byte("a"), fmt.Append(nil, i)), b.Put([]byte("z"), fmt.Append(nil, i)))
		})
	}
	if err := put(0); err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	for range 6 {
		readers.Go(func() {
			for range 30 {
				err := s.View(func(tx store.Tx) error {
					a, z := string(tx.Bucket(name).Get([]byte("a"))), string(tx.Bucket(name).Get([]byte("z")))
					if a != z {
						return fmt.Errorf("a is %q and z is %q", a, z)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 30 {
		if err := put(i); err != nil {
			t.Error(err)
		}
	}
	readers.Wait()
}

// testModel makes random transactions, some of which fail, and compares all that
// can be read with a map.
func testModel(t *testing.T, o opener) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			s := o.must(t, "a")
			mustFill(t, s)
			committed := map[string]string{}
			stop := errors.New("stop")
			for range 30 {
				rows := maps.Clone(committed)
				var end error
				if rng.IntN(4) == 0 {
					end = stop
				}
				err := s.Update(func(tx store.Tx) error {
					b := tx.Bucket(name)
					for range rng.IntN(40) {
						k := randomKey(rng)
						if rng.IntN(3) == 0 {
							delete(rows, k)
							if err := b.Delete([]byte(k)); err != nil {
								return err
							}
						} else {
							rows[k] = fmt.Sprint(rng.IntN(1000))
							if err := b.Put([]byte(k), []byte(rows[k])); err != nil {
								return err
							}
						}
						if rng.IntN(10) == 0 {
							compare(t, rng, b, rows)
						}
					}
					compare(t, rng, b, rows)
					return end
				})
				if !errors.Is(err, end) {
					t.Fatalf("got %v, want %v", err, end)
				}
				if end == nil {
					committed = rows
				}
				if rng.IntN(10) == 0 {
					s.Close()
					s = o.must(t, "a")
				}
				mustView(t, s, func(tx store.Tx) { compare(t, rng, tx.Bucket(name), committed) })
			}
		})
	}
}

// randomKey is one of a few hundred, some of which begin with others.
func randomKey(rng *rand.Rand) string {
	k := make([]byte, 1+rng.IntN(3))
	for i := range k {
		k[i] = []byte{0, 1, 'a', 'b', 0x7f, 0x80, 0xff}[rng.IntN(7)]
	}
	return string(k)
}

// compare reads some rows and walks to and fro.
func compare(t *testing.T, rng *rand.Rand, b store.Bucket, want map[string]string) {
	t.Helper()
	for range 5 {
		k := randomKey(rng)
		v, ok := want[k]
		if got := b.Get([]byte(k)); string(got) != v || (got != nil) != ok {
			t.Fatalf("%q: got %q, want %q, %v", k, got, v, ok)
		}
	}
	keys := slices.Sorted(maps.Keys(want))
	c, at := b.Cursor(), -1
	for step := range 40 {
		var k, v []byte
		switch move := rng.IntN(10); {
		case step == 0 || at < 0 || at >= len(keys) || move == 0:
			switch rng.IntN(3) {
			case 0:
				at = 0
				k, v = c.First()
			case 1:
				at = len(keys) - 1
				k, v = c.Last()
			default:
				seek := randomKey(rng)
				at, _ = slices.BinarySearch(keys, seek)
				k, v = c.Seek([]byte(seek))
			}
		case move < 6:
			at++
			k, v = c.Next()
		default:
			at--
			k, v = c.Prev()
		}
		if at < 0 || at >= len(keys) {
			if k != nil {
				t.Fatalf("got %q, want the end", k)
			}
			continue
		}
		if string(k) != keys[at] || string(v) != want[keys[at]] {
			t.Fatalf("got %q, %q, want %q, %q", k, v, keys[at], want[keys[at]])
		}
	}
}
