package engine

import (
	"github.com/motherlode-pool/motherlode/engine/share"
	"github.com/motherlode-pool/motherlode/stratum"
)

// held is a submission that waits for its hash.
type held struct {
	s   stratum.Submission
	sub share.Submission
	of  request
	at  int // its header's index there
}

// hold asks for the hash of t.sub, which is computed elsewhere. What was submitted
// before is turned away at once.
func (t *turn) hold(s *stratum.Submission, credit *worker) stratum.Result {
	if share.Known(&t.sub) {
		return t.reject(credit, stratum.DuplicateShare)
	}
	j := t.sub.Job
	j.Prepare(&t.scratch, t.sub.Variant, &t.sub.Nonces)
	header := t.scratch.Header()
	of := t.requestFor(len(header), j.HashParam())
	t.held = append(t.held, held{*s, t.sub, of, of.Add(header)})
	return stratum.Result{Reason: stratum.Pending}
}

// requestFor is the turn's request for headers of size and param: one, unless
// the turn answers jobs of two seeds.
func (t *turn) requestFor(size int, param []byte) request {
	for _, r := range t.requests[:t.open] {
		if r.Fits(size, param) {
			return r
		}
	}
	if t.open == len(t.requests) {
		t.requests = append(t.requests, t.pool.elsewhere.request())
	}
	r := t.requests[t.open]
	t.open++
	r.Reset(size, param)
	return r
}

// Await hands in all headers of the turn at once and judges when their hashes
// are there. A share whose hash could not be had is refused and forgotten: the
// miner may send it again.
func (t *turn) Await(results []stratum.Result) {
	open := t.requests[:t.open]
	for _, r := range open {
		t.pool.elsewhere.submit(r)
	}
	for _, r := range open {
		t.pool.elsewhere.wait(r)
	}
	for i := range t.held {
		h := &t.held[i]
		credit := h.s.Worker.(*worker)
		t.sub = h.sub
		t.sub.Nonces.Extranonce = h.s.Extranonce[:h.s.ExtranonceLen]
		if err := h.of.Err(); err != nil {
			results[i] = t.reject(credit, hashReason(err))
			continue
		}
		t.scratch.Hash = *h.of.Hash(h.at)
		results[i] = t.conclude(&h.s, credit, share.Decide(&t.scratch, &t.sub, t.pool.grace))
	}
	clear(t.held)
	t.held, t.open = t.held[:0], 0
}
