package coins

import "errors"

// Fault says in what way the coin's own program is to blame for an error. A coin
// that fails again and again by its own fault is parked; one whose nodes are out
// of reach never is.
type Fault uint8

// The faults.
const (
	NoFault Fault = iota // the nodes, the network, the machine, or nobody knows
	Crash                // the program did not start, died, hung or panicked
	BadWork              // it runs, and what it sent breaks the contract
)

func (f Fault) String() string {
	switch f {
	case NoFault:
		return "no fault of its own"
	case Crash:
		return "crash"
	case BadWork:
		return "bad work"
	}
	return "invalid"
}

// Faulty is an error that knows whose fault it is. An error of a stream that is
// not Faulty, such as a node that cannot be reached, is NoFault: drivers have
// nothing to do.
type Faulty interface {
	error
	Fault() Fault
}

// FaultOf is the fault that the outermost Faulty error in err's tree names,
// NoFault when there is none.
func FaultOf(err error) Fault {
	var f Faulty
	if errors.As(err, &f) {
		return f.Fault()
	}
	return NoFault
}
