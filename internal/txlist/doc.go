// Package txlist reads the transactions of a block of Bitcoin's family, as
// templates carry them: concatenated, without their number and without the
// coinbase. It gives their ids and the merkle branch that leads from the coinbase
// to the root. It is for those who check what somebody else has computed; the
// coins compute it on their own.
//
// Chains whose transactions have another form, or whose ids are not the double
// SHA-256 of the transaction without witness, cannot be read with it: an error
// says that the form is another one, and of the ids nothing says so.
//
// It is layer L0 and imports nothing of ours.
package txlist
