package chain

// How far a chain may move between two messages of one session. What is beyond
// it ends the session; the first message of the next one is taken as it is, so
// that a test chain that was wiped is mined again at once.
const (
	maxFall = 1000      // blocks; nobody reorganises deeper
	maxRise = 1_000_000 // blocks; a node that catches up is not mined on meanwhile
)

// sequence follows the ids and heights of one stream in one session. It belongs
// to one goroutine.
type sequence struct {
	any    bool
	id     uint64
	height uint64
}

// next refuses a message that cannot come after the one before.
func (q *sequence) next(id, height uint64) error {
	switch {
	case !q.any:
	case id <= q.id:
		return bad("id %d came after %d, ids grow", id, q.id)
	case height+maxFall < q.height:
		return bad("height %d came after %d, no chain goes back by more than %d blocks", height, q.height, maxFall)
	case height > q.height+maxRise:
		return bad("height %d came after %d, no chain grows by more than %d blocks at once", height, q.height, maxRise)
	}
	q.any, q.id, q.height = true, id, height
	return nil
}
