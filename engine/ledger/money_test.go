package ledger

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/engine/work"
)

// naiveMoney is the model of who is owed what: one pass over the log with fresh
// schemes, each block by its last state, sums in big integers.
type naiveMoney struct {
	lines   map[string]*naiveLine // by pool and chain
	numbers map[string]reward.Account
	names   map[string][]string
	blocks  map[string]*naiveBlock
	order   []*naiveBlock

	payments map[uint64]*naivePayment
	settings map[string]*naiveSettings // by pool and account

	coinbases map[string]naiveCoinbase // by chain and hash
}

// naiveSettings are every record of an account's settings that counts.
type naiveSettings struct {
	pool, account string
	stated        int64
	records       []sharelog.Settings
}

// set takes a record of settings, unless it is an owner's that is not newer.
func (m *naiveMoney) set(r *sharelog.Settings) {
	m.number(r.Pool, r.Account)
	k := r.Pool + "/" + r.Account
	row := m.settings[k]
	if row == nil {
		row = &naiveSettings{pool: r.Pool, account: r.Account}
		m.settings[k] = row
	}
	if r.By == "owner" && r.Stated <= row.stated {
		return
	}
	row.stated = max(row.stated, r.Stated)
	one := *r
	one.Set = slices.Clone(r.Set)
	row.records = append(row.records, one)
}

// last is the newest setting of a key, and its record.
func (s *naiveSettings) last(key, chain string) (sharelog.Setting, sharelog.Settings) {
	if s == nil {
		return sharelog.Setting{}, sharelog.Settings{}
	}
	for i := len(s.records) - 1; i >= 0; i-- {
		for j := len(s.records[i].Set) - 1; j >= 0; j-- {
			if one := s.records[i].Set[j]; one.Key == key && one.Chain == chain {
				return one, s.records[i]
			}
		}
	}
	return sharelog.Setting{}, sharelog.Settings{}
}

// gift is what an account gives of n, in big integers.
func (m *naiveMoney) gift(l *naiveLine, account string, n *big.Int) *big.Int {
	if l.terms.Payout == "miner" {
		return new(big.Int)
	}
	one, _ := m.settings[l.terms.Pool+"/"+account].last("donation", "")
	g := new(big.Int).Mul(n, new(big.Int).SetUint64(min(one.Amount, 10_000)))
	return g.Quo(g, big.NewInt(10_000))
}

type naiveLine struct {
	terms  sharelog.Terms
	scheme reward.Scheme
	last   reward.Chain
	absent bool                // from the newest job
	earned map[string]*big.Int // by account, in 2^-64 units
	prop   naiveProp
}

type naiveBlock struct {
	pool, chain, state string
	hash               [32]byte
	split              *reward.Split
	direct             bool
}

// naivePayment is a payment's outputs by its first record and its last state.
type naivePayment struct {
	pool, chain, state string
	outputs            []sharelog.PaymentOutput
}

func (m *naiveMoney) payment(p *sharelog.Payment) {
	row := m.payments[p.ID]
	if row == nil {
		row = &naivePayment{p.Pool, p.Chain, p.State, slices.Clone(p.Outputs)}
		m.payments[p.ID] = row
		for _, o := range p.Outputs {
			m.number(p.Pool, o.Account)
		}
	}
	if row.state != "confirmed" && row.state != "failed" && p.State != "prepared" {
		row.state = p.State
	}
}

func modelMoney(t *testing.T, log *sharelog.Log) *naiveMoney {
	m := &naiveMoney{map[string]*naiveLine{}, map[string]reward.Account{}, map[string][]string{}, map[string]*naiveBlock{}, nil, map[uint64]*naivePayment{}, map[string]*naiveSettings{}, map[string]naiveCoinbase{}}
	r := log.Read(0)
	defer r.Close()
	for {
		rec, _, err := r.Next()
		if err == io.EOF {
			return m
		}
		if err != nil {
			t.Fatal(err)
		}
		m.record(t, &rec)
	}
}

func (m *naiveMoney) number(pool, account string) reward.Account {
	k := pool + "/" + account
	if m.numbers[k] == 0 {
		m.names[pool] = append(m.names[pool], account)
		m.numbers[k] = reward.Account(len(m.names[pool]))
	}
	return m.numbers[k]
}

