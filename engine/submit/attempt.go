package submit

import (
	"maps"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// Attempt is one submission of a block to its chain.
type Attempt struct {
	Found   Found // without bodies
	At      time.Time
	Took    time.Duration
	Verdict coins.Verdict // what the chain made of it; meaningless with Err
	Err     error         // why nobody knows
}

// Attempts are the submissions to one chain since the start of the process.
type Attempts struct {
	Last Attempt
	By   map[string]uint64 // by verdict; "unanswered" are those that failed
}

// unanswered is the outcome of an attempt without a verdict.
const unanswered = "unanswered"

// Outcome is the verdict in a word, or "unanswered".
func (a Attempt) Outcome() string {
	if a.Err != nil {
		return unanswered
	}
	return a.Verdict.Code.String()
}

// note takes an attempt down.
func (c *Courier) note(a Attempt) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.tries[a.Found.Chain]
	if all.By == nil {
		all.By = map[string]uint64{}
	}
	all.Last = a
	all.By[a.Outcome()]++
	c.tries[a.Found.Chain] = all
}

// Attempts are the submissions to a chain; false while there was none.
func (c *Courier) Attempts(chain string) (Attempts, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all, ok := c.tries[chain]
	all.By = maps.Clone(all.By)
	return all, ok
}
