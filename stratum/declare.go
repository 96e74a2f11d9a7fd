package stratum

import (
	"bytes"
	"math"
	"strconv"
	"time"
)

const (
	// declaredMost is what no miner has, hashes a second: a thousand times all of
	// Bitcoin's in 2026. A miner that says more has said nothing.
	declaredMost = 1e24

	// declaredFor is how long a declaration counts. Those who declare do so every
	// minute or few.
	declaredFor = 15 * time.Minute

	declaredDigits = 64 // hexadecimal, as of Ethereum's 32-byte numbers
)

// declare takes a miner's word for its hash rate, which is shown and counts for
// nothing. Only some programs for graphics cards and some proxies say it:
//
//	mining.hashrate         hexadecimal digits, worker   EthereumStratum/2.0.0
//	mining.submit_hashrate  hexadecimal with 0x, id
//	eth_submitHashrate      hexadecimal with 0x, id      Ethereum's JSON-RPC
//
// A JSON number is taken too. Words for several workers of one connection are not
// told apart: the last one stands.
func (s *session) declare(v value) {
	rate, ok := v.hashRate()
	if !ok || len(s.workers) == 0 {
		return
	}
	s.front.declared.store(rate)
	s.front.declaredAt.Store(s.turn.now.UnixNano())
}

// hashRate reads a declared hash rate.
func (v value) hashRate() (rate float64, ok bool) {
	switch v.kind {
	case kindNumber:
		f, err := strconv.ParseFloat(string(v.raw), 64)
		return f, err == nil && f >= 0 && f <= declaredMost && !math.Signbit(f)
	case kindText:
		digits := bytes.TrimPrefix(v.raw, []byte("0x"))
		if len(digits) == 0 || len(digits) > declaredDigits {
			return 0, false
		}
		for _, c := range digits {
			d := hexDigit[c]
			if d > 15 {
				return 0, false
			}
			rate = rate*16 + float64(d)
		}
		return rate, rate <= declaredMost
	}
	return 0, false
}

// declaredRate is what the miner has declared lately, if it has.
func (f *front) declaredRate(now time.Time) (rate float64, ok bool) {
	at := f.declaredAt.Load()
	if at == 0 || now.Sub(time.Unix(0, at)) > declaredFor {
		return 0, false
	}
	return f.declared.load(), true
}

// Declared is the sum of the hash rates that miners declare, in hashes a second, and
// how many do. It is their word alone.
func (srv *Server) Declared() (rate float64, sessions int) {
	var all []*session
	for _, sh := range srv.shards {
		all = sh.snapshot(all)
	}
	now := time.Now()
	for _, s := range all {
		if r, ok := s.front.declaredRate(now); ok {
			rate += r
			sessions++
		}
	}
	return rate, sessions
}
