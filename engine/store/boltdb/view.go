package boltdb

import bolt "go.etcd.io/bbolt"

// OpenView opens a file that is there for reading alone: Update fails, and the
// file is not changed. Others may read it meanwhile; where one has it open for
// writing it is store.ErrLocked.
func OpenView(path string) (*Store, error) {
	return open(path, 0, bolt.Options{ReadOnly: true})
}
