package postgres

import (
	"errors"
	"fmt"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/internal/testpostgres"
)

// longRows are more rows than are in memory after a new start, each with its key twice
// as its value.
const longRows = 1500

func rowKey(i int) []byte { return fmt.Appendf(nil, "%05d", i) }

func mustPutMany(t *testing.T, s *Store) {
	t.Helper()
	err := s.Update(func(tx store.Tx) error {
		err := tx.MakeBucket(bucketName)
		for i := range longRows {
			err = errors.Join(err, tx.Bucket(bucketName).Put(rowKey(i), append(rowKey(i), rowKey(i)...)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func allKeys() (keys [][]byte) {
	for i := range longRows + 10 { // some are of no row
		keys = append(keys, rowKey(i))
	}
	return keys
}

// asked is why a transaction has failed, which it does with the first question after
// its connection is gone.
func asked(t store.Tx) error { return t.(*tx).err }

// TestReadAheadAsksOnce takes the connection away after the rows were read ahead: they
// are all there, and what is not among them is not.
func TestReadAheadAsksOnce(t *testing.T) {
	server := testpostgres.Must(t)
	for _, rows := range []int{0, 2000} { // in memory, and hardly any
		s := mustNew(t, server.MustURL(t), Options{Rows: rows})
		mustPutMany(t, s)
		terminate(t, server)
		if err := put(s, "1"); !errors.Is(err, store.ErrFailed) {
			t.Fatalf("got %v, want ErrFailed", err)
		}
		got := 0
		err := s.Update(func(tx store.Tx) error {
			tx.(store.Ahead).ReadAhead(bucketName, allKeys())
			terminate(t, server)
			b := tx.Bucket(bucketName)
			for i := range longRows {
				if string(b.Get(rowKey(i))) == string(rowKey(i))+string(rowKey(i)) {
					got++
				}
			}
			if b.Get(rowKey(longRows)) != nil {
				t.Error("there is a row that was never put")
			}
			if asked(tx) != nil {
				t.Error("a row was asked for once more")
			}
			return b.Put(rowKey(0), []byte("lost"))
		})
		if got != longRows || !errors.Is(err, store.ErrFailed) {
			t.Errorf("%d rows and %v, want %d and ErrFailed", got, err, longRows)
		}
		err = s.Update(func(tx store.Tx) error { // a new connection, and what was committed
			tx.(store.Ahead).ReadAhead(bucketName, allKeys())
			if got := tx.Bucket(bucketName).Get(rowKey(0)); string(got) != "0000000000" {
				t.Errorf("got %q, want what was committed", got)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestReadAheadFails loses the connection before the rows are read ahead: nothing of
// what is computed of them is committed, and the next transaction sees all of them.
func TestReadAheadFails(t *testing.T) {
	server := testpostgres.Must(t)
	s := mustNew(t, server.MustURL(t), Options{Rows: 2000})
	mustPutMany(t, s)
	wrong := errors.New("computed of nothing")
	count := func(tx store.Tx) error {
		tx.(store.Ahead).ReadAhead(bucketName, allKeys())
		for i := range longRows {
			if tx.Bucket(bucketName).Get(rowKey(i)) == nil {
				return wrong
			}
		}
		return nil
	}
	terminate(t, server)
	if err := s.Update(count); !errors.Is(err, store.ErrFailed) || errors.Is(err, wrong) {
		t.Errorf("got %v, want ErrFailed", err)
	}
	if err := s.Update(count); err != nil {
		t.Errorf("the next one: %v", err)
	}
	if err := s.View(count); err != nil {
		t.Errorf("a View: %v", err)
	}
}
