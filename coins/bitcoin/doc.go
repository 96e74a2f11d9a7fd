// Package bitcoin is the driver of Bitcoin: btcd, Bitcoin Core, Knots and what
// speaks like them.
//
// It is a table of Bitcoin's numbers over the machinery that the coins of its
// family share. Segwit counts as active where a node names no rules, as btcd
// does. A signet whose blocks must be signed cannot be mined and is refused at
// its first template.
//
// It is layer L2.
package bitcoin
