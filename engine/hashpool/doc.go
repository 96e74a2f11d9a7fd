// Package hashpool hashes the headers of many sessions by an algorithm that is slow,
// on as many workers as there are processors, fairly.
//
// # The rules
//
//   - A Request is what one turn of one session hands in: its headers, which are
//     bounded by the length of a turn. A session waits for its request before it
//     reads on, so each has one at a time; whoever sends more fills its own socket.
//   - Requests take turns, header by header: a worker takes as many headers as it
//     hashes at a time, the next of each request in the round. A request of
//     one header waits for what is being hashed and for one header of each other
//     request, however long those are.
//   - A worker holds the scratch of its hashes. Nothing is allocated per header.
//
// # What it is not
//
// It judges nothing and remembers nothing. It is for functions that this process
// computes: what another one does goes in batches, by package batch. It knows no
// deadline: a function computes for as long as it takes, and what waits is bounded
// by the sessions.
//
// # Caveats
//
// Fairness is between requests, so a miner with a hundred connections gets a
// hundred shares of the processors; how many it may have is the server's matter.
// A hash once begun is finished: workers are held up for a moment after the end.
//
// It belongs to layer L3 and imports algos.
package hashpool
