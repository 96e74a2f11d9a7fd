// Toychain is a coin plugin for Motherlode pools: a chain in the memory of the
// plugin's process, to be replaced by a node.
//
//	main.go       the whole main function
//	driver.go     what the coin says of itself; opening it
//	settings.go   what the operator writes
//	address.go    which addresses can be paid
//	coin.go       what the pool calls
//	stream.go     a value that streams follow
//	merkle.go     merkle branch and height push of a template
//	chain.go      the chain: its rules, its tip
//	block.go      a block's bytes, for the chain alone
//
// README.md says what to replace first. The chain forgets everything when its
// process ends. It pays nobody.
package main
