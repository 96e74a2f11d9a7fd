package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/direct"
	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// catchUp folds what the log has; it may be called again, as Run may not.
func catchUp(t *testing.T, l *Ledger) {
	t.Helper()
	r := l.shares.Read(l.Position())
	defer r.Close()
	for more := true; more; {
		var err error
		if more, err = l.step(r); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCoinbaseOfABlock follows one block that pays its miners itself through its
// life. Account a is paid 40 more than its part, b less, and the operator too.
func TestCoinbaseOfABlock(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	mustAppend(t, log, func(b *sharelog.Batch) {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "prop", FeeBPS: 1000, Payout: "coinbase"})
		b.Share(&sharelog.Share{Pool: "p", Account: "a", Difficulty: 1})
		b.Share(&sharelog.Share{Pool: "p", Account: "b", Difficulty: 2})
	})
	for _, step := range []struct {
		state       string
		a, operator Balance
		owed, carry int64 // a's
	}{
		{"pending", Balance{}, Balance{}, 0, 0},
		{"received", Balance{Immature: 300, Coinbase: 340, Advance: 40}, Balance{Immature: 100, Coinbase: 660, Advance: 560}, -40, -40},
		{"orphaned", Balance{}, Balance{}, 0, 0},
		{"accepted", Balance{Immature: 300, Coinbase: 340, Advance: 40}, Balance{Immature: 100, Coinbase: 660, Advance: 560}, -40, -40},
		{"mature", Balance{Mature: 300, Paid: 340}, Balance{Mature: 100, Paid: 660}, -40, -40},
		{"orphaned", Balance{}, Balance{}, 0, 0},
	} {
		mustAppend(t, log, func(b *sharelog.Batch) {
			hash := [32]byte{7}
			b.Coinbase(&sharelog.Coinbase{Pool: "p", Chain: "c", Hash: hash, Operator: 660, Outputs: []sharelog.CoinbaseOutput{{Account: "a", Amount: 340}}})
			b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: hash, State: step.state, Account: "a", Reward: 1000})
		})
		l := mustLedger(t, filepath.Join(dir, "db"), log)
		run(t, l, log)
		a, err := l.Balance("p", "c", "a")
		if err != nil && !errors.Is(err, ErrNotFound) || a != step.a || a.Owed() != step.owed || a.Carry() != step.carry {
			t.Errorf("%s: got %+v owed %d carried %d (%v), want %+v, %d, %d", step.state, a, a.Owed(), a.Carry(), err, step.a, step.owed, step.carry)
		}
		if got, err := l.Operator("p", "c"); err != nil && !errors.Is(err, ErrNotFound) || got != step.operator {
			t.Errorf("%s: the operator has %+v (%v), want %+v", step.state, got, err, step.operator)
		}
		split, err := l.Split("c", [32]byte{7})
		if err != nil || split.Direct || len(split.Parts) != 2 {
			t.Errorf("%s: split %+v, %v; want two parts that the coinbase did not pay as they are", step.state, split, err)
		}
		paid, err := l.Coinbase("c", [32]byte{7})
		if want := (Coinbase{[]Part{{"a", 340}}, 660}); err != nil || !reflect.DeepEqual(paid, want) {
			t.Errorf("%s: coinbase %+v, %v; want %+v", step.state, paid, err, want)
		}
		l.Close()
	}
}

