package conformance

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// Config says which coin is to be tried, and with what. Make one with NewConfig
// or NewProcessConfig; all else is optional.
type Config struct {
	// Driver is tried within this process and over gRPC in memory. It may be
	// nil when Process is set.
	Driver coins.Driver

	// Process is the same coin in a process of its own; nil for none.
	Process *Process

	// Settings open the coin on a network whose blocks can be found in an
	// instant. The zero value is what a coin without a node takes: none.
	Settings coins.Settings

	// Good are addresses that the coin can pay, beside the one that it names
	// itself in CoinInfo.ExampleAddress. Bad are such that it cannot, beside those
	// that no coin can.
	Good, Bad []string

	// Vectors are known results of the coin's own proof of work.
	Vectors []HashVector

	// Messages are signed messages that the coin must find good.
	Messages []SignedMessage

	// Advance makes the chain grow by a block of somebody else, where the caller
	// can do that. The coin must then tell of it.
	Advance func(ctx context.Context) error

	// TxIDs reads n concatenated transactions and returns their ids, for chains
	// whose transactions do not look like Bitcoin's. Nil reads Bitcoin's, with
	// witness, Litecoin's, and those with a special payload (DIP2).
	TxIDs func(blob []byte, n int) ([]coins.Hash, error)

	// Limits are how long things may take; zero fields mean their defaults.
	Limits Limits

	// Rules are the ids of the rules to try; empty means all.
	Rules []string

	// Logger gets what a process of its own logs; nil discards it.
	Logger *slog.Logger
}

// Process is a plugin's program.
type Process struct {
	// Command is the program and its arguments.
	Command []string

	// Env is added to what a plugin sees, as KEY=value. A pool adds nothing.
	Env []string

	// External holds the file's owner and mode against what a pool demands of a
	// third party's plugin.
	External bool

	// MTLS makes both ends prove themselves, as the pool's mtls = true does.
	MTLS bool
}

// SignedMessage is a message with a good signature of an address's owner.
type SignedMessage struct{ Address, Message, Signature string }

// HashVector is a known result of the coin's proof of work.
type HashVector struct {
	Header []byte
	Param  []byte     // the job's hash parameter, nil for most
	Hash   coins.Hash // the little-endian number that is compared with targets
}

// Limits are how long things may take.
type Limits struct {
	Start  time.Duration // a program's start, until it has shaken hands
	Open   time.Duration // Open, which asks nobody
	Health time.Duration // the first state of health
	Work   time.Duration // the first work, work after a new tip, a block to be seen
	Cancel time.Duration // a stream's or call's end after its context's
	Call   time.Duration // any other call
	Mine   time.Duration // finding a block
	Orphan time.Duration // a plugin's end after its parent's
	Stop   time.Duration // a plugin's end after it was told to
	Rule   time.Duration // a whole rule
}

// The limits that the pool itself works with.
func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		v   *time.Duration
		def time.Duration
	}{
		{&l.Start, time.Minute},
		{&l.Open, 5 * time.Second},
		{&l.Health, time.Second},
		{&l.Work, 10 * time.Second},
		{&l.Cancel, time.Second},
		{&l.Call, 10 * time.Second},
		{&l.Mine, 20 * time.Second},
		{&l.Orphan, 3 * time.Second},
		{&l.Stop, 2 * time.Second},
		{&l.Rule, 90 * time.Second},
	} {
		if *d.v <= 0 {
			*d.v = d.def
		}
	}
	return l
}

// NewConfig is a Config for a driver in Go, with default limits.
func NewConfig(driver coins.Driver) Config { return Config{Driver: driver} }

// NewProcessConfig is a Config for a program, with default limits.
func NewProcessConfig(command ...string) Config {
	return Config{Process: &Process{Command: command}}
}

// Transports are those over which the Config can be tried.
func (c Config) Transports() []Transport {
	var list []Transport
	if c.Driver != nil {
		list = append(list, InProcess, Pair)
	}
	if c.Process != nil {
		list = append(list, OwnProcess)
	}
	return list
}

func (c Config) check() error {
	switch {
	case c.Driver == nil && c.Process == nil:
		return errors.New("conformance: neither a driver nor a process to try")
	case c.Process != nil && (len(c.Process.Command) == 0 || c.Process.Command[0] == ""):
		return errors.New("conformance: a process without a command")
	}
	return checkIDs(c.Rules)
}
