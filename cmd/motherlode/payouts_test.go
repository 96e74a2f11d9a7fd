package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/payout"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// noteWallet signs and sends by its word alone.
type noteWallet struct {
	fault    error
	replaced []byte // by a transaction that is mined
	by       string // its id
}

func (w *noteWallet) Info() (coins.CoinInfo, bool)          { return coins.CoinInfo{Decimals: 2}, true }
func (w *noteWallet) Funds(context.Context) (uint64, error) { return 1000, nil }
func (w *noteWallet) Reserve(context.Context, [][]byte) error {
	return nil
}
func (w *noteWallet) ValidateAddress(_ context.Context, a string) (coins.Payee, error) {
	return coins.Payee{Valid: strings.HasPrefix(a, "addr"), Reason: "no address", Address: a, Script: []byte(a)}, nil
}
func (w *noteWallet) Prepare(context.Context, []coins.Payment, coins.FeePolicy) (coins.PreparedPayment, error) {
	return coins.PreparedPayment{TxID: "abcd", Raw: []byte{1}}, w.fault
}
func (w *noteWallet) Send(context.Context, []byte) error { return nil }
func (w *noteWallet) PaymentStatus(_ context.Context, raw []byte, _ []coins.Payment) (coins.PaymentStatus, error) {
	switch {
	case bytes.Equal(raw, w.replaced):
		return coins.PaymentStatus{State: coins.PaymentConflicted, Confirmations: 20, By: coins.ByAltered + w.by}, nil
	case w.replaced != nil && len(raw) > 1:
		return coins.PaymentStatus{State: coins.PaymentMined, Confirmations: 20}, nil
	}
	return coins.PaymentStatus{State: coins.PaymentInMempool}, nil
}

// serveControl is a pool's socket that knows of payments alone.
func serveControl(ctx context.Context, dir string, payments http.Handler) error {
	more := map[string]http.Handler{"GET /payments": payments, "GET /proposals": payments, "POST /rounds": payments, "POST /records": payments, "POST /settlements": payments}
	return control.New(dir, nil, control.Options{More: more}).Run(ctx)
}

