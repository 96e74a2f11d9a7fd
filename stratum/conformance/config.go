package conformance

import (
	"context"
	"crypto/sha256"
	"time"
)

// Limits of what the suite does to a server.
const (
	mostHashes      = 1 << 22  // a share is not searched for longer
	mostLine        = 1 << 24  // bytes of an over-long line before the server counts as boundless
	mostUnread      = 64 << 20 // bytes sent by the miner that does not read
	mostJunk        = 1000     // junk lines before the server counts as boundless
	mostConnections = 64       // of one rule
	lineLimit       = 1 << 20  // one line of the server
)

// Config says what is tried and with what. Only Address and User must be set.
type Config struct {
	Address  string // host:port of the server
	User     string // a user that it admits, ADDRESS.worker
	Password string // x when empty

	// SecondUser is another user that it admits; User's account with another
	// worker when empty.
	SecondUser string

	// Hash is the proof of work of an 80 byte header, little-endian as hashed;
	// double SHA-256 when nil. HashScale is how many times easier difficulty 1
	// is than Bitcoin's: 65536 for scrypt, 1 when unset.
	Hash      func(header []byte) [32]byte
	HashScale float64

	Rules    []string      // ids to try; all when empty
	Parallel int           // rules at once, 8 when unset
	Timeout  time.Duration // patience for an answer, 5 s when unset
	Quiet    time.Duration // how long a server must not say what it may not, 150 ms when unset

	// What is known of the server. A rule that wants one that is unset is not
	// tried, or not in full.
	Mask             uint32        // version bits that it lets miners roll
	NoMask           bool          // its coin has none
	MinDifficulty    float64       // least difficulty that may be suggested
	MaxDifficulty    float64       // greatest
	NiceHashFloor    float64       // least difficulty for NiceHash
	Silence          time.Duration // it says something at least so often
	SubscribeTimeout time.Duration // it closes a connection that does not subscribe
	WriteTimeout     time.Duration // it drops a miner that does not read
	Grace            time.Duration // stale shares are credited so long after a block
	Latency          time.Duration // bound on the 99th percentile of replies
	VardiffWithin    time.Duration // difficulty rises a hundredfold in so long, 30 s when unset

	// Other doors of it.
	SecondNode  string // another process of the same pool
	TLSAddress  string // with TLS
	ProxyTrust  string // takes the header of the PROXY protocol from us
	Vardiff     string // steers difficulty, starting where shares are easy
	NoMaskDoor  string // of a coin whose version bits may not be rolled
	SmallDoor   string // has room for SmallRoom sessions only
	SmallRoom   int
	LimitedDoor string // takes LimitedTo connections of one address
	LimitedTo   int

	Hooks Hooks
}

// Hooks bring about what a miner cannot, one at a time, or answer questions, which
// several rules may ask at once.
type Hooks struct {
	NewBlock func(ctx context.Context) error            // the chain grows; a clean job follows
	NewJob   func(ctx context.Context) error            // the same tip, another job
	NodeDown func(ctx context.Context, down bool) error // the node goes away and comes back
	Restart  func(ctx context.Context) error            // the server ends and starts again
	Drain    func(ctx context.Context) error            // the server sends its miners away

	// ClockJump sets the clock of the node, which jobs take their time from, or of
	// the server.
	ClockJump func(ctx context.Context, by time.Duration) error

	NewCert func(ctx context.Context) error // the TLS listener's certificate changes

	// Tip is the hash of the best block as nodes print it.
	Tip func(ctx context.Context) (string, error)

	// Block reports whether the node was given the block of this hash (as nodes
	// print it), and whether it took it.
	Block func(ctx context.Context, hash string) (given, taken bool, err error)

	// Work is the sum of difficulty credited to a user so far.
	Work func(ctx context.Context, user string) (float64, error)

	// From reports whether the server counts a live connection as one of this IP
	// address.
	From func(ctx context.Context, address string) (bool, error)

	// Aux is the difficulty of a merge-mined chain, not above that of shares or
	// without say over it, and how many of its blocks were found.
	Aux func(ctx context.Context) (difficulty float64, blocks int, err error)
}

func (c Config) withDefaults() Config {
	if c.Password == "" {
		c.Password = "x"
	}
	if c.SecondUser == "" {
		c.SecondUser = account(c.User) + ".second"
	}
	if c.Hash == nil {
		c.Hash = doubleSHA256
	}
	if c.HashScale <= 0 {
		c.HashScale = 1
	}
	if c.Parallel <= 0 {
		c.Parallel = 8
	}
	if c.Timeout <= 0 {
		c.Timeout = 5 * time.Second
	}
	if c.VardiffWithin <= 0 {
		c.VardiffWithin = 30 * time.Second
	}
	if c.Quiet <= 0 {
		c.Quiet = 150 * time.Millisecond
	}
	return c
}

// work is how many hashes a share of difficulty 1 takes.
func (c *Config) work() float64 { return (1 << 32) / c.HashScale }

func doubleSHA256(b []byte) [32]byte {
	one := sha256.Sum256(b)
	return sha256.Sum256(one[:])
}
