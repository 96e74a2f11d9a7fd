// Package simtari is a simulated Tari base node: it speaks the gRPC of
// coins/tari/tarirpc on loopback and judges SHA3x blocks on its own.
//
// # What it is for
//
// There is no packaged base node that a test could start. This one keeps a
// chain in memory, makes blocks for GetNewBlockTemplateWithCoinbases, computes
// mining hash, proof of work and difficulty of what is submitted with code of
// its own, and refuses what is wrong, in a real node's words where they are
// known. A [Chain] can be served by several nodes, forked, reorganised and
// extended; a [Node] can be down, slow, stuck, syncing, behind, on a fork,
// guarded, forbidding, lying, and refusing.
//
// It shares the messages with the driver that it tests, and nothing else: do
// not import the module's algos or coins here, so that a mistake made once
// cannot pass on both sides.
//
// # What it is not
//
// It is no full node. There are no commitments and no proofs of them: outputs
// and kernels are random bytes with the fields that a pool could care about,
// amounts are in the clear, and the merkle roots are plain hashes of the body.
// The difficulty is what it is set to. Blocks of "other miners" get real work
// only where that is quick. There is no peer-to-peer network; nodes of the same
// Chain know the same blocks.
//
// Source of its rules and words: tari, base_layer/core (blocks, validation,
// proof_of_work, chain_storage) and applications/minotari_node/src/grpc, as of
// 2024, with the header's block_output_mr of 2025.
//
// It belongs to the helpers of tests and of demonstrations.
package simtari
