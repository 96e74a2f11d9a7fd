package api

// Live is what events show, all at one moment.
type Live struct {
	Pools []LivePool
	Tips  []LiveTip
	Bests []LiveBest // of pools that have any
}

// LivePool is a pool's numbers.
type LivePool struct {
	Pool     string      `json:"pool"`
	HashRate HashRate    `json:"hash_rate"`
	Miners   int         `json:"miners"`
	Workers  int         `json:"workers"`
	Sessions int         `json:"sessions"`
	Accepted uint64      `json:"accepted"`
	Refused  Counts      `json:"refused"`
	Problem  *string     `json:"problem"`
	Chains   []LiveChain `json:"chains"`
}

// LiveChain is a chain of a pool.
type LiveChain struct {
	Chain             string   `json:"chain"`
	Effort            *float64 `json:"effort"`
	NetworkDifficulty float64  `json:"network_difficulty"`
	Height            uint64   `json:"height"`
}

// LiveTip is a chain's tip and state.
type LiveTip struct {
	Chain  string  `json:"chain"`
	State  string  `json:"state"`
	Height uint64  `json:"height"`
	Hash   *string `json:"hash"`
	At     *Time   `json:"at"`
}

// LiveBlock is a block that has changed its state.
type LiveBlock struct {
	Pool   string  `json:"pool"`
	Chain  string  `json:"chain"`
	Height uint64  `json:"height"`
	Hash   string  `json:"hash"`
	State  string  `json:"state"`
	Finder string  `json:"finder"` // abbreviated
	Reason *string `json:"reason"`
	At     Time    `json:"at"`
}

// LiveBest is the best share of a pool.
type LiveBest struct {
	Pool       string  `json:"pool"`
	Difficulty float64 `json:"difficulty"`
	At         Time    `json:"at"`
}
