// Package payout pays accounts what the ledger says they are owed, from the
// wallets of the coins.
//
// # How a payment goes
//
//  1. the wallet signs one transaction with many outputs, and sends nothing;
//  2. the whole of it is written into the share log, down to the disk;
//  3. the ledger folds it: what it pays is no longer owed;
//  4. it is broadcast, and that is written down;
//  5. once it is deep enough in the chain it is confirmed, which is final.
//
// A crash before 2 leaves locked inputs, which the next round unlocks, and bytes
// that nobody has. After 2 every start broadcasts the same bytes again until
// they are mined: they spend the same inputs, so they pay once. No step is taken
// on the ground that another one has surely happened.
//
// A payment fails only where a mined transaction, as deep as a payment must be,
// has spent an input of it, or of an earlier payment whose change it spends, and
// makes none of its payments and pays none of their addresses anything else, or where
// the chain is as far ahead of all others that have a block whose reward the payment
// stands on; then the amounts are owed again. One that makes all of them (the wallet's
// owner raised the fee) is the payment. Anything between is left to a person, and stays
// as it is until Settle is told what was paid of it.
//
// Of one chain, no payment is made while another one is written down and not
// sent, and may yet be.
//
// Where the wallet refuses to sign, since the node would not take what is paid
// (too small for the chain, say), nothing was written down or sent: the addresses
// are paid in halves, down to the one that is refused, which stays owed.
//
// # Who is paid where
//
// An account is paid at the address that its name holds (engine/binding), else at
// the one that was set for it, else at its own. Accounts that share an address
// share an output, and the minimum is of the address. An account may ask for a
// higher minimum than the operator's: it then waits, and nobody with it.
//
// # What it is not
//
// It does not know what is owed: engine/ledger does. It holds no key, and neither
// unlocks nor fills a wallet. An account that is owed nothing, or less than
// nothing, gets nothing; one without an address of the chain keeps what it is owed.
//
// It belongs to layer L3.
package payout
