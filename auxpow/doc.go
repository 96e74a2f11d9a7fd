// Package auxpow holds the rules of merged mining as Namecoin defined them and
// its many descendants keep them: where a chain's block hash stands in the
// tree, how the tree is committed to in the parent's coinbase, how a proof is
// written and read, and when a node takes it.
//
// A parent's job is made like this:
//
//	tree, err := auxpow.Plan(ids)             // once per configured set
//	built, err := tree.Build(leaves)          // per job
//	commitment := built.Commitment()          // 44 bytes for the coinbase script
//
// and a solution is checked before it is sent, with the chain's own rules:
//
//	err := auxpow.Verify(&proof, auxHash, rules)
//	wire := proof.Append(nil)
//
// Verify gives the verdict of the real nodes (Namecoin Core's and the Dogecoin
// family's CAuxPow::check and what their callers add), and unlike them it names
// the rule that is broken.
//
// The package is pure: it imports the standard library alone, has no clock, no
// I/O and no state, and knows no coin. It does not hash parent headers, for
// that is the algorithm's part: VerifyWork is given a function. It does not
// choose what goes into a coinbase, and it does not know how long a coinbase
// script may be.
//
// # Byte order
//
// Every hash is a [32]byte in internal order, the order in which SHA-256 puts
// it out and in which blocks carry it; explorers and nodes print it reversed.
// The one exception is inside the commitment, where the root stands reversed.
// Commitment and Verify turn it; callers never do.
//
// # Caveats
//
//   - The tree is always double SHA-256, on scrypt chains too.
//   - Two chains whose ids are equal modulo the tree's size collide for every
//     nonce, so no nonce is ever searched for.
//   - The magic may stand only once in the whole coinbase script. A root, an
//     extranonce or a tag that happens to spell it spoils every proof of the
//     job: count with ContainsMagic.
//   - Nodes ignore the parent hash of a proof, and bytes that follow it.
//   - A parent version that miners roll may take on an aux chain's id or the
//     aux flag: see CheckRolling and CheckParentVersion.
//   - A node's chain id is a signed 16-bit quantity in practice; ids from
//     0x8000 on cannot stand in a block version of a strict chain.
package auxpow
