// Package vardiff decides the next share difficulty of one session, so that its
// miner sends shares at a steady rate whatever its hash rate is.
//
// A Tuner keeps a time-decayed estimate of the work that arrives: every share
// counts with the difficulty that it was credited with, so the estimate holds
// across changes of difficulty. Far too many shares raise the difficulty within
// seconds; a silence lowers it by the passing of time alone; near the wanted
// rate, inside a dead band, nothing changes.
//
// What is not known to be the hash rate is not taken for it. A new difficulty
// holds from the next job on, and a device may follow earlier: until a share of the
// new difficulty comes, what is sent is not counted. A miner that falls silent has
// more likely paused than slowed down: its difficulty sinks in ever longer steps,
// a thousandfold at most, and the first shares bring it back at once.
//
// A Profile has the numbers that a kind of miners begins with, for each algorithm.
//
// It is pure: no clock, no I/O, no goroutine. Time comes in with each call. A
// Tuner belongs to one goroutine at a time.
//
// # What it is not
//
// It knows no job, no chain and no miner. It does not hold a single miner's rate to
// less than chance allows: 18 shares a minute scatter by 7 % over ten minutes
// whatever a pool does, and the dead band lets a session stay a third off. The cap
// by the easiest target of the enabled chains, and the wish of a password, are the
// caller's business beyond Floor.
//
// It belongs to layer L3 and imports only the standard library.
package vardiff
