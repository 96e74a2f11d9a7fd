package stratum

import (
	"context"
	"encoding/binary"
	"math"
	"time"
)

// sha3xDialect is what SHA3x miners speak: JSON-RPC 2.0 of the CryptoNote family,
// a line each.
//
//	login       login, pass, agent, algo, rigid    id, job, status
//	submit      id, job_id, nonce, result          status
//	keepalived                                     status
//	getjob                                         a job
//	job         from the server: a job
//
// A job is one object, with the target of the session in it and the first bytes
// of the nonce that are the session's own, xn:
//
//	job_id  hex; two digits more than the pool's id, see jobTeller
//	blob    hex of the 32-byte mining hash
//	target  hex of 8 bytes, little-endian: the most that the first 8 bytes of a
//	        share's hash, read big-endian, may be
//	xn      hex of 2 bytes
//	height, algo
//
// The nonce of a submission is 8 bytes as they are hashed, xn first. Its result,
// the hash, may be left out, and counts for nothing: the pool hashes by itself.
// So does its id: the session is the connection, and old graxil sends the wallet.
//
// Source: the sources of graxil and sha3x_cudaminer, of the Snipa22 pools, and a
// log of a public pool.
type sha3xDialect struct{}

// SHA3xExtranonce is how many bytes of the nonce are the session's own in the
// SHA3x dialect. Miners know two.
const SHA3xExtranonce = 2

// Parameters by name, in the order of sha3xNames.
const (
	paramJob = iota
	paramNonce
	paramResult
	paramLogin
	paramPass
	paramAgent
	paramRig
	paramAlgo
)

var sha3xNames = []string{"job_id", "nonce", "result", "login", "pass", "agent", "rigid", "algo"}

func (sha3xDialect) present(o *output) float64     { return o.effective() }
func (sha3xDialect) forms() *forms                 { return &sha3xForms }
func (sha3xDialect) names() []string               { return sha3xNames }
func (sha3xDialect) submission(method []byte) bool { return string(method) == "submit" }
func (sha3xDialect) extranonce() int               { return SHA3xExtranonce }
func (sha3xDialect) farewell(dst []byte, _ string) []byte {
	return dst // there is no word for it: miners come back when the connection ends
}

// mostDifficulty is the highest difficulty that a target of 64 bits can tell.
const mostDifficulty = 1 << 63

// whole is a whole number from 1 on: what is easier has no target.
func (sha3xDialect) whole(d float64) float64 {
	return math.Floor(min(max(d, 1), mostDifficulty))
}

// target64 is the target of a whole difficulty as miners see it.
func target64(difficulty float64) uint64 { return math.MaxUint64 / uint64(difficulty) }

// target is target64 with all that miners do not look at set: a share whose first
// 8 bytes equal the target is one, though its exact difficulty may be a little
// below.
func (sha3xDialect) target(_ Pool, difficulty float64) (t [32]byte) {
	for i := range t {
		t[i] = 0xff
	}
	binary.BigEndian.PutUint64(t[:], target64(difficulty))
	return t
}

func (d sha3xDialect) call(ctx context.Context, s *session, r *request) {
	t := &s.turn
	switch string(r.method) {
	case "login":
		s.loginSHA3x(ctx, r)
	case "keepalived":
		if !s.subscribed {
			t.replies = d.forms().judgement(t.replies, r.id, Unauthorized)
			return
		}
		t.replies = append(appendID(t.replies, r.id), keptTail...)
	case "getjob":
		s.askJob(r)
	default:
		if r.id != nil && string(r.id) != "null" {
			t.replies = d.forms().fault(t.replies, r.id, codeOther, textUnknown)
		}
	}
}

// fill makes the session's submission out of a request. The credit is the worker
// of the last login.
func (sha3xDialect) fill(s *session, r *request) (Worker, Reason) {
	if s.last == nil {
		return nil, Unauthorized
	}
	w, sub := s.last.worker, &s.submission
	id, result := r.param(paramJob), r.param(paramResult)
	var nonce [8]byte
	var hash [32]byte
	if p := r.param(paramNonce); p.kind != kindText || !unhex(nonce[:], p.raw) {
		return w, Malformed
	}
	if result.kind != kindAbsent && result.kind != kindNull && (result.kind != kindText || !unhex(hash[:], result.raw)) {
		return w, Malformed
	}
	if id.kind != kindText || len(id.raw) < len(turnDigits) {
		return w, Malformed
	}
	name, turn, ok := cutTurn(id.raw)
	if !ok {
		return w, UnknownJob
	}
	job := s.srv.pool.Lookup(name)
	if job == nil {
		return w, UnknownJob
	}
	if string(nonce[:SHA3xExtranonce]) != string(s.lease.extranonce[:SHA3xExtranonce]) {
		return w, ForeignNonce
	}
	copy(sub.Extranonce[:], nonce[:SHA3xExtranonce])
	sub.ExtranonceLen = SHA3xExtranonce
	sub.Nonce = binary.LittleEndian.Uint64(nonce[:])
	sub.NTime, sub.VersionBits, sub.Mask = 0, 0, 0
	v := s.view.Load()
	s.judgeBy(job, w, v, v.epochOf(job.Seq(), turn))
	return w, Accepted
}

// tick sends a miner away that waits for its first job, so that it goes to a pool
// that has one. A silent connection is left silent: a job sent again would be
// searched again from its beginning, and a miner that fears silence asks.
func (d sha3xDialect) tick(o *output, now time.Time) CloseReason {
	j := o.jobs
	if o.sent || len(j.asks) == 0 || now.Sub(j.asks[0].at) < o.s.srv.cfg.AuthorizeWait {
		return closeUnset
	}
	for _, a := range j.asks {
		o.pending = d.forms().fault(o.pending, a.id, codeOther, textNoWork)
	}
	j.asks = nil
	return NoWork
}
