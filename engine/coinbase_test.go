package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/direct"
	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/payout"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/submit"
	"github.com/motherlode-pool/motherlode/stratum"
)

// fakeOutlooks is a ledger that says what it is told to.
type fakeOutlooks struct {
	outlook ledger.Outlook
	states  map[[32]byte]string
	minimum map[string]uint64
	during  func() // while it is asked; nil for nothing

	chain []coins.BlockStatus // what the chain says of the tip, of all other blocks, and of the tip again; nothing where it is short
	asked int
}

// status is the chain's answer.
func (f *fakeOutlooks) status(context.Context, coins.Hash, uint64) (coins.BlockStatus, error) {
	n := f.asked % 3 // blocks of ours are asked for one at a time here
	if f.asked++; n >= len(f.chain) {
		return coins.BlockStatus{}, errors.New("no node")
	}
	return f.chain[n], nil
}

// onTip is a chain that has a tip, and says this of a block beneath it.
func onTip(state coins.BlockState) []coins.BlockStatus {
	tip := coins.BlockStatus{State: coins.BlockBestChain, Confirmations: 1, Node: "n"}
	return []coins.BlockStatus{tip, {State: state, Node: "n"}, tip}
}

func (f *fakeOutlooks) Outlook(string, string) (*ledger.Outlook, error) {
	if f.during != nil {
		f.during()
	}
	o := f.outlook
	return &o, nil
}

func (f *fakeOutlooks) Block(_ string, hash [32]byte) (ledger.Block, error) {
	if s, ok := f.states[hash]; ok {
		return ledger.Block{State: s}, nil
	}
	return ledger.Block{}, ledger.ErrNotFound
}

func (f *fakeOutlooks) Settings(_, account string) (ledger.Settings, error) {
	return ledger.Settings{Minimum: map[string]uint64{"c": f.minimum[account]}}, nil
}

func (f *fakeOutlooks) Position() sharelog.Position { return f.outlook.Position }

// fakePlanner is a planner over a fake ledger; all accounts are addresses but "nobody".
func fakePlanner(f *fakeOutlooks) *planner {
	return &planner{
		pool: "p", chain: "c", ledger: f, rows: func() []submit.Row { return nil }, operator: []byte{0x6a}, feeBPS: 100,
		status: f.status,
		resolve: func(_ context.Context, address string) (*job.Payee, string, error) {
			if address == "nobody" {
				return nil, "", &notPayable{address, "no address"}
			}
			script := make([]byte, 22)
			copy(script[2:], address)
			return job.NewPayee(address, script), address, nil
		},
		log: slog.New(slog.NewTextHandler(io.Discard, nil)), better: func() {}, complain: func(string, string, ...any) {}, wake: make(chan struct{}, 1),
		blocks: map[coins.Hash]*ownBlock{}, classes: map[string]*job.Payee{}, places: map[string]int{}, scripts: map[string][]byte{},
	}
}

func templateAt(height uint64, prev coins.Hash) *coins.Template {
	return &coins.Template{Height: height, PrevHash: prev, Tree: &coins.CoinbaseTree{}}
}

// paidAt is what a job of t pays miners of a wide class, by account.
func (d *planner) paidAt(t *coins.Template, finder *job.Payee) map[string]uint64 {
	account := ""
	if finder != nil {
		account = finder.Address
	}
	_, note := d.payout(t)(d.payee(direct.Limits{Outputs: 100, Bytes: 5000}, account, finder), job.Room{Reward: 1_000_000_000, Bytes: 200})
	out := note.(*direct.Payout)
	paid := map[string]uint64{"": out.Operator}
	for _, a := range out.Accounts {
		paid[a.Account] = a.Amount
	}
	return paid
}

