package chain

import (
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// EventKind says what happened to a coin.
type EventKind uint8

// The kinds of events.
const (
	Opened    EventKind = iota + 1 // the coin is open, its streams run
	Lost                           // it could not be opened, or a stream ended; Err and Delay say why and how long
	HealthNow                      // its health changed state; Health has it
	Stale                          // templates stay away though its health is good; Err says how
	Recovered                      // templates come again after Stale
	Parked                         // it failed too often by its own fault; Err says how, Delay until when
	Floods                         // one of its streams sends too much; Err says how much
	Calmed                         // it does no longer
)

func (k EventKind) String() string {
	switch k {
	case Opened:
		return "opened"
	case Lost:
		return "lost"
	case HealthNow:
		return "health"
	case Stale:
		return "stale"
	case Recovered:
		return "recovered"
	case Parked:
		return "parked"
	case Floods:
		return "floods"
	case Calmed:
		return "calmed"
	}
	return "invalid"
}

// Event is a change in the life of a coin.
type Event struct {
	Chain  string // name of the coin in the TOML
	Kind   EventKind
	Err    error         // Lost, Stale, Parked, Floods
	Delay  time.Duration // Lost, Parked: until the next attempt
	Health coins.Health  // HealthNow
}
