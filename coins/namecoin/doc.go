// Package namecoin drives the auxiliary chains of Namecoin's kind (AuxPoW):
// chains whose blocks may be proven by the work of a parent whose coinbase
// commits to them by a leaf of the merged-mining tree.
//
// What tells one such chain from another is data, not code: New makes the
// "namecoin" driver, NewDogecoin "dogecoin", and NewGeneric "auxpow", whose
// settings describe the chain, for forks and for simulated chains.
//
// # Ways to get work
//
// The setting mode chooses one; "auto" takes the first that the node offers:
//
//	template        getblocktemplate, a block of our own and submitblock. Any
//	                node of the chain can take the solution, restarts of node
//	                or pool lose nothing, and refusals come with reasons.
//	createauxblock  the node's own block and submitauxblock. Work is pinned to
//	                the node that made it, which forgets it when it restarts,
//	                and at the first createauxblock after its tip has moved.
//	getauxblock     the same by the older call. It pays the node's wallet: the
//	                setting address is of no effect then.
//
// # Caveats
//
//   - The tip's identity is the previous hash. At one tip a node may give out
//     several blocks in turn; the one that pays most is kept, and the others
//     make no new work.
//   - A node's "true" says that the block was stored, not where: see
//     BlockStatus.
//   - AuxWork.Opaque holds the whole block in template mode, up to a few
//     megabytes; all that is needed to submit is in it.
//   - Proofs are not verified here: the engine has done that.
//
// It is layer L2.
package namecoin
