package stratum

// Reason is the judgement of a submission as counted and as told to the miner.
type Reason uint8

// The reasons. Accepted is the zero value's successor on purpose: an unset
// reason is never an acceptance.
const (
	reasonUnset Reason = iota
	Accepted
	Malformed         // parameters missing, not hexadecimal or of the wrong size
	UnknownJob        // job id unknown, or too old to be remembered
	Stale             // job known, but its parent work is over
	DuplicateShare    // the same nonces for the same job again
	LowDifficulty     // hash above the share target
	Unauthorized      // worker not authorised on this connection
	NotSubscribed     // no mining.subscribe before
	VersionBits       // rolled bits outside the granted mask
	VersionNotGranted // rolled bits without a grant
	TimeTooOld        // ntime below the job's minimum
	TimeTooNew        // ntime too far ahead
	LogFailed         // the share log could not be written
	Overload          // the pool cannot take it now
	HashFailed        // the coin's own hash function did not answer
	ForeignNonce      // nonce outside the session's search space
	reasonCount
)

// Pending is no reason yet: see LateTurn.
const Pending = ^Reason(0)

// ReasonCount is the size of an array indexed by Reason.
const ReasonCount = int(reasonCount)

// reject is how a reason is told: the stratum error code and its stable text.
type reject struct {
	code int
	text string
}

var rejects = [reasonCount]reject{
	Malformed:         {20, "malformed"},
	UnknownJob:        {21, "job-not-found"},
	Stale:             {21, "stale"},
	DuplicateShare:    {22, "duplicate"},
	LowDifficulty:     {23, "low-difficulty"},
	Unauthorized:      {24, "unauthorized-worker"},
	NotSubscribed:     {25, "not-subscribed"},
	VersionBits:       {20, "version-bits-not-allowed"},
	VersionNotGranted: {20, "version-rolling-not-granted"},
	TimeTooOld:        {20, "time-too-old"},
	TimeTooNew:        {20, "time-too-new"},
	LogFailed:         {20, "share-log-failed"},
	Overload:          {20, "pool-busy"},
	HashFailed:        {20, "hash-function-unavailable"},
	ForeignNonce:      {20, "nonce-outside-extranonce"},
}

// Reasons lists every reason that can be counted.
func Reasons() []Reason {
	all := make([]Reason, 0, reasonCount-1)
	for r := Accepted; r < reasonCount; r++ {
		all = append(all, r)
	}
	return all
}

// Code is the stratum error code, 0 for Accepted.
func (r Reason) Code() int {
	if r >= reasonCount {
		return 20
	}
	return rejects[r].code
}

// String is the stable text that miners and metrics see.
func (r Reason) String() string {
	switch {
	case r == Accepted:
		return "accepted"
	case r == reasonUnset || r >= reasonCount:
		return "unset"
	}
	return rejects[r].text
}
