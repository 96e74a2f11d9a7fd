package conformance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
)

// toyPurse is what a toy can spend; nothing ever leaves it.
const toyPurse = 1_000_000_000

// toyTx is a transaction of a toy. No two are the same.
type toyTx struct {
	Number   uint64
	Payments []coins.Payment
}

func (c *toyCoin) Funds(ctx context.Context) (uint64, error) {
	c.tardy(ctx)
	switch {
	case c.d.has("funds are an error"):
		return 0, errors.New("cannot say")
	case c.d.has("no wallet"):
		return 0, fmt.Errorf("toy: %w", coins.ErrNoWallet)
	}
	return toyPurse, nil
}

func (c *toyCoin) Reserve(_ context.Context, open [][]byte) error {
	if len(open) > 1 {
		return errors.New("one at most")
	}
	return nil
}

func (c *toyCoin) Prepare(ctx context.Context, payments []coins.Payment, _ coins.FeePolicy) (p coins.PreparedPayment, err error) {
	if c.d.has("no wallet") {
		return p, coins.ErrNoWallet
	}
	seen := map[string]bool{}
	for _, q := range payments {
		payee, err := c.ValidateAddress(ctx, q.Address)
		switch {
		case c.d.has("pays anybody"):
		case err != nil || !payee.Valid || q.Amount == 0 || seen[q.Address]:
			if c.d.has("refusals are errors") {
				return p, errors.New("bad payment")
			}
			return p, fmt.Errorf("toy: %w", coins.ErrPayment)
		case q.Amount > toyPurse:
			return p, coins.ErrWalletPoor
		}
		seen[q.Address] = true
	}
	c.d.mu.Lock()
	c.d.prepared++
	n := c.d.prepared
	c.d.mu.Unlock()
	raw, err := json.Marshal(toyTx{n, payments})
	p = coins.PreparedPayment{TxID: toyID(raw), Raw: raw, Fee: 1}
	if c.d.has("sends at once") {
		c.d.put(p.TxID)
	}
	return p, err
}

func toyID(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// put takes a transaction into the mempool and reports whether it was there.
func (d *toy) put(id string) (again bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if again = slices.Contains(d.mempool, id); !again {
		d.mempool = append(d.mempool, id)
	}
	return again
}

func (c *toyCoin) Send(_ context.Context, raw []byte) error {
	var tx toyTx
	if err := json.Unmarshal(raw, &tx); err != nil && !c.d.has("sends garbage") {
		return err
	}
	if again := c.d.put(toyID(raw)); again && c.d.has("sends once") {
		return errors.New("it is sent already")
	}
	return nil
}

func (c *toyCoin) PaymentStatus(ctx context.Context, raw []byte, _ []coins.Payment) (coins.PaymentStatus, error) {
	c.tardy(ctx)
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	st := coins.PaymentStatus{State: coins.PaymentUnknown}
	if slices.Contains(c.d.mempool, toyID(raw)) && !c.d.has("loses payments") {
		st.State = coins.PaymentInMempool
	}
	return st, nil
}

// toySigned is a message with its signature.
func toySigned(address, message string) SignedMessage {
	sum := sha256.Sum256([]byte(address + message))
	return SignedMessage{address, message, "toysig" + hex.EncodeToString(sum[:])}
}

func (c *toyCoin) VerifyMessage(ctx context.Context, address, message, signature string) error {
	c.tardy(ctx)
	p, err := c.ValidateAddress(ctx, address)
	good := toySigned(address, message).Signature == signature
	switch {
	case c.d.has("believes anybody"):
		return nil
	case err != nil || !p.Valid:
		if c.d.has("knows no address") {
			return coins.ErrBadSignature
		}
		return fmt.Errorf("%w: toy", coins.ErrMessageAddress)
	case good, c.d.has("ignores the message") && strings.HasPrefix(signature, "toysig"):
		return nil
	case c.d.has("bad signature is an error"):
		return errors.New("bad signature")
	case !strings.HasPrefix(signature, "toysig"):
		return coins.ErrMalformedSignature
	}
	return coins.ErrBadSignature
}