func (m *naiveMoney) record(t *testing.T, rec *sharelog.Record) {
	switch rec.Kind {
	case sharelog.KindTerms:
		m.terms(t, rec.Terms)
	case sharelog.KindJob:
		for _, l := range m.lines {
			if l.terms.Pool == rec.Job.Pool {
				l.absent = !slices.ContainsFunc(rec.Job.Chains, func(c sharelog.JobChain) bool { return c.Name == l.terms.Chain })
			}
		}
		for _, c := range rec.Job.Chains {
			if l := m.lines[rec.Job.Pool+"/"+c.Name]; l != nil {
				l.last = reward.Chain{Network: work.Of(c.Difficulty), Height: c.Height, Reward: c.Reward, Fees: c.Fees}
				l.scheme.Job(l.last)
			}
		}
	case sharelog.KindRejects:
		m.number(rec.Rejects.Pool, rec.Rejects.Account)
	case sharelog.KindShare:
		s := rec.Share
		n := m.number(s.Pool, s.Account)
		for k, l := range m.lines {
			if l.terms.Pool != s.Pool || l.absent {
				continue
			}
			a := l.scheme.Share(n, work.Of(s.Difficulty))
			if l.terms.Scheme == "prop" {
				l.prop.shares = append(l.prop.shares, naiveShare{account: n, work: work.Of(s.Difficulty)})
			}
			sum := new(big.Int).SetUint64(a.Units)
			sum.Lsh(sum, 64).Add(sum, new(big.Int).SetUint64(a.Fraction))
			sum.Sub(sum, m.gift(l, s.Account, sum))
			if l.earned[s.Account] == nil {
				l.earned[s.Account] = new(big.Int)
			}
			l.earned[s.Account].Add(l.earned[s.Account], sum)
			m.lines[k] = l
		}
	case sharelog.KindBlock:
		m.block(t, rec.Block)
	case sharelog.KindPayment:
		m.payment(rec.Payment)
	case sharelog.KindSettings:
		m.set(rec.Settings)
	case sharelog.KindCoinbase:
		m.coinbase(rec.Coinbase)
	}
}

func (m *naiveMoney) terms(t *testing.T, terms *sharelog.Terms) {
	k := terms.Pool + "/" + terms.Chain
	l := m.lines[k]
	if l == nil {
		l = &naiveLine{earned: map[string]*big.Int{}}
		m.lines[k] = l
	}
	if l.terms.Scheme != terms.Scheme {
		s, err := reward.New(terms.Scheme, naiveTerms(terms))
		if err != nil {
			t.Fatal(err)
		}
		l.scheme = s
		l.prop.forget()
		s.Job(l.last)
	} else {
		l.scheme.Terms(naiveTerms(terms))
	}
	l.terms = *terms
}

// naiveTerms are the terms without donations, which the model takes off itself.
func naiveTerms(t *sharelog.Terms) reward.Terms {
	return reward.Terms{FeeBPS: int(t.FeeBPS), Window: float64(t.Window) / 1e6}
}

func (m *naiveMoney) block(t *testing.T, b *sharelog.Block) {
	k := b.Chain + string(b.Hash[:])
	row := m.blocks[k]
	if row == nil {
		row = &naiveBlock{pool: b.Pool, chain: b.Chain, hash: b.Hash}
		if l := m.lines[b.Pool+"/"+b.Chain]; l != nil {
			found := reward.Block{Reward: b.Reward, Fees: b.Fees, Finder: m.number(b.Pool, b.Account)}
			split := l.scheme.Block(found)
			if l.terms.Scheme == "prop" {
				split = l.prop.divide(t, &l.terms, k, found)
			}
			given := reward.Split{Pool: split.Pool}
			for _, c := range split.Credits {
				gift := m.gift(l, m.names[b.Pool][c.Account-1], new(big.Int).SetUint64(c.Amount)).Uint64()
				given.Pool += gift
				if c.Amount > gift {
					given.Credits = append(given.Credits, reward.Credit{Account: c.Account, Amount: c.Amount - gift})
				}
			}
			row.split, row.direct = &given, l.terms.Payout == "miner" && m.coinbases[k] == nil
		}
		m.blocks[k] = row
		m.order = append(m.order, row)
	}
	if follows(row.state, b.State) {
		if l := m.lines[row.pool+"/"+b.Chain]; l != nil {
			l.prop.state(l.terms.Scheme == "prop", k, row.state, b.State)
		}
		row.state = b.State
	}
}

