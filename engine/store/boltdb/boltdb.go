package boltdb

import (
	"errors"
	"os"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/motherlode-pool/motherlode/engine/store"
)

const (
	lockWait  = 2 * time.Second // for the lock of the file
	closeWait = time.Second     // for transactions under way in a damaged file
)

// Store is an open file.
type Store struct {
	db   *bolt.DB
	path string
	file *os.File // bbolt's

	writer sync.Mutex // bbolt's own lock stays locked where it panics
	broken fault
}

var _ store.Store = (*Store)(nil)

// Open opens the file at path, or makes it. Errors: store.ErrLocked,
// store.ErrBroken and those of the file system and of bbolt.
func Open(path string) (*Store, error) {
	return open(path, 0o640, bolt.Options{FreelistType: bolt.FreelistMapType})
}

func open(path string, mode os.FileMode, o bolt.Options) (*Store, error) {
	s := &Store{path: path}
	o.Timeout = lockWait
	o.OpenFile = func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		s.file, err = os.OpenFile(name, flag, mode)
		return s.file, err
	}
	err := s.guarded(func() (err error) {
		s.db, err = bolt.Open(path, mode, &o)
		return err
	})
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, store.ErrLocked
	case errors.Is(err, store.ErrBroken):
		return nil, errors.Join(err, s.file.Close())
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return nil, s.damaged(err)
	}
	return nil, err
}

// View is a transaction that reads. Errors: store.ErrBroken and those of f.
func (s *Store) View(f func(store.Tx) error) error {
	return s.guarded(func() error {
		return s.db.View(func(t *bolt.Tx) error { return f(tx{t}) })
	})
}

// Update is a transaction that writes. Errors: store.ErrBroken, and those of f, of
// the file system and of bbolt.
func (s *Store) Update(f func(store.Tx) error) error {
	s.writer.Lock()
	defer s.writer.Unlock()
	return s.guarded(func() error {
		return s.db.Update(func(t *bolt.Tx) error { return f(tx{t}) })
	})
}

// Close closes the file. Where a panic has left a lock of bbolt's behind, the file
// stays locked until the process ends.
func (s *Store) Close() error {
	if s.broken.get() == nil {
		return s.db.Close()
	}
	done := make(chan error, 1)
	go func() { done <- s.db.Close() }()
	select {
	case err := <-done:
		return err
	case <-time.After(closeWait):
		return nil
	}
}

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
