package api

import (
	"strconv"
	"time"
)

// Time is Unix milliseconds; JSON shows RFC 3339 in UTC.
type Time int64

// TimeOf is t, which is not zero.
func TimeOf(t time.Time) Time { return Time(t.UnixMilli()) }

// MaybeTime is nil for the zero time.
func MaybeTime(t time.Time) *Time {
	if t.IsZero() {
		return nil
	}
	return MaybeMillis(t.UnixMilli())
}

// MaybeMillis is nil for 0.
func MaybeMillis(at int64) *Time {
	if at == 0 {
		return nil
	}
	t := Time(at)
	return &t
}

// MarshalJSON writes a time like "2026-01-02T03:04:05.678Z".
func (t Time) MarshalJSON() ([]byte, error) {
	return time.UnixMilli(int64(t)).UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000Z"`), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Time) UnmarshalJSON(raw []byte) error {
	at, err := time.Parse(`"`+time.RFC3339+`"`, string(raw))
	*t = Time(at.UnixMilli())
	return err
}

// Amount is base units of a chain.
type Amount string

// AmountOf is n base units.
func AmountOf(n uint64) Amount { return Amount(strconv.FormatUint(n, 10)) }

// SignedAmount is n base units.
func SignedAmount(n int64) Amount { return Amount(strconv.FormatInt(n, 10)) }

