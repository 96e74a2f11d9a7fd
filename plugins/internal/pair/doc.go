// Package pair connects the two ends of the plugin protocol within one process,
// over gRPC in memory, for tests: what a suite proves over it and over a real
// process is proven of the protocol and of the process apart.
//
// It is layer L2.
package pair