// TestCoinbaseAfterItsBlock takes a record that comes late, which no crash leaves
// behind: the money is counted all the same, once.
func TestCoinbaseAfterItsBlock(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	mustAppend(t, log, func(b *sharelog.Batch) {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "prop", Payout: "coinbase"})
		b.Share(&sharelog.Share{Pool: "p", Account: "a", Difficulty: 1})
		b.Block(&sharelog.Block{Pool: "p", Chain: "c", State: "accepted", Account: "a", Reward: 1000})
		for range 2 {
			b.Coinbase(&sharelog.Coinbase{Pool: "p", Chain: "c", Operator: 100, Outputs: []sharelog.CoinbaseOutput{{Account: "a", Amount: 900}}})
		}
		b.Coinbase(&sharelog.Coinbase{Pool: "p", Chain: "of no terms", Operator: 100})
	})
	l := mustLedger(t, filepath.Join(dir, "db"), log)
	run(t, l, log)
	want := Balance{Immature: 1000, Coinbase: 900}
	if got, err := l.Balance("p", "c", "a"); err != nil || got != want || got.Carry() != 100 || got.Owed() != 0 {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	want = Balance{Coinbase: 100, Advance: 100}
	if got, err := l.Operator("p", "c"); err != nil || got != want {
		t.Errorf("the operator has %+v, %v; want %+v", got, err, want)
	}
	if _, err := l.Coinbase("of no terms", [32]byte{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("coinbase of a chain without terms: %v", err)
	}
}

// TestCoinbaseOfABlockThatIsNobodys: what is said of a block of a time without terms, once
// there are some, is paid to no account: its states would never take it back.
func TestCoinbaseOfABlockThatIsNobodys(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	block := func(b *sharelog.Batch, state string) {
		b.Block(&sharelog.Block{Pool: "p", Chain: "c", State: state, Account: "a", Reward: 1000})
	}
	mustAppend(t, log, func(b *sharelog.Batch) {
		block(b, "accepted")
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "prop", Payout: "coinbase"})
		b.Coinbase(&sharelog.Coinbase{Pool: "p", Chain: "c", Operator: 100, Outputs: []sharelog.CoinbaseOutput{{Account: "a", Amount: 900}}})
		block(b, "orphaned")
	})
	l := mustLedger(t, filepath.Join(dir, "db"), log)
	run(t, l, log)
	if got, err := l.Balance("p", "c", "a"); err == nil && got != (Balance{}) || err != nil && !errors.Is(err, ErrNotFound) {
		t.Errorf("got %+v, %v; want nothing", got, err)
	}
}

// TestOwedIsNotPaidTwice: what a coinbase pays of an old debt is no longer owed,
// mature or not.
func TestOwedIsNotPaidTwice(t *testing.T) {
	for _, x := range []struct {
		b    Balance
		want int64
	}{
		{Balance{Mature: 50}, 50},
		{Balance{Mature: 50, Immature: 100, Coinbase: 100}, 50},
		{Balance{Mature: 50, Immature: 100, Coinbase: 90}, 50},
		{Balance{Mature: 50, Immature: 100, Coinbase: 150, Advance: 50}, 0},
		{Balance{Mature: 50, Immature: 200, Coinbase: 150, Advance: 50}, 0},
		{Balance{Mature: 50, Immature: 100, Coinbase: 120, Advance: 20, Sending: 10}, 20},
		{Balance{Mature: 50, Paid: 60}, -10},
	} {
		if got := x.b.Owed(); got != x.want {
			t.Errorf("%+v: owed %d, want %d", x.b, got, x.want)
		}
	}
}

// history is a chain whose blocks pay their miners, as random as can be.
type history struct {
	t    *testing.T
	rng  *rand.Rand
	log  *sharelog.Log
	path string
	l    *Ledger

	blocks []*minted
	next   byte
}

// minted is a block of a history.
type minted struct {
	hash  [32]byte
	state string
	paid  *direct.Payout
}

const historyReward = 1_000_000_000

// TestCoinbasesOfAHistory plays random shares, blocks whose coinbases were planned
// some time before, reorganisations and restarts, and holds the ledger against sums
// in big integers over what is on the chain in the end.
func TestCoinbasesOfAHistory(t *testing.T) {
	for _, scheme := range []string{"pplns", "prop", "solo"} {
		for seed := range fewer(3) {
			t.Run(fmt.Sprint(scheme, seed), func(t *testing.T) {
				dir := t.TempDir()
				h := &history{t: t, rng: rand.New(rand.NewPCG(seed, 8)), log: mustLog(t, filepath.Join(dir, "shares")), path: filepath.Join(dir, "db")}
				h.l = mustLedger(t, h.path, h.log)
				fee := uint32(h.rng.IntN(3) * 100)
				mustAppend(t, h.log, func(b *sharelog.Batch) {
					b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: scheme, FeeBPS: fee, Window: 2_000_000, Payout: "coinbase"})
				})
				for range 80 {
					h.step()
				}
				catchUp(t, h.l)
				h.compare(h.l)
				again := mustLedger(t, filepath.Join(dir, "again"), h.log)
				catchUp(t, again)
				h.compare(again)
				if a, b := dump(t, h.l), dump(t, again); !reflect.DeepEqual(a, b) {
					t.Error("a ledger folded again from the log differs")
				}
			})
		}
	}
}

// step is one thing that happens.
func (h *history) step() {
	switch h.rng.IntN(8) {
	default:
		mustAppend(h.t, h.log, func(b *sharelog.Batch) { h.shares(b) })
	case 0, 1, 2:
		h.block()
	case 3:
		h.reorganise()
	case 4: // a crash and a start
		foldAndCrash(h.t, h.rng, h.l, h.log)
		if err := h.l.Close(); err != nil {
			h.t.Fatal(err)
		}
		h.l = mustLedger(h.t, h.path, h.log)
	}
}

