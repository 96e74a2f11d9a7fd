package configs

import (
	"fmt"
	"slices"
	"strings"
)

// expected says what was expected instead of name: the nearest of the known
// names, or all of them when none is near.
func expected(name string, known []string) string {
	if best := nearest(name, known); best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	if len(known) == 0 {
		return "none is configured"
	}
	known = slices.Sorted(slices.Values(known))
	return "expected one of " + strings.Join(known, ", ")
}

// nearest is the known name that name was probably meant to be, or empty.
func nearest(name string, known []string) string {
	name = strings.ToLower(name)
	best, least := "", allowance(name)+1
	for _, k := range known {
		d := distance(name, strings.ToLower(k))
		if len(name) >= 3 && strings.HasPrefix(k, name) {
			d = min(d, 1) // an abbreviation
		}
		if d < least {
			best, least = k, d
		}
	}
	return best
}

// allowance is how many slips of the finger a name of this length may have.
func allowance(name string) int {
	switch n := len(name); {
	case n <= 3:
		return 1
	case n <= 8:
		return 2
	default:
		return n / 3
	}
}

// distance is the number of bytes to insert, drop or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, corner+1, row[j]+1)
		}
	}
	return row[len(b)]
}
