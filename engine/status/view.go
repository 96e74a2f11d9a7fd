package status

import "time"

// View is the state of an engine at one moment.
type View struct {
	Version string    `json:"version"`
	Started time.Time `json:"started"`
	Now     time.Time `json:"now"`
	Pools   []Pool    `json:"pools"`
	Coins   []Coin    `json:"coins"`
	Blocks  []Block   `json:"blocks"` // newest first, bounded
	Hooks   []Hook    `json:"hooks,omitempty"`

	// For metrics alone.
	Known         Known           `json:"-"`
	BlocksBy      map[Kind]uint64 `json:"-"`
	PaymentsBy    map[Kind]uint64 `json:"-"`
	OldestPayment time.Time       `json:"-"` // of those that are not final; zero without one
	Fsyncs        *Times          `json:"-"` // of the share log; count, sum and classes alone

	ShareLogBytes uint64 `json:"share_log_bytes"`
	LedgerBytes   uint64 `json:"ledger_bytes"`             // of the share log, folded into the ledger
	LedgerProblem string `json:"ledger_problem,omitempty"` // why the ledger cannot be written or read now
	LedgerUnread  bool   `json:"ledger_unread,omitempty"`  // it cannot be read: what Blocks and the hash rates lack is not known
}

// Pool is one pool; counts are since the start of the process.
type Pool struct {
	Name          string            `json:"name"`
	Parent        string            `json:"parent"`
	Aux           []string          `json:"aux"`
	Listeners     []string          `json:"listeners"`
	Sessions      int               `json:"sessions"`
	Accepted      uint64            `json:"accepted"`
	Work          float64           `json:"work"` // sum of the accepted shares' difficulty
	BestShare     float64           `json:"best_share"`
	Rejected      map[string]uint64 `json:"rejected"` // by reason
	Closed        map[string]uint64 `json:"closed"`   // connections, by reason
	Jobs          uint64            `json:"jobs"`
	CleanJobs     uint64            `json:"clean_jobs"`
	JobFailures   uint64            `json:"job_failures"`
	LogFailures   uint64            `json:"log_failures"`
	AuxStale      uint64            `json:"aux_stale"`   // aux solutions of a tip that had moved on
	AuxRefused    uint64            `json:"aux_refused"` // aux solutions that break a rule of their chain
	Siblings      uint64            `json:"siblings"`    // blocks not submitted, because enough others on their tip were
	LastJob       time.Time         `json:"last_job"`
	LastBroadcast time.Duration     `json:"last_broadcast_ns"`   // from making the last job to handing it to all sessions
	ToMiners      *Times            `json:"to_miners,omitempty"` // from the first news of a tip to its job at all sessions
	LeftOut       []LeftOut         `json:"left_out"`            // auxiliary chains that the newest job is without
	Problem       string            `json:"problem,omitempty"`   // why the pool has no fresh work
	Drained       bool              `json:"drained,omitempty"`   // its ports were closed for good, by command

	HashRates     map[string]float64 `json:"hash_rates,omitempty"` // hashes a second over "10m", "1h", "24h", by the ledger
	HashesPerWork float64            `json:"-"`                    // hashes that a difficulty of 1 takes on average
	Ports         []Port             `json:"ports,omitempty"`
	ToFirst       *Times             `json:"-"` // from a template to the first session that was given its job
	ToLast        *Times             `json:"-"` // to the last one
	Answers       *Times             `json:"-"` // of submissions: from the miner's words to the answer
	Declared      float64            `json:"-"` // hashes a second, by the miners' word
	Declaring     int                `json:"-"` // sessions that have said so
}

// Port is one listener of a pool.
type Port struct {
	Address  string `json:"address"` // as configured
	Sessions int    `json:"sessions"`
}

// Kind is what blocks and payments are counted by.
type Kind struct{ Pool, Chain, State string }

// Known are the values that a series may be named by, so that each is there from the
// start, with 0.
type Known struct {
	Results, CloseReasons, Outcomes, BlockStates, PaymentStates []string

	NewsBounds, TimeBounds []float64 // seconds; of the classes of Times, where nothing was timed yet
}

