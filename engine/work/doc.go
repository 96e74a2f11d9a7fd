// Package work counts mining work as an integer, so that sums do not depend on
// their order and can be replayed to the last unit.
//
// It knows no share, account or chain. It belongs to layer L3 and imports only
// the standard library.
package work