// Maybe is nil for an empty text.
func Maybe(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// Counts are refused submissions by class.
type Counts struct {
	Stale         uint64 `json:"stale"`
	Duplicate     uint64 `json:"duplicate"`
	LowDifficulty uint64 `json:"low_difficulty"`
	Invalid       uint64 `json:"invalid"`
}

// Sum is how many were refused.
func (c Counts) Sum() uint64 { return c.Stale + c.Duplicate + c.LowDifficulty + c.Invalid }

// HashRate is hashes a second over the time before now.
type HashRate struct {
	Minute      float64 `json:"minute"`
	FiveMinutes float64 `json:"five_minutes"`
	Hour        float64 `json:"hour"`
	Day         float64 `json:"day"`
}

// Shares are submissions.
type Shares struct {
	Accepted uint64  `json:"accepted"`
	Work     float64 `json:"work"`
	Refused  Counts  `json:"refused"`
}

// Best is the share with the largest difficulty.
type Best struct {
	Difficulty float64 `json:"difficulty"`
	At         Time    `json:"at"`
}

// About is the program.
type About struct {
	Program    string         `json:"program"`
	Version    string         `json:"version"`
	StartedAt  Time           `json:"started_at"`
	Pools      []string       `json:"pools"`
	Chains     []string       `json:"chains"`
	Operator   bool           `json:"operator"`
	PublicPool *string        `json:"public_pool"`
	Problems   []AboutProblem `json:"problems"`
}

// AboutProblem is why miners of a pool, or of all where it is nil, have no fresh
// work.
type AboutProblem struct {
	Pool *string `json:"pool"`
	Text string  `json:"text"`
}

// Pool is one pool.
type Pool struct {
	Name                string            `json:"name"`
	Algorithm           string            `json:"algorithm"`
	HashesPerDifficulty float64           `json:"hashes_per_difficulty"`
	HashRate            HashRate          `json:"hash_rate"`
	Miners              int               `json:"miners"`
	Workers             int               `json:"workers"`
	Sessions            int               `json:"sessions"`
	Shares              Shares            `json:"shares"`
	SharesDay           Shares            `json:"shares_day"`
	RefusedByReason     map[string]uint64 `json:"refused_by_reason"`
	BestShare           *Best             `json:"best_share"`
	LastShareAt         *Time             `json:"last_share_at"`
	Reward              string            `json:"reward"`
	Payout              string            `json:"payout"`
	FeeBPS              int               `json:"fee_bps"`
	Chains              []PoolChain       `json:"chains"`
	Problem             *string           `json:"problem"`
}

// PoolChain is a chain that a pool mines.
type PoolChain struct {
	Chain             string   `json:"chain"`
	Role              string   `json:"role"` // parent, aux
	Symbol            string   `json:"symbol"`
	Decimals          int      `json:"decimals"`
	Reward            string   `json:"reward"`
	State             string   `json:"state"`
	Mined             bool     `json:"mined"`
	LeftOut           string   `json:"left_out,omitempty"`
	NetworkDifficulty float64  `json:"network_difficulty"`
	Height            uint64   `json:"height"`
	Tip               Tip      `json:"tip"`
	BlockReward       Amount   `json:"block_reward"`
	Round             *Round   `json:"round"`
	Luck              *Luck    `json:"luck"`
	BlocksFound       uint64   `json:"blocks_found"`
	LastBlock         *Block   `json:"last_block"`
	SecondsToBlock    *float64 `json:"seconds_to_block"`

	Transactions int `json:"-"` // in the newest job's block, without the coinbase
}

// Tip is the block that is mined on.
type Tip struct {
	Height uint64  `json:"height"`
	Hash   *string `json:"hash"`
	At     *Time   `json:"at"`
}

// Round is the work for the next block.
type Round struct {
	Effort    float64 `json:"effort"`
	Work      float64 `json:"work"`
	StartedAt Time    `json:"started_at"`
	BestShare float64 `json:"best_share"`
}

// Luck is what the last blocks have cost.
type Luck struct {
	Blocks int     `json:"blocks"`
	Effort float64 `json:"effort"`
	Luck   float64 `json:"luck"`
}

// Chart is something over time, in columns.
type Chart struct {
	Pool        string       `json:"pool"`
	Account     string       `json:"account,omitempty"`
	Worker      string       `json:"worker,omitempty"`
	Resolution  string       `json:"resolution"`
	StepSeconds int          `json:"step_seconds"`
	Start       Time         `json:"start"`
	LastPartial bool         `json:"last_partial"`
	HashRate    []float64    `json:"hash_rate"`
	Accepted    []uint64     `json:"accepted"`
	Work        []float64    `json:"work"`
	Refused     CountColumns `json:"refused"`
}

// CountColumns are Counts over time.
type CountColumns struct {
	Stale         []uint64 `json:"stale"`
	Duplicate     []uint64 `json:"duplicate"`
	LowDifficulty []uint64 `json:"low_difficulty"`
	Invalid       []uint64 `json:"invalid"`
}

// Account is an account in every pool that it has mined in.
type Account struct {
	Account string        `json:"account"`
	Pools   []AccountPool `json:"pools"`
}

// Activity is what an account or a worker has done.
type Activity struct {
	HashRate        HashRate          `json:"hash_rate"`
	Shares          Shares            `json:"shares"`
	SharesDay       Shares            `json:"shares_day"`
	RefusedByReason map[string]uint64 `json:"refused_by_reason"`
	BestShare       *Best             `json:"best_share"`
	FirstSeenAt     Time              `json:"first_seen_at"`
	LastSeenAt      Time              `json:"last_seen_at"`
}

// AccountPool is an account in one pool.
type AccountPool struct {
	Pool string `json:"pool"`
	Activity
	WorkersOnline int            `json:"workers_online"`
	Sessions      int            `json:"sessions"`
	Chains        []AccountChain `json:"chains"`
}

// AccountChain is what an account has of a chain.
type AccountChain struct {
	Chain             string   `json:"chain"`
	Role              string   `json:"role"`
	Symbol            string   `json:"symbol"`
	Decimals          int      `json:"decimals"`
	Balance           Balance  `json:"balance"`
	RoundBestShare    float64  `json:"round_best_share"`
	NetworkDifficulty float64  `json:"network_difficulty"`
	SecondsToBlock    *float64 `json:"seconds_to_block"`
	ChancePerDay      float64  `json:"chance_per_day"`
}

// Balance is money of an account.
type Balance struct {
	Immature Amount `json:"immature"`
	Mature   Amount `json:"mature"`
	ByShares Amount `json:"by_shares"`
	Owed     Amount `json:"owed"`
	NotPaid  Amount `json:"not_paid"`
	Sending  Amount `json:"sending"`
	Paid     Amount `json:"paid"`

	InCoinbases Amount `json:"in_coinbases"`
	Carried     Amount `json:"carried"`
}

// Worker is one worker of an account.
type Worker struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Pool    string `json:"pool"`
	Account string `json:"account"`
	Online  bool   `json:"online"`
	Activity
	Sessions int      `json:"sessions"`
	Devices  []Device `json:"devices"`
}

// Device is one connection of a worker.
type Device struct {
	Session     uint64  `json:"-"` // its number
	Agent       string  `json:"agent"`
	HashRate    float64 `json:"hash_rate"`
	Difficulty  float64 `json:"difficulty"`
	ConnectedAt Time    `json:"connected_at"`
	Accepted    uint64  `json:"accepted"`
	Refused     uint64  `json:"refused"`
	LastShareAt *Time   `json:"last_share_at"`
}

// Block is a found block.
type Block struct {
	Number            uint64   `json:"number"`
	Pool              string   `json:"pool"`
	Chain             string   `json:"chain"`
	Symbol            string   `json:"symbol"`
	Decimals          int      `json:"decimals"`
	Height            uint64   `json:"height"`
	Hash              string   `json:"hash"`
	State             string   `json:"state"`
	Confirmations     uint64   `json:"confirmations"`
	Maturity          uint32   `json:"maturity"`
	Reward            Amount   `json:"reward"`
	Effort            *float64 `json:"effort"`
	NetworkDifficulty float64  `json:"network_difficulty"`
	Difficulty        float64  `json:"difficulty"`
	Finder            string   `json:"finder"` // abbreviated
	FoundAt           Time     `json:"found_at"`
	ChangedAt         Time     `json:"changed_at"`
	Reason            *string  `json:"reason"`
}

