// Package bitcoincash is the driver of Bitcoin Cash, by Bitcoin Cash Node and
// what speaks like it.
//
// It is a table of Bitcoin Cash's numbers over the machinery that the coins of
// Bitcoin's family share. There is no witness data: no rule of it is named to
// the node, no coinbase commits to it, and a template that demands it is
// refused. Transactions stand in the order of their ids (CTOR), which is the
// order of the template and never changed here.
//
// Addresses are CashAddr, with prefix or without; the old base58 form, which is
// also Bitcoin's, is taken too, and answered with the CashAddr of the same
// script.
//
// The main network and test3 have the same first block as Bitcoin's, and chipnet
// the same as test4: a later block tells them apart, once the node has it.
//
// It is layer L2.
package bitcoincash
