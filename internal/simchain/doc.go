// Package simchain is a simulated chain node that speaks JSON-RPC over HTTP and
// judges what it is given as strictly as Namecoin Core, or a node of the
// Dogecoin family, would. It belongs to layer L0 and knows no other package of
// this module.
//
// # What it is for
//
// Merged mining can only be proven against somebody who says no. There is no
// packaged Namecoin or Dogecoin node that a test could start, so this package
// stands in for one: it offers getblocktemplate, submitblock and proposals,
// createauxblock, submitauxblock and getauxblock, keeps headers and cumulative
// work, retargets, reorganises, forgets work as the real nodes do, and can be
// told to misbehave (see [Node.Down], [Node.Stall], [Node.Jump], [Node.Reorg],
// [Node.FlipFlop], [Node.Lie], [Node.Restart] and their sim_ methods).
//
// Config.Dialect says whose node it is: Namecoin's, the Dogecoin family's,
// Syscoin's, which wants more of its parent, or Elastos's, which shares nothing
// but the proof with them.
//
// With Config.Parent it is a plain Bitcoin-like chain without merged mining: a
// labelled stand-in for a parent node on machines which have none.
//
// The proof verifier, the transaction reader and the target arithmetic are
// written here from the rules, and share no code with the pool that is tested:
// a mistake made once cannot pass on both sides. Do not import the module's
// auxpow or algos here.
//
// # What it is not
//
// It is no full node. Nothing is stored on disk and there is no peer-to-peer
// network; [Node.Peer] links two nodes of one process. Scripts are not run,
// signature operations are not counted and there is no set of unspent outputs:
// a block may hold the transactions which were put into the node's own mempool
// by [Node.InjectTx] or [Node.InjectFake], each once, and the fee of each is
// the one that was declared there.
//
// Blocks of "other miners" ([Node.Jump], [Node.Reorg]) get real work where the
// target is easy and are taken on trust where it is not, so that a hard target
// does not make a test slow.
package simchain
