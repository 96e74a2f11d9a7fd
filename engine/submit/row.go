package submit

import (
	"context"
	"slices"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// row is one found block. Its fields are guarded by Courier.mu.
type row struct {
	c         *Courier
	found     Found // without bodies; Height may be learnt later
	state     State
	final     bool
	told      bool       // Pending was reported in this life of the process
	running   bool       // it has a goroutine
	numbered  int        // solutions taken so far
	tried     int        // number of the last solution that was refused
	newest    time.Time  // when the last solution that was taken was found; zero after a restart
	rationed  bool       // said that further solutions are tried now and then
	solutions []solution // in the journal and still of use, in the order they came
	incoming  []solution // on their way into the journal
}

// replay takes one record of the journal. Courier.mu is held.
func (c *Courier) replay(rec record) {
	key := Key{Chain: rec.found.Chain, Hash: rec.found.Hash}
	r := c.rows[key]
	switch rec.kind {
	case kindFound:
		if r == nil {
			r = &row{c: c, found: rec.found.head(), state: Pending}
			c.rows[key] = r
		}
		r.numbered = max(r.numbered, rec.n)
		r.add(solution{n: rec.n, found: rec.found})
	case kindRow:
		if r == nil {
			r = &row{c: c, found: rec.found.head(), numbered: rec.taken}
			c.rows[key] = r
		}
		r.mark(rec.state, rec.final, rec.n, rec.found.Height)
	case kindMark:
		if r != nil {
			r.mark(rec.state, rec.final, rec.n, rec.found.Height)
		}
	}
}

// take makes the solution of number n, which has been written, one to submit.
// Courier.mu is held.
func (r *row) take(n int) {
	i := slices.IndexFunc(r.incoming, func(s solution) bool { return s.n == n })
	s := r.incoming[i]
	r.incoming = slices.Delete(r.incoming, i, i+1)
	r.add(s)
}

// add takes a solution, unless the block is settled or has it already.
// Courier.mu is held.
func (r *row) add(s solution) {
	known := slices.ContainsFunc(r.solutions, func(t solution) bool { return t.n == s.n })
	if known || s.n <= r.tried || r.state != Pending && r.state != Refused && r.state != Received {
		return
	}
	r.solutions = append(r.solutions, s)
	if r.state == Refused {
		r.state, r.final = Pending, false
	}
}

// mark sets what has become of the block; tried is the number of the last
// solution that was refused. Once the block is on the best chain its solutions
// are of no more use. Courier.mu is held.
func (r *row) mark(s State, final bool, tried int, height uint64) {
	r.state, r.final = s, final
	if height > 0 {
		r.found.Height = height
	}
	r.use(tried)
	if s != Pending && s != Received && s != Refused {
		r.solutions = nil
	}
	if s == Refused && len(r.solutions) > 0 {
		r.state, r.final = Pending, false
	}
}

// use notes that the solutions up to number n were refused. Courier.mu is held.
func (r *row) use(n int) {
	r.tried = max(r.tried, n)
	r.solutions = slices.DeleteFunc(r.solutions, func(s solution) bool { return s.n <= r.tried })
}

// solution is one way to prove the block.
type solution struct {
	n     int
	found Found // with its body
}

// submit hands the solution to its chain.
func (s *solution) submit(ctx context.Context, ch Chain) (coins.Verdict, error) {
	if s.found.Kind == Parent {
		return ch.SubmitBlock(ctx, s.found.Block)
	}
	return ch.SubmitAux(ctx, s.found.Proof)
}
