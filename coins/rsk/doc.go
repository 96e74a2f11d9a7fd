// Package rsk merge-mines Rootstock (RSK) on Bitcoin: a hash in an output of the
// parent's coinbase instead of a slot of the merged-mining tree.
//
// Work comes from mnr_getWork of rskj. Its flag "notify" is true only for the
// first who asks, so each node is asked in one place, once per interval, and the
// flag is kept until the work is handed out. New work is handed out when the chain
// has a new block, when the flag says that the fees are worth it, and when what is
// out is older than the refresh; a work is never taken from a node that was not
// chosen.
//
// The commitment is an output of OP_RETURN and a push of 41 bytes, "RSKBLOCK:"
// and the hash as the node prints it. It stands last in the coinbase: of several
// tags the node takes the last, and at most 128 bytes may follow the hash.
//
// A node keeps its last 20 works and knows nobody else's, so a proof goes to the
// node that made the work, by mnr_submitBitcoinBlockPartialMerkle. It answers with
// the block's own hash, which covers the proof and is not the hash that was mined
// for. A block is therefore found again by hashForMergedMining at its height, on
// the best chain or among the uncles of the blocks above, which earn, too. Late
// solutions are submitted for the same reason.
//
// Rootstock is easier than Bitcoin by far, so that one work may be solved many
// times a second. The first solution that a node has taken settles its work; the
// others are answered as duplicates without asking, and what remains is let
// through at a limited rate. A node that limits submissions itself is asked again.
//
// Sources: rskj's MnrModuleImpl, MinerServerImpl, ProofOfWorkRule, BlockResultDTO
// (github.com/rsksmart/rskj), and Rootstock's documentation of the mnr methods. It
// was tried against a simulated node (internal/simrsk), not a real one.
//
// Not handled: payouts, which go to the address that the node was configured
// with; a node's own fallback mining.
//
// It is layer L2.
package rsk
