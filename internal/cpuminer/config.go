package cpuminer

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
)

// Errors of this package, for errors.Is.
const (
	ErrConfig       = errorKind("miner configuration")
	ErrProtocol     = errorKind("server broke the protocol")
	ErrUnauthorized = errorKind("server refused the user")
	ErrSilent       = errorKind("server is silent")
	ErrReconnect    = errorKind("server asked to reconnect")
	ErrStuck        = errorKind("server does not read")
)

type errorKind string

func (e errorKind) Error() string { return string(e) }

// Config says where and how to mine. Only URL and User are needed.
type Config struct {
	// URL is host:port, stratum+tcp://host:port, or stratum+ssl://host:port
	// for TLS (stratum+tls and stratum+tcps mean the same).
	URL      string
	User     string
	Password string // empty: "x"

	Algorithm      string      // "sha256d" (also when empty) or "scrypt"
	Threads        int         // 0: one for each processor
	RateLimit      float64     // hashes per second of all threads together; 0: no limit
	VersionRolling bool        // ask for version bits to roll, and roll them
	TLS            *tls.Config // nil: the system's certificates

	Logger *slog.Logger // nil: no log

	// Events and OnShare, when set, are told what happens. All calls come one
	// after the other from the goroutine of Run, which waits for them: a call
	// that takes long holds up the connection, though not the hashing.
	Events  func(Event)
	OnShare func(Share)
}

// EventKind says what happened.
type EventKind string

// The kinds of events, with the fields of Event that they use.
const (
	EventConnected  EventKind = "connected"  // Server
	EventAuthorized EventKind = "authorized" // Server
	EventRefused    EventKind = "refused"    // Reason: the user was not accepted
	EventDifficulty EventKind = "difficulty" // Difficulty
	EventJob        EventKind = "job"        // JobID, Clean, Difficulty
	EventAccepted   EventKind = "accepted"   // Share
	EventRejected   EventKind = "rejected"   // Share, Reason
	EventRate       EventKind = "rate"       // Rate, every second
	EventMessage    EventKind = "message"    // Reason: the server's text
	EventLost       EventKind = "lost"       // Reason, Wait: until the next attempt
)

// Event is something that a person who watches would like to see.
type Event struct {
	Time       time.Time
	Kind       EventKind
	Server     string
	JobID      string
	Clean      bool
	Difficulty float64
	Rate       float64 // hashes per second, over the last second
	Share      Share
	Reason     string
	Wait       time.Duration
}

// Share is one submission and what became of it.
type Share struct {
	JobID       string
	Extranonce1 string // hexadecimal, as the server gave it
	Extranonce2 string // hexadecimal, as it was sent
	NTime       uint32
	Nonce       uint32
	VersionBits uint32 // 0 without version rolling
	Rolling     bool   // version bits were sent, be they 0

	Hash       [32]byte // little-endian number
	Difficulty float64  // of the job

	// Answered is false when the connection ended before a reply came: the
	// server may or may not have taken the share.
	Answered bool
	Accepted bool
	Reason   string // of a rejection, in the server's words
}

// Stats is a snapshot of a miner's counters, which go on over reconnects.
type Stats struct {
	Hashes     uint64
	Rate       float64 // hashes per second, over the last second
	Accepted   uint64
	Rejected   map[string]uint64 // by the server's reason
	Unanswered uint64            // submitted, but the connection ended first
	Uptime     time.Duration     // since Run began
	Connected  bool              // authorized at present
	Difficulty float64           // of the present job
}

// server is where to connect.
type server struct {
	host, port string
	secure     bool
}

func (s server) address() string { return net.JoinHostPort(s.host, s.port) }

func parseURL(text string) (server, error) {
	bad := func() (server, error) {
		return server{}, fmt.Errorf("%w: %q is no server; expected host:port or stratum+tcp://host:port", ErrConfig, text)
	}
	if !strings.Contains(text, "://") {
		text = "stratum+tcp://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Port() == "" || strings.Trim(u.Path, "/") != "" {
		return bad()
	}
	s := server{host: u.Hostname(), port: u.Port()}
	switch u.Scheme {
	case "stratum+tcp", "tcp":
	case "stratum+ssl", "stratum+tls", "stratum+tcps", "ssl", "tls":
		s.secure = true
	default:
		return bad()
	}
	return s, nil
}

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	if c.Password == "" {
		c.Password = "x"
	}
	if c.Algorithm == "" {
		c.Algorithm = "sha256d"
	}
	if c.Threads == 0 {
		c.Threads = runtime.GOMAXPROCS(0)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func (c Config) algorithm() (algos.Algorithm, error) {
	if c.Algorithm != "sha256d" && c.Algorithm != "scrypt" {
		return nil, fmt.Errorf("%w: algorithm %q; expected sha256d or scrypt", ErrConfig, c.Algorithm)
	}
	return algos.ByName(c.Algorithm)
}
