// Package conformance proves a coin right: a suite of small rules that every
// coin must pass, whoever wrote it and in whatever language.
//
//	func TestConformance(t *testing.T) {
//		cfg := conformance.NewConfig(mycoin.Driver{})
//		cfg.Settings.JSON = []byte(`{"nodes": [...]}`)
//		conformance.Run(t, cfg)
//	}
//
// Run makes one subtest per transport and rule: the driver within this process,
// over gRPC in memory, and, where Config.Process names a program, in a process
// of its own as a pool starts it. Check is the same for programs and has no need
// of package testing; "motherlode plugin check" is made of it.
//
// A rule asks for what the engine relies on, and nothing else. It belongs to a
// role or to every coin. One of a role that Describe announces must be answered:
// "not applicable" is for roles that the coin does not have, and for what only a
// process can break. A rule that fails says what it saw, what it expected, and
// where it is not obvious what to do.
//
// The suite finds real blocks. It mines at the coin's present target, builds the
// block or the proof with the engine's own code, submits it, and looks for it on
// the best chain. So it needs settings of a network that is easy, which the
// operator does not mind growing: a regtest node, a simulated one. It pays the
// coin's own example address. Do not run it against a network with value: the
// rules of submitting would fail there for want of a solution.
//
// What it does not see: what a coin does while its nodes misbehave, beyond what
// the rules say; whether amounts are right, which only a real node can judge.
// A call that never returns is reported and left behind, since nothing in Go can
// end it.
//
// It is layer L3.
package conformance
