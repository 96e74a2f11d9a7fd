// Package block serialises what coins of the Bitcoin family are made of:
// headers, coinbases, merkle branches, witness commitments, whole blocks.
//
// A coin needs it to test a template in the node's proposal mode (StandIn) and
// to build an auxiliary block of its own. The engine's jobs are built by
// engine/job, which is written apart from this package on purpose: a block that
// this package assembles and a node takes says nothing about the engine's, and
// the other way round, so each is tested against real nodes.
//
// It is pure: no I/O, clock or goroutine. It does not parse transactions. It
// is layer L2, coins/internal.
package block