// Worker is what one worker has done, ever.
type Worker struct {
	Pool, Account, Name string
	Accepted            uint64
	Rejected            map[string]uint64 // by reason
	Work, Best          float64
	LastSeen            time.Time // zero where it has sent nothing yet
}

// Coin is one coin.
type Coin struct {
	Name      string    `json:"name"`
	Symbol    string    `json:"symbol"`
	Network   string    `json:"network"`
	State     string    `json:"state"`
	Message   string    `json:"message,omitempty"`
	Height    uint64    `json:"height"`
	Tip       string    `json:"tip"`
	Restarts  uint64    `json:"restarts"`
	LastError string    `json:"last_error,omitempty"`
	WorkAt    time.Time `json:"work_at"` // when its newest template or aux work came
	Source    string    `json:"source,omitempty"`
	Nodes     []Node    `json:"nodes"`

	TipAt    time.Time         `json:"tip_at,omitzero"`       // when the tip that is mined on was first heard of
	WorkNode string            `json:"work_node,omitempty"`   // that the newest work is from
	TipsBy   map[string]uint64 `json:"tips_by,omitempty"`     // tips by how the first news of them came
	Empty    *Times            `json:"empty_work,omitempty"`  // from the first news of a tip to its template without transactions
	Full     *Times            `json:"full_work,omitempty"`   // to its template with them, or its auxiliary work
	Submits  *Submits          `json:"submissions,omitempty"` // of found blocks

	Problem       string    `json:"problem,omitempty"` // what somebody should look at, in words
	PID           int       `json:"pid,omitempty"`     // of the plugin's process
	LastFailureAt time.Time `json:"last_failure_at,omitzero"`
	Parked        *Parked   `json:"parked,omitempty"` // it failed too often by its own fault
	Streams       []Stream  `json:"streams,omitempty"`

	Hashing *Hashing `json:"hashing,omitempty"` // of a coin that computes its own proof of work
}

// Parked is why a coin is parked, and what becomes of it.
type Parked struct {
	Since    time.Time `json:"since"`
	Failures int       `json:"failures"` // in a row
	Reason   string    `json:"reason"`
	Stderr   []string  `json:"stderr,omitempty"` // its last lines on standard error, oldest first; not in /status
	Next     time.Time `json:"next_attempt"`
	Open     bool      `json:"open_for_blocks"` // open at this moment to deliver found blocks
	WhatToDo string    `json:"what_to_do"`
}

// Stream is what came in one stream of a coin, since the start of the process.
type Stream struct {
	Stream   string `json:"stream"`
	Received uint64 `json:"received"`
	Unused   uint64 `json:"unused"`          // replaced by a later one before it was of use; lines that were dropped
	Peak     int    `json:"peak_per_second"` // of the last ten seconds
	Held     bool   `json:"held_back"`       // in these
	Problem  string `json:"problem,omitempty"`
}

// Node is one node of a coin.
type Node struct {
	Node    string `json:"node"`
	State   string `json:"state"`
	Message string `json:"message,omitempty"`
	Height  uint64 `json:"height"`
	Tip     string `json:"tip,omitempty"`
	Work    bool   `json:"work"`   // the coin's newest work is from it
	Missed  uint64 `json:"missed"` // blocks that it did not announce though it should have
	Peers   int    `json:"peers"`
	Version string `json:"version,omitempty"`
	News    string `json:"news,omitempty"`
}

// Block is one block that the pool found.
type Block struct {
	Pool          string    `json:"pool"`
	Chain         string    `json:"chain"`
	Height        uint64    `json:"height"`
	Hash          string    `json:"hash"`
	State         string    `json:"state"`
	Confirmations uint64    `json:"confirmations"`
	Worker        string    `json:"worker"`
	Reward        uint64    `json:"reward"`
	Time          time.Time `json:"time"`
	Reason        string    `json:"reason,omitempty"`
}
