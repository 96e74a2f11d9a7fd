// Package namecoin drives the auxiliary chains of Namecoin's kind (AuxPoW):
// chains whose blocks may be proven by the work of a parent whose coinbase
// commits to them by a leaf of the merged-mining tree.
//
// What tells one such chain from another is data, not code: New makes the
// "namecoin" driver, NewDogecoin "dogecoin", NewSyscoin "syscoin", NewElastos
// "elastos", and NewGeneric "auxpow", whose settings describe the chain, for
// forks and for simulated chains.
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
// Blocks that a node made are, once it has taken them, handed on to the coin's
// other nodes.
//
// # Dialects
//
// A field coinbasescript in the node's aux work becomes an output of the parent's
// coinbase, and a field _btcprevhash makes the work depend on the parent's tip:
// it is fetched anew when that moves, and a proof on another tip is not handed
// in. Elastos's node has calls of its own (see elastosNodes).
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
//   - Proofs are not verified here, as the engine has done that, but where a
//     node of Elastos does not say what is wrong with one, and where one is not
//     handed in.
//   - The hash of a block of Elastos is the one that the parent commits to;
//     explorers show it back to front.
//
// It is layer L2.
package namecoin
