// Package wallet pays from the wallet of a node of the Bitcoin family: the power
// coins.Wallet by createrawtransaction, fundrawtransaction,
// signrawtransactionwithwallet (signrawtransaction on old forks),
// sendrawtransaction and gettransaction.
//
// What fundrawtransaction made is not trusted: a transaction that does not make
// exactly the payments that were asked for, with one output more for change at
// most, is not returned. Nor is one that spends hidden (MWEB) coins.
//
// Locks of inputs live in the node's memory: Reserve sets them again.
//
// # What it is not
//
// It keeps nothing and decides nothing: who is paid, and that nobody is paid
// twice, is the caller's. It neither makes wallets nor unlocks them.
//
// It is layer L2, coins/internal.
package wallet
