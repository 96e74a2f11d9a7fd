// Package reward divides what a chain pays among the accounts whose shares earned
// it. It is pure: no clock, no I/O, no goroutine; what comes out depends only on
// the jobs, shares and blocks that went in, in their order.
//
// A pool runs one Scheme for each of its chains over the same shares. All amounts
// are integers in the chain's base units.
//
// # Schemes
//
//	solo    the finder has the block
//	prop    the shares of the round, since the block before, by their work
//	pplns   the last N times the network's difficulty of work, whoever found it
//	pps     each share is worth work / network difficulty of the subsidy, at once
//	fpps    the same of subsidy and fees, these averaged over the last heights
//	pps+    pps for the subsidy, pplns for the fees of each block
//
// The pool bears the luck of pps, fpps and of the subsidy of pps+: there the block
// is the pool's.
//
// # Exact
//
// The parts of a block add up to its reward, always. The operator's fee comes off
// first, rounded down. What the rest leaves in whole units when each part is
// rounded down goes, a unit each, to the parts with the largest remainders
// (Hamilton's method), on a tie to the account that was seen first. A donation is
// taken from an account's own part, rounded down.
//
// The window of pplns is kept in slices, each closed once it holds a 64th of the
// window's work, and the oldest slice counts in proportion: the window is exactly
// N times the difficulty, to the unit of work, but the cut goes through all shares
// of that slice alike. A window that grows with the difficulty takes in what
// comes, nothing that was dropped before. Where the pool has not done that much
// work yet, all that it has done shares the block.
//
// What a share earns in the pps schemes is counted to 2^-64 of a unit, by a price
// with a 64-bit mantissa, rounded down; at most what a block pays, since a share
// solves one at most.
//
// # What it is not
//
// It knows no names, no addresses and no payout, and does not say whether a block
// counts: the ledger does. There is no score scheme: its weights are exponentials,
// which no integer holds, and pplns does what it was invented for.
//
// It belongs to layer L3 and imports only engine/work.
package reward
