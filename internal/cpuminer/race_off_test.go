//go:build !race

package cpuminer

const raceEnabled = false
