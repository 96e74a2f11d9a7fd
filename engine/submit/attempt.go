package submit

import (
	"maps"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/histogram"
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
	Took histogram.Counts  // how long they took, from asking the nodes to the verdict
}

// tries are Attempts as they are gathered, guarded by Courier.mu.
type tries struct {
	last Attempt
	by   map[string]uint64
	took histogram.Histogram
}

// Outcomes are the words of Attempt.Outcome.
func Outcomes() []string {
	words := []string{unanswered}
	for code := coins.Received; code <= coins.Rejected; code++ {
		words = append(words, code.String())
	}
	return words
}

// States are the words for what becomes of a found block, in the order of a good
// life.
func States() []string {
	var words []string
	for s := Pending; s <= Lost; s++ {
		words = append(words, s.String())
	}
	return words
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
	t := c.tries[a.Found.Chain]
	if t == nil {
		t = &tries{by: map[string]uint64{}}
		c.tries[a.Found.Chain] = t
	}
	t.last = a
	t.by[a.Outcome()]++
	t.took.Observe(a.Took)
}

// Attempts are the submissions to a chain; false while there was none.
func (c *Courier) Attempts(chain string) (Attempts, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tries[chain]
	if t == nil {
		return Attempts{}, false
	}
	return Attempts{Last: t.last, By: maps.Clone(t.by), Took: t.took.Counts()}, true
}
