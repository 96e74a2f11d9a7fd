// Package builtin is the one list of the drivers that come with the binary.
//
// Adding a coin is one folder under coins and one line here. It has no
// behaviour and no state. It is layer L2.
package builtin
