// Package notify tells people what happens in a pool: a block found, a node down, a
// worker that fell silent, a payment made. It sends to hooks: a webhook, an e-mail
// address, an ntfy topic.
//
// A Notifier looks at its Source every few seconds and hears of blocks as they
// change. What it sees becomes notices, each with a stable id; a hook has a bounded
// queue of those that it wants, and a goroutine of its own that delivers them. No
// part of it can hold the engine up: Block never blocks, and all else is asked, not
// called.
//
// # What is told once, and what is not lost
//
// What was told of blocks, payments and states, and what waits in the queues, is in
// one file. Blocks and payments are compared with the ledger at every start, so that
// one that was found a moment before a crash is told after it. A notice leaves the
// queue when its receiver has taken it: where the process dies between the
// receiver's answer and the write of the file, it is sent again, with the same id. So
// delivery is at least once, and nearly always once.
//
// # States
//
// A node that is down, a pool without work and the like are told after they have
// lasted, once, and once more when they have been good for as long. Both times grow
// for what comes and goes; see watch.
//
// It is not for numbers over time, which Prometheus keeps, and decides nothing. It
// belongs to layer L3.
package notify
