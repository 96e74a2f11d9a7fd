package coins

import "context"

// WalletError is a kind of error of a Wallet; it works with errors.Is, also where
// the coin runs in a process of its own. It is a refusal: nothing was sent. After
// any other error of Send nobody knows. Its text is for operators.
type WalletError string

// Error returns the text of the kind.
func (e WalletError) Error() string { return string(e) }

// The kinds of errors of a Wallet.
const (
	ErrNoWallet      WalletError = "coin has no wallet to pay from: name one in its settings"
	ErrWalletLocked  WalletError = "wallet is locked: unlock it with walletpassphrase"
	ErrWalletPoor    WalletError = "wallet has not enough that it can spend"
	ErrWalletNetwork WalletError = "wallet is of another network"
	ErrWalletFee     WalletError = "fee is above the limit"
	ErrPayment       WalletError = "payment cannot be made"
)

// Payment is one output of a payment's transaction.
type Payment struct {
	Address string
	Amount  uint64 // base units
}

// FeePolicy says what a transaction may cost. The payer bears the fee; it is
// never taken from the payments.
type FeePolicy struct {
	Rate   uint64 // base units per 1000 virtual bytes; 0: the node's estimate
	Blocks int    // for the estimate: to be mined within so many blocks; 0: the wallet's own choice
	Max    uint64 // base units for the whole transaction; 0: no limit but the node's
}

// PreparedPayment is a signed transaction that has not been sent.
type PreparedPayment struct {
	TxID string // as the chain's people print it
	Raw  []byte // the whole transaction, signed
	Fee  uint64 // base units
}

// PaymentState says where a transaction is.
type PaymentState uint8

// The states of a transaction.
const (
	PaymentUnknown    PaymentState = iota + 1 // neither in the mempool nor in the chain, and may yet be
	PaymentInMempool                          // waits for a block
	PaymentMined                              // in a block of the best chain
	PaymentConflicted                         // a mined transaction has spent an input of it, or of an unmined one whose output it spends
)

func (s PaymentState) String() string {
	switch s {
	case PaymentUnknown:
		return "unknown"
	case PaymentInMempool:
		return "in the mempool"
	case PaymentMined:
		return "mined"
	case PaymentConflicted:
		return "conflicted"
	}
	return "invalid"
}

// ByOthers is PaymentStatus.By of a transaction that the wallet can tell not to have
// sent: it has received it, or the chain has it and the wallet does not know it. A wallet that cannot tell leaves By empty.
const ByOthers = "others"

// ByDropped is PaymentStatus.By where it is conflicted, and no transaction has spent its
// inputs: one of them, or of those that it stands on, is the reward of a block that the
// chain has dropped. Confirmations are by how many blocks the chain is ahead of all
// others that may have that block.
const ByDropped = "dropped"

// ByAltered is before the id in PaymentStatus.By where it is conflicted, and that
// transaction makes none of the payments and pays some of their addresses other amounts:
// it may have been meant to make them.
const ByAltered = "altered "

// PaymentStatus is a wallet's answer about a transaction.
type PaymentStatus struct {
	State         PaymentState
	Confirmations uint64 // of the transaction; where it is conflicted, of the one that has its input, 0 while another such one waits
	By            string // where it is conflicted, the id of that one, also behind ByAltered, or ByDropped; else ByOthers or empty
	Same          int    // and how many of the payments that one makes as well
}

// Wallet is a coin that can pay. A payment is made in two steps, so that a crash
// between any two can neither pay twice nor forget: Prepare signs a transaction
// and sends nothing; its caller writes the bytes down; Send broadcasts them. The
// same bytes can be sent any number of times and pay once, since they spend the
// same inputs. A call that signs and sends in one, such as sendmany, would leave
// its caller not knowing whether it was paid when the answer is lost.
//
// The wallet is the pool's alone: outputs that somebody else locks in it by hand
// are unlocked, and a payment whose inputs somebody else spends must be judged by
// its owner.
type Wallet interface {
	Coin

	// Funds is what the wallet can spend now, in base units.
	Funds(ctx context.Context) (uint64, error)

	// Reserve locks the inputs of the transactions in open, which are prepared
	// and not mined yet, against other use, and unlocks all others: those of
	// transactions that were prepared and never written down.
	Reserve(ctx context.Context, open [][]byte) error

	// Prepare signs one transaction that makes all payments, and locks its
	// inputs. No two payments have the same address.
	Prepare(ctx context.Context, payments []Payment, fee FeePolicy) (PreparedPayment, error)

	// Send broadcasts a transaction. One that is in the mempool or in the chain
	// already counts as sent. After an error it may have been sent all the same.
	Send(ctx context.Context, raw []byte) error

	// PaymentStatus looks for the transaction raw, which makes payments.
	PaymentStatus(ctx context.Context, raw []byte, payments []Payment) (PaymentStatus, error)
}

// Keeper is a Wallet that can tell what of a transaction it has kept.
type Keeper interface {
	Wallet

	// Kept are the outputs, from 0, of a transaction that the wallet has sent which it
	// does not count as sent to anybody: its change. known is false where it cannot tell.
	Kept(ctx context.Context, raw []byte) (outputs []int, known bool, err error)
}
