// Package digibyte is the driver of DigiByte, by DigiByte Core, for the two of
// its five algorithms that the engine computes: sha256d and scrypt.
//
// The setting algorithm chooses which; to mine both, configure two coins. The
// node is asked for a template of that algorithm by name, and a block's version
// says in bits 8 to 11 which one it was found by: a template with other bits
// there is refused, for its target would be another algorithm's. Those bits are
// outside the mask that miners roll.
//
// Each algorithm has a difficulty of its own and finds a fifth of the blocks, so
// that the block time of a coin is five times the chain's 15 seconds. A block's
// id is the double SHA-256 of its header for every algorithm.
//
// Base58 addresses of single keys start with D and are the same as Dogecoin's.
//
// It is layer L2.
package digibyte
