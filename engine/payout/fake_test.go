package payout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/motherlode-pool/motherlode/coins"
)

// fakeTx is a transaction of the fake chain; it spends one coin.
type fakeTx struct {
	ID       string
	Input    int
	Payments []coins.Payment
}

// fakeChain is a node with a wallet of coins that can each be spent once.
type fakeChain struct {
	mu      sync.Mutex
	coins   int // 0 to coins-1
	locked  map[int]bool
	mempool map[string]fakeTx
	mined   map[string]uint64 // height
	txs     map[string]fakeTx
	height  uint64
	made    int
	fault   error  // of Prepare
	deaf    error  // of Send
	dust    uint64 // no payment may be below
}

func newFakeChain() *fakeChain {
	return &fakeChain{coins: 1000, locked: map[int]bool{}, mempool: map[string]fakeTx{}, mined: map[string]uint64{}, txs: map[string]fakeTx{}}
}

func (c *fakeChain) Info() (coins.CoinInfo, bool)          { return coins.CoinInfo{Decimals: 8}, true }
func (c *fakeChain) Funds(context.Context) (uint64, error) { return 1e15, nil }

// ValidateAddress takes what starts with addr, in either case.
func (c *fakeChain) ValidateAddress(_ context.Context, a string) (coins.Payee, error) {
	a = strings.ToLower(a)
	if !strings.HasPrefix(a, "addr") {
		return coins.Payee{Reason: "no address"}, nil
	}
	return coins.Payee{Valid: true, Address: a, Script: []byte(a)}, nil
}

func parseTx(raw []byte) (tx fakeTx) {
	if err := json.Unmarshal(raw, &tx); err != nil {
		panic(err)
	}
	return tx
}

func (c *fakeChain) Reserve(_ context.Context, open [][]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.locked = map[int]bool{}
	for _, raw := range open {
		c.locked[parseTx(raw).Input] = true
	}
	return nil
}

// spentBy is the transaction that has spent a coin, in the chain or the mempool.
func (c *fakeChain) spentBy(coin int) (fakeTx, bool) {
	for id := range c.mined {
		if tx := c.txs[id]; tx.Input == coin {
			return tx, true
		}
	}
	for _, tx := range c.mempool {
		if tx.Input == coin {
			return tx, true
		}
	}
	return fakeTx{}, false
}

func (c *fakeChain) Prepare(_ context.Context, payments []coins.Payment, _ coins.FeePolicy) (coins.PreparedPayment, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault != nil {
		return coins.PreparedPayment{}, c.fault
	}
	for _, p := range payments {
		if p.Amount < c.dust {
			return coins.PreparedPayment{}, fmt.Errorf("%w: amount too small", coins.ErrPayment)
		}
	}
	for coin := range c.coins {
		if _, spent := c.spentBy(coin); spent || c.locked[coin] {
			continue
		}
		c.locked[coin] = true
		c.made++
		tx := fakeTx{fmt.Sprint("tx", c.made), coin, payments}
		raw, err := json.Marshal(tx)
		return coins.PreparedPayment{TxID: tx.ID, Raw: raw, Fee: 1}, err
	}
	return coins.PreparedPayment{}, coins.ErrWalletPoor
}

func (c *fakeChain) Send(_ context.Context, raw []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deaf != nil {
		return c.deaf
	}
	tx := parseTx(raw)
	if other, spent := c.spentBy(tx.Input); spent && other.ID != tx.ID {
		return errors.New("inputs are spent")
	} else if !spent {
		c.mempool[tx.ID] = tx
	}
	return nil
}

func (c *fakeChain) PaymentStatus(_ context.Context, raw []byte, payments []coins.Payment) (coins.PaymentStatus, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	tx := parseTx(raw)
	other, spent := c.spentBy(tx.Input)
	height, mined := c.mined[other.ID]
	switch {
	case !spent, other.ID != tx.ID && !mined:
		return coins.PaymentStatus{State: coins.PaymentUnknown}, nil
	case !mined:
		return coins.PaymentStatus{State: coins.PaymentInMempool}, nil
	case other.ID == tx.ID:
		return coins.PaymentStatus{State: coins.PaymentMined, Confirmations: c.height - height + 1}, nil
	}
	st := coins.PaymentStatus{State: coins.PaymentConflicted, Confirmations: c.height - height + 1, By: other.ID}
	for _, p := range payments {
		if slices.Contains(other.Payments, p) {
			st.Same++
		}
	}
	return st, nil
}

// mine puts the mempool into a block, and makes more of them.
func (c *fakeChain) mine(blocks int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range blocks {
		c.height++
		for id, tx := range c.mempool {
			c.mined[id], c.txs[id] = c.height, tx
		}
		clear(c.mempool)
	}
}

// steal has another transaction spend the coin of one that is under way.
func (c *fakeChain) steal(raw []byte, payments []coins.Payment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	tx := parseTx(raw)
	delete(c.mempool, tx.ID)
	tx.ID, tx.Payments = tx.ID+"'", payments
	c.mempool[tx.ID] = tx
}

// received is what each address got in blocks.
func (c *fakeChain) received() map[string]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	sums := map[string]uint64{}
	for id := range maps.Keys(c.mined) {
		for _, p := range c.txs[id].Payments {
			sums[p.Address] += p.Amount
		}
	}
	return sums
}
