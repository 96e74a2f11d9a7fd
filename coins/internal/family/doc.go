// Package family makes a driver of what tells one coin of the Bitcoin family
// from another: its networks, addresses, witness and extension rules.
//
// It is all that bitcoin and litecoin need: block templates of their nodes,
// made engine-ready, and whole blocks submitted to all of them. A coin that
// differs in more than its numbers builds on the packages below instead.
//
// It is layer L2, coins/internal.
package family
