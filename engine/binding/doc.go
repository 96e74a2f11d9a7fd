// Package binding is the text by which miners say where they are paid: the names
// of accounts that hold addresses of other chains, and the messages that the owner
// of an account signs. It is pure.
//
// # Names
//
// An account of a pool is an address of its parent chain, or one with addresses of
// auxiliary chains behind it:
//
//	ltc1q...
//	ltc1q.../dogecoin:D...
//	ltc1q.../dogecoin:D.../namecoin:N...
//
// Chains stand in the order of their names, each once, and every address in its
// canonical spelling, so one meaning has one name. Since anybody may mine for
// anybody's address, these are three accounts: what was earned under one name is
// never paid to an address of another.
//
// # Messages
//
// One fact a line, the first two and the last always, of the others at least one,
// in any order and each once:
//
//	motherlode pool ltc
//	account ltc1q...
//	pay dogecoin to D...            or: pay dogecoin to nobody
//	minimum litecoin 0.05           or: minimum litecoin none
//	donate 1.5 %
//	at 2026-11-21T12:00:00Z
//
// # What it is not
//
// It decodes no address and verifies no signature, knows no chain and no decimals.
// A message holds for every pool of that name in which the account mines.
//
// It belongs to layer L3 and imports the standard library only.
package binding
