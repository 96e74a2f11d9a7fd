// Package job makes immutable jobs out of a parent's template and the work of
// any number of auxiliary chains, and turns a solution back into a block of the
// parent and into proofs for the auxiliary chains.
//
// A Spec holds what stays the same from job to job of one pool. Build makes a
// Job of it; a Job has one Variant for each payee that differs, which is the
// coinbase with a gap for the extranonce. Solve fills the gap and hashes, with
// all its memory in a Scratch; Block and Proof rebuild what a node wants from
// the same nonces. A Book holds the jobs that miners may still answer.
//
// # The coinbase's input script
//
//	height push      1..5   the template's ScriptPrefix
//	push opcode      1      only with a merged-mining commitment
//	commitment       44     magic, root reversed, size, nonce
//	push opcode      1
//	job id           8      never repeats, so two jobs never hash the same bytes
//	extranonce       n      extranonce1 of the session, extranonce2 of the miner
//	push opcode      1      only with a tag
//	tag              0..    cut when the script would grow too long
//
// Everything after the height is pushed, so that no byte of it counts as a
// signature operation.
//
// # Versions
//
// The job's version has no bit inside the rolling mask, so that miners which
// replace, set or flip the rolled bits all agree (BIP 310).
//
// The package talks to no node and no miner, keeps no log and reads no clock. It
// belongs to layer L3.
package job
