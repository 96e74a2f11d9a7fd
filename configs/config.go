package configs

import (
	"io/fs"
	"time"
)

// Config is a whole configuration file.
type Config struct {
	DataDir  string          `toml:"data_dir"`
	Database string          `toml:"database"` // of the ledger: a PostgreSQL URL; empty: a file in data_dir
	Log      Log             `toml:"log"`
	HTTP     HTTP            `toml:"http"`
	ShareLog ShareLog        `toml:"sharelog"`
	Coins    map[string]Coin `toml:"coins"`
	Pools    map[string]Pool `toml:"pools"`
	Hooks    []Hook          `toml:"hooks"`
	Notices  Notices         `toml:"notices"`

	file   string         // where it was read from, for messages
	mode   fs.FileMode    // of that file; 0: not known
	lines  map[string]int // line of each key of the file
	doubts Problems       // for Warnings, of how the file was read
}

// Log says what is logged and how.
type Log struct {
	Level  string `toml:"level"`  // debug, info, warn, error
	Format string `toml:"format"` // text, json; empty: text on a terminal, else json
}

// HTTP is the listener of metrics and status; empty listen turns it off.
type HTTP struct {
	Listen string `toml:"listen"`

	WorkerMetrics bool `toml:"worker_metrics"` // series of each worker in /metrics, of a thousand at the most
	ShareLog      bool `toml:"sharelog"`       // the share log for download at /sharelog/, with the names of all accounts and workers

	StratumHost       string `toml:"stratum_host"`        // the name that miners reach the pools by; empty: the visitor's own for this machine
	PublicPool        string `toml:"public_pool"`         // pool of the endpoints for public-pool's widgets; empty: the only one of Bitcoin's kind; "off"
	CKPool            string `toml:"ckpool"`              // pool whose documents for ckpool's monitors are served; empty: the only one with ckpool_files; "off"
	OperatorTokenFile string `toml:"operator_token_file"` // opens the operator's part of the API; empty: it is off
	OperatorPlain     bool   `toml:"operator_plain"`      // it is served over plain HTTP to other machines too
}

// ShareLog says how durable an accepted share is.
type ShareLog struct {
	Sync string `toml:"sync"` // "os": survives a crash of the process; "disk": a power cut
}

// Coin is one coin: a driver and what it is told.
type Coin struct {
	Driver  string `toml:"driver"`  // a built-in driver's name, or the path of a plugin
	Network string `toml:"network"` // the driver's name of the network; empty: its main network
	Isolate *bool  `toml:"isolate"` // nil or true: own process; false: built-in in process

	SHA256          string `toml:"sha256"`           // of a plugin's file, hex
	AllowUnverified bool   `toml:"allow_unverified"` // run a plugin without sha256
	MTLS            *bool  `toml:"mtls"`             // nil: on for built-ins, off for plugins

	Settings map[string]any `toml:"settings"` // only the driver reads these
}

// Pool is one parent chain, its auxiliary chains and its listeners.
type Pool struct {
	Parent  string `toml:"parent"`
	Aux     []Aux  `toml:"aux"`    // names or tables in the file
	Reward  string `toml:"reward"` // solo, prop, pplns, pps, fpps, pps+
	Payout  string `toml:"payout"` // pool, miner, coinbase
	Address string `toml:"address"`
	FeeBPS  int    `toml:"fee_bps"`

	Payouts  *Payouts  `toml:"payouts"`  // nil: nobody is paid from a wallet
	Coinbase *Coinbase `toml:"coinbase"` // nil: every default

	PPLNSWindow float64 `toml:"pplns_window"` // of pplns and pps+, in network difficulties

	Tag    string   `toml:"tag"`
	Listen []Listen `toml:"listen"`

	StaleAfter   Duration `toml:"stale_after"`   // warn when the parent gave no work for so long
	StaleGrace   Duration `toml:"stale_grace"`   // older work is still credited so long after a new tip
	Refresh      Duration `toml:"refresh"`       // new job at least so often
	AuxCoalesce  Duration `toml:"aux_coalesce"`  // at most one job for aux news in so long
	Node         *int     `toml:"node"`          // of this process among those of one pool, 0 to 255; nil: it is alone
	ResumeFor    Duration `toml:"resume_for"`    // a miner that comes back gets its extranonce1 for so long
	ReconnectTo  []string `toml:"reconnect_to"`  // hosts, or host:port, that miners may be sent to by command
	Limits       Limits   `toml:"limits"`        // for one address
	Extranonce2  int      `toml:"extranonce2"`   // bytes, 2 to 8
	AcceptAnyone bool     `toml:"accept_anyone"` // user names need not be addresses
	MaxMiners    int      `toml:"max_miners"`    // connections at one time
	CKPoolFiles  string   `toml:"ckpool_files"`  // folder of files for monitors of ckpool; empty: none are written
}

// Aux is one auxiliary chain of a pool: a name, or a table.
type Aux struct {
	Coin string `toml:"coin"`
	Cap  bool   `toml:"cap"` // cap share difficulty at this chain's target; default true

	Reward string `toml:"reward"` // other than the pool's
}

// Listen is one stratum port.
type Listen struct {
	Address    string         `toml:"address"`
	Protocol   string         `toml:"protocol"` // "stratum", "sha3x"; empty: what the parent's miners speak
	Profile    string         `toml:"profile"`  // "low", "normal", "rental": where Difficulty begins
	TLS        *TLS           `toml:"tls"`
	Difficulty Difficulty     `toml:"difficulty"`
	ProxyFrom  []string       `toml:"proxy_from"` // networks of load balancers, which send PROXY headers
	Coinbase   CoinbaseLimits `toml:"coinbase"`
	Ladder     Ladder         `toml:"ladder"`
}

// TLS names the certificate of a listener.
type TLS struct {
	Cert string `toml:"cert"`
	Key  string `toml:"key"`
}

// Difficulty says how a listener's share difficulty starts and moves. A zero field
// means the profile's number for the algorithm that the parent is mined by.
type Difficulty struct {
	Start                 float64 `toml:"start"`
	Min                   float64 `toml:"min"`
	Max                   float64 `toml:"max"` // 0: no limit but the chains'
	TargetSharesPerMinute float64 `toml:"target_shares_per_minute"`
	NiceHashMin           float64 `toml:"nicehash_min"` // lowest for the NiceHash agent
	Fixed                 bool    `toml:"fixed"`        // never moved by the pool
}

// Duration is a time.Duration written as text: "30s".
type Duration time.Duration

// UnmarshalText reads Go's form of a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// D is d as a time.Duration.
func (d Duration) D() time.Duration { return time.Duration(d) }
