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
// targets against their bits, outputs that would take the parent's money, and
// from one message to the next ids that grow and heights that can follow each
// other. Work that fails ends the session with the reason, and the coin is
// opened anew. Heights may go back a little: that is a reorganisation. Times are
// not held against the pool's own clock, which may be the one that is wrong.
// Whether a merkle branch is that of the transactions is looked at a moment
// later, beside the way of a template to the miners.
//
// # Floods
//
// A stream that sends more than a chain needs is contained without being lost:
// after a burst, at most twenty changes a second are passed on (of aux work one,
// where it goes on for long, since each becomes a job of the parent's miners), the
// latest of them, and at most a thousand messages a second are read, fewer when
// they are large. Beyond that the coin is made to wait, so that a plugin's flood costs
// the plugin and not the pool. Flows says what came.
//
// # Parking
//
// A coin that fails by its own fault five times in a row, before it has worked
// for a minute, is parked. A fault is what coins.FaultOf calls one: work that
// fails a check at any time, and a program that does not start, dies or hangs
// before it has sent good work. An error of a stream is none, for most often a
// node is down, and a coin whose nodes are down is tried for ever.
//
// A parked coin is closed: its work is not fresh, its slot holds zeros, and
// whoever asks is told why and what to do. Two things are still done for it,
// because money depends on them:
//
//   - Every ten minutes it is tried once, and at once when its program changes.
//     The cause need not be in the program: memory may have been short for a
//     minute, or a careless plugin ends when its node does. Such a coin mends
//     itself in the night, and a broken one costs a process in ten minutes. A
//     reload of the configuration makes new Runners, so nothing is parked then.
//
//   - A call about a found block (SubmitBlock, SubmitAux, BlockStatus) opens it
//     for such calls alone, without streams: miners may still solve its last
//     work, the courier may still have blocks to hand over, and a program that
//     sends bad templates may well submit blocks. It is closed when no call has
//     come for half a minute. While it cannot be opened the call fails with
//     ErrDown, as it does for any coin that is down, and is not lost.
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
// It belongs to layer L3 and imports coins, internal/backoff and internal/txlist.
package chain
