package boltdb

import (
	"errors"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/motherlode-pool/motherlode/engine/store"
)

// OpenView opens a file that is there for reading alone: Update fails, and the
// file is not changed. Others may read it meanwhile; where one has it open for
// writing it is store.ErrLocked.
func OpenView(path string) (*Store, error) {
	db, err := bolt.Open(path, 0, &bolt.Options{Timeout: lockWait, ReadOnly: true})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, store.ErrLocked
	}
	if err != nil {
		return nil, err
	}
	return &Store{db}, nil
}
