// Package personality imitates the miners of the field: what each sends and in
// which order, what it bears and what makes it turn away from a pool. Each mines
// real shares on the CPU, so that a pool can be tried against all of them at
// once, on one machine and without any of them.
//
// A [Traits] describes one miner. A [Miner] is a state machine that lives by it:
// [Miner.Run] takes one connection from its first line to its end, and
// [Miner.Keep] connects again as that miner would. Where the server does what the
// miner cannot bear, Run ends with a [*Violation] that names the [Quirk] and says
// what the server did.
//
// # What is known, and how
//
// Every trait has its source in the comment beside it or in [Traits.Sources]:
// Documented (a maker or an operator says so), Source (read in the miner's own
// public source, at the version that is named) or Hearsay (told by other people's
// pools). The table of docs/miners.md lists them. Nothing here was copied: the
// state machines are written from what those sources do.
//
// # What it is not
//
// No real firmware runs here. A miner is imitated as strictly as its sources
// allow: where the real one would waste its work without a word (it ignores a job,
// say), the imitation ends with a Violation, since a pool's author wants to know.
// The nonce search is a plain loop without threads.
//
// Headers, targets and coinbases are computed here from what the server sends, by
// the rules that miners know, and share no code with the pool: one mistake cannot
// pass on both sides. The package is of layer L0 and imports nothing of ours.
package personality