// TestCarriesAreNotPaidTwice finds blocks and looks at what the jobs behind them pay
// until the ledger knows what became of them.
func TestCarriesAreNotPaidTwice(t *testing.T) {
	f := &fakeOutlooks{states: map[[32]byte]string{}, outlook: ledger.Outlook{
		Scheme: "pplns", Reward: 1_000_000_000, Accounts: []string{"a", "b", "nobody"},
		Parts: []uint64{direct.Whole / 2, direct.Whole / 4, direct.Whole / 8}, Carries: []int64{0, 5_000_000, 9},
	}}
	d := fakePlanner(f)
	if got := d.paidAt(templateAt(10, coins.Hash{9}), nil); got[""] != 1_000_000_000 {
		t.Errorf("without a plan: got %v, want all for the operator", got)
	}
	d.look(t.Context())
	const bare, carried = 250_000_000, 255_000_000
	check := func(what string, tmpl *coins.Template, want uint64) {
		t.Helper()
		got := d.paidAt(tmpl, nil)
		if got["b"] != want || got["a"] != 500_000_000 || got["nobody"] != 0 {
			t.Errorf("%s: got %v, want b paid %d", what, got, want)
		}
	}
	mine := coins.Hash{1}
	check("at first", templateAt(10, coins.Hash{9}), carried)
	d.found(mine, 10)
	check("a rival of the block", templateAt(10, coins.Hash{9}), carried)
	check("on it", templateAt(11, mine), bare)
	check("above it", templateAt(12, coins.Hash{8}), bare)
	check("on another of its height", templateAt(11, coins.Hash{7}), carried)
	check("above that one, or a branch with it", templateAt(12, coins.Hash{6}), bare)
	f.chain = onTip(coins.BlockSide)
	d.ask(t.Context())
	check("above that one, as the chain says", templateAt(12, coins.Hash{6}), carried)
	check("on it, after a reorganisation", templateAt(11, mine), bare)
	for _, state := range []string{"pending", "received"} {
		f.states[mine], f.outlook.Position = state, f.outlook.Position+1
		d.look(t.Context())
		check("while it is "+state, templateAt(11, mine), bare)
	}
	f.states[mine], f.outlook.Position = "accepted", f.outlook.Position+1
	d.look(t.Context())
	check("once it is accepted", templateAt(11, mine), carried)

	f.outlook.Scheme = "prop"
	f.outlook.Position++
	d.look(t.Context())
	d.found(coins.Hash{2}, 11)
	if got := d.paidAt(templateAt(12, coins.Hash{2}), nil); got[""] != 1_000_000_000 {
		t.Errorf("prop, on a block that ended the round: got %v, want all for the operator", got)
	}
}

// TestReorganisationPaysNoCarryTwice takes blocks of ours off the chain and puts them
// back before the ledger knows.
func TestReorganisationPaysNoCarryTwice(t *testing.T) {
	mine, rival := coins.Hash{1}, coins.Hash{7}
	const side, best = coins.BlockSide, coins.BlockBestChain
	type step struct {
		state  string // that the ledger has of the block from now on; "" for no news
		height uint64
		prev   coins.Hash
		bare   bool             // carries are not paid
		chain  coins.BlockState // what the chain says of the block then; 0: it does not answer
		after  bool             // carries are not paid after that
	}
	for _, x := range []struct {
		name  string
		steps []step
	}{
		{"a job on a block that the ledger has as orphaned", []step{
			{"", 11, mine, true, best, true}, {"", 11, rival, false, side, false}, {"orphaned", 12, coins.Hash{8}, true, side, false},
			{"", 11, mine, true, best, true}, {"", 12, coins.Hash{5}, true, best, true}, {"accepted", 12, coins.Hash{5}, false, best, false},
		}},
		{"orphaned, then more on the rival", []step{
			{"", 11, rival, false, side, false}, {"orphaned", 11, rival, false, side, false},
			{"", 12, coins.Hash{8}, true, side, false}, {"", 12, coins.Hash{8}, false, 0, false}, {"", 13, coins.Hash{9}, true, coins.BlockUnknown, false},
		}},
		{"accepted, orphaned, and back", []step{
			{"accepted", 11, mine, false, best, false}, {"", 12, coins.Hash{8}, false, side, false}, {"orphaned", 13, coins.Hash{9}, true, side, false},
			{"", 11, mine, true, best, true}, {"accepted", 11, mine, false, best, false},
		}},
		{"the ledger has it as orphaned while the node builds on it", []step{
			{"", 11, mine, true, 0, true}, {"orphaned", 11, mine, true, best, true}, {"", 12, coins.Hash{8}, true, best, true},
		}},
		{"refused, and the node builds on it", []step{{"refused", 10, coins.Hash{9}, false, 0, false}, {"", 11, mine, true, best, true}}},
		{"a rival, then blocks that do not follow it", []step{
			{"", 11, rival, false, side, false}, {"", 13, coins.Hash{8}, true, best, true}, {"", 14, coins.Hash{9}, true, side, false},
		}},
		{"a rival, then another tip of the same height", []step{
			{"", 11, rival, false, side, false}, {"", 12, coins.Hash{8}, true, side, false}, {"", 12, coins.Hash{9}, true, best, true},
		}},
		{"it had lost, and comes back by blocks of others on it, without a job in between", []step{
			{"", 11, rival, false, side, false}, {"orphaned", 11, rival, false, side, false},
			{"", 12, coins.Hash{8}, true, best, true}, {"", 13, coins.Hash{9}, true, 0, true}, {"accepted", 13, coins.Hash{9}, false, best, false},
		}},
		{"the chain does not answer", []step{{"orphaned", 11, rival, false, 0, false}, {"", 12, coins.Hash{8}, true, 0, true}, {"", 13, coins.Hash{9}, true, 0, true}}},
		{"as deep as reorganisations are not", []step{
			{"", 11, mine, true, 0, true}, {"orphaned", 12, coins.Hash{8}, true, 0, true}, {"", 30, coins.Hash{9}, true, 0, true}, {"orphaned", 30, coins.Hash{9}, false, 0, false},
		}},
	} {
		f := &fakeOutlooks{states: map[[32]byte]string{}, outlook: ledger.Outlook{
			Scheme: "pplns", Reward: 1_000_000_000, Accounts: []string{"a", "b"},
			Parts: []uint64{direct.Whole / 2, direct.Whole / 4}, Carries: []int64{0, 5_000_000},
		}}
		d := fakePlanner(f)
		better := 0
		d.better = func() { better++ }
		d.look(t.Context())
		d.paidAt(templateAt(10, coins.Hash{9}), nil)
		d.found(mine, 10)
		for i, s := range x.steps {
			if s.state != "" {
				f.states[mine], f.outlook.Position = s.state, f.outlook.Position+1
				d.look(t.Context())
			}
			check := func(when string, bare bool) {
				t.Helper()
				want := uint64(255_000_000)
				if bare {
					want = 250_000_000
				}
				if got := d.paidAt(templateAt(s.height, s.prev), nil); got["b"] != want {
					t.Errorf("%s, step %d, %s: got %v, want b paid %d", x.name, i+1, when, got, want)
				}
			}
			check("at once", s.bare)
			f.asked, f.chain, better = 0, nil, 0
			if s.chain != 0 {
				f.chain = onTip(s.chain)
			}
			d.ask(t.Context())
			if want := s.bare && !s.after; (better > 0) != want {
				t.Errorf("%s, step %d: a better job is wanted: %t, want %t", x.name, i+1, better > 0, want)
			}
			check("when the chain was asked", s.after)
		}
	}
}

