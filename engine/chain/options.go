package chain

import (
	"log/slog"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/backoff"
)

// Defaults of Options.
const (
	// DefaultAuxGrace bridges the restart of a plugin or of its node. A proof
	// for work of before is still good then, since Opaque lets any process
	// rebuild it.
	DefaultAuxGrace = 30 * time.Second

	// DefaultStaleAfter is several refreshes of a template: a coin sends one a
	// minute or more often.
	DefaultStaleAfter = 3 * time.Minute

	// DefaultBehindAfter is how long a template may lag the tip that the
	// coin's own health reports, before somebody should look.
	DefaultBehindAfter = 15 * time.Second

	// DefaultOpenTimeout bounds Open, which starts a process but asks no node.
	DefaultOpenTimeout = 15 * time.Second

	// DefaultStopGrace bounds the wait for streams and Close of a coin that ends.
	DefaultStopGrace = 5 * time.Second

	// DefaultParkAfter failures in a row by its own fault park a coin.
	DefaultParkAfter = 5

	// DefaultParkedRetry is so rare that a program that is broken costs nothing,
	// and comes before the morning where the cause was not in the program.
	DefaultParkedRetry = 10 * time.Minute

	// DefaultCallIdle is how long a parked coin stays open for deliveries after
	// the last of them.
	DefaultCallIdle = 30 * time.Second

	// DefaultWalletTimeout bounds a call of the wallet, which asks a node a dozen
	// things. The node's own calls end much earlier: it is for a coin that hangs,
	// so that payments of the chain do not wait for it for ever.
	DefaultWalletTimeout = 5 * time.Minute

	// DefaultVerifyTimeout bounds the judging of a signed message, which asks
	// nobody.
	DefaultVerifyTimeout = 10 * time.Second
)

// Options are the optional parts of a Runner. A zero field means its default.
type Options struct {
	Logger  *slog.Logger    // nil discards
	Backoff backoff.Options // delays between attempts
	Events  func(Event)     // told of changes, in order, one at a time; must not block

	// Roles are the streams to open, of those that the driver announces; empty
	// means all of them. A coin that can be parent and aux but serves only as
	// aux need not make templates.
	Roles []coins.Role

	AuxGrace    time.Duration // how long aux work outlives its coin
	StaleAfter  time.Duration // silence of the template stream that is reported
	BehindAfter time.Duration // lag of the template behind the tip that is reported
	OpenTimeout time.Duration
	StopGrace   time.Duration

	ParkAfter   int           // failures in a row; see the package comment
	ParkedRetry time.Duration // between attempts with a parked coin
	CallIdle    time.Duration // how long a parked coin stays open for calls

	WalletTimeout time.Duration
	VerifyTimeout time.Duration
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Events == nil {
		o.Events = func(Event) {}
	}
	for _, d := range []struct {
		v   *time.Duration
		def time.Duration
	}{
		{&o.AuxGrace, DefaultAuxGrace},
		{&o.StaleAfter, DefaultStaleAfter},
		{&o.BehindAfter, DefaultBehindAfter},
		{&o.OpenTimeout, DefaultOpenTimeout},
		{&o.StopGrace, DefaultStopGrace},
		{&o.ParkedRetry, DefaultParkedRetry},
		{&o.CallIdle, DefaultCallIdle},
		{&o.WalletTimeout, DefaultWalletTimeout},
		{&o.VerifyTimeout, DefaultVerifyTimeout},
	} {
		if *d.v <= 0 {
			*d.v = d.def
		}
	}
	if o.ParkAfter <= 0 {
		o.ParkAfter = DefaultParkAfter
	}
	return o
}
