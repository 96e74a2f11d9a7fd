// Package settings takes what accounts want: where other chains pay them, from
// which amount on, and what they give to the operator.
//
// The owner of an account says it in a message (engine/binding) that the address of
// the account has signed; the parent's coin verifies it. The operator may say it by
// hand. What is taken is on the disk, in the share log, before the answer says so,
// and the ledger folds it like all else.
//
// A message is taken once, and within an hour of the time that it states; it must
// state a later time than the last one that was taken. Addresses are validated by
// the coin of their chain. An account that never mined is unknown, so that nobody
// fills the log for nothing.
//
// # What it is not
//
// It holds no settings: the ledger does. It is no proof of who asks: only signed
// messages are, so its handler may stand open to everybody. What was set can be
// seen by everybody too.
//
// It belongs to layer L3.
package settings
