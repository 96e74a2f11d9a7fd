package audit

import (
	"encoding/hex"
	"slices"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// Query is what to look at.
type Query struct {
	Chain   string
	Pool    string // of this pool alone; empty: of all that mine the chain
	Block   string // the start of a hash, in hex and either order of bytes; empty: all blocks
	Account string // whose shares of the window to list; only with Block

	// Until is where to read no further, as a ledger's position; nil: to the end. What
	// lies beyond is only counted.
	Until *sharelog.Position
}

// Block is a block and how it is divided. Amounts are base units.
type Block struct {
	Chain         string   `json:"chain"`
	Pool          string   `json:"pool"`
	Height        uint64   `json:"height"`
	Hash          string   `json:"hash"` // as nodes print it
	Raw           [32]byte `json:"-"`    // internal byte order
	Account       string   `json:"finder"`
	Worker        string   `json:"worker"`
	Found         int64    `json:"found"` // Unix milliseconds
	Job           uint64   `json:"job"`
	Difficulty    float64  `json:"difficulty"` // of the solution
	State         string   `json:"state"`      // the last one
	Confirmations uint64   `json:"confirmations"`
	Reward        uint64   `json:"reward"`
	Fees          uint64   `json:"fees"` // part of the reward

	Terms    *Terms    `json:"terms"`            // nil: the block is of a time without terms, and nobody's
	Window   *Window   `json:"window,omitempty"` // nil where the scheme divides by no work
	Parts    []Part    `json:"parts"`            // in the order in which accounts were first seen
	Operator uint64    `json:"operator"`         // fee, donations and what nobody has earned
	Direct   bool      `json:"direct"`           // the coinbase has paid it as it is
	Coinbase *Coinbase `json:"coinbase,omitempty"`
}

// Terms are the rules by which a block is divided.
type Terms struct {
	Scheme string  `json:"scheme"`
	FeeBPS uint32  `json:"fee_bps"` // hundredths of a percent
	Window float64 `json:"window"`  // of pplns and pps+, in network difficulties
	Payout string  `json:"payout"`
	Since  int64   `json:"since"` // Unix milliseconds of the record
}

// Window is the work that a block is divided by.
type Window struct {
	Work    float64 `json:"work"`    // what counts, in difficulty
	Reach   float64 `json:"reach"`   // of all shares that it reaches into
	Network float64 `json:"network"` // difficulty of the chain, as the newest job had it

	// Of a block that was asked for by itself.
	Shares uint64  `json:"shares,omitempty"`
	First  *Share  `json:"first,omitempty"`
	Last   *Share  `json:"last,omitempty"`
	Of     []Share `json:"account_shares,omitempty"` // of the account of the query

	spans []span
}

// Share is one share of a window.
type Share struct {
	Time       int64             `json:"time"` // Unix milliseconds
	Account    string            `json:"account"`
	Worker     string            `json:"worker"`
	Job        uint64            `json:"job"`
	Difficulty float64           `json:"difficulty"` // credited
	Position   sharelog.Position `json:"position"`   // behind it in the log
}

// Part is what an account gets of a block.
type Part struct {
	Account  string  `json:"account"`
	Work     float64 `json:"work"`     // that counts, in difficulty
	Percent  float64 `json:"percent"`  // of all that counts
	Donation int     `json:"donation"` // hundredths of a percent, given to the operator
	Amount   uint64  `json:"amount"`
}

// Coinbase is what the coinbase of a block pays by itself.
type Coinbase struct {
	Operator uint64         `json:"operator"`
	Outputs  []CoinbasePart `json:"outputs"`
}

// CoinbasePart is what an account gets of a coinbase.
type CoinbasePart struct {
	Account string `json:"account"`
	Amount  uint64 `json:"amount"`
}

// Account is what an account has of the chain. Amounts are base units.
type Account struct {
	Pool      string    `json:"pool"`
	Account   string    `json:"account"`  // empty and Operator: the operator's
	Operator  bool      `json:"operator"` // fees, donations, and blocks of the schemes that pay by share
	Immature  uint64    `json:"immature"`
	Mature    uint64    `json:"mature"`
	Shares    uint64    `json:"shares"` // earned by shares at once, whole units
	Fraction  uint64    `json:"-"`      // of a unit, in 2^-64
	Paid      uint64    `json:"paid"`
	Sending   uint64    `json:"sending"`
	Coinbase  uint64    `json:"coinbase"` // paid by coinbases of blocks that are immature
	advance   uint64    // what each of these paid beyond its block's part, summed up
	Owed      int64     `json:"owed"`
	Reclaimed uint64    `json:"reclaimed"` // of blocks that were mature once and are no more
	Payments  []Payment `json:"payments,omitempty"`
}

// Payment is one output of a payment.
type Payment struct {
	ID     uint64 `json:"id"`
	Time   int64  `json:"time"` // Unix milliseconds
	State  string `json:"state"`
	TxID   string `json:"txid"`
	Amount uint64 `json:"amount"`
}

// Result is what was computed, but for the blocks.
type Result struct {
	Start    sharelog.Position // of the log
	End      sharelog.Position // up to where it was read
	Whole    bool              // the log was read from its first record
	Unknown  []sharelog.Kind   // records of a newer version, which were passed over
	Shares   uint64            // of the pools that mine the chain
	Blocks   int               // that were handed out
	Beyond   int               // blocks of the chain and pool that were found behind Until
	Accounts []Account         // by pool, in the order in which they were first seen, the operator's last
}

// owed is what can be paid now.
func (a *Account) owed() int64 {
	return int64(a.Mature) + int64(a.Shares) - int64(a.Paid) - int64(a.Sending) - int64(a.advance)
}

// HashText is a hash in internal byte order as nodes print it.
func HashText(h [32]byte) string {
	slices.Reverse(h[:])
	return hex.EncodeToString(h[:])
}