// compareMoney compares all balances and splits with the model.
func compareMoney(t *testing.T, l *Ledger, log *sharelog.Log) {
	t.Helper()
	m := modelMoney(t, log)
	want := map[string]*Balance{} // by pool, chain and account; the operator's without one
	at := func(pool, chain string, a reward.Account) *Balance {
		k := string(key(pool, chain))
		if a > 0 {
			k = string(key(pool, chain, m.names[pool][a-1]))
		}
		if want[k] == nil {
			want[k] = &Balance{}
		}
		return want[k]
	}
	for _, b := range m.order {
		if b.split == nil {
			continue
		}
		compareSplit(t, l, m, b)
		for _, c := range append(b.split.Credits, reward.Credit{Amount: b.split.Pool}) {
			row := at(b.pool, b.chain, c.Account)
			switch b.state {
			case "received", "accepted":
				row.Immature += c.Amount
			case "mature":
				row.Mature += c.Amount
				if b.direct {
					row.Paid += c.Amount
				}
			}
		}
	}
	m.payCoinbases(at)
	for _, line := range m.lines {
		for account, n := range line.earned {
			if n.BitLen() > 128 { // amounts stay at the largest value
				n = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1))
			}
			row := at(line.terms.Pool, line.terms.Chain, m.number(line.terms.Pool, account))
			row.Shares = reward.Amount{Units: new(big.Int).Rsh(n, 64).Uint64(), Fraction: new(big.Int).And(n, big.NewInt(0).SetUint64(1<<64-1)).Uint64()}
		}
	}
	for _, p := range m.payments {
		for _, o := range p.outputs {
			row := at(p.pool, p.chain, m.number(p.pool, o.Account))
			switch p.state {
			case "prepared", "sent":
				row.Sending += o.Amount
			case "confirmed":
				row.Paid += o.Amount
			}
		}
	}
	err := l.db.View(func(tx store.Tx) error {
		return tx.Bucket(bucketBalances).ForEach(func(k, v []byte) error {
			var got Balance
			if err := got.parse(v); err != nil {
				return err
			}
			if w := want[string(k)]; w == nil && got != (Balance{}) || w != nil && got != *w {
				t.Errorf("%q: got %+v, want %+v", k, got, w)
			}
			delete(want, string(k))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	for k, w := range want {
		if *w != (Balance{}) {
			t.Errorf("%q: got none, want %+v", k, w)
		}
	}
}

// compareSettings compares what accounts have set with the model.
func compareSettings(t *testing.T, l *Ledger, log *sharelog.Log) {
	t.Helper()
	m := modelMoney(t, log)
	for _, pool := range []string{"p", "q"} {
		all, err := l.AllSettings(pool)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range m.settings {
			if row.pool != pool {
				continue
			}
			want := Settings{Stated: row.stated}
			if n := len(row.records); n > 0 {
				want.Changed = row.records[n-1].Time
			}
			for _, chain := range []string{"c", "d"} {
				if one, rec := row.last("payout", chain); one.Address != "" {
					want.Payout = with(want.Payout, chain, Payout{one.Address, rec.By, rec.Time}, false)
				}
				if one, _ := row.last("minimum", chain); one.Amount > 0 {
					want.Minimum = with(want.Minimum, chain, one.Amount, false)
				}
			}
			one, _ := row.last("donation", "")
			want.Donation = uint32(min(one.Amount, 10_000))
			got, err := l.Settings(pool, row.account)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("settings of %q: got %+v, %v; want %+v", row.account, got, err, want)
			}
			if len(row.records) > 0 && !reflect.DeepEqual(all[row.account], want) {
				t.Errorf("settings of %q among all: got %+v, want %+v", row.account, all[row.account], want)
			}
			delete(all, row.account)
		}
		if len(all) > 0 {
			t.Errorf("settings that nobody set: %v", all)
		}
	}
}

func compareSplit(t *testing.T, l *Ledger, m *naiveMoney, b *naiveBlock) {
	t.Helper()
	got, err := l.Split(b.chain, b.hash)
	want := Split{Pool: b.split.Pool, Direct: b.direct}
	for _, c := range b.split.Credits {
		want.Parts = append(want.Parts, Part{m.names[b.pool][c.Account-1], c.Amount})
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("split of %s %x: got %+v, %v; want %+v", b.chain, b.hash[:2], got, err, want)
	}
}

// TestMoneyOfABlock follows one block through its life.
func TestMoneyOfABlock(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	var l *Ledger
	state := func(s string) func(*sharelog.Batch) {
		return func(b *sharelog.Batch) {
			b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{7}, State: s, Account: "a", Reward: 1000})
		}
	}
	mustAppend(t, log, func(b *sharelog.Batch) {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "prop", FeeBPS: 100, Payout: "pool"})
		for i, account := range []string{"a", "b", "b", "b"} {
			b.Share(&sharelog.Share{Pool: "p", Account: account, Worker: fmt.Sprint(i), Difficulty: 1})
		}
	})
	for _, step := range []struct {
		state    string
		a, fee   Balance
		owed     int64
		describe string
	}{
		{"pending", Balance{}, Balance{}, 0, "no node has taken it"},
		{"accepted", Balance{Immature: 248}, Balance{Immature: 10}, 0, "on the chain"},
		{"orphaned", Balance{}, Balance{}, 0, "reorganised away"},
		{"accepted", Balance{Immature: 248}, Balance{Immature: 10}, 0, "and back"},
		{"mature", Balance{Mature: 248}, Balance{Mature: 10}, 248, "old enough"},
		{"accepted", Balance{Mature: 248}, Balance{Mature: 10}, 248, "a late record"},
	} {
		mustAppend(t, log, state(step.state))
		if l != nil {
			l.Close()
		}
		l = mustLedger(t, filepath.Join(dir, "db"), log)
		run(t, l, log)
		a, err := l.Balance("p", "c", "a")
		if err != nil && !errors.Is(err, ErrNotFound) || a != step.a || a.Owed() != step.owed {
			t.Errorf("%s, %s: got %+v owed %d (%v), want %+v owed %d", step.state, step.describe, a, a.Owed(), err, step.a, step.owed)
		}
		fee, err := l.Operator("p", "c")
		if err != nil && !errors.Is(err, ErrNotFound) || fee != step.fee {
			t.Errorf("%s: the operator has %+v (%v), want %+v", step.state, fee, err, step.fee)
		}
	}
	rows, err := l.Balances("p", "c", nil, 1)
	if err != nil || len(rows) != 1 || rows[0].Account != "a" {
		t.Fatalf("first page: got %+v, %v", rows, err)
	}
	rows, err = l.Balances("p", "c", &rows[0], 9)
	if err != nil || len(rows) != 1 || rows[0].Account != "b" || rows[0].Mature != 742 {
		t.Errorf("second page: got %+v, %v; want b's 742", rows, err)
	}
}

