// Package litecoin is the driver of Litecoin, by Litecoin Core.
//
// It is a table of Litecoin's numbers over the machinery that the coins of
// Bitcoin's family share, with one addition: once MWEB is active the block ends
// with the node's MWEB block, and the transactions of a template, whose last is
// the HogEx, must be taken as they are. At the height of its activation a node
// gives no template until a peg-in is in its mempool.
//
// Difficulty counts in scrypt miners' units, 65536 times smaller than those of
// the node's getdifficulty.
//
// It is layer L2.
package litecoin
