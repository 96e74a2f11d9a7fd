// Toychain is a complete coin plugin in a module of its own: a merge-mined chain
// that lives in the memory of the plugin's process. It is an example to start
// from, and what the pool's tests run as a third party's file.
//
// What a real plugin has in its place is a node: chain.go would be calls over
// JSON-RPC, and the rest would stay as it is.
//
//	main.go      the whole main function
//	driver.go    what the coin is, and its settings
//	coin.go      the methods that the pool calls
//	chain.go     the chain: headers, rules, the tip
//	trouble.go   test switches: a plugin that misbehaves
//
// The chain forgets everything when its process ends. It pays nobody.
package main
