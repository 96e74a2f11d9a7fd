// Package audit computes from the share log alone how the blocks of a chain are
// divided and who is owed what, and compares it with what a pool says.
//
// It is a second opinion on the ledger: it reads the log from its first record,
// runs one chain's scheme of package engine/reward over it, and takes nothing from
// the ledger's database. The two share the log's layout, the arithmetic of work
// and the schemes; the order of records, the terms, the states of blocks and the
// sums are computed here anew.
//
// # How it reads
//
// The log is read twice. The survey passes over all but blocks, terms, coinbases
// and payments: it finds the blocks that are asked for and learns what became of
// each. Then shares and jobs go through the scheme in their order. A block that is
// asked for by itself has the shares in its window counted once more.
//
// # What it proves
//
// That the parts of a block, and the sums of them, follow from the log by the
// terms in the log. It proves nothing about what is not in the log: shares that a
// pool left out, or made up, before it was written. See docs/audit.md.
//
// A log whose first segments were retired, or of which the first days are missing,
// does not have all of the window of its first blocks and not the order in which
// accounts were first seen: what is computed from it may be off, and Result.Whole
// is false.
//
// # What it is not
//
// It knows no chain: that a block exists and that a payment is on its chain can be
// looked up there, by the hashes that it prints.
//
// It belongs to layer L3 and imports engine/sharelog, engine/reward and
// engine/work.
package audit
