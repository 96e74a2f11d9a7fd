package conformance

import "fmt"

// ids are those that the shared coin has sent so far.
type ids struct{ template, work idLog }

// idLog follows the ids of one kind of work over every stream of a coin.
type idLog struct {
	max    uint64
	tips   map[uint64]string
	seen   int
	faults []string
}

// follow is for one new stream: the result is told each of its ids, and the tip
// of the work that has it.
func (l *idLog) follow() func(id uint64, tip string) {
	floor, first, last := l.max, true, uint64(0)
	return func(id uint64, tip string) {
		l.seen++
		switch {
		case first && id < floor:
			l.faultf("a stream began with id %d though %d had been sent before", id, floor)
		case !first && id <= last:
			l.faultf("id %d came after %d in the same stream", id, last)
		}
		if was, ok := l.tips[id]; ok && was != tip {
			l.faultf("id %d was %s and is now %s", id, was, tip)
		}
		if l.tips == nil {
			l.tips = map[uint64]string{}
		}
		l.tips[id] = tip
		first, last, l.max = false, id, max(l.max, id)
	}
}

func (l *idLog) faultf(format string, args ...any) {
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

// err is the first of the faults.
func (l *idLog) err() error {
	if len(l.faults) == 0 {
		return nil
	}
	return fmt.Errorf("%s; ids grow for the life of the coin's process, and name one piece of work", l.faults[0])
}