// BlockDetail is a block with what has become of it.
type BlockDetail struct {
	Block          Block         `json:"block"`
	RoundStartedAt Time          `json:"round_started_at"`
	History        []BlockChange `json:"history"`
	Split          *Split        `json:"split"`
}

// BlockChange is one change of a block's state.
type BlockChange struct {
	At     Time    `json:"at"`
	State  string  `json:"state"`
	Reason *string `json:"reason"`
}

// Split is how a reward was divided.
type Split struct {
	Operator       Amount `json:"operator"`
	Accounts       int    `json:"accounts"`
	AccountsAmount Amount `json:"accounts_amount"`
	Direct         bool   `json:"direct"`
}

// Payment is one transaction that pays accounts.
type Payment struct {
	Number    uint64 `json:"number"`
	Pool      string `json:"pool"`
	Chain     string `json:"chain"`
	Symbol    string `json:"symbol"`
	Decimals  int    `json:"decimals"`
	State     string `json:"state"`
	TxID      string `json:"txid"`
	Amount    Amount `json:"amount"`
	Accounts  int    `json:"accounts"`
	MadeAt    Time   `json:"made_at"`
	ChangedAt Time   `json:"changed_at"`
}

// Chain is one chain.
type Chain struct {
	Name         string            `json:"name"`
	Symbol       string            `json:"symbol"`
	Title        string            `json:"title"`
	Network      string            `json:"network"`
	Algorithm    string            `json:"algorithm"`
	Decimals     int               `json:"decimals"`
	Maturity     uint32            `json:"maturity"`
	BlockSeconds float64           `json:"block_seconds"`
	Pools        []ChainPool       `json:"pools"`
	State        string            `json:"state"`
	Message      *string           `json:"message"`
	Tip          Tip               `json:"tip"`
	Work         *Work             `json:"work"`
	Nodes        []Node            `json:"nodes"`
	NewsBy       map[string]uint64 `json:"news_by"`
	NewsSeconds  *NewsSeconds      `json:"news_seconds"`
	BlocksFound  uint64            `json:"blocks_found"`
}

// ChainPool is a pool that mines a chain.
type ChainPool struct {
	Pool string `json:"pool"`
	Role string `json:"role"`
}

// Work is a chain's newest template or auxiliary work.
type Work struct {
	At     Time   `json:"at"`
	Source string `json:"source"`
}

// Node is a node of a chain, without its address.
type Node struct {
	Number    int    `json:"number"`
	State     string `json:"state"`
	Height    uint64 `json:"height"`
	Peers     int    `json:"peers"`
	Version   string `json:"version"`
	News      string `json:"news"`
	GivesWork bool   `json:"gives_work"`
}

// NewsSeconds is how long it takes from the first news of a tip to its work.
type NewsSeconds struct {
	Count uint64  `json:"count"`
	Last  float64 `json:"last"`
	P50   float64 `json:"p50"`
	P99   float64 `json:"p99"`
}

// Connect is how to mine in a pool.
type Connect struct {
	Pool           string     `json:"pool"`
	Algorithm      string     `json:"algorithm"`
	User           string     `json:"user"`
	ExampleAddress *string    `json:"example_address"`
	Anyone         bool       `json:"anyone"`
	Password       string     `json:"password"`
	Listeners      []Listener `json:"listeners"`
	Devices        []Line     `json:"devices"`
}

// Listener is one port for miners. The Source leaves URL empty, and Host too where
// the port is open on all addresses.
type Listener struct {
	URL        string     `json:"url"`
	Host       string     `json:"host"`
	Port       int        `json:"port"`
	TLS        bool       `json:"tls"`
	Protocol   string     `json:"protocol"` // stratum, sha3x
	Profile    string     `json:"profile"`
	Difficulty Difficulty `json:"difficulty"`
	Reach      string     `json:"reach"` // any, local
}

// Difficulty is how the share difficulty of a port starts and moves.
type Difficulty struct {
	Start           float64 `json:"start"`
	Min             float64 `json:"min"`
	Max             float64 `json:"max"`
	SharesPerMinute float64 `json:"shares_per_minute"`
	Fixed           bool    `json:"fixed"`
}

// Line is what to give one kind of device.
type Line struct {
	Device string `json:"device"`
	Line   string `json:"line"`
}