func (h *history) shares(b *sharelog.Batch) {
	b.Job(&sharelog.Job{Pool: "p", Chains: []sharelog.JobChain{{Name: "c", Difficulty: 20, Reward: historyReward}}})
	for range h.rng.IntN(30) {
		n := min(h.rng.IntN(30), h.rng.IntN(30))
		b.Share(&sharelog.Share{Pool: "p", Account: fmt.Sprint("account", n), Difficulty: 1 / float64(1+n*n)})
	}
}

// block plans a coinbase, has more work done, and finds the block.
func (h *history) block() {
	if h.rng.IntN(4) > 0 {
		catchUp(h.t, h.l)
	}
	finder := fmt.Sprint("account", h.rng.IntN(5))
	paid := h.plan(finder)
	mustAppend(h.t, h.log, func(b *sharelog.Batch) { h.shares(b) })
	m := &minted{hash: [32]byte{h.next}, paid: paid}
	h.next++
	h.blocks = append(h.blocks, m)
	m.state = pick(h.rng, "pending", "accepted", "received", "refused")
	mustAppend(h.t, h.log, func(b *sharelog.Batch) { h.record(b, m, finder) })
}

func (h *history) record(b *sharelog.Batch, m *minted, finder string) {
	c := &sharelog.Coinbase{Pool: "p", Chain: "c", Hash: m.hash, Operator: m.paid.Operator}
	for _, a := range m.paid.Accounts {
		c.Outputs = append(c.Outputs, sharelog.CoinbaseOutput{Account: a.Account, Amount: a.Amount})
	}
	b.Coinbase(c)
	b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: m.hash, State: m.state, Account: finder, Reward: historyReward})
}

// plan is a coinbase as the engine makes it, of what the ledger knows now.
func (h *history) plan(finder string) *direct.Payout {
	o, err := h.l.Outlook("p", "c")
	if errors.Is(err, ErrNotFound) {
		return (&direct.Plan{Operator: make([]byte, 22)}).Pay(direct.Space{Reward: historyReward, Weight: 1e6, Sigops: 400}, direct.Limits{Outputs: 9, Bytes: 9999}, nil)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	p := &direct.Plan{Operator: make([]byte, 22), Minimum: uint64(h.rng.IntN(2)) * 30_000_000, Kept: h.rng.IntN(8) == 0}
	var found *direct.Account
	parts := o.Parts
	if o.Finder {
		parts = make([]uint64, len(o.Parts))
		found = &direct.Account{Name: finder, Script: make([]byte, 22), Part: direct.Whole / 100 * 99}
	}
	for i := range o.Accounts {
		if found != nil && o.Accounts[i] == finder && i < len(o.Carries) {
			found.Carry = o.Carries[i]
		}
	}
	for _, i := range direct.Rank(parts, o.Carries, historyReward, 1, p.Kept, 100) {
		a := direct.Account{Name: o.Accounts[i], Script: make([]byte, 22), Part: parts[i]}
		if i < len(o.Carries) {
			a.Carry = o.Carries[i]
		}
		p.Accounts = append(p.Accounts, a)
	}
	s := direct.Space{Reward: historyReward, Bytes: 200, Weight: 4000, Sigops: 400}
	limits := direct.Limits{Outputs: 1 + h.rng.IntN(40), Bytes: 200 + h.rng.IntN(800)}
	out := p.Pay(s, limits, found)

	sum := new(big.Int)
	for _, x := range out.Outputs {
		sum.Add(sum, new(big.Int).SetUint64(x.Value))
		if x.Value < direct.Least(historyReward) {
			h.t.Errorf("an output of %d is dust", x.Value)
		}
	}
	if sum.Cmp(big.NewInt(historyReward)) != 0 || len(out.Outputs) > limits.Outputs || len(out.Outputs)*31+200 > max(limits.Bytes, 231) {
		h.t.Errorf("%d outputs of %v; want %d in all, limits %+v", len(out.Outputs), sum, historyReward, limits)
	}
	return out
}

// reorganise changes the states of some of the last blocks.
func (h *history) reorganise() {
	for i := max(0, len(h.blocks)-4); i < len(h.blocks); i++ {
		m := h.blocks[i]
		state := pick(h.rng, "accepted", "orphaned", "mature", "received")
		if follows(m.state, state) {
			m.state = state
		}
		mustAppend(h.t, h.log, func(b *sharelog.Batch) {
			b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: m.hash, State: state, Reward: historyReward})
		})
	}
}

