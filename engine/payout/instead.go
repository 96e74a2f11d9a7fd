package payout

import (
	"fmt"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
)

// Error is a kind of error, for errors.Is.
type Error string

// Error returns the text of the kind.
func (e Error) Error() string { return string(e) }

// What keeps a payment from ever being mined, and leaves it as it is.
const (
	ErrMixed   Error = "payment was partly made by another transaction"
	ErrDropped Error = "payment stands on the reward of a block that the chain has dropped"
)

// instead is what becomes of a payment that can not be mined, of so many payments: the
// state that it has then, the transaction that has made it, if one has, and why. An
// error leaves it as it is.
func instead(q *ledger.Payment, st *coins.PaymentStatus, payments int, depth uint64) (state, txid, reason string, err error) {
	by, altered := strings.CutPrefix(st.By, coins.ByAltered)
	switch {
	case st.Same > 0 && st.Same < payments:
		return q.State, "", "", fmt.Errorf("%w: %s has spent its inputs and makes %d of its %d payments; nothing is paid again until you judge it: \"motherlode payouts settle %d\" shows how",
			ErrMixed, by, st.Same, payments, q.ID)
	case altered && st.Same == 0:
		return q.State, "", "", fmt.Errorf("%w: %s has spent its inputs and pays some of its addresses other amounts; nothing is paid again until you judge it: \"motherlode payouts settle %d\" shows how",
			ErrMixed, by, q.ID)
	case st.By == coins.ByDropped && st.Confirmations < depth:
		return q.State, "", "", fmt.Errorf("%w: it can not be mined unless the chain takes that block back. What it pays is owed again once the chain is %d blocks ahead of all others that have it",
			ErrDropped, depth)
	case st.Confirmations < depth:
		return q.State, "", "", nil
	case st.Same == payments:
		return ledger.Confirmed, by, "another transaction with the same inputs makes the same payments", nil
	case st.By == coins.ByDropped:
		return ledger.Failed, "", "the chain has dropped the block whose reward it spends, or one that it stands on", nil
	}
	return ledger.Failed, "", "its inputs were spent by " + by, nil
}
