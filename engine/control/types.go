package control

import (
	"time"

	"github.com/motherlode-pool/motherlode/engine/status"
)

// Status is what the pools do now.
type Status struct {
	status.View
	Rounds []Round          `json:"rounds"`
	Rates  map[string]Rates `json:"rates"` // by pool
	Units  map[string]Unit  `json:"units"` // by chain
	Drain  *Drain           `json:"drain,omitempty"`
}

// Round is the work for the next block of one chain.
type Round struct {
	Pool    string    `json:"pool"`
	Chain   string    `json:"chain"`
	Started time.Time `json:"started"`
	Effort  float64   `json:"effort"` // work by the chain's difficulty; a block is expected at 1. 0 while unknown
	Network float64   `json:"network_difficulty"`
	Height  uint64    `json:"height"`
	Blocks  uint64    `json:"blocks"` // found before
}

// Rates are hash rates over whole minutes, in hashes a second.
type Rates struct {
	FiveMinutes float64 `json:"five_minutes"`
	Hour        float64 `json:"hour"`
	Day         float64 `json:"day"`
}

// Unit is what a chain's amounts are counted in.
type Unit struct {
	Symbol   string `json:"symbol"`
	Decimals uint8  `json:"decimals"`
}

// Session is one connection of a miner.
type Session struct {
	Pool       string            `json:"pool"`
	Number     uint64            `json:"number"` // within the pool
	Remote     string            `json:"remote"`
	Listener   string            `json:"listener"` // address in the configuration
	Agent      string            `json:"agent"`
	Version    string            `json:"version,omitempty"` // answer to client.get_version
	Workers    []string          `json:"workers"`
	Subscribed bool              `json:"subscribed"`
	Since      time.Time         `json:"since"`
	Difficulty float64           `json:"difficulty"`
	Accepted   uint64            `json:"accepted"`
	Rejected   uint64            `json:"rejected"`
	RejectedBy map[string]uint64 `json:"rejected_by,omitempty"`
	Work       float64           `json:"work"`
	HashRate   float64           `json:"hash_rate"` // average since Since, hashes a second
	LastShare  time.Time         `json:"last_share,omitzero"`
	Idle       float64           `json:"idle_seconds"`   // since the last accepted share, or since Since
	Rung       string            `json:"rung,omitempty"` // on the ladder for bad miners
	RTT        float64           `json:"rtt_seconds,omitempty"`
}

// Sessions is the answer to a filter.
type Sessions struct {
	Now      time.Time                    `json:"now"`
	Total    int                          `json:"total"`   // sessions of the pools that were asked for
	Matched  int                          `json:"matched"` // of them, those that fit the filter
	Sessions []Session                    `json:"sessions"`
	Closed   map[string]map[string]uint64 `json:"closed"` // connections that ended, by pool and reason
}

// Command says which sessions are meant: exactly one of All, Session, Worker and
// Network. Session needs Pool; otherwise an empty Pool means all.
type Command struct {
	Pool    string  `json:"pool,omitempty"`
	All     bool    `json:"all,omitempty"`
	Session uint64  `json:"session,omitempty"`
	Worker  string  `json:"worker,omitempty"`  // user name as sent, or its account
	Network string  `json:"network,omitempty"` // or one address
	Text    string  `json:"text,omitempty"`    // of message
	To      string  `json:"to,omitempty"`      // of reconnect: HOST or HOST:PORT
	Wait    float64 `json:"wait,omitempty"`    // of reconnect, seconds
}

// Done is how many it concerned.
type Done struct {
	Count   int    `json:"count"`
	Dropped int    `json:"dropped,omitempty"` // connections that a ban has ended
	Note    string `json:"note,omitempty"`
}

// Ban is an address that is shut out of a pool.
type Ban struct {
	Pool    string    `json:"pool"`
	Address string    `json:"address"` // IPv4, or the first of an IPv6 /64
	Until   time.Time `json:"until"`
	ByHand  bool      `json:"by_hand"`
}

// BanOrder shuts an address out.
type BanOrder struct {
	Pool    string  `json:"pool,omitempty"` // empty: all
	Address string  `json:"address"`
	Seconds float64 `json:"seconds"`
	Keep    bool    `json:"keep,omitempty"` // connections that are there
}

