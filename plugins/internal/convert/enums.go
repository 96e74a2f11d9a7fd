package convert

import (
	"github.com/motherlode-pool/motherlode/coins"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// enum is the pairing of an enum of the wire with a type of package coins. The
// zero of neither is in it.
type enum[W, P comparable] struct {
	to   map[P]W
	from map[W]P
}

func pairs[W, P comparable](m map[W]P) enum[W, P] {
	e := enum[W, P]{to: make(map[P]W, len(m)), from: m}
	for w, p := range m {
		e.to[p] = w
	}
	return e
}

func toWire[W, P comparable](c *checker, field string, e enum[W, P], p P) W {
	w, ok := e.to[p]
	if !ok {
		c.failf(field, "value %v is not set or not known", p)
	}
	return w
}

func fromWire[W, P comparable](c *checker, field string, e enum[W, P], w W) P {
	p, ok := e.from[w]
	if !ok {
		c.failf(field, "value %v is not set or not known", w)
	}
	return p
}

var roles = pairs(map[pb.Role]coins.Role{
	pb.Role_ROLE_PARENT: coins.RoleParent,
	pb.Role_ROLE_AUX:    coins.RoleAux,
	pb.Role_ROLE_HASHER: coins.RoleHasher,
	pb.Role_ROLE_WALLET: coins.RoleWallet,

	pb.Role_ROLE_MESSAGE_VERIFIER: coins.RoleMessageVerifier,
})

var reasons = pairs(map[pb.Reason]coins.Reason{
	pb.Reason_REASON_NEW_TIP: coins.NewTip,
	pb.Reason_REASON_NEW_TXS: coins.NewTxs,
	pb.Reason_REASON_REFRESH: coins.Refresh,
})

var verdicts = pairs(map[pb.VerdictCode]coins.VerdictCode{
	pb.VerdictCode_VERDICT_CODE_RECEIVED:  coins.Received,
	pb.VerdictCode_VERDICT_CODE_DUPLICATE: coins.Duplicate,
	pb.VerdictCode_VERDICT_CODE_STALE:     coins.Stale,
	pb.VerdictCode_VERDICT_CODE_REJECTED:  coins.Rejected,
})

var blockStates = pairs(map[pb.BlockState]coins.BlockState{
	pb.BlockState_BLOCK_STATE_UNKNOWN:    coins.BlockUnknown,
	pb.BlockState_BLOCK_STATE_SIDE:       coins.BlockSide,
	pb.BlockState_BLOCK_STATE_BEST_CHAIN: coins.BlockBestChain,
})

var paymentStates = pairs(map[pb.PaymentState]coins.PaymentState{
	pb.PaymentState_PAYMENT_STATE_UNKNOWN:    coins.PaymentUnknown,
	pb.PaymentState_PAYMENT_STATE_IN_MEMPOOL: coins.PaymentInMempool,
	pb.PaymentState_PAYMENT_STATE_MINED:      coins.PaymentMined,
	pb.PaymentState_PAYMENT_STATE_CONFLICTED: coins.PaymentConflicted,
})

var walletRefusals = pairs(map[pb.WalletRefusalCode]coins.WalletError{
	pb.WalletRefusalCode_WALLET_REFUSAL_CODE_NO_WALLET: coins.ErrNoWallet,
	pb.WalletRefusalCode_WALLET_REFUSAL_CODE_LOCKED:    coins.ErrWalletLocked,
	pb.WalletRefusalCode_WALLET_REFUSAL_CODE_POOR:      coins.ErrWalletPoor,
	pb.WalletRefusalCode_WALLET_REFUSAL_CODE_NETWORK:   coins.ErrWalletNetwork,
	pb.WalletRefusalCode_WALLET_REFUSAL_CODE_FEE:       coins.ErrWalletFee,
	pb.WalletRefusalCode_WALLET_REFUSAL_CODE_PAYMENT:   coins.ErrPayment,
})

// The empty kind is no error: the signature is good.
var messageVerdicts = pairs(map[pb.MessageVerdict]coins.MessageError{
	pb.MessageVerdict_MESSAGE_VERDICT_VALID:               "",
	pb.MessageVerdict_MESSAGE_VERDICT_BAD_SIGNATURE:       coins.ErrBadSignature,
	pb.MessageVerdict_MESSAGE_VERDICT_MALFORMED_SIGNATURE: coins.ErrMalformedSignature,
	pb.MessageVerdict_MESSAGE_VERDICT_ADDRESS_KIND:        coins.ErrAddressKind,
	pb.MessageVerdict_MESSAGE_VERDICT_ADDRESS:             coins.ErrMessageAddress,
})

var healthStates = pairs(map[pb.HealthState]coins.HealthState{
	pb.HealthState_HEALTH_STATE_STARTING: coins.HealthStarting,
	pb.HealthState_HEALTH_STATE_DOWN:     coins.HealthDown,
	pb.HealthState_HEALTH_STATE_SYNCING:  coins.HealthSyncing,
	pb.HealthState_HEALTH_STATE_DEGRADED: coins.HealthDegraded,
	pb.HealthState_HEALTH_STATE_READY:    coins.HealthReady,
})
