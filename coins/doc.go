// Package coins is the contract between the engine and a coin: plain types and
// a handful of small interfaces, nothing else.
//
// A coin is a Driver. Describe says what it is without touching the network;
// Open checks the settings and returns a Coin. What a coin can do beyond the
// basics is found by assertion: a Parent hands out block templates and takes
// whole blocks, an Aux hands out auxiliary work and takes proofs of a parent's
// work, a Hasher computes a proof-of-work function that the engine does not
// know, a Wallet pays accounts, a MessageVerifier judges signed messages. The same interfaces are implemented by the built-in coins in process,
// and by plugins/host for coins that run in a process of their own; the engine
// cannot tell them apart.
//
// # Streams
//
// Templates, AuxWork and Health are streams: the full present state first, then
// every change, until ctx ends or the stream breaks. A stream returns the
// reason why it is over, never closes the channel, and never changes a value
// that it has sent. A crash of a coin is nothing but the error that one of its
// streams returns.
//
// # Refusals and failures
//
// A refusal by the node is a value: a Verdict with the node's own words. A
// failure to ask is an error and means that the outcome is unknown: ask again.
// Submission is idempotent by block hash. A verdict never says that a block is
// on the best chain: BlockStatus does.
//
// # Byte order
//
// Hashes are 32 bytes in internal order (the order in which they are hashed and
// serialised); String prints them reversed, as nodes do. Targets are 32 bytes
// big-endian.
//
// This package imports only the standard library and holds no behaviour beyond
// formatting and validation of its own types. It is layer L1.
package coins
