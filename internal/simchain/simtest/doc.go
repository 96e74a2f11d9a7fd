// Package simtest starts simulated nodes in tests. It belongs to layer L0 beside
// package simchain, and is apart from it so that a program which uses simchain
// does not carry package testing.
package simtest
