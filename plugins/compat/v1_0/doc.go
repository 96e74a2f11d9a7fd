// Command v1_0 is a coin plugin as one was written for version 1.0 of the
// protocol: with a frozen copy of that version's coin.proto, the code generated
// from it, and go-plugin, without the SDK and without anything else of the pool.
// Plugins like it are in use, so the pool of today must run it. The tests in the
// folder above build it and say whether that is so.
//
// Nothing in this folder changes any more, but for the versions in go.mod.
//
// It serves a chain in memory: a block is whatever header hashes to the id that
// it is submitted with.
package main