// TestAnswersThatProveNothing has the chain say that a block is not on it, in ways by
// which the job's parent may stand on the block all the same.
func TestAnswersThatProveNothing(t *testing.T) {
	tip := coins.BlockStatus{State: coins.BlockBestChain, Confirmations: 1, Node: "n"}
	deeper, other := tip, tip
	deeper.Confirmations, other.Node = 2, "other"
	side, otherSide := coins.BlockStatus{State: coins.BlockSide, Node: "n"}, coins.BlockStatus{State: coins.BlockSide, Node: "other"}
	for _, x := range []struct {
		name  string
		chain []coins.BlockStatus
		want  uint64
	}{
		{"a proof", []coins.BlockStatus{tip, side, tip}, 255_000_000},
		{"the job's parent is not on the chain", []coins.BlockStatus{side, side, side}, 250_000_000},
		{"the job's parent is not the tip", []coins.BlockStatus{deeper, side, deeper}, 250_000_000},
		{"it is the tip no more", []coins.BlockStatus{tip, side, deeper}, 250_000_000},
		{"another node answers", []coins.BlockStatus{tip, otherSide, tip}, 250_000_000},
		{"another node answers at last", []coins.BlockStatus{tip, side, other}, 250_000_000},
		{"the last answer is missing", []coins.BlockStatus{tip, side}, 250_000_000},
		{"on the chain", []coins.BlockStatus{tip, deeper, tip}, 250_000_000},
	} {
		f := &fakeOutlooks{states: map[[32]byte]string{}, chain: x.chain, outlook: ledger.Outlook{
			Scheme: "pplns", Reward: 1_000_000_000, Accounts: []string{"b"}, Parts: []uint64{direct.Whole / 4}, Carries: []int64{5_000_000},
		}}
		d := fakePlanner(f)
		d.look(t.Context())
		d.found(coins.Hash{1}, 10)
		next := templateAt(12, coins.Hash{8})
		if d.paidAt(next, nil); len(d.wake) != 1 {
			t.Errorf("%s: the chain is not asked at once", x.name)
		}
		d.ask(t.Context())
		if got := d.paidAt(next, nil); got["b"] != x.want {
			t.Errorf("%s: got %v, want b paid %d", x.name, got, x.want)
		}
	}

	// The answer is of a parent that no job has any more.
	f := &fakeOutlooks{states: map[[32]byte]string{}, outlook: ledger.Outlook{
		Scheme: "pplns", Reward: 1_000_000_000, Accounts: []string{"b"}, Parts: []uint64{direct.Whole / 4}, Carries: []int64{5_000_000},
	}}
	d := fakePlanner(f)
	d.look(t.Context())
	d.found(coins.Hash{1}, 10)
	d.paidAt(templateAt(12, coins.Hash{8}), nil)
	f.chain = onTip(coins.BlockSide)
	d.status = func(ctx context.Context, h coins.Hash, height uint64) (coins.BlockStatus, error) {
		if f.asked == 1 {
			d.paidAt(templateAt(12, coins.Hash{7}), nil)
		}
		return f.status(ctx, h, height)
	}
	d.ask(t.Context())
	if got := d.paidAt(templateAt(12, coins.Hash{7}), nil); got["b"] != 250_000_000 {
		t.Errorf("an answer about another parent: got %v, want no carries paid", got)
	}
}

