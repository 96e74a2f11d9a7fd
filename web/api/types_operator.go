package api

// OperatorCoin is a coin with its nodes.
type OperatorCoin struct {
	Name        string            `json:"name"`
	Symbol      string            `json:"symbol"`
	Network     string            `json:"network"`
	State       string            `json:"state"`
	Message     *string           `json:"message"`
	Problem     *string           `json:"problem"`
	LastError   *string           `json:"last_error"`
	Tip         Tip               `json:"tip"`
	Work        *Work             `json:"work"`
	WorkNode    *string           `json:"work_node"`
	Nodes       []OperatorNode    `json:"nodes"`
	Submissions map[string]uint64 `json:"submissions"`
}

// OperatorNode is a node by its address.
type OperatorNode struct {
	Node      string  `json:"node"`
	State     string  `json:"state"`
	Message   *string `json:"message"`
	Height    uint64  `json:"height"`
	Tip       *string `json:"tip"`
	Peers     int     `json:"peers"`
	Version   string  `json:"version"`
	News      string  `json:"news"`
	GivesWork bool    `json:"gives_work"`
	Missed    uint64  `json:"missed"`
}

// OperatorPlugin is a coin's driver.
type OperatorPlugin struct {
	Coin          string           `json:"coin"`
	State         string           `json:"state"`
	Process       *int             `json:"process"`
	Restarts      uint64           `json:"restarts"`
	LastError     *string          `json:"last_error"`
	LastFailureAt *Time            `json:"last_failure_at"`
	Parked        *OperatorParked  `json:"parked"`
	Streams       []OperatorStream `json:"streams"`
	LastLines     []OperatorLine   `json:"last_lines"`
}

// OperatorLine is a line that a plugin has written, oldest first.
type OperatorLine struct {
	At    Time   `json:"at"`
	Level string `json:"level"`
	Text  string `json:"text"`
}

// OperatorParked is why a coin is parked.
type OperatorParked struct {
	Since         Time     `json:"since"`
	Failures      int      `json:"failures"`
	Reason        string   `json:"reason"`
	LastLines     []string `json:"last_lines"`
	NextAttemptAt Time     `json:"next_attempt_at"`
	WhatToDo      string   `json:"what_to_do"`
}

// OperatorStream is what comes from a coin.
type OperatorStream struct {
	Stream        string  `json:"stream"`
	Received      uint64  `json:"received"`
	Unused        uint64  `json:"unused"`
	PeakPerSecond int     `json:"peak_per_second"`
	HeldBack      bool    `json:"held_back"`
	Problem       *string `json:"problem"`
}

// OperatorSession is a miner's connection.
type OperatorSession struct {
	Pool            string            `json:"pool"`
	Number          uint64            `json:"number"`
	Remote          string            `json:"remote"`
	Listener        string            `json:"listener"`
	Agent           string            `json:"agent"`
	Version         string            `json:"version"`
	Workers         []string          `json:"workers"`
	ConnectedAt     Time              `json:"connected_at"`
	Difficulty      float64           `json:"difficulty"`
	Accepted        uint64            `json:"accepted"`
	Refused         uint64            `json:"refused"`
	RefusedByReason map[string]uint64 `json:"refused_by_reason"`
	HashRate        float64           `json:"hash_rate"`

	DeclaredHashRate *float64 `json:"declared_hash_rate"` // the miner's word

	LastShareAt *Time    `json:"last_share_at"`
	RTTSeconds  *float64 `json:"rtt_seconds"`
	Ladder      string   `json:"ladder"`
}

// OperatorClosed are connections that were closed.
type OperatorClosed struct {
	Pool     string            `json:"pool"`
	ByReason map[string]uint64 `json:"by_reason"`
}

// OperatorIncident is a connection that has ended, or one or a login that was
// refused.
type OperatorIncident struct {
	Pool            string   `json:"pool"`
	At              Time     `json:"at"` // the newest of Times
	What            string   `json:"what"`
	Times           int      `json:"times"`
	Remote          string   `json:"remote"`
	Agent           string   `json:"agent"`
	Workers         []string `json:"workers"`
	Reason          string   `json:"reason"`
	Session         *uint64  `json:"session"`
	DurationSeconds float64  `json:"duration_seconds"`
	Accepted        uint64   `json:"accepted"`
	Refused         uint64   `json:"refused"`
}

// OperatorToken is who has tried to get in with a wrong token.
type OperatorToken struct {
	Wrong  uint64  `json:"wrong"`
	LastAt *Time   `json:"last_at"`
	Remote *string `json:"remote"`
}

// OperatorBan is an address that is shut out.
type OperatorBan struct {
	Pool    string `json:"pool"`
	Address string `json:"address"`
	Until   Time   `json:"until"`
}

// OperatorPayment is a payment with all that it pays.
type OperatorPayment struct {
	Payment Payment          `json:"payment"`
	Fee     Amount           `json:"fee"`
	Reason  *string          `json:"reason"`
	Outputs []OperatorOutput `json:"outputs"`
}

// OperatorOutput is what one account gets.
type OperatorOutput struct {
	Account string `json:"account"`
	Amount  Amount `json:"amount"`
}

// OperatorConfig is what the check of the configuration says.
type OperatorConfig struct {
	File     string   `json:"file"`
	Warnings []string `json:"warnings"`
	Problems []string `json:"problems"`
}
