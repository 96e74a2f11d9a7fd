package binding

import (
	"slices"
	"strings"
)

// The bytes that divide an account's name. No address of a coin has the first.
const (
	addressMark = "/"
	chainMark   = ":"
)

// Bound is an address of a chain.
type Bound struct{ Chain, Address string }

// Join is the name of the account that has bound these addresses to one of the
// parent chain. All spellings are canonical, and chains differ.
func Join(parent string, bound []Bound) string {
	bound = slices.Clone(bound)
	slices.SortFunc(bound, func(a, b Bound) int { return strings.Compare(a.Chain, b.Chain) })
	var name strings.Builder
	name.WriteString(parent)
	for _, b := range bound {
		name.WriteString(addressMark + b.Chain + chainMark + b.Address)
	}
	return name.String()
}

// Parent is the address of the parent chain in an account's name.
func Parent(account string) string {
	parent, _, _ := strings.Cut(account, addressMark)
	return parent
}

// Inline is the address of a chain that an account's name holds.
func Inline(account, chain string) (address string, ok bool) {
	parts := strings.Split(account, addressMark)
	for _, part := range parts[1:] {
		if name, address, ok := strings.Cut(part, chainMark); ok && name == chain && address != "" {
			return address, true
		}
	}
	return "", false
}

// SplitUser divides the name that a miner sends, ADDRESS.worker or
// ADDRESS/ADDRESS.worker, at the first point or underscore that is no part of a
// chain's name: an underscore may be. Some miners send / and : in their
// percent-encoded form.
func SplitUser(user string, chains []string) (account, worker string) {
	at := 0
	for {
		i := strings.IndexAny(user[at:], "._"+addressMark+"%")
		if i < 0 {
			return decoded(user), ""
		}
		at += i
		switch {
		case user[at] == '.' || user[at] == '_':
			return decoded(user[:at]), user[at+1:]
		case user[at] == '/':
			at++
		case strings.HasPrefix(strings.ToLower(user[at:]), "%2f"):
			at += 3
		default:
			at++
			continue
		}
		at += chainPrefix(user[at:], chains)
	}
}

// chainPrefix is the length of the name of a chain, with its mark, that text
// starts with.
func chainPrefix(text string, chains []string) int {
	for _, c := range chains {
		for _, mark := range []string{chainMark, "%3A"} {
			if n := len(c) + len(mark); len(text) >= n && strings.EqualFold(text[:n], c+mark) {
				return n
			}
		}
	}
	return 0
}

var percent = strings.NewReplacer("%2F", "/", "%2f", "/", "%3A", ":", "%3a", ":")

func decoded(account string) string { return percent.Replace(account) }

// Parts are the address of the parent chain and what stands behind it, of an
// account as a miner typed it. An address whose chain is not said has none.
func Parts(account string) (parent string, others []Bound) {
	parts := strings.Split(account, addressMark)
	for _, part := range parts[1:] {
		chain, address, ok := strings.Cut(part, chainMark)
		if !ok {
			chain, address = "", part
		}
		others = append(others, Bound{chain, address})
	}
	return parts[0], others
}
