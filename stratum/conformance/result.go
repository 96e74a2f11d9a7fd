package conformance

import (
	"fmt"
	"time"
)

// Outcome is what came of a rule.
type Outcome uint8

// The outcomes.
const (
	Passed Outcome = iota + 1
	Failed
	NotTried
)

func (o Outcome) String() string {
	switch o {
	case Passed:
		return "passed"
	case Failed:
		return "failed"
	case NotTried:
		return "not tried"
	}
	return "invalid"
}

// Rule is what the suite demands.
type Rule struct {
	ID     string // stable, kebab case: "subscribe-first"
	Point  int    // its number, from 1 to 58
	Says   string // the rule, in one sentence
	Source string // who relies on it, or where it is laid down
}

// Result is what came of one rule.
type Result struct {
	Rule
	Outcome Outcome
	Detail  string // why it failed or was not tried; what was left out, or nothing, when it passed
	Partial bool   // passed, but something was left out
	Took    time.Duration
}

// Summary counts results. Partial ones are among Passed.
type Summary struct {
	Passed, Failed, NotTried, Partial int

	// Err says why nothing could be tried.
	Err error
}

// OK reports whether the server was tried and has broken no rule.
func (s Summary) OK() bool { return s.Err == nil && s.Failed == 0 && s.Passed > 0 }

func (s Summary) String() string {
	if s.Err != nil {
		return s.Err.Error()
	}
	text := fmt.Sprintf("%d passed", s.Passed)
	if s.Partial > 0 {
		text += fmt.Sprintf(" (%d in part)", s.Partial)
	}
	return text + fmt.Sprintf(", %d failed, %d not tried", s.Failed, s.NotTried)
}

func (s *Summary) count(r Result) {
	switch r.Outcome {
	case Passed:
		s.Passed++
		if r.Partial {
			s.Partial++
		}
	case NotTried:
		s.NotTried++
	default:
		s.Failed++
	}
}
