// Package coinv1 is the protocol between a pool and a coin in a process of its
// own: coin.proto, and the Go code generated from it.
//
// It is wire format only. Everybody but the converters in plugins/internal/convert
// uses the plain types of package coins; nothing generated leaves plugins. A
// breaking change is a new folder beside this one, a new major version in the
// handshake, and sibling converters; a change within this one only adds, and
// raises Minor.
//
// The generated files are committed. To make them again, with the Go toolchain
// alone:
//
//	go generate ./plugins/proto/coinv1
//
// It is layer L1.
package coinv1

//go:generate go -C ../gen run . -out ../coinv1 -as motherlode/coin/v1 ../coinv1/coin.proto

// Major is the breaking version of the protocol, agreed on in the handshake. It
// is the number in the name of the proto package.
const Major = 1

// Minor is the additive version, the API_MINOR of coin.proto.
const Minor = 3