// compare sums up what is on the chain: for each account what coinbases have paid it
// and what it carries is what blocks were worth to it.
func (h *history) compare(l *Ledger) {
	h.t.Helper()
	earned, paid := map[string]*big.Int{}, map[string]*big.Int{} // the operator's under ""
	advance := map[string]uint64{}
	open := map[string]int64{} // of the difference, by blocks that are only received
	add := func(to map[string]*big.Int, account string, n uint64) {
		if to[account] == nil {
			to[account] = new(big.Int)
		}
		to[account].Add(to[account], new(big.Int).SetUint64(n))
	}
	splits := h.splits()
	for _, m := range h.blocks {
		if standingOf(m.state) == worthless {
			continue
		}
		for account, n := range splits[m.hash] {
			add(earned, account, n)
			if m.state == "received" {
				open[account] += int64(n)
			}
		}
		for _, a := range m.paid.Accounts {
			add(paid, a.Account, a.Amount)
			if m.state == "received" {
				open[a.Account] -= int64(a.Amount)
			}
		}
		add(paid, "", m.paid.Operator)
		if m.state == "mature" {
			continue
		}
		for account, n := range m.paysBy() {
			if part := splits[m.hash][account]; n > part {
				advance[account] += n - part
			}
		}
	}

	o, err := l.Outlook("p", "c")
	if err != nil {
		h.t.Fatal(err)
	}
	all := new(big.Int)
	for i, account := range append(o.Accounts, "") {
		b, err := l.Operator("p", "c")
		if account != "" {
			b, err = l.Balance("p", "c", account)
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			h.t.Fatal(err)
		}
		if b.Advance != advance[account] {
			h.t.Errorf("%q: got an advance of %d, want %d", account, b.Advance, advance[account])
		}
		add(earned, account, 0)
		add(paid, account, 0)
		want := new(big.Int).Sub(earned[account], paid[account])
		all.Add(all, want)
		if got := big.NewInt(b.Carry()); got.Cmp(want) != 0 {
			h.t.Errorf("%q: blocks were worth %v, coinbases paid %v, carried %v", account, earned[account], paid[account], got)
		}
		ahead := int64(0)
		if i < len(o.Carries) {
			ahead = o.Carries[i]
		}
		if want := b.Carry() - open[account]; account != "" && ahead != want {
			h.t.Errorf("%q: carries %d for the next block, want %d", account, ahead, want)
		}
	}
	if all.Sign() != 0 {
		h.t.Errorf("carries of accounts and operator add up to %v, want 0", all)
	}
}

// paysBy is what a block's coinbase pays by account, the operator's under "".
func (m *minted) paysBy() map[string]uint64 {
	all := map[string]uint64{"": m.paid.Operator}
	for _, a := range m.paid.Accounts {
		all[a.Account] += a.Amount
	}
	return all
}

// splits are the splits of all blocks by a scheme of one pass over the log, the
// operator's part under "".
func (h *history) splits() map[[32]byte]map[string]uint64 {
	m := &naiveMoney{lines: map[string]*naiveLine{}, numbers: map[string]reward.Account{}, names: map[string][]string{}, blocks: map[string]*naiveBlock{}, coinbases: map[string]naiveCoinbase{}}
	r := h.log.Read(0)
	defer r.Close()
	for {
		rec, _, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			h.t.Fatal(err)
		}
		if rec.Kind == sharelog.KindCoinbase {
			for _, o := range rec.Coinbase.Outputs {
				m.number("p", o.Account)
			}
		}
		m.record(h.t, &rec)
	}
	all := map[[32]byte]map[string]uint64{}
	for _, b := range m.order {
		all[b.hash] = map[string]uint64{"": b.split.Pool}
		for _, c := range b.split.Credits {
			all[b.hash][m.names["p"][c.Account-1]] = c.Amount
		}
	}
	return all
}

