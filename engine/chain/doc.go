// Package chain keeps one coin open. A Runner opens the coin, runs the streams
// of its roles, keeps the newest template, aux work and health, and when any
// stream ends closes the coin, waits, and opens it again. A crash of a coin is
// nothing but the error that a stream returns; it is never fatal to the pool.
//
// # What is kept
//
// State is a mailbox of one slot: the latest wins, and a coin is never made to
// wait for a reader. While the coin is down the latest template and aux work
// stay at hand, with the time they came, but are no longer fresh. Aux work is
// good for a grace period after the coin was lost; then AuxFresh turns false,
// subscribers are woken, and the engine leaves zeros in the slot.
//
// # What is believed
//
// A coin is foreign code, perhaps in another process. Everything that it sends
// is checked here for what the engine relies upon: shapes, sizes, ranges, the
// target of aux work against its bits, outputs that would take the parent's
// money. Work that fails ends the session with the reason, and the coin is
// opened anew. Heights may go back: that is a reorganisation.
//
// # What it is not
//
// It builds no job, judges no share and retries no submission: the calls are
// handed to the coin that is open at that moment, and fail with ErrDown when
// none is.
//
// # Caveats
//
// A coin in this process that ignores its context and its own Close keeps a
// goroutine; the runner waits StopGrace for it, says so and goes on without it.
// Nothing that such a coin sends afterwards is taken.
//
// It belongs to layer L3 and imports coins and internal/backoff.
package chain
