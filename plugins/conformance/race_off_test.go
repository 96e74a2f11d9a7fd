//go:build !race

package conformance

// slow is by how much the race detector makes a coin slower.
const slow = 1
