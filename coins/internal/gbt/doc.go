// Package gbt decodes the reply to getblocktemplate into engine-ready work.
//
// It computes what it can instead of believing it: the merkle branch from the
// transactions' ids, the witness commitment from their hashes, the target from
// the bits; the node's own fields are cross-checks. It knows the oddities of
// the nodes: btcd names no rules and gives its commitment, if any, as a bare
// hash; others give a commitment though the chain has no witness yet.
//
// What it is not: it does not ask a node, and does not check that the
// transactions are valid or hash to their ids (the node's proposal mode does).
//
// It is pure and layer L2, coins/internal.
package gbt
