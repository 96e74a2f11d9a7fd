package boltdb

import (
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/motherlode-pool/motherlode/engine/store"
)

const lockWait = 2 * time.Second // for the lock of the file

// Store is an open file.
type Store struct{ db *bolt.DB }

var _ store.Store = (*Store)(nil)

// Open opens the file at path, or makes it. Errors: store.ErrLocked and those of
// the file system and of bbolt.
func Open(path string) (*Store, error) {
	db, err := bolt.Open(path, 0o640, &bolt.Options{Timeout: lockWait, FreelistType: bolt.FreelistMapType})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, store.ErrLocked
	}
	if err != nil {
		return nil, err
	}
	return &Store{db}, nil
}

// View is a transaction that reads.
func (s *Store) View(f func(store.Tx) error) error {
	return s.db.View(func(t *bolt.Tx) error { return f(tx{t}) })
}

// Update is a transaction that writes.
func (s *Store) Update(f func(store.Tx) error) error {
	return s.db.Update(func(t *bolt.Tx) error { return f(tx{t}) })
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Written is the number of bytes of the pages that were allocated by writes since
// Open, for benchmarks.
func (s *Store) Written() int64 {
	stats := s.db.Stats()
	return stats.TxStats.GetPageAlloc()
}

// SetNoSync leaves commits to the system's cache, for benchmarks.
func (s *Store) SetNoSync() { s.db.NoSync = true }

type tx struct{ *bolt.Tx }

func (t tx) Bucket(name []byte) store.Bucket {
	b := t.Tx.Bucket(name)
	if b == nil {
		return nil
	}
	return bucket{b}
}

func (t tx) MakeBucket(name []byte) error {
	_, err := t.CreateBucketIfNotExists(name)
	return err
}

func (t tx) ForEach(f func([]byte, store.Bucket) error) error {
	return t.Tx.ForEach(func(name []byte, b *bolt.Bucket) error { return f(name, bucket{b}) })
}

type bucket struct{ *bolt.Bucket }

func (b bucket) Cursor() store.Cursor { return b.Bucket.Cursor() }
