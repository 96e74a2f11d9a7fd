// Package testminer is a plain stratum client for tests. It is written apart
// from the pool: it builds coinbase, merkle root and header from what it is sent,
// by the rules that miners know, so that one mistake cannot pass on both sides.
//
// A Client belongs to one goroutine. It is layer L0 and imports nothing of ours.
package testminer
