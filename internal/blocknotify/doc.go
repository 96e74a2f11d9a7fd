// Package blocknotify carries the hash of a new block from a node's -blocknotify
// command to the coin that is waiting for it: one UDP datagram, and one back that
// says that it was heard.
//
// A datagram, because the command must end at once whatever the pool does: a node
// waits for nobody, but each hanging command is a process. The hash is a hint and
// nothing more. Who listens asks its nodes, so that a forged or mistyped datagram
// costs a question and cannot change a job.
//
// It is layer L0 and imports only the standard library.
package blocknotify
