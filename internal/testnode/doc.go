// Package testnode starts real nodes on this machine: btcd and litecoind on
// regtest, each in a folder of its own, on loopback and free ports.
//
// It serves tests (MustBTCD, MustLitecoind) and the demo (StartBTCD). Btcd is a
// tool of this module: the Go toolchain builds it and keeps it in its build
// cache, so that nothing else needs to be installed and no file is left
// behind. Litecoind is used where the system has it.
//
// A node dies with its parent (on Linux even when that is killed), and Stop
// removes its folder. Regtest blocks cost next to no work; nothing here is fit
// for a chain with value.
//
// It is layer L0: it imports nothing of ours.
package testnode
