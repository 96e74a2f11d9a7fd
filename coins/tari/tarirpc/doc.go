// Package tarirpc is the part of a Tari base node's gRPC interface that a pool
// for SHA3x needs: base_node.proto, and the Go code generated from it.
//
// It is wire format only, shared by the driver in coins/tari and by the
// simulated node in internal/simtari. Fields that it does not name are kept as
// unknown fields and sent back unchanged, which a block depends on: the body of
// a block consists of nothing else.
//
// The generated files are committed. To make them again, with the Go toolchain
// alone:
//
//	go generate ./coins/tari/tarirpc
//
// It is layer L1.
package tarirpc

//go:generate go -C ../../../plugins/proto/gen run . -out ../../../coins/tari/tarirpc -as motherlode/coins/tari ../../../coins/tari/tarirpc/base_node.proto
