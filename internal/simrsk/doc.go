// Package simrsk is a simulated Rootstock node for tests: a chain in memory with
// the mining module of rskj in front of it.
//
// It checks each solution by the rules of the chain, written apart from the
// driver and from package auxpow, so that one mistake cannot pass on both sides:
// the header's work, the last tag of the coinbase and the 128 bytes behind it, the
// length of the coinbase, the branch up to the header's merkle root. It forgets
// all but the last twenty works, tells its notify flag once, takes late blocks as
// uncles, and answers in rskj's words.
//
// What it is not: there is no EVM, no transaction, and no other node. Hashes are
// made up. It is for tests, above no layer, and imports only the standard library.
package simrsk