// TestBlockTakenOffWhileLooking has the ledger change its mind about a block beside an
// answer: what the answer has of it is not known.
func TestBlockTakenOffWhileLooking(t *testing.T) {
	mine := coins.Hash{1}
	for _, x := range []struct{ before, after string }{{"accepted", "orphaned"}, {"received", "accepted"}} {
		f := &fakeOutlooks{states: map[[32]byte]string{mine: x.before}, outlook: ledger.Outlook{
			Scheme: "pplns", Reward: 1_000_000_000, Accounts: []string{"b"}, Parts: []uint64{direct.Whole / 4}, Carries: []int64{5_000_000},
		}}
		d := fakePlanner(f)
		d.found(mine, 10)
		f.during = func() { f.states[mine] = x.after }
		d.look(t.Context())
		if got := d.paidAt(templateAt(11, mine), nil); got["b"] != 250_000_000 {
			t.Errorf("%s, then %s: got %v, want no carries paid", x.before, x.after, got)
		}
		d.look(t.Context())
		want := map[string]uint64{"accepted": 255_000_000, "orphaned": 250_000_000}[x.after]
		if got := d.paidAt(templateAt(11, mine), nil); got["b"] != want {
			t.Errorf("%s at the next look: got %v, want b paid %d", x.after, got, want)
		}
	}
}

func TestPlanOfPartOfTheLogIsNone(t *testing.T) {
	f := &fakeOutlooks{outlook: ledger.Outlook{Position: 5, Reward: 1, Accounts: []string{"a"}, Parts: []uint64{direct.Whole}}}
	d := fakePlanner(f)
	d.from = 6
	if d.look(t.Context()); d.now.Load() != nil {
		t.Error("a plan was made of a ledger that has not counted all payments")
	}
	f.outlook.Position = 6
	if d.look(t.Context()); d.now.Load() == nil {
		t.Error("no plan was made of a ledger that has all")
	}
}

func TestOwnMinimum(t *testing.T) {
	f := &fakeOutlooks{minimum: map[string]uint64{"a": 600_000_000}, outlook: ledger.Outlook{
		Scheme: "pplns", Reward: 1_000_000_000, Accounts: []string{"a", "b"}, Parts: []uint64{direct.Whole / 2, direct.Whole / 4},
	}}
	d := fakePlanner(f)
	d.look(t.Context())
	if got := d.paidAt(templateAt(1, coins.Hash{}), nil); got["a"] != 0 || got["b"] == 0 {
		t.Errorf("got %v: a wants no output below 0.6 of the block", got)
	}
}

func TestSoloPaysTheFinder(t *testing.T) {
	f := &fakeOutlooks{outlook: ledger.Outlook{
		Scheme: "solo", Finder: true, Reward: 1_000_000_000, Accounts: []string{"a", "b"},
		Parts: []uint64{direct.Whole / 10 * 9, direct.Whole / 10 * 8}, Carries: []int64{0, 4_000_000},
	}}
	d := fakePlanner(f)
	d.solo = true
	script := make([]byte, 22)
	late := job.NewPayee("new", script)
	if got := d.paidAt(templateAt(1, coins.Hash{}), late); got["new"] < 989_999_000 {
		t.Errorf("without a plan: got %v, want all but the fee for the finder", got)
	}
	d.look(t.Context())
	for name, want := range map[string]uint64{"a": 899_999_999, "b": 803_999_999, "new": 989_999_999} {
		got := d.paidAt(templateAt(1, coins.Hash{}), job.NewPayee(name, script))
		if diff := int64(got[name]) - int64(want); diff < -1000 || diff > 1000 {
			t.Errorf("%s finds it: got %v, want %d", name, got, want)
		}
	}
}

