package engine

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/web/api"
)

// Limits of asking coins about addresses for visitors, who may make up as many as
// they like.
const (
	spellingsKept = 10_000
	spellingFor   = 10 * time.Minute
	spellingsAsk  = 2               // at one time, of all coins
	spellingWait  = 2 * time.Second // for a coin's answer
)

// spellings knows the canonical form of addresses as visitors type them. It asks
// coins beside what miners need: it neither fills their memory nor takes their turn.
type spellings struct {
	asking chan struct{}

	mu  sync.Mutex
	all map[[2]string]kept[string] // by coin and as typed; empty: no address
}

func newSpellings() *spellings {
	return &spellings{asking: make(chan struct{}, spellingsAsk), all: map[[2]string]kept[string]{}}
}

// canonical is what an address is counted as in a pool, empty where it is none.
func (s *spellings) canonical(ctx context.Context, p *pool, typed string) (string, error) {
	if p.opened.Load() {
		names := []string{typed}
		if p.accounts.canonical(names); names[0] != typed {
			return names[0], nil
		}
	}
	typed, others, _ := strings.Cut(typed, "/")
	address, err := s.address(ctx, p, typed)
	if others != "" && address != "" {
		address += "/" + others
	}
	return address, err
}

// address is what one address of the parent is written as, empty where it is none.
func (s *spellings) address(ctx context.Context, p *pool, typed string) (string, error) {
	k, now := [2]string{p.parent.Name(), typed}, time.Now()
	s.mu.Lock()
	have, ok := s.all[k]
	s.mu.Unlock()
	if ok && now.Before(have.until) {
		return have.value, nil
	}

	ctx, cancel := context.WithTimeout(ctx, spellingWait)
	defer cancel()
	select {
	case s.asking <- struct{}{}:
		defer func() { <-s.asking }()
	case <-ctx.Done():
		return "", api.Problemf(api.ErrBusy, "too many addresses are being looked up; come back in a second")
	}
	got, err := p.parent.ValidateAddress(ctx, typed)
	if err != nil {
		return "", api.Problemf(api.ErrBusy, "the address cannot be checked while %s is down; the spelling that it was paid by is found without", p.parent.Name())
	}
	address := ""
	if got.Valid {
		address = got.Address
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) >= spellingsKept {
		clear(s.all)
	}
	s.all[k] = kept[string]{address, now.Add(spellingFor)}
	return address, nil
}