// DrainOrder sends miners away and closes the ports.
type DrainOrder struct {
	Pool string  `json:"pool,omitempty"` // empty: all
	Over float64 `json:"over"`           // seconds
	To   string  `json:"to,omitempty"`   // HOST or HOST:PORT; empty: where they are
}

// Drain is how far a drain is.
type Drain struct {
	Began time.Time   `json:"began"`
	Over  float64     `json:"over"` // seconds
	To    string      `json:"to,omitempty"`
	Done  bool        `json:"done"`
	Pools []DrainPool `json:"pools"`
}

// DrainPool is one pool of a drain.
type DrainPool struct {
	Pool  string `json:"pool"`
	Total int    `json:"total"` // miners at the beginning
	Left  int    `json:"left"`
	Done  bool   `json:"done"`
	Error string `json:"error,omitempty"`
}

// Reloaded is what became of a configuration that was read again. Changes are
// keys of the file, in order.
type Reloaded struct {
	File         string   `json:"file"`
	Applied      []string `json:"applied"`       // in force now
	NeedsRestart []string `json:"needs_restart"` // not in force
	Restarting   bool     `json:"restarting"`    // the pools restart with the rest

	Warnings []string `json:"warnings,omitempty"` // what the operator has to know of it
}

// BlockFilter chooses blocks; empty fields choose all.
type BlockFilter struct {
	Pool, Chain, State string
	Before             uint64 // number; 0 is the newest
	Limit              int
}

// Block is a block that was found.
type Block struct {
	Number        uint64    `json:"number"`
	Pool          string    `json:"pool"`
	Chain         string    `json:"chain"`
	Height        uint64    `json:"height"`
	Hash          string    `json:"hash"`
	State         string    `json:"state"`
	Account       string    `json:"account"`
	Worker        string    `json:"worker"`
	Reward        uint64    `json:"reward"` // base units
	Effort        float64   `json:"effort"` // work of the round by the chain's difficulty, 0 where unknown
	Found         time.Time `json:"found"`
	Changed       time.Time `json:"changed"`
	Confirmations uint64    `json:"confirmations"`
	Reason        string    `json:"reason,omitempty"`
}

// Account is an account in one pool. Amounts are base units.
type Account struct {
	Pool     string            `json:"pool"`
	Name     string            `json:"name"`
	Rates    Rates             `json:"rates"`
	Accepted uint64            `json:"accepted"`
	Rejected map[string]uint64 `json:"rejected"`
	Work     float64           `json:"work"`
	Best     float64           `json:"best"` // largest difficulty of a share
	First    time.Time         `json:"first_seen"`
	Last     time.Time         `json:"last_seen"`
	Workers  []Worker          `json:"workers"`
	Balances []Balance         `json:"balances"`
	More     bool              `json:"more_workers,omitempty"` // than are listed
}

// Worker is one of an account's workers.
type Worker struct {
	Name     string    `json:"name"`
	Accepted uint64    `json:"accepted"`
	Rejected uint64    `json:"rejected"`
	HashRate float64   `json:"hash_rate"` // of the last hour
	Last     time.Time `json:"last_seen"`
}

// Balance is what an account has of one chain.
type Balance struct {
	Chain       string `json:"chain"`
	Immature    uint64 `json:"immature"`  // of blocks that may still be orphaned
	Mature      uint64 `json:"mature"`    // of blocks that are there for good, ever
	ByShares    uint64 `json:"by_shares"` // earned by shares at once, ever
	Owed        int64  `json:"owed"`      // can be paid now; negative after an orphan that was paid
	NotPaid     int64  `json:"not_paid"`  // its share of blocks, immature ones too, that stay with the pool, which pays nobody
	Sending     uint64 `json:"sending"`
	Paid        uint64 `json:"paid"`
	InCoinbases uint64 `json:"in_coinbases"` // what coinbases of immature blocks pay it
	Carried     int64  `json:"carried"`      // what coinbases of later blocks are to pay it; negative where they paid too much
}
