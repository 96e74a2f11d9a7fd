// Package fakecoin is a coin with every role and no node, for the tests of
// plugins. Its settings make it misbehave.
//
// It is layer L2.
package fakecoin
