package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/binding"
)

// Limits of addresses of auxiliary chains in user names.
const (
	maxInline     = 512    // characters of such a user name
	maxBindings   = 50_000 // remembered
	maxCandidates = 64     // names that an account is looked for under while a coin is down
)

// inline finds out of which auxiliary chains the addresses in a user name are. It
// is safe for concurrent use.
type inline struct {
	parent  string
	chains  []string // auxiliary, by name
	address func(ctx context.Context, chain, address string) (coins.Payee, error)
	seen    func(account string) bool // it has mined in this pool before

	mu    sync.Mutex
	known map[string]string // what stands behind the parent's address as typed -> as canonical
}

// inlineOf is what a pool knows of addresses in user names.
func inlineOf(p *pool) *inline {
	return &inline{
		parent: p.parent.Name(), chains: sortedKeys(p.auxByName), known: map[string]string{},
		address: func(ctx context.Context, chain, address string) (coins.Payee, error) {
			return p.auxByName[chain].ValidateAddress(ctx, address)
		},
		seen: func(account string) bool {
			_, err := p.ledger.Account(p.name, account)
			return err == nil
		},
	}
}

// question is one address and the chains that it may be of.
type question struct {
	address string
	open    []string // chains that have not answered
	yes     []binding.Bound
	why     string // what the last chain that refused it says
}

// account is the name of the account that a user means by the canonical address of
// the parent and others behind it. While a coin is down it is asked again until
// ctx ends, since another answer would be another account; an account that has
// mined here before is known without it.
func (n *inline) account(ctx context.Context, parent string, others []binding.Bound) (string, error) {
	typed := binding.Join("", others)
	n.mu.Lock()
	tail, ok := n.known[typed]
	n.mu.Unlock()
	if ok {
		return parent + tail, nil
	}
	all, err := n.questions(others)
	if err != nil {
		return "", err
	}
	for {
		open, failed := n.ask(ctx, all)
		if len(open) == 0 {
			break
		}
		if account, ok := n.candidate(parent, all); ok {
			return account, nil
		}
		if !n.wait(ctx) {
			return "", fmt.Errorf("address cannot be checked while %s is down (%w), try again", strings.Join(open, " and "), failed)
		}
	}
	bound, err := n.decide(all)
	if err != nil {
		return "", err
	}
	n.remember(typed, binding.Join("", bound))
	return binding.Join(parent, bound), nil
}

func (n *inline) wait(ctx context.Context) bool {
	retry := time.NewTimer(addressTries)
	defer retry.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-retry.C:
		return ctx.Err() == nil
	}
}

func (n *inline) remember(typed, canonical string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.known) >= maxBindings {
		clear(n.known)
	}
	n.known[typed] = canonical
}

// questions are the addresses that a user has typed.
func (n *inline) questions(others []binding.Bound) (all []*question, err error) {
	if len(n.chains) == 0 {
		return nil, fmt.Errorf("this pool mines no chain beside %s: the user name should be ADDRESS or ADDRESS.worker", n.parent)
	}
	if len(others) > len(n.chains) {
		return nil, fmt.Errorf("user name has %d addresses behind the first; this pool mines %s beside %s", len(others), n.list(), n.parent)
	}
	for _, o := range others {
		q := &question{address: o.Address, open: slices.Clone(n.chains)}
		if o.Chain != "" {
			i := slices.IndexFunc(n.chains, func(c string) bool { return strings.EqualFold(c, o.Chain) })
			if i < 0 {
				return nil, fmt.Errorf("this pool does not mine %q; beside %s it mines %s", o.Chain, n.parent, n.list())
			}
			q.open = []string{n.chains[i]}
		}
		if o.Address == "" {
			return nil, errors.New("an address is missing in the user name, which should be like ADDRESS/ADDRESS.worker; some machines cut long names")
		}
		all = append(all, q)
	}
	return all, nil
}

func (n *inline) list() string { return strings.Join(n.chains, ", ") }

// ask asks the chains that have not answered yet, and returns those that still
// have not, with one of their errors.
func (n *inline) ask(ctx context.Context, all []*question) (open []string, failed error) {
	for _, q := range all {
		ask := q.open
		q.open = nil
		for _, chain := range ask {
			got, err := n.address(ctx, chain, q.address)
			switch {
			case err != nil:
				q.open, failed = append(q.open, chain), err
			case got.Valid:
				q.yes = append(q.yes, binding.Bound{Chain: chain, Address: got.Address})
			default:
				q.why = got.Reason
			}
		}
		open = append(open, q.open...)
	}
	slices.Sort(open)
	return slices.Compact(open), failed
}

// decide is what the answers of all chains come to.
func (n *inline) decide(all []*question) (bound []binding.Bound, err error) {
	for _, q := range all {
		switch len(q.yes) {
		case 0:
			return nil, fmt.Errorf("%q is no address of %s, which this pool mines beside %s (%s); "+
				"where the machine cuts long names, leave it out and bind it by a signed message", q.address, n.list(), n.parent, q.why)
		case 1:
		default:
			var forms []string
			for _, b := range q.yes {
				forms = append(forms, b.Chain+":"+b.Address)
			}
			return nil, fmt.Errorf("%q can be an address of more than one chain: write %s", q.address, strings.Join(forms, " or "))
		}
		if slices.ContainsFunc(bound, func(b binding.Bound) bool { return b.Chain == q.yes[0].Chain }) {
			return nil, fmt.Errorf("user name has two addresses of %s", q.yes[0].Chain)
		}
		bound = append(bound, q.yes[0])
	}
	return bound, nil
}

// candidate is the one account, of all that the user may mean by what is known so
// far, that has mined here before.
func (n *inline) candidate(parent string, all []*question) (account string, ok bool) {
	sets := [][]binding.Bound{nil}
	for _, q := range all {
		may := slices.Clone(q.yes)
		for _, chain := range q.open {
			may = append(may, binding.Bound{Chain: chain, Address: q.address})
		}
		var longer [][]binding.Bound
		for _, set := range sets {
			for _, b := range may {
				longer = append(longer, append(slices.Clone(set), b))
			}
		}
		if sets = longer; len(sets) > maxCandidates {
			return "", false
		}
	}
	for _, set := range sets {
		name := binding.Join(parent, set)
		if !n.seen(name) {
			continue
		}
		if ok {
			return "", false // more than one
		}
		account, ok = name, true
	}
	return account, ok
}
