package boltdb

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/motherlode-pool/motherlode/engine/store"
)

// fault is why a file is not touched any more; nil while it is in order.
type fault struct{ err atomic.Pointer[error] }

func (f *fault) get() error {
	if err := f.err.Load(); err != nil {
		return *err
	}
	return nil
}

// guarded calls do, unless the file is damaged. Bbolt trusts its file: where a page
// is wrong it panics, or reads outside of the file, which is a fault of memory. Either
// is an error here, whoever noticed, and the last call of bbolt: its locks may be held.
func (s *Store) guarded(do func() error) (err error) {
	if err := s.broken.get(); err != nil {
		return err
	}
	before := debug.SetPanicOnFault(true)
	defer func() {
		if p := recover(); p != nil {
			err = s.damaged(p)
			s.broken.err.CompareAndSwap(nil, &err)
		}
		debug.SetPanicOnFault(before)
	}()
	return do()
}

// damaged says what happened and what to do.
func (s *Store) damaged(why any) error {
	return fmt.Errorf("%w: move %s away and start again, it is folded anew from the share log: %v", store.ErrBroken, s.path, why)
}
