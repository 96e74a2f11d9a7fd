// Package jscan walks JSON in place, without reflection and without copying.
//
// It is for the one reply that is large, a block template of several megabytes:
// encoding/json takes a hundred milliseconds for what can be read in five, and
// a pool that learns of a new block wants those back. Everything else uses
// encoding/json.
//
// A Scanner is strict about structure: what it walks or skips must be valid
// JSON, up to a depth of 64. It does not look for duplicate keys and does not
// check that strings are valid UTF-8. It accepts a number by encoding/json's
// grammar and leaves its range to the caller. It is layer L2, coins/internal.
package jscan
