// Package nodes keeps an eye on the nodes of one coin of the Bitcoin family and
// talks to all of them as if they were one.
//
// A Set has one member per configured node. While any stream is open (Open
// counts them) each member is polled for its tip every second, and watched by
// btcd's WebSocket or ZMQ where there is one: the first to speak wins, and
// polling stays as the backstop. A long poll is never used, because it costs
// a node thread that an aborted call does not give back.
//
//	Templates    work from the best node, with failover, tested as proposals
//	Submit       a block to all nodes at once, and the best of their answers
//	BlockStatus  where a block is, by the node that has the highest tip
//	Health       the state of all nodes
//
// The best node is the one that told of the highest tip first; afterwards the
// first in the list that is as high as the others and has been well for a
// while, so that a node that comes and goes is not followed to and fro.
//
// What it is not: it decodes no template (package gbt does) and knows no coin.
// It is layer L2, coins/internal.
package nodes
