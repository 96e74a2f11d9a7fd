package payout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/litecoin"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// The process that pays: this test's own file, told by its environment.
const (
	envDir     = "PAYOUT_TEST_DIR"
	envCoin    = "PAYOUT_TEST_COIN"
	envKill    = "PAYOUT_TEST_KILL"    // the step at which it kills itself; 0: none
	envSockets = "PAYOUT_TEST_SOCKETS" // folder for the socket of a coin in a process of its own; empty: in this one
)

// openCoin is a coin in this process, as Wallet has it.
type openCoin struct {
	coins.Wallet
	info coins.CoinInfo
}

func (o openCoin) Info() (coins.CoinInfo, bool) { return o.info, true }

func (o openCoin) Kept(ctx context.Context, raw []byte) ([]int, bool, error) {
	return o.Wallet.(coins.Keeper).Kept(ctx, raw)
}

func mustCoin(t *testing.T, settings, sockets string) openCoin {
	t.Helper()
	var driver coins.Driver = litecoin.New(nil)
	if sockets != "" {
		driver = mustIsolated(t, sockets)
	}
	c, err := driver.Open(t.Context(), coins.Settings{Instance: "ltc", Network: "regtest", JSON: []byte(settings)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return openCoin{c.(coins.Wallet), c.Info()}
}

var litecoinPlan = Plan{Pool: "p", Chain: "c", Minimum: "0.01", Every: time.Hour, Batch: 2, Confirmations: 3, FeeRate: "0.0001", MaxFee: "0.01"}

// TestProcess is no test: it is the process that TestKilledAtEveryStep kills.
func TestProcess(t *testing.T) {
	dir := os.Getenv(envDir)
	if dir == "" {
		t.Skip("is run by TestKilledAtEveryStep")
	}
	left, err := strconv.Atoi(os.Getenv(envKill))
	if err != nil {
		t.Fatal(err)
	}
	b := mustBooks(t, dir)
	defer b.stop()
	p := b.payer(mustCoin(t, os.Getenv(envCoin), os.Getenv(envSockets)), func(point string) error {
		if left--; left == 0 {
			fmt.Println("killed at:", point)
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		return nil
	}, litecoinPlan)
	if err := p.Round(t.Context(), litecoinPlan); err != nil {
		t.Fatal(err)
	}
}

// payProcess runs a round in a process of its own and returns where it was
// killed; empty where it came to its end.
func payProcess(t *testing.T, dir, coin, sockets string, kill int) (point string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestProcess$")
	cmd.Env = append(os.Environ(), envDir+"="+dir, envCoin+"="+coin, envSockets+"="+sockets, envKill+"="+strconv.Itoa(kill))
	out, err := cmd.CombinedOutput()
	if err == nil {
		return ""
	}
	var exit *exec.ExitError
	if st, ok := exitOf(err, &exit); !ok || st != syscall.SIGKILL {
		t.Fatalf("process: %v\n%s", err, out)
	}
	_, point, _ = strings.Cut(string(out), "killed at: ")
	return strings.TrimSpace(point)
}

func exitOf(err error, exit **exec.ExitError) (syscall.Signal, bool) {
	if !errors.As(err, exit) {
		return 0, false
	}
	st, ok := (*exit).Sys().(syscall.WaitStatus)
	return st.Signal(), ok && st.Signaled()
}

// litecoinTown is a litecoind with the pool's wallet, filled, and one of people
// to be paid.
type litecoinTown struct {
	*testnode.Litecoin
	t      *testing.T
	mining string // address of the pool's wallet
	coin   string // settings
	people []string
}

func mustTown(t *testing.T) *litecoinTown {
	t.Helper()
	town := &litecoinTown{Litecoin: testnode.MustLitecoind(t), t: t}
	for _, w := range []string{"pool", "people"} {
		town.must("", nil, "createwallet", w)
	}
	town.must("pool", &town.mining, "getnewaddress")
	for _, kind := range []string{"bech32", "legacy", "p2sh-segwit"} {
		var a string
		town.must("people", &a, "getnewaddress", "", kind)
		town.people = append(town.people, a)
	}
	town.mine(108) // 8 rewards are mature
	settings, err := json.Marshal(map[string]any{
		"nodes":  []map[string]string{{"url": town.URL, "user": town.User, "password": town.Password}},
		"wallet": "pool",
	})
	if err != nil {
		t.Fatal(err)
	}
	town.coin = string(settings)
	return town
}

func (l *litecoinTown) must(wallet string, out any, method string, params ...any) {
	l.t.Helper()
	call := l.Call
	if wallet != "" {
		call = func(ctx context.Context, out any, method string, params ...any) error {
			return l.CallWallet(ctx, wallet, out, method, params...)
		}
	}
	if err := call(l.t.Context(), out, method, params...); err != nil {
		l.t.Fatal(err)
	}
}

func (l *litecoinTown) mine(blocks int) {
	l.t.Helper()
	if err := l.GenerateTo(l.t.Context(), blocks, l.mining); err != nil {
		l.t.Fatal(err)
	}
}

// received is what the people's addresses got in blocks, in base units.
func (l *litecoinTown) received() map[string]uint64 {
	l.t.Helper()
	sums := map[string]uint64{}
	for _, a := range l.people {
		var n json.Number
		l.must("people", &n, "getreceivedbyaddress", a, 1)
		units, err := Amount(n.String()).Units(8)
		if err != nil {
			l.t.Fatal(err)
		}
		sums[a] = units
	}
	return sums
}

// settle pays until nothing is under way.
func (l *litecoinTown) settle(dir, sockets string) {
	l.t.Helper()
	for range 3 {
		if at := payProcess(l.t, dir, l.coin, sockets, 0); at != "" {
			l.t.Fatalf("killed at %s", at)
		}
		l.mine(3)
	}
}

// A process that pays from a real wallet and is killed with signal 9 between any
// two steps: every address has exactly its due in the end, as the node counts.
func TestKilledAtEveryStep(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	for name, sockets := range map[string]string{"in process": "", "isolated": mustShortDir(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			killAtEveryStep(t, sockets)
		})
	}
}

func killAtEveryStep(t *testing.T, sockets string) {
	town := mustTown(t)
	dir := t.TempDir()
	due := map[string]uint64{}
	points := map[string]int{}
	credit := func(i int) {
		b := mustBooks(t, dir)
		defer b.stop()
		for a, account := range town.people {
			amount := uint64(2_000_000 + 1000*i + a)
			b.earn(account, amount)
			due[account] += amount
		}
		b.earn("no-address", 5_000_000)
	}
	for i := range 18 {
		credit(i)
		points[payProcess(t, dir, town.coin, sockets, 1+i%12)]++
		if i%5 == 4 {
			town.restart()
		}
		town.mine(i % 3)
	}
	town.settle(dir, sockets)
	// Locked inputs of bytes that nobody has, in a node that goes on running.
	credit(18)
	if at := payProcess(t, dir, town.coin, sockets, 2); at != "prepared" {
		t.Errorf("killed at %q, want prepared", at)
	}
	town.settle(dir, sockets)
	b := mustBooks(t, dir)
	defer b.stop()
	town.settled(b, due)
	for _, point := range []string{"chosen", "prepared", "written", "sent", "noted sent", "looked", "noted confirmed"} {
		if points[point] == 0 {
			t.Errorf("never killed at %q", point)
		}
	}
	t.Logf("killed at %v", points)
}

// settled demands that everybody has exactly what was due, as the node counts and
// by the books, and that nothing is left over.
func (l *litecoinTown) settled(b *books, due map[string]uint64) {
	l.t.Helper()
	if got := l.received(); !maps.Equal(got, due) {
		l.t.Errorf("received: got %v, want %v", got, due)
	}
	for account, want := range due {
		if owed, sending, paid := b.owed(account); owed != 0 || sending != 0 || paid != want {
			l.t.Errorf("%s: owed %d, sending %d, paid %d; want 0, 0, %d", account, owed, sending, paid, want)
		}
	}
	var locked []any
	l.must("pool", &locked, "listlockunspent")
	if len(locked) != 0 {
		l.t.Errorf("inputs are left locked: %v", locked)
	}
}

// restart ends the node in good order and starts it again: it forgets the locks
// of its wallets.
func (l *litecoinTown) restart() {
	l.t.Helper()
	pid := l.PID()
	l.must("", nil, "stop")
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Minute)
	defer cancel()
	err := testnode.Wait(ctx, func() (bool, error) { return syscall.Kill(pid, 0) != nil, nil })
	if err != nil {
		l.t.Fatal(err)
	}
	l.Kill() // only its name is left
	if err := l.Start(ctx); err != nil {
		l.t.Fatal(err)
	}
	for _, w := range []string{"pool", "people"} {
		err := l.Call(ctx, nil, "loadwallet", w)
		var fault *testnode.Fault
		if err != nil && !errors.As(err, &fault) { // it may be loaded already
			l.t.Fatal(err)
		}
	}
}

// A real node's word about an amount that is too small for it is known before the
// round, and nothing is left locked.
func TestDustIsKnownBeforehand(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	town := mustTown(t)
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	b.earn(town.people[0], 2_000_000)
	b.earn(town.people[1], 100)
	small := litecoinPlan
	small.Minimum = "0.00000050"
	p := b.payer(mustCoin(t, town.coin, ""), nil, small)
	out, err := p.Propose(t.Context(), small)
	if err != nil || out.Problem != "" || len(out.Pay) != 1 || out.Total != 2_000_000 || len(out.Skipped) != 1 ||
		out.Skipped[0].Refused != town.people[1] || !strings.Contains(out.Skipped[0].Reason, "too small") {
		t.Errorf("got %+v, %v", out, err)
	}
	var locked []any
	if town.must("pool", &locked, "listlockunspent"); len(locked) != 0 {
		t.Errorf("inputs are left locked: %v", locked)
	}
}

// A log that is restored from a copy older than a payment makes the payment again,
// unless it is recorded from the wallet: then everybody has exactly its due.
func TestRecordAfterARestore(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	town := mustTown(t)
	wallet := mustCoin(t, town.coin, "")
	dir, copied := t.TempDir(), t.TempDir()
	due := map[string]uint64{}
	many := litecoinPlan
	many.Batch = 10
	b := mustBooks(t, dir)
	for i, account := range town.people {
		due[account] = uint64(2_000_000 + i)
		b.earn(account, due[account])
	}
	b.stop()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	b = mustBooks(t, dir)
	if err := b.round(wallet, many); err != nil {
		t.Fatal(err)
	}
	rows, err := b.ledger.Payments(ledger.PaymentFilter{}, 0, 10)
	if err != nil || len(rows) != 1 {
		t.Fatalf("payments: %+v, %v", rows, err)
	}
	b.stop()

	b = mustBooks(t, copied)
	defer b.stop()
	p := b.payer(wallet, nil, many)
	if out, err := p.Propose(t.Context(), many); err != nil || len(out.Pay) != 3 {
		t.Fatalf("the restored log: got %+v, %v; want three that would be paid again", out, err)
	}
	var tx struct {
		Hex     string
		Details []struct{ Vout int }
	}
	town.must("pool", &tx, "gettransaction", rows[0].TxID)
	order := RecordOrder{Chain: "c", Raw: mustRaw(t, tx.Hex), Write: true}
	// The wallet says which output is the change: what it has paid to others is listed.
	change := 3 * 4 / 2
	for _, d := range tx.Details {
		change -= d.Vout
	}
	out, err := p.Record(t.Context(), RecordOrder{Chain: "c", Raw: order.Raw})
	if err != nil || len(out.Others) != 1 || out.Others[0].Output != change || out.Others[0].Said != WasKept || out.Payment != 0 {
		t.Fatalf("shown: got %+v, %v; want output %d to be the change", out, err, change)
	}
	out, err = p.Record(t.Context(), order)
	if err != nil || len(tx.Details) != 3 || out.TxID != rows[0].TxID || len(out.Lines) != 3 || len(out.Others) != 1 || out.State != coins.PaymentInMempool.String() {
		t.Fatalf("recorded: got %+v, %v", out, err)
	}
	if _, err := p.Record(t.Context(), order); !errors.Is(err, ErrRecord) {
		t.Errorf("recorded again: got %v", err)
	}
	for range 3 {
		if err := p.Round(t.Context(), many); err != nil {
			t.Fatal(err)
		}
		town.mine(3)
	}
	town.settled(b, due)

	// Nor is what others have sent to the wallet and to accounts.
	var foreign string
	town.must("people", &foreign, "sendmany", "", map[string]string{town.mining: "0.004", town.people[0]: "0.003"})
	town.must("", nil, "syncwithvalidationinterfacequeue")
	town.must("pool", &tx, "gettransaction", foreign)
	order = RecordOrder{Chain: "c", Raw: mustRaw(t, tx.Hex), Write: true, Beyond: true}
	if out, err := p.Record(t.Context(), order); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), "and has not sent it") || out.Payment != 0 {
		t.Errorf("sent by others, in the mempool: got %+v, %v", out, err)
	}
	town.mine(1)
	if out, err := p.Record(t.Context(), order); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), "and has not sent it") || out.Payment != 0 {
		t.Errorf("sent by others, mined: got %+v, %v", out, err)
	}
	var mined []struct{ TxID string }
	town.must("pool", &mined, "listtransactions", "*", 1)
	town.must("pool", &tx, "gettransaction", mined[0].TxID)
	if out, err := p.Record(t.Context(), RecordOrder{Chain: "c", Raw: mustRaw(t, tx.Hex), Write: true, Beyond: true}); !errors.Is(err, ErrRecord) || out.Payment != 0 {
		t.Errorf("a coinbase: got %+v, %v", out, err)
	}
}
