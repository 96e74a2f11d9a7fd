package ledger

import (
	"bytes"
	"fmt"
	"io"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// keyTail is the key in meta of the last bytes of the log before the position, by
// which the ledger knows its log again.
var keyTail = []byte("tail")

// tailSize is enough to tell two logs apart: a frame ends with what a miner sent, and
// begins with a checksum.
const tailSize = 64

// tailAt is the end of the log before a position.
func (l *Ledger) tailAt(at sharelog.Position) ([]byte, error) { return tailOf(l.shares, at) }

func tailOf(log Source, at sharelog.Position) ([]byte, error) {
	first := log.Start()
	if at > first+tailSize {
		first = at - tailSize
	}
	s := log.Section(first, at)
	defer s.Close()
	tail, err := io.ReadAll(s)
	if err != nil {
		return nil, fmt.Errorf("reading the log before position %d: %w", at, err)
	}
	return tail, nil
}

// noteTail keeps the end of the log up to which is folded.
func (f *fold) noteTail(at sharelog.Position) error {
	meta := f.tx.Bucket(bucketMeta)
	if f.tail == nil {
		return meta.Delete(keyTail)
	}
	tail, err := f.tail(at)
	if err != nil {
		return err
	}
	return meta.Put(keyTail, tail)
}

// checkTail reports a ledger that has folded another log than this one. Where the
// start of the log was retired meanwhile, less than all is compared.
func (l *Ledger) checkTail(at sharelog.Position, tail []byte) error {
	if len(tail) == 0 {
		return nil // of a version that did not note it, or nothing was folded
	}
	now, err := l.tailAt(at)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOtherLog, err)
	}
	n := min(len(now), len(tail))
	if n > 0 && bytes.Equal(now[len(now)-n:], tail[len(tail)-n:]) {
		return nil
	}
	return fmt.Errorf("%w: what stands before position %d is not what it has folded; a database belongs to one data_dir: give this pool another one, or put its own share log back",
		ErrOtherLog, at)
}
