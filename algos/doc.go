// Package algos holds the proof-of-work functions that the engine knows by
// name, and the arithmetic of targets and difficulty.
//
// # What it is for
//
// An [Algorithm] turns the bytes of a header into the number that is compared
// with a target. [ByName] finds one: "sha256d", "scrypt" (N=1024, r=1, p=1) and
// "sha3x" (Tari). A [Target] is made from compact bits ([FromBits]) or from a
// difficulty ([FromDifficulty], [FromDifficulty64]), and [Target.Meets] decides.
//
// # Byte order
//
//	Target                    [32]byte, big-endian: byte 0 weighs most
//	hash, as returned by Sum  [32]byte, little-endian: byte 31 weighs most
//
// This is the order in which nodes print a target and the order in which
// SHA-256 delivers a block hash, so neither is ever turned around on the way.
// SHA3x reads its digest big-endian; its Sum reverses it, and so returns a
// little-endian number like the others.
//
// # Difficulty
//
// A difficulty is one/target, where "one" is the target of difficulty 1. It is
// a custom of the coin and its miners, not a law: Bitcoin's is 0xffff * 2^208,
// scrypt miners count in units 65536 times smaller, Tari's is 2^256-1. Every
// function that deals in difficulty is therefore told which one is meant; an
// algorithm's DiffOne is only the custom of its miners.
//
// Difficulty to target is exact, always rounded down, so a share that meets
// its target has at least the difficulty it is credited with. Target to
// difficulty ends in a float64; each function states its accuracy.
//
// # What it is not
//
// It knows no coin, no header layout and no limit of a chain: whether a target
// is allowed on a chain is the coin's business. It does no I/O, keeps no log,
// reads no clock and starts no goroutine. It does not mine: it is made to
// verify headers, without allocation.
//
// # Slow algorithms
//
// Scrypt costs a thousand times what the others do. [NewLanes] makes memory for
// several hashes that are computed at a time, by vector instructions where the
// machine has them (AVX2): four then take hardly longer than one, which makes a
// hash four times cheaper than Sum's. Sum is the plain code, and what Lanes is
// tested by.
//
// # Caveats
//
// Sum takes its arguments through an interface, so what they point at escapes:
// callers on the hot path keep the destination and the header in scratch that
// lives as long as the session. Scrypt takes 128 KiB of scratch from a
// sync.Pool for the length of a call; a collection of garbage may empty the
// pool, and the next call then allocates once.
package algos
