package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/binding"
	"github.com/motherlode-pool/motherlode/engine/chain"
	"github.com/motherlode-pool/motherlode/engine/job"
)

// Limits of what is remembered of miners.
const (
	maxName      = 128     // characters of a user name; some firmware breaks beyond
	maxPayees    = 100_000 // addresses remembered
	addressTries = 250 * time.Millisecond
)

// worker is one account's worker as a session has logged in for it, and lives as long
// as the session. What is remembered beyond that begins with its first share.
type worker struct {
	account string
	name    string // of the worker within the account; may be empty
	full    string
	payee   *job.Payee

	in *memories
	at atomic.Pointer[memory] // where its shares are counted; nil before the first
}

// Name is the user name as counted.
func (w *worker) Name() string { return w.full }

// accounts turns user names into workers. It is safe for concurrent use.
type accounts struct {
	address func(ctx context.Context, address string) (coins.Payee, error)
	anyone  bool       // user names need not be addresses
	pool    *job.Payee // whom blocks pay; nil when each miner is paid itself
	inline  *inline    // addresses of other chains in user names; nil: user names are not looked into

	memories memories

	mu     sync.Mutex
	payees map[string]*job.Payee // by canonical address
	known  map[string]string     // address as typed -> canonical
}

func newAccounts(pool *job.Payee, anyone bool, address func(context.Context, string) (coins.Payee, error)) *accounts {
	return &accounts{
		address: address, anyone: anyone, pool: pool,
		memories: memories{of: map[name2]*memory{}}, payees: map[string]*job.Payee{}, known: map[string]string{},
	}
}

// authorize admits the worker that a user name names, or says why not in words
// for the person who typed it.
func (a *accounts) authorize(ctx context.Context, user string) (*worker, error) {
	account, name, payee, err := a.admit(ctx, user)
	if err != nil {
		return nil, err
	}
	return a.worker(account, name, payee), nil
}

// admit says which account and worker a user name means, and whom its blocks pay.
func (a *accounts) admit(ctx context.Context, user string) (account, name string, payee *job.Payee, err error) {
	addresses := !a.anyone || a.pool == nil
	var chains []string
	if addresses && a.inline != nil {
		chains = a.inline.chains
	}
	if account, name, err = splitUser(user, chains); err != nil {
		return "", "", nil, err
	}
	payee = a.pool
	if addresses {
		own, canonical, err := a.payee(ctx, account)
		if err != nil {
			return "", "", nil, err
		}
		if _, others := binding.Parts(account); len(others) > 0 && a.inline != nil {
			if canonical, err = a.inline.account(ctx, canonical, others); err != nil {
				return "", "", nil, err
			}
		}
		account = canonical
		if a.pool == nil {
			payee = own
		}
	}
	return account, name, payee, nil
}

// splitUser divides "account.worker". An underscore, which some firmware sends
// in place of the dot, divides too.
func splitUser(user string, chains []string) (account, name string, err error) {
	user = strings.TrimSpace(user)
	limit := maxName
	if strings.ContainsAny(user, "/%") {
		limit = maxInline
	}
	if len(user) > limit {
		return "", "", fmt.Errorf("user name is longer than %d characters", limit)
	}
	for _, r := range user {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return "", "", errors.New("user name has a character that cannot be printed")
		}
	}
	if account, name = binding.SplitUser(user, chains); account == "" {
		return "", "", errors.New("user name is empty; it should be ADDRESS or ADDRESS.worker")
	}
	return account, name, nil
}

// payee finds the payee of an address, or of an account by the parent's address in
// its name, asking the coin the first time.
func (a *accounts) payee(ctx context.Context, address string) (*job.Payee, string, error) {
	address = binding.Parent(address)
	a.mu.Lock()
	canonical, ok := a.known[address]
	p := a.payees[canonical]
	a.mu.Unlock()
	if ok && p != nil {
		return p, canonical, nil
	}

	got, err := a.ask(ctx, address)
	if err != nil {
		return nil, "", err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if p := a.payees[got.Address]; p != nil {
		a.known[address] = got.Address
		return p, got.Address, nil
	}
	if len(a.payees) >= maxPayees {
		clear(a.payees)
		clear(a.known)
	}
	p = job.NewPayee(got.Address, got.Script)
	a.payees[got.Address], a.known[address] = p, got.Address
	return p, got.Address, nil
}

// notPayable is an address that the coin refuses.
type notPayable struct{ address, reason string }

func (e *notPayable) Error() string { return fmt.Sprintf("%q cannot be paid: %s", e.address, e.reason) }

// ask asks the coin about an address, again while its process is being
// restarted and ctx lasts.
func (a *accounts) ask(ctx context.Context, address string) (coins.Payee, error) {
	for {
		got, err := a.address(ctx, address)
		switch {
		case err == nil && got.Valid:
			return got, nil
		case err == nil:
			return coins.Payee{}, &notPayable{address, got.Reason}
		case !errors.Is(err, chain.ErrDown) && ctx.Err() == nil:
			return coins.Payee{}, fmt.Errorf("address could not be checked, try again: %w", err)
		}
		retry := time.NewTimer(addressTries)
		select {
		case <-ctx.Done():
			retry.Stop()
			return coins.Payee{}, errors.New("address cannot be checked while the coin is down, try again")
		case <-retry.C:
		}
	}
}

// worker is a worker of an account for one session.
func (a *accounts) worker(account, name string, payee *job.Payee) *worker {
	w := &worker{account: account, name: name, full: account, payee: payee, in: &a.memories}
	if name != "" {
		w.full = account + "." + name
		w.account, w.name = w.full[:len(account)], w.full[len(account)+1:] // one piece of memory
	}
	return w
}
