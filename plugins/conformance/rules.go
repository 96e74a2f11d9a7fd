package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
)

// rule is a Rule with what tries it. Try returns nil when the coin keeps the
// rule, and otherwise what was seen, what was expected, and what to do. It may
// not return before its goroutines have, unless a call of the coin hangs.
type rule struct {
	Rule
	try func(ctx context.Context, s *suite) error
}

// table is every rule, in the order in which they are tried.
func table() []rule {
	return slices.Concat(
		driverRules(), openRules(),
		streamRules(healthStream()), addressRules(), callRules(),
		streamRules(templateStream()), templateRules(), blockRules(),
		streamRules(auxStream()), auxRules(), proofRules(),
		hashRules(), walletRules(), messageRules(), closeRules(), processRules(),
	)
}

// Rules lists every rule, in the order in which they are tried.
func Rules() []Rule {
	var list []Rule
	for _, r := range table() {
		list = append(list, r.Rule)
	}
	return list
}

func checkIDs(ids []string) error {
	var unknown []string
	for _, id := range ids {
		if !slices.ContainsFunc(table(), func(r rule) bool { return r.ID == id }) {
			unknown = append(unknown, id)
		}
	}
	if unknown != nil {
		return fmt.Errorf("conformance: there is no rule %s", strings.Join(unknown, ", "))
	}
	return nil
}

// every is a rule of all coins.
func every(id, says string, try func(context.Context, *suite) error) rule {
	return rule{Rule: Rule{ID: id, Says: says}, try: try}
}

// of is a rule of a role.
func of(role coins.Role, id, says string, try func(context.Context, *suite) error) rule {
	return rule{Rule: Rule{ID: id, Says: says, Role: role}, try: try}
}
