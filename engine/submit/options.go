package submit

import (
	"context"
	"log/slog"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/backoff"
)

// Chain is what the courier asks of a chain; engine/chain.Runner is one. All
// methods may be called from any goroutine. An error of the first three means
// that the outcome is unknown.
type Chain interface {
	SubmitBlock(ctx context.Context, b *coins.Block) (coins.Verdict, error)
	SubmitAux(ctx context.Context, p *coins.AuxProof) (coins.Verdict, error)
	BlockStatus(ctx context.Context, hash coins.Hash, height uint64) (coins.BlockStatus, error)

	// Height is the height of the best tip known, 0 when unknown.
	Height() uint64

	// Info is the coin's; false while it was never opened.
	Info() (coins.CoinInfo, bool)
}

// Defaults of Options.
const (
	DefaultCallTimeout = 60 * time.Second // a node may take long over a large block
	DefaultDrain       = 30 * time.Second
	DefaultDepth       = 6              // nobody reorganises deeper for one late block
	DefaultMaxAge      = 24 * time.Hour // where heights are unknown
	DefaultMaturity    = 100            // where the coin does not say
	DefaultCompact     = 64 << 20

	// DefaultRetry is the longest pause between two attempts to submit: a node
	// that is back after minutes must not wait long for the block.
	DefaultRetry = 3 * time.Second
)

// Options are the optional parts of a Courier. A zero field means its default.
type Options struct {
	Logger *slog.Logger // nil discards

	// Events is told of every change, one at a time. An error means that it
	// was not taken: it is repeated until nil. It may block on a disk, and must
	// not call Deliver.
	Events func(Event) error

	Backoff     backoff.Options // between attempts to submit
	CallTimeout time.Duration   // bound of one call to a chain
	Drain       time.Duration   // how long Run goes on submitting after its context has ended
	Depth       uint64          // a block this far below the tip is no longer submitted
	MaxAge      time.Duration   // a block of unknown height is no longer submitted when this old
	Compact     int64           // size in bytes at which the journal is rewritten
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Events == nil {
		o.Events = func(Event) error { return nil }
	}
	o.Backoff.Max = orDefault(o.Backoff.Max, DefaultRetry)
	o.CallTimeout = orDefault(o.CallTimeout, DefaultCallTimeout)
	o.Drain = orDefault(o.Drain, DefaultDrain)
	o.Depth = orDefault(o.Depth, DefaultDepth)
	o.MaxAge = orDefault(o.MaxAge, DefaultMaxAge)
	o.Compact = orDefault(o.Compact, DefaultCompact)
	return o
}

func orDefault[T time.Duration | uint64 | int64](v, def T) T {
	if v <= 0 {
		return def
	}
	return v
}
