package engine

import (
	"context"
	"log/slog"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/status"
	"github.com/motherlode-pool/motherlode/stratum"
)

// Config is what the engine runs: coins that are ready to be opened and pools
// that name them.
type Config struct {
	DataDir string

	// Database is where the ledger is: a PostgreSQL URL. Empty: a file in DataDir.
	Database string

	Sync  string // share log: "os" or "disk"
	Coins map[string]CoinConfig
	Pools map[string]configs.Pool
}

// CoinConfig is one coin.
type CoinConfig struct {
	Driver   coins.Driver
	Settings coins.Settings
}

// Deps is what the engine is given from outside.
type Deps struct {
	Logger  *slog.Logger
	Version string // of the program, for status

	// ShareLogFS stands in for the share log's folder, so that its faults can
	// be tried; nil is the folder itself.
	ShareLogFS sharelog.FS

	// Front, when set, changes what a pool's server is made of, so that its waits
	// can be tried in less time.
	Front func(*stratum.Config)

	// Reload, when set, reads the configuration again for the operator; it calls
	// Engine.Apply. See control.Pools.
	Reload func(ctx context.Context, restart bool) (control.Reloaded, error)

	// Hooks, when set, says how the places are that are told what happens, for status.
	Hooks func() []status.Hook

	// Events, when set, is told what happens, in order; it must not block.
	Events func(Event)
}

// EventKind says what happened.
type EventKind string

// The kinds of events, for people who watch.
const (
	EventJob   EventKind = "job"   // a job was given out
	EventBlock EventKind = "block" // a block changed its state
	EventCoin  EventKind = "coin"  // a coin came or went
)

// Event is something that a person who watches would like to see.
type Event struct {
	Time   time.Time
	Kind   EventKind
	Pool   string
	Chain  string
	Height uint64
	Hash   coins.Hash
	State  string // of a block or a coin
	Worker string
	Reason string
	Node   string
}
