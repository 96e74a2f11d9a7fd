package payout

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// The first payment of Bitcoin's block 170, from its raw transaction in the chain.
const firstPayment = "0100000001c997a5e56e104102fa209c6a852dd90660a20b2d9c352423edce25857fcd3704000000004847304402204e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220181522ec8eca07de4860a4acdd12909d831cc56cbbac4622082221a8768d1d0901ffffffff0200ca9a3b00000000434104ae1a62fe09c5f51b13905f07f06b99a2f7159b2225f374cd378d71302fa28414e7aab37397f554a7df5f142c21c1b7303b8a0626f1baded5c72a704f7e6cd84cac00286bee0000000043410411db93e1dcdb8a016b49840f8c53bc1eb68a382e97b1482ecad7b148a6909a5cb2e0eaddfb84ccf9744464f82e160bfa9b8b64f9d4c03f999b8643f656b412a3ac00000000"

// A transaction of BIP 143's examples (native P2WPKH), signed.
const witnessPayment = "01000000000102fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f00000000494830450221008b9d1dc26ba6a9cb62127b02742fa9d754cd3bebf337f7a55d114c8e5cdd30be022040529b194ba3f9281a99f2b1c0a19c0489bc22ede944ccf4ecbab4cc618ef3ed01eeffffffef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff02202cb206000000001976a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac000247304402203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a0220573a954c4518331561406f90300e8f3358f51928d43c212a8caed02de67eebee0121025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee635711000000"

