package chain

import "github.com/motherlode-pool/motherlode/coins"

// The checks that a Runner makes of all that a coin sends, for those who try a
// coin without a pool: package plugins/conformance. Each error is of the kind
// ErrBadWork and says what was expected.

// CheckTemplate refuses a template that the engine could not work with; info is
// that of the open coin.
func CheckTemplate(t *coins.Template, info coins.CoinInfo) error { return checkTemplate(t, info) }

// CheckAux refuses aux work that the engine could not work with, or that would
// spoil the parent's coinbase.
func CheckAux(w *coins.AuxWork) error { return checkAux(w) }

// CheckHealth refuses a state that is none.
func CheckHealth(h coins.Health) error { return checkHealth(h) }

// CheckVerdict refuses a verdict that is none.
func CheckVerdict(v coins.Verdict) error { return checkVerdict(v) }

// CheckStatus refuses a block status that contradicts itself.
func CheckStatus(s coins.BlockStatus) error { return checkStatus(s) }

// CheckPayee refuses a payee that would burn the reward.
func CheckPayee(p coins.Payee) error { return checkPayee(p) }
