// Package family makes a driver of what tells one coin of the Bitcoin family
// from another: its networks, addresses, witness and extension rules.
//
// It is all that bitcoin, bitcoincash, litecoin and digibyte need: block
// templates of their nodes, made engine-ready, and whole blocks submitted to all
// of them. Package bitcoinlike makes the same table of an operator's settings. A
// coin that differs in more than its numbers builds on the packages below
// instead.
//
// Transactions stay in the node's order, which is the order that the chain
// prescribes where it does (Bitcoin Cash sorts them by id).
//
// It is layer L2, coins/internal.
package family
