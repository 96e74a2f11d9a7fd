package wallet

import (
	"encoding/hex"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// The block whose reward a payment spends is dropped after it was mature: the payment,
// and one that spends its change, can never be mined, and are given up once the chain is
// ahead of all that has the block. A chain that takes it back has them mined after all.
func TestRewardThatWasDropped(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	t.Parallel()
	p := mustPurse(t)
	pays := []coins.Payment{{Address: testnode.AnyAddress, Amount: 123_456_789}}
	p.mine(16) // heights up to 16 are written in another way
	var unspent []outpoint
	p.call("pool", &unspent, "listunspent", 0, 101) // the last one
	reward := unspent[0]
	var others []outpoint
	p.call("pool", &others, "listunspent", 102)
	p.call("pool", nil, "lockunspent", false, others)
	var txs []coins.PreparedPayment
	for range 2 {
		tx, err := p.Prepare(t.Context(), pays, fee)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Send(t.Context(), tx.Raw); err != nil {
			t.Fatal(err)
		}
		txs = append(txs, tx)
	}
	p.mine(1)
	var block struct{ Blockhash string }
	p.call("pool", &block, "gettransaction", reward.TxID)

	states := func(when string, want coins.PaymentStatus) {
		t.Helper()
		p.call("", nil, "syncwithvalidationinterfacequeue")
		for i, tx := range txs {
			if st := p.status(tx.Raw, pays); st != want {
				t.Errorf("%s: %d: got %+v, want %+v", when, i, st, want)
			}
		}
	}
	p.call("", nil, "invalidateblock", block.Blockhash)
	states("the chain ends before the block", coins.PaymentStatus{State: coins.PaymentUnknown})
	p.mine(101)
	states("another chain, shorter by one", coins.PaymentStatus{State: coins.PaymentConflicted, By: coins.ByDropped})
	p.mine(1)
	states("as long", coins.PaymentStatus{State: coins.PaymentConflicted, By: coins.ByDropped})
	p.mine(3)
	states("longer by three", coins.PaymentStatus{State: coins.PaymentConflicted, Confirmations: 3, By: coins.ByDropped})
	if err := p.Send(t.Context(), txs[0].Raw); err == nil {
		t.Error("the node takes it")
	}
	var longer string
	p.call("", &longer, "getblockhash", 20)
	p.call("", nil, "invalidateblock", longer)
	p.call("", nil, "reconsiderblock", block.Blockhash)
	states("back", coins.PaymentStatus{State: coins.PaymentMined, Confirmations: 1})
}

func TestHeightOf(t *testing.T) {
	for _, tt := range []struct {
		script string // hex
		height uint64
		says   string
	}{
		{"510101", 1, "51"}, {"600101", 16, "60"}, {"0111ff", 17, "0111"}, {"028000ff", 128, "028000"},
		{"03c0a90a2cfabe6d6d", 698816, "03c0a90a"}, {"", 0, ""}, {"00ff", 0, ""}, {"03c0a9", 0, ""}, {"05000000000100", 0, ""}, {"6101", 0, ""},
	} {
		script, _ := hex.DecodeString(tt.script)
		height, says := heightOf(script)
		if height != tt.height || hex.EncodeToString(says) != tt.says {
			t.Errorf("%s: got %d, %x; want %d, %s", tt.script, height, says, tt.height, tt.says)
		}
	}
}
