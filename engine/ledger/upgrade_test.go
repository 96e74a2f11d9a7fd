package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/store"
)

// TestUpgradeOfEveryKindOfRecord takes a random ledger back to an older schema, opens it
// again and goes on: each row is what the log gives, as of one that was never older.
func TestUpgradeOfEveryKindOfRecord(t *testing.T) {
	for _, older := range []uint64{5, 6} {
		for seed := range fewer(6) {
			t.Run(fmt.Sprint(older, "/", seed), func(t *testing.T) {
				l, log := mustRandom(t, 2*seed+1)
				if err := l.db.Update(func(tx store.Tx) error { return takeBack(tx, older) }); err != nil {
					t.Fatal(err)
				}
				if c, err := compared(t, l, log); !errors.Is(err, ErrOlder) {
					t.Fatalf("before the upgrade: got %+v, %v; want %v", c, err, ErrOlder)
				}
				if err := l.prepare(); err != nil {
					t.Fatal(err)
				}
				agrees(t, l, log)
				run(t, l, log)
				agrees(t, l, log)
				compareMoney(t, l, log)
				compareCarries(t, l, log)
			})
		}
	}
}

// takeBack leaves out of a ledger what its schema did not have: 6 the lists of blocks and
// payments, 5 the advances as well.
func takeBack(tx store.Tx, older uint64) (err error) {
	for _, b := range [][]byte{bucketFound, bucketMade, bucketPaid} {
		err = errors.Join(err, tx.DeleteBucket(b))
	}
	if older == 5 {
		rows := map[string][]byte{}
		err = errors.Join(err, tx.Bucket(bucketBalances).ForEach(func(k, v []byte) error {
			var b Balance
			err := b.parse(v)
			raw := b.append(nil)
			rows[string(k)] = bytes.Clone(raw[:len(raw)-len(binary.AppendUvarint(nil, b.Advance))])
			return err
		}))
		for k, v := range rows {
			err = errors.Join(err, tx.Bucket(bucketBalances).Put([]byte(k), v))
		}
	}
	return errors.Join(err, tx.Bucket(bucketMeta).Put(keySchema, u64(older)))
}
