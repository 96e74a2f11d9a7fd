// Package loadgen puts load on a stratum server and measures what comes back:
// shares as fast as they are answered or at a fixed rate, connections that hold
// still, that come and go, and that misbehave. "motherlode bench" is its face.
//
// # What it is
//
// One goroutine with an epoll of its own serves any number of connections, so
// that the generator takes little of the machine it may share with the server;
// every report says how much it took. Shares are mined honestly, each on an
// extranonce2 of its own, so that the server has to build the whole coinbase and
// branch again. The first 64 bytes of the header, and of the coinbase what stands
// before the extranonce2, are hashed once.
//
// At a fixed rate a reply's time counts from the moment that the submission was
// due, not from when it was sent: a server that stands still is charged for
// everything that waited meanwhile.
//
// # What it is not
//
// It is no miner and no test of conformance: it reads of each line what it needs
// to, and knows sha256d and stratum V1 alone. It runs on Linux. Loopback is the
// only target unless the caller insists, see Target.
//
// It is layer L0: it imports nothing of ours.
package loadgen
