package conformance

import (
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// Transport is the way between the suite and the coin.
type Transport uint8

// The transports.
const (
	InProcess  Transport = iota + 1 // calls of Go
	Pair                            // gRPC in memory
	OwnProcess                      // a process of its own, as a pool runs it
)

func (t Transport) String() string {
	switch t {
	case InProcess:
		return "in process"
	case Pair:
		return "pair"
	case OwnProcess:
		return "process"
	}
	return "invalid"
}

// Outcome is what came of a rule.
type Outcome uint8

// The outcomes.
const (
	Passed Outcome = iota + 1
	Failed
	NotApplicable
)

func (o Outcome) String() string {
	switch o {
	case Passed:
		return "passed"
	case Failed:
		return "failed"
	case NotApplicable:
		return "not applicable"
	}
	return "invalid"
}

// Rule is what the suite demands.
type Rule struct {
	ID   string     // stable, kebab case: "block-again"
	Says string     // the rule, in one sentence
	Role coins.Role // whose rule it is; empty for every coin's
	Only Transport  // the one transport on which it can be broken; 0 for all
}

// Result is what came of one rule.
type Result struct {
	Rule
	Transport Transport
	Outcome   Outcome
	Detail    string // why it failed or is not applicable; a remark, or nothing, when it passed
	Took      time.Duration
}

// Summary counts results.
type Summary struct {
	Passed, Failed, NotApplicable int

	// Err says why nothing could be tried: wrong use, or no plugin at all.
	Err error
}

// OK reports whether the coin was tried and has broken no rule.
func (s Summary) OK() bool { return s.Err == nil && s.Failed == 0 && s.Passed > 0 }

func (s Summary) String() string {
	if s.Err != nil {
		return s.Err.Error()
	}
	return fmt.Sprintf("%d passed, %d failed, %d not applicable", s.Passed, s.Failed, s.NotApplicable)
}

func (s *Summary) count(r Result) {
	switch r.Outcome {
	case Passed:
		s.Passed++
	case NotApplicable:
		s.NotApplicable++
	default:
		s.Failed++
	}
}
