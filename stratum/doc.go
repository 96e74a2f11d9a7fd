// Package stratum serves miners: lines, sessions, broadcast. It speaks the
// Stratum V1 dialect of the Bitcoin family and knows neither a coin nor a block;
// what it needs from the engine is the small interface Pool.
//
// It belongs to layer L3 and imports only the standard library and internal
// pieces.
//
// # A session
//
// Each connection has one goroutine. It reads, and takes the complete lines of
// what it read as one turn of at most 32: each is parsed in place and judged,
// then the turn is committed, and only then all its replies leave, in order and
// in one write. A connection that brings more rests as long as each full turn
// took, so that others come in between. A line that is not of the usual form goes
// through encoding/json; the usual mining.submit is answered without an
// allocation. A pool may put judgements off to the end of the turn (LateTurn);
// the replies are the same.
//
// Nothing is sent before the subscribe reply, nothing but set_difficulty before
// the authorize reply, and then the version mask (where version rolling was
// configured), the difficulty and the first job, in this order.
//
// # Jobs
//
// Broadcast returns at once. As many shards as there are processors write the
// job to their sessions, never waiting: a connection that takes no more bytes
// gets a goroutine of its own until it has caught up or WriteTimeout has passed.
// A job that waits is replaced by a newer one; if it was clean, so is its
// successor.
//
// # Difficulty
//
// Difficulty, version mask and extranonce1 are frozen into a job when a session
// is given it. A share is judged and credited by the smaller of its job's
// difficulty and the session's present one. A new difficulty is announced at
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
// # Caveats
//
// Limits by address and the PROXY protocol are not done here: a listener that
// does them can be passed in. Session ids are remembered for as long as the
// process lives.
package stratum
