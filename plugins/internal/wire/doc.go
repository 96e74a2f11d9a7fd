// Package wire holds what both ends of a plugin's connection must agree on: the
// handshake, the limits and the names of environment variables.
//
// It is layer L2.
package wire
