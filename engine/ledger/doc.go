// Package ledger folds the share log into accounts: what each pool, account and
// worker has done, and what has become of found blocks.
//
// Every commit to the database holds the state and the position of the log up to
// which it was folded, so a crash at any moment counts nothing twice and leaves
// nothing out. The state is a function of the log alone: with the file removed,
// the next start folds it again from the first record.
//
// # Work is an integer
//
// Work is the sum of credited difficulties in units of 2^-48, in 128 bits. A
// difficulty of 32 or more, and any multiple of 2^-48, is exact; others are
// rounded down to a unit (1e-10 by less than 4 parts in 100,000). Sums do not
// depend on their order. A difficulty that is negative or no number is no work;
// one above 2^72 counts as 2^72.
//
// # States of a block
//
// One row for each chain and hash; later records change the row and never make a
// second one. States are the words in the log. Three rules keep a repeated or
// late record from doing harm, all others take effect:
//
//   - pending and found only follow refused, rejected, stale and lost (another
//     solution was sent);
//   - received does not follow accepted, orphaned or mature;
//   - mature is left for orphaned only.
//
// So accepted and orphaned may alternate as a chain reorganises.
//
// # Rounds
//
// A pool runs one round for each of its chains over the same shares. It begins
// when the chain is first seen in a job and ends with the first record of a block
// of that chain, whatever becomes of the block. What the block cost stays with it.
// Only work of a time when the newest job had the chain counts, by the difficulty that
// the chain had then: a chain whose node is down costs no effort.
// Of prop, whose shares count once, the shares of a block that comes to nothing go
// on with the round after it, and are given back when the block is.
//
// # Payments
//
// The first record of a payment takes its amounts out of what is owed at once,
// whatever becomes of the transaction: they are Sending. confirmed makes them
// Paid, failed gives them back. Both are final: no record changes a payment after
// them, and none makes a second payment of one number.
//
// # Settings
//
// An account's settings are folded like all else, and a donation takes effect for
// what is divided behind its record. A message of the owner counts only if it
// states a later time than the one before, so a record that is in the log twice, or
// was overtaken, changes nothing. Signatures were verified before they were
// written; the ledger verifies none.
//
// # Statistics
//
// Behind the totals of a name is its present minute (engine/stats), and the rows
// of closed minutes, hours and days have buckets of their own; all are written in
// the transaction of the shares. A ledger of schema 3 or less is at its position
// without them: until they have caught up, from where the log starts, they are
// folded in transactions of their own, and Counted is behind Position.
//
// # What it is not
//
// It makes no payment and knows no reward scheme; it sees no socket. Queries show what
// is committed, which trails the log by Options.Interval or less when idle.
//
// It belongs to layer L3 and imports engine/sharelog, engine/work,
// engine/reward, engine/stats and engine/store.
package ledger
