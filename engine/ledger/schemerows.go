package ledger

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// schemeRows are the rows of one scheme: its prefix, then the number of the row,
// big-endian.
type schemeRows struct {
	bucket store.Bucket
	prefix []byte
}

func (r schemeRows) key(n uint64) []byte {
	return binary.BigEndian.AppendUint64(bytes.Clone(r.prefix), n)
}

func (r schemeRows) Put(n uint64, value []byte) error {
	return r.bucket.Put(r.key(n), bytes.Clone(value)) // bbolt keeps the value until the commit
}

func (r schemeRows) Delete(n uint64) error { return r.bucket.Delete(r.key(n)) }

func (r schemeRows) Each(f func(uint64, []byte) error) error {
	c := r.bucket.Cursor()
	for k, v := c.Seek(r.prefix); k != nil && bytes.HasPrefix(k, r.prefix); k, v = c.Next() {
		if len(k) != len(r.prefix)+8 {
			return fmt.Errorf("%w: row of a scheme", ErrDamaged)
		}
		if err := f(binary.BigEndian.Uint64(k[len(r.prefix):]), v); err != nil {
			return err
		}
	}
	return nil
}

var _ reward.Store = schemeRows{}

// numberKey sorts the accounts of a pool by number.
func numberKey(pool string, n reward.Account) []byte {
	return binary.BigEndian.AppendUint32(key(pool), uint32(n))
}

// splitNumber is the inverse of numberKey.
func splitNumber(k []byte) (pool string, n reward.Account, ok bool) {
	if len(k) < 6 {
		return "", 0, false
	}
	at := len(k) - 4
	return lastName(k[:at]), reward.Account(binary.BigEndian.Uint32(k[at:])), true
}

func parsePosition(raw []byte) (sharelog.Position, error) {
	if len(raw) != 8 {
		return 0, fmt.Errorf("%w: position has %d bytes", ErrDamaged, len(raw))
	}
	return sharelog.Position(binary.BigEndian.Uint64(raw)), nil
}
