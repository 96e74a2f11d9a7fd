//go:build !race

package algos_test

// raceEnabled says that the race detector runs. Under it a sync.Pool throws
// away a part of what it is given, so pooled scratch is allocated again.
const raceEnabled = false
