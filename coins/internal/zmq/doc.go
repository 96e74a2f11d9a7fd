// Package zmq is the small part of ZeroMQ that a pool needs: a SUB socket that
// connects to a node's PUB socket over TCP.
//
// It speaks ZMTP 3.0 (https://rfc.zeromq.org/spec/23/) with the NULL mechanism,
// which every libzmq since 4.0 understands. It has no queue, no reconnect and
// no encryption: Dial connects once, Receive returns messages until the
// connection breaks, and the caller dials again.
//
// PUB drops what a slow reader does not take, without a word: Gap tells from
// the counter that nodes put in the last frame. A connection that goes silent
// is not noticed for as long as TCP's keep-alive takes, so that a caller needs
// another source of news beside it.
//
// It is layer L2, coins/internal, and imports nothing of ours.
package zmq
