// Package cpuminer is a miner for processors that speaks stratum V1 with any
// server: for the demo, for tests, and to try a pool by hand.
//
// It is written from the protocol and shares no code with the pool's own jobs
// and judges: it puts coinbase, merkle root and header together by itself, so
// that what both sides agree on is proven twice. Every share is told to
// Config.OnShare together with the server's answer, which lets a test hold a
// pool's accounts against what a miner has really been promised.
//
// It is not a fast miner. It hashes with package algos, header by header, at a
// few million sha256d or a few thousand scrypt hashes a second and thread. It
// knows algorithms whose header is Bitcoin's 80 bytes, and no other.
//
// It belongs to layer L1 and imports algos, internal/backoff and the standard
// library.
package cpuminer
