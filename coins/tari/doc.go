// Package tari is the driver of Tari, mined with SHA3x. It speaks gRPC with one
// or more base nodes.
//
// # Who is paid
//
// The base node makes the coinbase, and the whole reward of every block goes to
// the one address in the settings. The addresses of a pool's miners are never
// in the coinbase: the operator pays them from that address's wallet, by what
// the ledger says. ValidateAddress serves that ledger and the settings; the
// Script of its payee is the decoded address itself, since the keys of an
// output are fresh ones that only the node knows.
//
// # Work
//
// A template is a coins.HeaderBlob of 41 bytes: nonce, mining hash, algorithm.
// The first two bytes of the nonce tell sessions apart; a session has 48 bits
// to search, 28 seconds at 10 TH/s, so that "refresh" should stay below that
// for big miners. Each template is a new block with fresh keys: no two of them
// ever have the same mining hash.
//
// Base nodes announce nothing, so each is asked for its tip every 250 ms. The
// node whose tip has the most accumulated work is mined on, the first to know
// of it when there are several; the first of the list is gone back to at a
// refresh, once it has been well for a while. A node that is lost, late or
// syncing is replaced within a second. There is no empty template ahead of the
// full one: the node has no quicker way to make one.
//
// The driver computes the mining hash of each template again. That shows a node
// of another network at once. A header with fields that are not known here is
// mined on all the same, with a warning.
//
// # Blocks
//
// Opaque bytes hold the node's whole block, so that any node can take it, also
// after a restart. A block's id is another hash than its proof of work, by
// which the engine knows it: BlockStatus takes either. It finds the first by
// hashing the header at the block's height, for which the node must allow
// list_headers; where it does not, get_header_by_hash serves for blocks that
// this process submitted. A node's configuration that enables mining may allow
// neither: add them to grpc_server_allow_methods.
//
// A base node says yes, with the block's id, to a new block, to one it has, and
// to one it puts aside because its parent is not known. A refusal has the code
// of the node's own troubles, so that the two are told apart by its words. A
// node that hides its words (report_grpc_error = false) is asked again and
// again instead, until the block is on the chain or too old.
//
// Hashes are printed as Tari prints them: coins.Hash holds them reversed.
//
// # What it is not
//
// It merge-mines nothing (Tari with Monero, RandomX) and has no other
// algorithm. Emoji and hex addresses are not taken. Of an address it checks
// network, features, checksum and that the keys are points of the curve; a
// payment id is taken as it is. It does not look into the coinbase that the
// node made. It has been tested against internal/simtari and the vectors in
// testdata, never against a real base node.
//
// It is layer L2.
package tari