// TestLedgerOfSchema1IsTakenOver opens a database as the version before the
// rewards made it, and goes on where it was.
func TestLedgerOfSchema1IsTakenOver(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	path := filepath.Join(dir, "db")
	mustAppend(t, log, func(b *sharelog.Batch) { b.Share(&sharelog.Share{Pool: "p", Account: "old", Difficulty: 1}) })
	l := mustLedger(t, path, log)
	run(t, l, log)
	err := l.db.Update(func(tx store.Tx) error {
		for _, b := range [][]byte{bucketNumbers, bucketTerms, bucketSchemes, bucketCredits, bucketBalances} {
			if err := tx.DeleteBucket(b); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		return errors.Join(meta.Delete(keySchemes), meta.Put(keySchema, u64(1)))
	})
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}

	mustAppend(t, log, func(b *sharelog.Batch) {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "prop", Payout: "pool"})
		b.Share(&sharelog.Share{Pool: "p", Account: "new", Difficulty: 1})
		b.Block(&sharelog.Block{Pool: "p", Chain: "c", State: "mature", Account: "old", Reward: 9})
	})
	l = mustLedger(t, path, log)
	run(t, l, log)
	if total, err := l.Account("p", "old"); err != nil || total.Accepted != 1 {
		t.Errorf("old share: got %+v, %v", total, err)
	}
	if got, err := l.Balance("p", "c", "new"); err != nil || got.Mature != 9 {
		t.Errorf("new share: got %+v, %v; want the block", got, err)
	}
}