// TestOutlookIsTheNextBlock asks ahead, and holds the next block's split against it.
func TestOutlookIsTheNextBlock(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	l := mustLedger(t, filepath.Join(dir, "db"), log)
	if _, err := l.Outlook("p", "c"); !errors.Is(err, ErrNotFound) {
		t.Errorf("before the terms: got %v, want ErrNotFound", err)
	}
	mustAppend(t, log, func(b *sharelog.Batch) {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "pplns", FeeBPS: 100, Window: 2_000_000, Payout: "coinbase"})
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "d", Scheme: "pps", Payout: "pool"})
		b.Job(&sharelog.Job{Pool: "p", Chains: []sharelog.JobChain{{Name: "c", Difficulty: 100, Reward: 77}}})
		for i := range 500 {
			b.Share(&sharelog.Share{Pool: "p", Account: fmt.Sprint(i % 7), Difficulty: float64(1 + i%3)})
		}
	})
	catchUp(t, l)
	o, err := l.Outlook("p", "c")
	if err != nil || o.Finder || o.Reward != 77 || o.Position != log.End() {
		t.Fatalf("got %+v, %v", o, err)
	}
	if _, err := l.Outlook("p", "d"); !errors.Is(err, ErrNotAhead) {
		t.Errorf("of a scheme that pays by share: got %v, want ErrNotAhead", err)
	}
	mustAppend(t, log, func(b *sharelog.Batch) {
		b.Block(&sharelog.Block{Pool: "p", Chain: "c", State: "accepted", Account: "0", Reward: OutlookWhole})
	})
	catchUp(t, l)
	split, err := l.Split("c", [32]byte{})
	if err != nil || len(split.Parts) != 7 {
		t.Fatalf("got %+v, %v", split, err)
	}
	for i, p := range split.Parts {
		if p.Account != o.Accounts[i] || p.Amount != o.Parts[i] {
			t.Errorf("%s has %d of the block, %d was foretold for %s", p.Account, p.Amount, o.Parts[i], o.Accounts[i])
		}
	}
}

// TestAdvanceIsNotHiddenByAnotherBlock: an account that a coinbase paid what it was
// owed is not owed it again while another block that has paid it nothing is immature,
// and a database of the schema before is brought to the same.
func TestAdvanceIsNotHiddenByAnotherBlock(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	block := func(b *sharelog.Batch, n byte, state string, paid, operator uint64) {
		c := &sharelog.Coinbase{Pool: "p", Chain: "c", Hash: [32]byte{n}, Operator: operator}
		if paid > 0 {
			c.Outputs = []sharelog.CoinbaseOutput{{Account: "a", Amount: paid}}
		}
		b.Coinbase(c)
		b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{n}, State: state, Account: "a", Reward: 1000})
	}
	mustAppend(t, log, func(b *sharelog.Batch) {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "solo", FeeBPS: 5000, Payout: "coinbase"})
		block(b, 1, "mature", 0, 1000)   // owes 500
		block(b, 2, "accepted", 1000, 0) // pays them
		block(b, 3, "accepted", 0, 1000) // owes 500, once it is mature
	})
	path := filepath.Join(dir, "db")
	l := mustLedger(t, path, log)
	catchUp(t, l)
	check := func(when string, owed, operator int64) {
		t.Helper()
		a, err := l.Balance("p", "c", "a")
		own, err2 := l.Operator("p", "c")
		if err := errors.Join(err, err2); err != nil || a.Owed() != owed || own.Owed() != operator {
			t.Errorf("%s: %+v owed %d, the operator %+v owed %d (%v); want %d and %d", when, a, a.Owed(), own, own.Owed(), err, owed, operator)
		}
	}
	check("folded", 0, -1000)

	older := func() {
		t.Helper()
		err := l.db.Update(func(tx store.Tx) error {
			rows := map[string]Balance{}
			err := tx.Bucket(bucketBalances).ForEach(func(k, v []byte) error {
				var b Balance
				err := b.parse(v)
				rows[string(k)] = b
				return err
			})
			for k, b := range rows {
				raw := b.append(nil)
				err = errors.Join(err, tx.Bucket(bucketBalances).Put([]byte(k), raw[:len(raw)-len(binary.AppendUvarint(nil, b.Advance))]))
			}
			return errors.Join(err, tx.Bucket(bucketMeta).Put(keySchema, u64(5)))
		})
		if err := errors.Join(err, l.Close()); err != nil {
			t.Fatal(err)
		}
	}
	older()
	for _, when := range []string{"taken over", "opened again"} {
		l = mustLedger(t, path, log)
		check(when, 0, -1000)
		if when == "taken over" {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, step := range []struct {
		n              byte
		state          string
		owed, operator int64
	}{{3, "orphaned", 0, -500}, {2, "orphaned", 500, -500}, {2, "accepted", 0, -500}, {2, "mature", 0, 0}} {
		mustAppend(t, log, func(b *sharelog.Batch) {
			b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{step.n}, State: step.state, Account: "a", Reward: 1000})
		})
		catchUp(t, l)
		check(fmt.Sprint(step.n, step.state), step.owed, step.operator)
	}
}
