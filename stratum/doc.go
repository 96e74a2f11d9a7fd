// Package stratum serves miners: lines, sessions, broadcast. It speaks Stratum V1
// of the Bitcoin family or, by Config.Dialect, the dialect of SHA3x miners, and
// knows neither a coin nor a block; what it needs from the engine is the small
// interface Pool.
//
// It belongs to layer L3 and imports only the standard library and internal
// pieces.
//
// # A session
//
// The complete lines that one read brought are a turn of at most 32: each is parsed
// in place and judged, then the turn is committed, and only then all its replies
// leave, in order and in one write. On Linux an idle connection has no goroutine and
// no buffer: as many watchers as there are shards wait for all of them, and have the
// turns that wait for nothing (Swift) themselves. Where there is something to wait
// for, such as a login, a miner that does not read or the rest after a flood, the
// session gets a goroutine until it is idle again. Elsewhere, with TLS and behind a
// listener that is not TCP's own, each connection has a goroutine for life.
//
// A connection that brings more than a turn rests as long as each full turn took, so
// that others come in between. A line that is not of the usual form goes
// through encoding/json; the usual mining.submit is answered without an
// allocation. A pool may put judgements off to the end of the turn (LateTurn);
// the replies are the same.
//
// In V1, nothing is sent before the subscribe reply, nothing but set_difficulty before
// the authorize reply, and then the version mask (where version rolling was
// configured), the difficulty and the first job, in this order.
//
// # Jobs
//
// Broadcast returns at once. As many shards as there are processors write the
// job to their sessions, never waiting: a connection that takes no more bytes
// gets a goroutine of its own until it has caught up or WriteTimeout has passed.
// Sessions with the most work of late come first. A clean job goes to all at once,
// a refresh spread over half a second, which a clean job ends. A job that waits is
// replaced by a newer one; if it was clean, so is its successor.
//
// # Difficulty
//
// Difficulty, version mask and extranonce1 are frozen into a job when a session
// is given it. A share is judged by the smaller of its job's difficulty and the
// session's present one, so that none is refused that was searched by what the
// miner was told. It is credited with its job's where it meets that, else with
// nothing: see Submission.Full. A miner that comes back with its session id is
// credited for the jobs of before as it was then. A new difficulty is announced at
// once, and miners apply it with the next job. From 1 on difficulties are whole
// numbers. A miner may write into its password, apart by comma or semicolon:
//
//	d=N, diff=N, fd=N    this difficulty, and it stays
//	sd=N                 this difficulty to start with
//	md=N, mindiff=N      no difficulty below this one
//
// mining.suggest_difficulty is a start, too, and d= wins over it. All stay within
// the bounds of the listener's Profile, and below Job.MaxDifficulty.
//
// # Who comes in, and who is sent away
//
// Package stratum/admission limits connections by address. However many come in, an
// eighth of the files that the process may open, 32 to 512, stays for nodes and the
// share log, see fileRoom. Refused logins end a connection, but none on which
// somebody mines. See Ladder for miners that send nothing but bad shares, Store and
// stratum/leases for session ids over a restart, and Sessions, Reconnect, Message,
// Ping, AskVersion, Drop and Drain for what an operator can do. Every connection that
// ends has its CloseReason.
//
// # SHA3x miners
//
// Their requests and replies, and what a job of theirs holds, stand at
// sha3xDialect. Sessions, turns, limits, output and close reasons are those of
// V1. What differs:
//
//   - One login stands for subscribe and authorize. Its reply holds the first job
//     and waits for it, at most AuthorizeWait.
//   - The first two bytes of the nonce are the session's own: a nonce that begins
//     with others is refused. A session that comes back gets new ones.
//   - A difficulty goes out with a job, as a target of 64 bits: with the next job
//     or, when the difficulty changes in between, with the present one under
//     another id. What is judged as the present difficulty is that of the newest
//     job that was told. Difficulties are whole numbers from 1 on.
//   - A login may end with a difficulty, ADDRESS=100G or ADDRESS+60000000000, and
//     a password or rig name that is a plain word becomes the worker's name.
//   - There is nothing to say in a silence, and no farewell.
//
// # Caveats
//
// A TLS listener speaks nothing but TLS. At 10 TH/s the 48 bits of a SHA3x session last 28 seconds: new
// jobs must come faster than that.
package stratum