// TestSharesCountForChainsThatAreMined has a chain leave the pool's jobs and come
// back. Shares in between could not solve a block of it: they earn nothing of it,
// by share or of the next block, also over a start of the ledger.
func TestSharesCountForChainsThatAreMined(t *testing.T) {
	c := sharelog.JobChain{Name: "c", Difficulty: 100, Reward: 1000}
	aux := sharelog.JobChain{Name: "aux", Difficulty: 100, Height: 1, Reward: 1000, Fees: 500}
	for _, scheme := range []string{"pps", "fpps", "pps+", "pplns", "prop"} {
		for _, restarts := range []bool{false, true} {
			t.Run(fmt.Sprint(scheme, restarts), func(t *testing.T) {
				dir := t.TempDir()
				log := mustLog(t, filepath.Join(dir, "shares"))
				l := mustLedger(t, filepath.Join(dir, "db"), log)
				terms := func(b *sharelog.Batch, chain string) {
					b.Terms(&sharelog.Terms{Pool: "p", Chain: chain, Scheme: scheme, Payout: "pool"})
				}
				next := func(account string, f func(b *sharelog.Batch)) {
					mustAppend(t, log, f)
					if restarts {
						catchUp(t, l)
						if err := l.Close(); err != nil {
							t.Fatal(err)
						}
						l = mustLedger(t, filepath.Join(dir, "db"), log)
					}
					mustAppend(t, log, func(b *sharelog.Batch) {
						for range 4 {
							b.Share(&sharelog.Share{Pool: "p", Account: account, Difficulty: 10})
						}
					})
					catchUp(t, l)
				}
				next("both", func(b *sharelog.Batch) {
					terms(b, "c")
					terms(b, "aux")
					b.Job(&sharelog.Job{Pool: "p", Chains: []sharelog.JobChain{c, aux}})
				})
				next("parent only", func(b *sharelog.Batch) { b.Job(&sharelog.Job{Pool: "p", Chains: []sharelog.JobChain{c}}) })
				next("parent only", func(b *sharelog.Batch) { terms(b, "c") }) // a start without it
				next("parent only", func(b *sharelog.Batch) { terms(b, "aux") })
				next("other pool", func(b *sharelog.Batch) { b.Job(&sharelog.Job{Pool: "q", Chains: []sharelog.JobChain{aux}}) })
				next("back", func(b *sharelog.Batch) { b.Job(&sharelog.Job{Pool: "p", Chains: []sharelog.JobChain{c, aux}}) })
				mustAppend(t, log, func(b *sharelog.Batch) {
					b.Block(&sharelog.Block{Pool: "p", Chain: "aux", Hash: [32]byte{1}, State: "mature", Account: "back", Reward: 1000, Fees: 500})
				})
				catchUp(t, l)
				has := func(chain, account string) uint64 {
					b, err := l.Balance("p", chain, account)
					if err != nil && !errors.Is(err, ErrNotFound) {
						t.Fatal(err)
					}
					return b.Shares.Units + b.Mature
				}
				for account, mines := range map[string]bool{"both": true, "parent only": false, "other pool": false, "back": true} {
					if got := has("aux", account); (got > 0) != mines {
						t.Errorf("%q has %d of the chain, want some: %v", account, got, mines)
					}
					if byShare := scheme != "pplns" && scheme != "prop"; byShare && has("c", account) == 0 {
						t.Errorf("%q has nothing of the parent", account)
					}
				}
			})
		}
	}
}
