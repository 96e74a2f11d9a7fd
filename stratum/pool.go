package stratum

import (
	"context"
	"time"
)

// Pool is what the server asks of the engine. All methods may be called from
// any goroutine; Job, Lookup and Begin are on the hot path, neither block nor
// allocate.
type Pool interface {
	// Authorize admits a worker, or refuses it with a text for the person who
	// typed the name. It may wait for a node; ctx bounds it.
	Authorize(ctx context.Context, l Login) (Worker, error)

	// Job is the newest work, nil while there is none.
	Job() Job

	// Lookup finds a job that is still alive by the id that a miner sent; nil
	// (the bare interface, no nil pointer in it) when it is unknown or too old.
	Lookup(id []byte) Job

	// Begin starts a turn: the judging of the submissions that one read brought.
	Begin() Turn

	// Target is the share target of difficulty: 32 bytes big-endian. Called
	// when a difficulty changes, never per share.
	Target(difficulty float64) [32]byte

	// VersionMask is the mask of version bits that miners may roll, 0 for none.
	VersionMask() uint32

	// Rejected counts a submission that the server itself refused, not those
	// that Judge did, and each that a failed Commit takes back (LogFailed).
	// Worker is nil when no authorised worker was named.
	Rejected(w Worker, r Reason)
}

// Wanting is an optional power of a Pool: it is told that a miner waits for a job,
// as much harder shares than its present job's are asked of it and it takes them up
// with the next. WantJob may be called often, and never blocks.
type Wanting interface{ WantJob() }

// Swift is an optional power of a Pool: it says, once, that its turns take
// microseconds and wait for nothing: no disk, no other process, no long hash. Such
// turns of many sessions share a goroutine.
type Swift interface{ Swift() bool }

// Login is a worker's name and password as the pool sees them.
type Login struct {
	User     string // ADDRESS or ADDRESS.worker
	Password string
	Agent    string // user agent
	Remote   string // address of the miner
	Listener string // name of the profile of the port that it came to
}

// Worker is an authorised worker; the engine's own value, opaque to the server.
// Its payee decides which coinbase the session hashes.
type Worker interface {
	// Name is the user name as the pool counts it, for logs.
	Name() string
}

// Job is one unit of work, immutable. Jobs of one pool are ordered by Seq.
type Job interface {
	// ID is the job id as sent to miners.
	ID() string

	// Seq grows with every job of the pool.
	Seq() uint64

	// Clean reports whether the job makes all older work worthless.
	Clean() bool

	// MaxDifficulty is the highest share difficulty to give out with this job,
	// so that no candidate of any chain is withheld.
	MaxDifficulty() float64

	// Notify is the whole mining.notify line with its line feed, for a session
	// whose coinbase pays w (see Notify.Line); for the SHA3x dialect what its
	// jobs share (see Blob.Members). Many sessions share the returned bytes:
	// read only.
	Notify(w Worker, clean bool) []byte
}

// Urgent is an optional power of a Job that is not clean: it goes to all sessions
// at once, as a clean one does, where it is worth much more than the job before.
type Urgent interface{ Urgent() bool }

// Turn judges the submissions of one read turn, in order, and records the
// accepted ones together. It belongs to one goroutine.
type Turn interface {
	// Judge judges s. No I/O, no allocation. The result stands only once
	// Commit has returned nil. The turn keeps no reference to s.
	Judge(s *Submission) Result

	// Commit returns when the turn's accepted shares are in the share log, and
	// ends the turn. On an error none of them may be called accepted.
	Commit() error
}

// LateTurn is a Turn that may put a judgement off: Judge answers Pending, and
// the rest comes from Await, for all such submissions together. It is for hash
// functions that want many headers at a time.
type LateTurn interface {
	Turn

	// Await judges the submissions that Judge answered Pending for, in their
	// order: results[i] is of the i-th, and none is Pending again. It is called
	// once, before Commit, with as many results as there are such submissions,
	// each of the zero value. It may wait, and must end.
	Await(results []Result)
}

// Limits of a submission's extranonce, in bytes.
const (
	MaxExtranonce = 24 // extranonce1 and extranonce2 together
)

// Submission is one share whose form is right: the sizes fit, the job is known,
// the rolled bits are inside the mask, the nonce inside the session's space. For
// the SHA3x dialect, ExtranonceLen bytes of Extranonce are those that Nonce,
// little-endian, begins with; NTime, VersionBits and Mask are 0.
type Submission struct {
	Job           Job
	Worker        Worker // who is credited
	Payee         Worker // whose coinbase the session was given
	Extranonce    [MaxExtranonce]byte
	ExtranonceLen int // extranonce1 then extranonce2
	NTime         uint32
	Nonce         uint64 // 32 bits in V1
	VersionBits   uint32 // rolled bits, inside Mask; 0 where none were sent
	Mask          uint32 // mask granted for this job, 0 without version rolling
	Difficulty    float64
	Target        [32]byte // of Difficulty, big-endian
	Now           time.Time

	// Full is not 0 where the session's difficulty has become lower since it was
	// given the job, and was the job's until then: a hash that meets FullTarget is
	// credited with Full, any other that meets Target is accepted and credited with
	// nothing. On average that is as much as was searched. To credit the lower
	// difficulty would let a miner who keeps its shares back choose, for each, what
	// it counts: it could ask for a difficulty just below the best, then below the
	// next, and so be credited with many times its work.
	Full       float64
	FullTarget [32]byte
}

// Credit is what s is credited with once it is accepted, where full says whether
// its hash meets FullTarget.
func (s *Submission) Credit(full bool) float64 {
	switch {
	case s.Full == 0:
		return s.Difficulty
	case full:
		return s.Full
	}
	return 0
}

// Result is the judgement of one submission.
type Result struct {
	Reason     Reason
	Difficulty float64 // credited; 0 unless accepted, and see Submission.Full
	Achieved   float64 // difficulty of the hash; 0 when it was not computed
	Block      bool    // the share solved a block of some chain
}

// Tuner steers the difficulty of one session; used by one goroutine at a time.
type Tuner interface {
	// Share tells of an accepted share of difficulty at now.
	Share(now time.Time, difficulty float64)

	// Next is the difficulty to give out from now on; time without shares
	// counts too. It returns present when nothing should change.
	Next(now time.Time, present float64) float64

	// Floor sets the lowest difficulty to give out (minimum-difficulty, user
	// agent, password).
	Floor(difficulty float64)
}
