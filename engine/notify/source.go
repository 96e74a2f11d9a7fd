package notify

import (
	"context"
	"time"
)

// Source is what a Notifier looks at. It is used by one goroutine.
type Source interface {
	// Ready is closed once there is something to look at.
	Ready() <-chan struct{}

	Look() Snapshot

	// Workers are those that wanted takes by pool and account, with the time of
	// their last submission, in any order.
	Workers(wanted func(pool, account string) bool) []Worker

	// Block is a block as it is now, when what was known at the time of the call has
	// been counted. An error means: ask again.
	Block(ctx context.Context, chain string, hash [32]byte) (Block, error)

	// Blocks are all blocks found since a time, newest first, limit at the most, when
	// what was known at the time of the call has been counted. An error means: ask again.
	Blocks(ctx context.Context, since time.Time, limit int) ([]Block, error)

	// Payments are the newest ones, newest first.
	Payments(limit int) ([]Payment, error)

	// Best is the best share ever of a pool, or of an account where one is named;
	// 0 before the first.
	Best(pool, account string) (difficulty float64, at time.Time, err error)
}

// Snapshot is what is well and what is not at one moment.
type Snapshot struct {
	Pools  []Pool
	Coins  []Coin
	Ledger string // why the ledger cannot be written; empty when it can
}

// Pool is one pool.
type Pool struct {
	Name     string
	NoWork   string // why miners have no fresh work; empty when they have
	ShareLog string // why shares cannot be written down; empty when they can
}

// Coin is one coin.
type Coin struct {
	Name    string
	State   string // "ready", "degraded", "starting", "syncing", "down", "parked"
	Message string
	Parked  string // with State "parked": why, and what to do
	Nodes   []Node
}

// Node is one node of a coin.
type Node struct{ Name, State, Message string }

// Worker is one that has submitted.
type Worker struct {
	Pool, Account, Name string
	Last                time.Time
}

// Block is a found block.
type Block struct {
	Chain, Pool     string
	Hash            [32]byte // internal byte order
	HashText        string   // as explorers write it
	Height          uint64
	State           string // "pending", "received", "accepted", "mature", "orphaned", "refused", "lost"
	Account, Worker string
	Reward          string  // with the coin's symbol; empty when unknown
	Effort          float64 // 1 is what a block takes on average; 0 when unknown
	Found           time.Time
	Received        time.Time // when a node had taken it; zero when none has
	Changed         time.Time // when it came to State
	Reason, Node    string    // of State
}

// Payment is one payment.
type Payment struct {
	ID          uint64
	Pool, Chain string
	State       string // "prepared", "sent", "confirmed", "failed"
	TxID        string
	Amount      string // with the coin's symbol
	Accounts    int
	Changed     time.Time
	Reason      string
}
