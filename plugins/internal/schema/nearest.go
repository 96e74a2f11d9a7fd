package schema

import (
	"fmt"
	"strings"
)

// suggestion names the known key that is nearest to a mistyped one, or all.
func suggestion(name string, known []string) string {
	best, limit := "", len(name)/2+2
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < limit {
			best, limit = k, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf(", did you mean %q?", best)
	case len(known) == 0:
		return ""
	}
	return ", expected one of " + strings.Join(known, ", ")
}

// distance is the number of single bytes to insert, delete or change.
func distance(a, b string) int {
	costs := make([]int, len(b)+1)
	for j := range costs {
		costs[j] = j
	}
	for i := range len(a) {
		corner := costs[0]
		costs[0]++
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = costs[j+1]
			costs[j+1] = min(change, corner+1, costs[j]+1)
		}
	}
	return costs[len(b)]
}
