// Package conformance holds a Stratum V1 server of the Bitcoin family against
// what miners rely on: 58 rules, tried from outside over real sockets.
//
//	cfg := conformance.Config{Address: "127.0.0.1:3333", User: "ADDRESS.rig"}
//	sum := conformance.Check(ctx, cfg, func(r conformance.Result) { fmt.Println(r.ID, r.Outcome, r.Detail) })
//
// The server may be anybody's: nothing is asked of it but an address and a user
// that it admits. What the suite cannot bring about by itself, a new block or a
// listener with TLS, stands in Config; a rule that lacks it is not tried, which
// is counted apart and never as passed. A rule that was tried in part says what
// it left out. "motherlode stratum check" is made of this package.
//
// Shares are real: the suite searches nonces, so most rules of submissions need
// a difficulty of at most about 0.0005. It keeps clear of hashes that solve a
// block, except in the rule that wants one. It opens some hundred connections,
// sends bad lines and, where it may, bad shares: do not point it at a server
// without leave, and expect to be shut out of one that bans.
//
// It is not a load generator and measures nothing worth quoting. It does not know
// the dialect of SHA3x miners. It imports the standard library only and shares no
// code with package stratum: a mistake made once cannot pass on both sides. It is
// layer L3.
package conformance