func mustRaw(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestParseRaw(t *testing.T) {
	for _, c := range []struct {
		name, raw, id string
		inputs        int
		amounts       []uint64
	}{
		{"bitcoin's first payment", firstPayment, "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16", 1, []uint64{10e8, 40e8}},
		{"with witnesses", witnessPayment, "e8151a2af31c368a35053ddd4bdb285a8595c769a3ad83e0fa02314a602d4609", 2, []uint64{112340000, 223450000}},
	} {
		tx, err := parseRaw(mustRaw(t, c.raw))
		if err != nil || len(tx.inputs) != c.inputs || len(tx.outputs) != len(c.amounts) || tx.id != c.id {
			t.Fatalf("%s: got %+v, %v", c.name, tx, err)
		}
		for i, want := range c.amounts {
			if tx.outputs[i].amount != want {
				t.Errorf("%s: output %d pays %d, want %d", c.name, i, tx.outputs[i].amount, want)
			}
		}
		raw := mustRaw(t, c.raw)
		for n := range raw {
			if _, err := parseRaw(raw[:n]); err == nil {
				t.Fatalf("%s, cut to %d bytes: no error", c.name, n)
			}
		}
		if _, err := parseRaw(append(raw, 0)); err == nil {
			t.Errorf("%s, with a byte more: no error", c.name)
		}
	}
}

func FuzzParseRaw(f *testing.F) {
	f.Add(mustRaw(f, firstPayment))
	f.Add(mustRaw(f, witnessPayment))
	f.Add([]byte("\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		tx, err := parseRaw(raw)
		if err == nil && (len(tx.inputs) == 0 || len(tx.outputs) == 0 || len(tx.id) != 64) {
			t.Errorf("got %+v", tx)
		}
	})
}

// archive is a wallet that knows of one transaction.
type archive struct {
	*fakeChain
	raw    []byte
	status coins.PaymentStatus
	sent   int
}

func (a *archive) Reserve(context.Context, [][]byte) error { return nil }

func (a *archive) Send(context.Context, []byte) error {
	a.sent++
	return nil
}

func (a *archive) PaymentStatus(_ context.Context, raw []byte, _ []coins.Payment) (coins.PaymentStatus, error) {
	if !bytes.Equal(raw, a.raw) {
		return coins.PaymentStatus{State: coins.PaymentUnknown}, nil
	}
	return a.status, nil
}

// rawPaying is a transaction that spends a coin and pays addresses, by the scripts of
// fakeChain. No address is an output to a stranger.
func rawPaying(coin byte, outputs ...coins.Payment) []byte {
	raw := append([]byte{1, 0, 0, 0, 1}, make([]byte, 41)...)
	raw[5] = coin
	raw = append(raw, byte(len(outputs)))
	for _, o := range outputs {
		raw = binary.LittleEndian.AppendUint64(raw, o.Amount)
		raw = append(append(raw, byte(len(o.Address))), o.Address...)
	}
	return append(raw, 0, 0, 0, 0)
}

// A payment that the log lost is written down once, and is then no longer owed.
func TestRecord(t *testing.T) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	b.earn("addr1", 1000)
	b.earn("addr2", 2000)
	b.earn("ADDR2", 500) // shares an address
	b.earn("other", 3000)
	b.append(func(batch *sharelog.Batch) {
		batch.Settings(&sharelog.Settings{Stated: 1, Pool: "p", Account: "other", By: ledger.ByOperator, Set: []sharelog.Setting{{Key: ledger.SetPayout, Chain: "c", Address: "addr9"}}})
	})
	to := func(address string, amount uint64) coins.Payment {
		return coins.Payment{Address: address, Amount: amount}
	}
	raw := rawPaying(1, to("addr2", 2300), to("change", 77), to("addr9", 3000), to("addr1", 1000))
	w := &archive{fakeChain: newFakeChain(), raw: raw, status: coins.PaymentStatus{State: coins.PaymentMined, Confirmations: 1}}
	p := b.payer(w, nil, plan)
	change := 1
	try := func(o RecordOrder) (Recording, error) { return p.Record(t.Context(), o) }
	end := b.log.End()
	for _, c := range []struct {
		name, want string
		o          RecordOrder
	}{
		{"no transaction", "no transaction as Bitcoin has them", RecordOrder{Chain: "c", Raw: []byte("x")}},
		{"another chain", `no pool mines "d"`, RecordOrder{Chain: "d", Raw: raw}},
		{"another pool", "pays no account of pool q", RecordOrder{Chain: "c", Pool: "q", Raw: raw, Beyond: true}},
		{"not known to the wallet", "neither in a block nor in its mempool", RecordOrder{Chain: "c", Raw: rawPaying(2, to("addr1", 1000))}},
	} {
		c.o.Write = true
		if out, err := try(c.o); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), c.want) || out.Payment != 0 {
			t.Errorf("%s: got %+v, %v; want %q", c.name, out, err, c.want)
		}
	}
	for _, c := range []struct {
		name, want string
		raw        []byte
	}{
		{"more than is owed", `pays 0.00001001 to "addr1", which is owed 0.00001000`, rawPaying(3, to("addr1", 1001))},
		{"two outputs to strangers", "2 of its outputs pay nobody", rawPaying(3, to("addr1", 10), to("x", 1), to("y", 1))},
		{"an output that may be anybody's", `output 1 pays nobody whom the log knows at this address`, rawPaying(3, to("addr1", 10), to("x", 1))},
		{"strangers alone", "pays no account", rawPaying(3, to("x", 1))},
	} {
		w.raw = c.raw
		if out, err := try(RecordOrder{Chain: "c", Raw: c.raw, Write: true}); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), c.want) || out.Payment != 0 {
			t.Errorf("%s: got %+v, %v; want %q", c.name, out, err, c.want)
		}
	}
	w.raw, w.status.State = raw, coins.PaymentConflicted
	if _, err := try(RecordOrder{Chain: "c", Raw: raw, Write: true}); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), "never paid anybody") {
		t.Errorf("conflicted: got %v", err)
	}
	w.status = coins.PaymentStatus{State: coins.PaymentMined, Confirmations: 1, By: coins.ByOthers}
	if _, err := try(RecordOrder{Chain: "c", Raw: raw, Change: &change, Write: true, Beyond: true}); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), "has received it and has not sent it") {
		t.Errorf("sent by others: got %v", err)
	}
	w.status.By = ""
	out, err := try(RecordOrder{Chain: "c", Raw: raw, Change: &change})
	if err != nil || len(out.Lines) != 4 || len(out.Others) != 1 || out.Others[0] != (OtherOut{Output: 1, Amount: 77}) || out.Payment != 0 {
		t.Errorf("shown: got %+v, %v", out, err)
	}
	if b.log.End() != end {
		t.Error("something was written that was refused or only shown")
	}

	if out, err = try(RecordOrder{Chain: "c", Raw: raw, Change: &change, Write: true}); err != nil || out.Payment != 1 {
		t.Fatalf("written: got %+v, %v", out, err)
	}
	for account, want := range map[string][2]int64{"addr1": {0, 1000}, "ADDR2": {0, 500}, "addr2": {200, 1800}, "other": {0, 3000}} {
		if owed, sending, paid := b.owed(account); owed != want[0] || sending != uint64(want[1]) || paid != 0 {
			t.Errorf("%s: owed %d, sending %d, paid %d; want %v", account, owed, sending, paid, want)
		}
	}
	// Neither it nor another version of it is taken again.
	for _, again := range [][]byte{raw, rawPaying(1, to("addr2", 100))} {
		w.raw = again
		if _, err := try(RecordOrder{Chain: "c", Raw: again, Write: true, Beyond: true}); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), "payment 1 of pool p") {
			t.Errorf("again: got %v", err)
		}
	}
	w.raw, w.status.Confirmations = raw, 3
	dry := plan
	dry.DryRun = true
	if err := b.round(w, dry); err != nil {
		t.Fatal(err)
	}
	if owed, sending, paid := b.owed("other"); owed != 0 || sending != 0 || paid != 3000 || w.sent != 0 {
		t.Errorf("deep enough: owed %d, sending %d, paid %d, sent %d times", owed, sending, paid, w.sent)
	}
	if _, err := try(RecordOrder{Chain: "c", Raw: raw, Write: true}); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), "and is confirmed") {
		t.Errorf("again, when it is final: got %v", err)
	}

	// What was earned behind the end of the log is paid in advance.
	w.raw = rawPaying(4, to("addr1", 400), to("new1", 5), to("new2", 6))
	if out, err := try(RecordOrder{Chain: "c", Raw: w.raw, Write: true, Beyond: true}); err != nil || out.Payment != 2 {
		t.Errorf("beyond: got %+v, %v", out, err)
	}
	if owed, _, _ := b.owed("addr1"); owed != -400 {
		t.Errorf("beyond: owed %d, want -400", owed)
	}
}