func TestReloadAddsNoSecondPayer(t *testing.T) {
	with := configs.DefaultPayouts()
	with.Chains = map[string]configs.PayoutChain{"c": {Minimum: "1"}}
	e := &Engine{log: slog.New(slog.DiscardHandler), cfg: Config{Pools: map[string]configs.Pool{
		"direct": {Parent: "c", Payout: "coinbase"}, "both": {Parent: "c", Payout: "coinbase", Payouts: &with}, "wallet": {Parent: "c", Payout: "pool"},
	}}}
	for _, x := range []struct {
		pool, chain string
		want        bool
	}{{"direct", "c", true}, {"direct", "aux", false}, {"both", "c", false}, {"wallet", "c", false}, {"new", "c", false}} {
		if got := e.paidByCoinbase(payout.Plan{Pool: x.pool, Chain: x.chain}); got != x.want {
			t.Errorf("%s, %s: got %t, want %t", x.pool, x.chain, got, x.want)
		}
	}
}

func TestClassOfALogin(t *testing.T) {
	p := &pool{}
	p.cfg.Listen = []configs.Listen{{Address: ":1", Profile: "normal"}, {Address: ":2", Profile: "rental", Coinbase: configs.CoinbaseLimits{MaxBytes: 2000, MaxOutputs: 7}}}
	for _, x := range []struct {
		login stratum.Login
		want  direct.Limits
	}{
		{stratum.Login{Listener: ":1"}, direct.Limits{Outputs: 500, Bytes: 750}},
		{stratum.Login{Listener: ":2", Agent: "x"}, direct.Limits{Outputs: 7, Bytes: 2000}},
		{stratum.Login{Listener: ":2", Agent: "NiceHash/1"}, direct.Limits{Outputs: 7, Bytes: 500}},
	} {
		if got := p.classOf(x.login); got != x.want {
			t.Errorf("%+v: got %+v, want %+v", x.login, got, x.want)
		}
	}
}

// BenchmarkCoinbaseJob publishes jobs of a full block: for the operator alone, and
// with coinbases that pay 100,000 accounts as far as they fit, for three classes of
// miners.
func BenchmarkCoinbaseJob(b *testing.B) {
	for _, accounts := range []int{0, 100_000} {
		b.Run(fmt.Sprint("accounts=", accounts), func(b *testing.B) {
			p := newBench(b, 5)
			if accounts > 0 {
				p.direct = bigPlanner(b, accounts)
				for _, size := range []int{500, 750, 6500} {
					p.direct.payee(direct.Limits{Outputs: 500, Bytes: size}, "", nil)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				t := *p.template // as new as any
				if err := p.publish(&t, p.works, false, time.Now()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPlan looks at the ledger, beside the mining.
func BenchmarkPlan(b *testing.B) {
	d := bigPlanner(b, 100_000)
	for b.Loop() {
		d.now.Store(nil)
		d.look(b.Context())
	}
}

// bigPlanner is a planner over a real ledger with so many accounts in the window.
func bigPlanner(b *testing.B, accounts int) *planner {
	b.Helper()
	dir := b.TempDir()
	log, err := sharelog.Open(filepath.Join(dir, "shares"), sharelog.Options{Sync: "os"})
	if err != nil {
		b.Fatal(err)
	}
	l, err := ledger.Open(filepath.Join(dir, "db"), log, ledger.Options{})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		<-done
		l.Close()
		log.Close()
	})
	var batch sharelog.Batch
	batch.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "pplns", Window: 2_000_000, Payout: "coinbase"})
	batch.Job(&sharelog.Job{Pool: "p", Chains: []sharelog.JobChain{{Name: "c", Difficulty: float64(accounts), Reward: 312_500_000}}})
	for i := range 2 * accounts {
		var name [4]byte
		binary.BigEndian.PutUint32(name[:], uint32(i%accounts))
		batch.Share(&sharelog.Share{Pool: "p", Account: fmt.Sprintf("%x", name), Difficulty: 1 / float64(1+i%accounts/10)})
	}
	batch.Block(&sharelog.Block{Pool: "p", Chain: "c", State: "accepted", Reward: 312_500_000})
	if err := log.Append(&batch); err != nil {
		b.Fatal(err)
	}
	if err := l.Sync(ctx, log.End()); err != nil {
		b.Fatal(err)
	}
	d := fakePlanner(&fakeOutlooks{})
	d.ledger = l
	d.look(ctx)
	if p := d.now.Load(); p == nil || len(p.plan.Accounts) < 200 {
		b.Fatal("no plan for the accounts")
	}
	return d
}
