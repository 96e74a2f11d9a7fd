package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// Who has set something.
const (
	ByOwner    = "owner"    // by a message that the account's address has signed
	ByOperator = "operator" // by hand, for the account
)

// The keys of settings in the log. Others, of a later version, are passed over.
const (
	SetPayout   = "payout"
	SetMinimum  = "minimum"
	SetDonation = "donation"
)

// wholeBPS is all of an account's part, in hundredths of a percent.
const wholeBPS = 10_000

// Settings are what an account has set, each by the newest record that names it.
type Settings struct {
	Stated   int64             // Unix milliseconds: of the newest message; older ones are void
	Changed  int64             // Unix milliseconds; 0 where nothing was ever set
	Payout   map[string]Payout `json:",omitempty"` // by chain
	Minimum  map[string]uint64 `json:",omitempty"` // by chain, base units
	Donation uint32            // hundredths of a percent
}

// Payout is where an account is paid on a chain.
type Payout struct {
	Address string
	By      string // ByOwner or ByOperator
	Set     int64  // Unix milliseconds
}

// apply takes a record over. A message of the owner that is not newer than the
// last one changes nothing: it was sent again, or overtaken.
func (s *Settings) apply(r *sharelog.Settings) (changed bool) {
	if r.By == ByOwner && r.Stated <= s.Stated {
		return false
	}
	s.Stated, s.Changed = max(s.Stated, r.Stated), r.Time
	for i := range r.Set {
		one := &r.Set[i]
		switch one.Key {
		case SetPayout:
			s.Payout = with(s.Payout, one.Chain, Payout{one.Address, r.By, r.Time}, one.Address == "")
		case SetMinimum:
			s.Minimum = with(s.Minimum, one.Chain, one.Amount, one.Amount == 0)
		case SetDonation:
			s.Donation = uint32(min(one.Amount, wholeBPS))
		}
	}
	return true
}

// with is m with v for key, or without key.
func with[V any](m map[string]V, key string, v V, without bool) map[string]V {
	if m = maps.Clone(m); m == nil {
		m = map[string]V{}
	}
	if m[key] = v; without {
		delete(m, key)
	}
	if len(m) == 0 {
		return nil
	}
	return m
}

// settings folds a record of settings. From here on rewards are divided by the
// donation that it says.
func (f *fold) settings(r *sharelog.Settings) error {
	a, err := f.number(r.Pool, r.Account)
	if err != nil {
		return err
	}
	k := key(r.Pool, r.Account)
	row, err := settingsOf(f.tx, k)
	if err != nil {
		return err
	}
	if !row.apply(r) {
		return nil
	}
	row.Pool, row.Account = r.Pool, r.Account
	f.money.gifts(r.Pool).set(a, row.Donation)
	f.rows++
	return f.put(bucketSettings, k, &row)
}

// settingsRow is what an account has set, as it is stored.
type settingsRow struct {
	Pool, Account string
	Settings
}

func settingsOf(tx store.Tx, k []byte) (row settingsRow, err error) {
	if raw := tx.Bucket(bucketSettings).Get(k); raw != nil {
		err = row.parse(raw)
	}
	return row, err
}

func (row *settingsRow) parse(raw []byte) error {
	if err := json.Unmarshal(raw, row); err != nil {
		return fmt.Errorf("%w: settings of an account: %w", ErrDamaged, err)
	}
	return nil
}

// gifts are the donations of a pool's accounts, in hundredths of a percent, by
// number; accounts beyond the end give nothing.
type gifts struct{ bps []uint16 }

func (g *gifts) set(a reward.Account, bps uint32) {
	if int(a) >= len(g.bps) {
		if bps == 0 {
			return
		}
		g.bps = append(g.bps, make([]uint16, int(a)+1-len(g.bps))...)
	}
	g.bps[a] = uint16(bps)
}

// of is what the schemes ask.
func (g *gifts) of(a reward.Account) int {
	if int(a) >= len(g.bps) {
		return 0
	}
	return int(g.bps[a])
}

// gifts are those of a pool, which all its schemes share.
func (m *money) gifts(pool string) *gifts {
	g := m.given[pool]
	if g == nil {
		g = &gifts{}
		m.given[pool] = g
	}
	return g
}

// loadGifts reads the donations of all accounts. They are those at the ledger's
// position, also where the schemes were saved before it: shares that are
// replayed earn nothing, and no block is replayed.
func (m *money) loadGifts(tx store.Tx) error {
	return tx.Bucket(bucketSettings).ForEach(func(_, v []byte) error {
		var row settingsRow
		if err := row.parse(v); err != nil {
			return err
		}
		m.gifts(row.Pool).set(m.numbers[name{pool: row.Pool, account: row.Account}], row.Donation)
		return nil
	})
}

// Settings are what an account has set; zero where it never set anything.
func (l *Ledger) Settings(pool, account string) (s Settings, err error) {
	err = l.db.View(func(tx store.Tx) error {
		row, err := settingsOf(tx, key(pool, account))
		s = row.Settings
		return err
	})
	return s, err
}

// AllSettings are the settings of every account of a pool that ever set
// something, by account.
func (l *Ledger) AllSettings(pool string) (all map[string]Settings, err error) {
	all = map[string]Settings{}
	prefix := key(pool)
	err = l.db.View(func(tx store.Tx) error {
		c := tx.Bucket(bucketSettings).Cursor()
		for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
			var row settingsRow
			if err := row.parse(v); err != nil {
				return err
			}
			all[row.Account] = row.Settings
		}
		return nil
	})
	return all, err
}
