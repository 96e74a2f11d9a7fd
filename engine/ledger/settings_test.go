package ledger

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

func donate(b *sharelog.Batch, stated int64, account string, bps uint64) {
	b.Settings(&sharelog.Settings{Time: stated, Stated: stated, Pool: "p", Account: account, By: ByOwner, Set: []sharelog.Setting{{Key: SetDonation, Amount: bps}}})
}

// A donation is taken off what is divided behind its record, in every scheme, and
// goes to the operator; what was divided before stays as it was.
func TestDonationTakesEffectBehindItsRecord(t *testing.T) {
	for _, c := range []struct {
		scheme, payout string
		a              uint64 // mature and by shares, of 1000 before and 1000 after 10 % were given
	}{
		{"solo", "pool", 1900}, {"prop", "pool", 1900}, {"pplns", "pool", 1900},
		{"pps", "pool", 1520}, {"fpps", "pool", 1900}, {"pps+", "pool", 1900},
		{"solo", "miner", 2000}, // the coinbase has paid it all
	} {
		t.Run(c.scheme+" "+c.payout, func(t *testing.T) {
			dir := t.TempDir()
			log := mustLog(t, filepath.Join(dir, "shares"))
			round := func(n byte) func(*sharelog.Batch) {
				return func(b *sharelog.Batch) {
					b.Share(&sharelog.Share{Pool: "p", Account: "a", Difficulty: 1})
					b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{n}, State: "mature", Account: "a", Reward: 1000, Fees: 200})
				}
			}
			mustAppend(t, log, func(b *sharelog.Batch) {
				b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: c.scheme, Window: 2_000_000, Payout: c.payout})
				b.Job(&sharelog.Job{Pool: "p", Chains: []sharelog.JobChain{{Name: "c", Difficulty: 1, Height: 1, Reward: 1000, Fees: 200}}})
			})
			mustAppend(t, log, round(1))
			// The ledger is closed right behind the record: the donation is read again.
			mustAppend(t, log, func(b *sharelog.Batch) { donate(b, 5, "a", 1000) })
			l := mustLedger(t, filepath.Join(dir, "db"), log)
			run(t, l, log)
			l.Close()
			mustAppend(t, log, round(2))
			l = mustLedger(t, filepath.Join(dir, "db"), log)
			run(t, l, log)

			got, err := l.Balance("p", "c", "a")
			if sum := got.Mature + got.Shares.Units; err != nil || sum != c.a && !(got.Shares != reward.Amount{} && sum == c.a-1) {
				t.Errorf("got %+v, %v; want %d in all", got, err, c.a)
			}
			op, err := l.Operator("p", "c")
			if c.payout == "pool" && c.scheme != "pps" && c.scheme != "fpps" && c.scheme != "pps+" && (err != nil || op.Mature != 100) {
				t.Errorf("operator: got %+v, %v; want the 100 that were given", op, err)
			}
			compareMoney(t, l, log)
		})
	}
}

// An owner's message counts once, and only if it is newer than the last one; the
// operator's word always counts.
func TestNewestSettingsWin(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	var l *Ledger
	changed := int64(0)
	for _, step := range []struct {
		name    string
		by      string
		stated  int64
		address string
		want    string
		takes   bool
	}{
		{"the first", ByOwner, 100, "x", "x", true},
		{"sent again", ByOwner, 100, "x", "x", false},
		{"older", ByOwner, 99, "y", "x", false},
		{"newer", ByOwner, 101, "y", "y", true},
		{"the operator's, of a slow clock", ByOperator, 50, "z", "z", true},
		{"not newer than the owner's last", ByOwner, 101, "y", "z", false},
		{"newer again", ByOwner, 102, "x", "x", true},
		{"the operator's", ByOperator, 200, "z", "z", true},
		{"signed before the operator's word", ByOwner, 150, "x", "z", false},
		{"taken back", ByOwner, 201, "", "", true},
	} {
		if step.takes {
			changed = step.stated * 10
		}
		if l != nil {
			l.Close()
		}
		mustAppend(t, log, func(b *sharelog.Batch) {
			b.Settings(&sharelog.Settings{Time: step.stated * 10, Stated: step.stated, Pool: "p", Account: "a", By: step.by,
				Set: []sharelog.Setting{{Key: SetPayout, Chain: "c", Address: step.address}}})
		})
		l = mustLedger(t, filepath.Join(dir, "db"), log)
		run(t, l, log)
		got, err := l.Settings("p", "a")
		if err != nil || got.Payout["c"].Address != step.want || got.Changed != changed {
			t.Errorf("%s: got %+v, %v; want %q, changed at %d", step.name, got, err, step.want, changed)
		}
		compareSettings(t, l, log)
	}
	if got, err := l.Settings("p", "nobody"); err != nil || !reflect.DeepEqual(got, Settings{}) {
		t.Errorf("never set: got %+v, %v", got, err)
	}
}

// A database of schema 4, which knows no settings, is taken over and goes on where
// it was.
func TestLedgerOfSchema4IsTakenOver(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	path := filepath.Join(dir, "db")
	block := func(n byte) func(*sharelog.Batch) {
		return func(b *sharelog.Batch) {
			b.Share(&sharelog.Share{Pool: "p", Account: "a", Difficulty: 1})
			b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{n}, State: "mature", Account: "a", Reward: 1000})
		}
	}
	mustAppend(t, log, func(b *sharelog.Batch) {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "prop", Payout: "pool"})
	})
	mustAppend(t, log, block(1))
	l := mustLedger(t, path, log)
	run(t, l, log)
	err := l.db.Update(func(tx store.Tx) error {
		return errors.Join(tx.DeleteBucket(bucketSettings), tx.Bucket(bucketMeta).Put(keySchema, u64(4)))
	})
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}

	mustAppend(t, log, func(b *sharelog.Batch) { donate(b, 5, "a", 5000) })
	mustAppend(t, log, block(2))
	l = mustLedger(t, path, log)
	run(t, l, log)
	if got, err := l.Balance("p", "c", "a"); err != nil || got.Mature != 1500 {
		t.Errorf("got %+v, %v; want 1000 of before and half of what came after", got, err)
	}
	if got, err := l.Settings("p", "a"); err != nil || got.Donation != 5000 || got.Changed != 5 {
		t.Errorf("settings: got %+v, %v", got, err)
	}
	err = l.db.View(func(tx store.Tx) error {
		if got := tx.Bucket(bucketMeta).Get(keySchema); string(got) != string(u64(schema)) {
			return fmt.Errorf("schema: got %x, want %d", got, schema)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	compareMoney(t, l, log)
}
