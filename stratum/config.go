package stratum

import (
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/motherlode-pool/motherlode/stratum/admission"
)

// Limits that protect the server. Each is a bound on what one connection can
// make it hold or do; none of them is met by an honest miner.
const (
	lineLimit      = 4096     // one line of a subscribed miner; long user names fit
	lineLimitEarly = 1024     // one line before mining.subscribe
	readBufferMin  = 1024     // an idle session keeps this much
	readBufferMax  = 16 << 10 // a busy one at most this
	turnLines      = 32       // lines judged before the replies leave and others run
	pendingLimit   = 16 << 10 // replies that wait for another writer before reading stops
	workersLimit   = 256      // workers on one connection
	junkLimit      = 16       // lines that are no JSON request, since the last accepted share
	nameLimit      = 512      // bytes of a user name as it is sent: a connection keeps those of its workers
	authorizeTries = 8        // refused mining.authorize on one connection, and as many for each worker on it
	agentLimit     = 128      // bytes of a user agent that are kept
	epochLimit     = 64       // frozen difficulties that are remembered
	epochLife      = time.Hour
	restLimit      = 5 * time.Millisecond // rest behind a full turn, however long that took
)

// Config says how a server serves. The zero value of each field is a default.
type Config struct {
	Listeners []Listener
	Dialect   Dialect // V1 when empty
	Logger    *slog.Logger

	// NodePrefix starts every extranonce1, so that several processes of one
	// pool never give the same. At most two bytes, one in the SHA3x dialect.
	NodePrefix []byte

	// Store keeps which miner has which extranonce1 over restarts; nil for not.
	Store Store

	// Limits are what one address may do; none when zero.
	Limits admission.Limits

	// ReconnectTo are the addresses, HOST or HOST:PORT, that a command may send
	// miners to.
	ReconnectTo []string

	// Extranonce2Size is what a V1 miner counts in, 2 to 8 bytes; 8 suits all.
	Extranonce2Size int

	MaxSessions      int           // connections at once, 65,536
	SubscribeTimeout time.Duration // from connect to mining.subscribe, 15 s
	AuthorizeTimeout time.Duration // from connect to an admitted worker, 60 s
	AuthorizeWait    time.Duration // bound on one Pool.Authorize, and on a login that waits for work, 10 s
	WriteTimeout     time.Duration // a miner that does not read is dropped, 10 s
	Silence          time.Duration // set_difficulty again after this, 55 s
	ResumeFor        time.Duration // a session id stays good after a disconnect, 10 min
	DrainJitter      time.Duration // closing is spread over this at shutdown, 300 ms
	DrainMessage     string        // client.show_message of V1 at shutdown, none when empty
}

// Listener is one port: an address to bind, or a listener that is open already.
type Listener struct {
	Address  string
	Listener net.Listener // used as it is when set
	Held     bool         // Listener's socket is open elsewhere, too: closing it here keeps nobody from connecting, see Drain
	TLS      *TLS
	Profile  Profile
	Ladder   Ladder

	// ProxyFrom are the networks of load balancers whose connections begin with a
	// PROXY header, of version 1 or 2, and must. Others must not send one.
	ProxyFrom []netip.Prefix
}

// TLS names the files of a certificate chain and its key, PEM. They are read
// again when they change.
type TLS struct {
	CertFile string
	KeyFile  string
}

// Profile is the difficulty policy of a listener.
type Profile struct {
	Name  string
	Start float64 // difficulty of a new session, 1 when unset
	Min   float64 // never below, 0 for no bound
	Max   float64 // never above, 0 for no bound

	// NewTuner makes the session's difficulty control; nil keeps what was given.
	NewTuner func(start, min float64) Tuner

	// NiceHashFloor is the least difficulty for the NiceHash agent, which
	// refuses less (524,288 for SHA-256); 0 where it makes no sense.
	NiceHashFloor float64
}

// withDefaults fills what was left out.
func (c Config) withDefaults() Config {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&c.SubscribeTimeout, 15*time.Second)
	def(&c.AuthorizeTimeout, time.Minute)
	def(&c.AuthorizeWait, 10*time.Second)
	def(&c.WriteTimeout, 10*time.Second)
	def(&c.Silence, 55*time.Second)
	def(&c.ResumeFor, 10*time.Minute)
	def(&c.DrainJitter, 300*time.Millisecond)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Extranonce2Size < 2 || c.Extranonce2Size > 8 {
		c.Extranonce2Size = 8
	}
	if c.MaxSessions <= 0 {
		c.MaxSessions = 65536
	}
	if len(c.NodePrefix) > 2 {
		c.NodePrefix = c.NodePrefix[:2]
	}
	c.Listeners = append([]Listener(nil), c.Listeners...)
	for i := range c.Listeners {
		c.Listeners[i].Ladder = c.Listeners[i].Ladder.withDefaults()
		if p := &c.Listeners[i].Profile; !(p.Start > 0) {
			p.Start = 1
		}
	}
	return c
}
