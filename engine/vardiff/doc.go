// Package vardiff decides the next share difficulty of one session, so that its
// miner sends shares at a steady rate whatever its hash rate is.
//
// A Tuner keeps a time-decayed estimate of the work that arrives: every share
// counts with the difficulty that it was credited with, so the estimate holds
// across changes of difficulty. Far too many shares raise the difficulty within
// seconds; a silence lowers it by the passing of time alone; near the wanted
// rate, inside a dead band, nothing changes.
//
// It is pure: no clock, no I/O, no goroutine. Time comes in with each call. A
// Tuner belongs to one goroutine at a time.
//
// # What it is not
//
// It knows no job, no chain and no miner. The cap by the easiest target of the
// enabled chains, and the wish of a password, are the caller's business beyond
// Floor.
//
// It belongs to layer L3 and imports only the standard library.
package vardiff