// payoutsCommand runs "motherlode payouts" and returns what it printed.
func payoutsCommand(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(append([]string{"payouts"}, args...))
	root.SetOut(&out)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

// The commands with a running pool, and without it.
func TestPayoutsCommands(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "m.toml")
	text := "data_dir = \"" + dir + "\"\n[coins.c]\ndriver = \"bitcoin\"\n[pools.p]\nparent = \"c\"\naddress = \"x\"\nlisten = [{ address = \":1\" }]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := sharelog.Open(filepath.Join(dir, "shares"), sharelog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(filepath.Join(dir, "ledger.db"), log, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b sharelog.Batch
	b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "solo", Payout: "pool"})
	b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{1}, State: "mature", Account: "addr1", Reward: 250})
	b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{2}, State: "mature", Account: "=1+1", Reward: 300})
	if err := log.Append(&b); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w := &noteWallet{}
	p := payout.New(l, log, []string{"c"}, func(string) (payout.Wallet, bool) { return w, true },
		[]payout.Plan{{Pool: "p", Chain: "c", Minimum: "1.00", Every: time.Hour, Batch: 10}}, payout.Options{})
	done := make(chan error, 2)
	go func() { done <- l.Run(ctx) }()
	go func() { done <- serveControl(ctx, dir, p.Handler()) }()
	limit := time.Now().Add(20 * time.Second)
	for {
		if _, err := payoutsCommand(t, "dry-run", file); err == nil {
			break
		} else if time.Now().After(limit) {
			t.Fatal(err)
		}
	}

	expect := func(what, got string, err error, want ...string) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		for _, s := range want {
			if !strings.Contains(got, s) {
				t.Errorf("%s: got\n%s\nwant %q in it", what, got, s)
			}
		}
	}
	got, err := payoutsCommand(t, "dry-run", file)
	expect("dry run", got, err, "c of pool p: 1 account, 2.50 in all; the wallet has 10.00", `2.50  addr1  for "addr1", the account's own`, `3.00  kept for "=1+1": no address of c is bound`)
	w.fault = coins.ErrPayment
	const refused = `2.50  addr1  refused by the node, stays owed to "addr1": payment cannot be made`
	got, err = payoutsCommand(t, "dry-run", file)
	expect("dry run of what the node refuses", got, err, "c of pool p: 0 accounts, 0.00 in all", refused)
	got, err = payoutsCommand(t, "run", file)
	expect("run of what the node refuses", got, err, "c of pool p: 0 payments", refused)
	w.fault = coins.ErrWalletLocked
	got, err = payoutsCommand(t, "dry-run", file)
	expect("dry run with a locked wallet", got, err, "problem: wallet is locked: unlock it", "2.50  addr1  for")
	if got, err := payoutsCommand(t, "run", file); err == nil || !strings.Contains(err.Error(), "wallet is locked") {
		t.Errorf("run with a locked wallet: got %q, %v", got, err)
	}
	w.fault = nil
	got, err = payoutsCommand(t, "run", file)
	expect("run", got, err, "c of pool p: 1 payment", "payment 1: 1 account, sent, transaction abcd")
	got, err = payoutsCommand(t, "run", file, "--pool", "other")
	expect("another pool", got, err, "no payouts are configured")
	// A transaction of one input that pays addr1 1.00, which is owed nothing any more.
	lost := "01000000" + "01" + strings.Repeat("07", 36) + "00" + "ffffffff" + "01" + "6400000000000000" + "05" + hex.EncodeToString([]byte("addr1")) + "00000000"
	for _, c := range []struct{ name, args, want string }{
		{"record without a chain", "record " + file + " " + lost, "which chain?"},
		{"record of an id", "record " + file + " --chain c " + strings.Repeat("ab", 32), "and not its id"},
		{"record of no hex", "record " + file + " --chain c nonsense", "and not its id"},
		{"record of more than is owed", "record " + file + " --chain c --yes " + lost, `it pays 1.00 to "addr1", which is owed 0.00 by the log`},
	} {
		if got, err := payoutsCommand(t, strings.Fields(c.args)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %q, %v", c.name, got, err)
		}
	}
	got, err = payoutsCommand(t, "record", file, "--chain", "c", "--beyond", lost)
	expect("record shows", got, err, "of c, in the mempool", "addr1    addr1    1.00  0.00  -1.00", "nothing was written: --yes writes it down")
	got, err = payoutsCommand(t, "record", file, "--chain", "c", "--beyond", "--yes", lost)
	expect("record writes", got, err, "written down as payment 2 of pool p")
	if got, err := payoutsCommand(t, "record", file, "--chain", "c", "--beyond", "--yes", lost); err == nil || !strings.Contains(err.Error(), "payment 2 of pool p is this transaction already") {
		t.Errorf("record again: got %q, %v", got, err)
	}
	// Which output is the change is the operator's to say.
	var more sharelog.Batch
	more.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{3}, State: "mature", Account: "addr1", Reward: 300})
	if err := log.Append(&more); err != nil {
		t.Fatal(err)
	}
	changed := "01000000" + "01" + strings.Repeat("08", 36) + "00" + "ffffffff" + "02" + "6400000000000000" + "05" + hex.EncodeToString([]byte("addr1")) +
		"3200000000000000" + "01" + "51" + "00000000"
	if got, err := payoutsCommand(t, "record", file, "--chain", "c", changed); err == nil || !strings.Contains(err.Error(), "say so with --change 1") ||
		!strings.Contains(got, "output 1: 0.50 to nobody whom the log knows at this address: the change?") {
		t.Errorf("record with change: got %q, %v", got, err)
	}
	got, err = payoutsCommand(t, "record", file, "--chain", "c", "--change", "1", changed)
	expect("record with change that is said", got, err, "addr1    addr1    1.00  2.00  1.00", "output 1: 0.50 the change, as you say", "nothing was written: --yes writes it down")
	// A payment whose transaction is known is not called failed without force.
	for _, c := range []struct{ args, want string }{
		{"one --failed", `"one" is no number of a payment`},
		{"2 --yes", "what has become of it?"},
		{"2 --may-pay-twice", "goes with --failed alone"},
		{"2 --failed --paid " + lost, "not both"},
		{"2 --paid " + strings.Repeat("ab", 32), "and not its id"},
		{"2 --paid " + lost, "its own transaction, which is followed"},
		{"2 --failed --yes", "would be paid twice: its transaction is in the mempool"},
		{"9 --failed", "there is no payment 9"},
	} {
		if got, err := payoutsCommand(t, append([]string{"settle", file}, strings.Fields(c.args)...)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("settle %s: got %q, %v", c.args, got, err)
		}
	}
	got, err = payoutsCommand(t, "settle", file, "2")
	expect("settle shows", got, err, "payment 2 of pool p, c: sent, transaction", "the wallet: its transaction is in the mempool", "addr1    addr1          1.00", "nothing was decided")
	got, err = payoutsCommand(t, "settle", file, "2", "--failed", "--may-pay-twice")
	expect("settle shows what it would do", got, err, "addr1    addr1          1.00    0.00            1.00", "nothing was written: --yes writes it down")
	got, err = payoutsCommand(t, "settle", file, "2", "--failed", "--may-pay-twice", "--yes")
	expect("settle writes", got, err, "written down")
	if got, err := payoutsCommand(t, "settle", file, "2", "--failed", "--yes"); err == nil || !strings.Contains(err.Error(), "payment 2 is settled already: it is failed") {
		t.Errorf("settle again: got %q, %v", got, err)
	}
	// One whose place another transaction has taken is paid as far as that one pays it.
	got, err = payoutsCommand(t, "record", file, "--chain", "c", "--change", "1", "--yes", changed)
	expect("record of what is replaced", got, err, "written down as payment 3 of pool p")
	if w.replaced, err = hex.DecodeString(changed); err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(changed, "6400000000000000", "2800000000000000", 1)
	raw, err := hex.DecodeString(other)
	if err != nil {
		t.Fatal(err)
	}
	once := sha256.Sum256(raw)
	w.by = coins.Hash(sha256.Sum256(once[:])).String()
	got, err = payoutsCommand(t, "settle", file, "3", "--paid", other, "--reason", "fee taken off", "--yes")
	expect("settle in part", got, err, "the wallet: "+w.by+" has spent its coins, with 20 confirmations, and makes 0 of its 1 payments",
		"addr1    addr1          1.00    0.40            0.60", "written down: what was paid is payment 4")
	if st, err := os.Stat(filepath.Join(dir, control.SocketName)); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("socket: got %v, %v; want mode 0600", st, err)
	}
	got, err = payoutsCommand(t, "list", file)
	expect("list of the running pool", got, err, "1        2", "sent", "250", "abcd")

	cancel()
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(l.Close(), log.Close()); err != nil {
		t.Fatal(err)
	}
	for _, audit := range [][]string{{"--ledger", file}, {"--chain", "c", "--all", file}} {
		root := newRoot()
		var out bytes.Buffer
		root.SetArgs(append([]string{"audit"}, audit...))
		root.SetOut(&out)
		err := root.ExecuteContext(t.Context())
		expect("audit of what was settled", out.String(), err, "no difference")
	}
	for _, cmd := range []string{"dry-run", "run"} {
		if got, err := payoutsCommand(t, cmd, file); !errors.Is(err, control.ErrNotRunning) || !strings.Contains(err.Error(), "by the running pool alone") {
			t.Errorf("%s without a pool: got %q, %v", cmd, got, err)
		}
	}
	got, err = payoutsCommand(t, "list", file)
	expect("list of the files", got, err, "sent", "abcd", "settled by the operator: fee taken off", "settled by the operator: by force, although payment 2 may have been paid", "the rest is owed again")
	got, err = payoutsCommand(t, "export", file)
	expect("export", got, err, "payment,time,changed,pool,chain,state,txid,account,address,amount\n4,", ",p,c,failed,", "\n1,", ",p,c,sent,abcd,addr1,addr1,250\n")
	got, err = payoutsCommand(t, "export", file, "--format", "json")
	expect("export as JSON", got, err, `"account":"addr1","address":"addr1","amount":250}`)
	if _, err := payoutsCommand(t, "export", file, "--format", "xml"); err == nil {
		t.Error("export as xml: got no error")
	}
	if got := harmless("=1+1") + harmless("a"); got != "'=1+1a" {
		t.Errorf("harmless: got %q", got)
	}
}
