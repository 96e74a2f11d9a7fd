package nodes

import (
	"context"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/blocknotify"
)

// Times of hearing.
const (
	// rebind is how soon an address that was taken is tried again.
	rebind = 5 * time.Second

	// noticeGap is the least time between two notices that are acted upon, so
	// that a flood of them is no flood of questions to the nodes. What it drops
	// is found by the next poll.
	noticeGap = 20 * time.Millisecond
)

// hear takes the notices of the nodes' blocknotify commands until ctx ends. The
// hash is not believed: each makes every node be asked for its tip, now.
func (s *Set) hear(ctx context.Context) {
	var last time.Time
	for {
		err := blocknotify.Listen(ctx, s.cfg.Notify, func(printed string) {
			now := time.Now()
			if hash, err := coins.ParseHash(printed); err == nil && now.Sub(last) >= noticeGap {
				last = now
				s.notice(hash)
			}
		})
		if ctx.Err() != nil {
			return
		}
		s.log.Error("blocknotify cannot be heard, the nodes are asked instead", "address", s.cfg.Notify, "error", err)
		s.setDeaf(err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(rebind):
		}
		s.setDeaf(nil)
	}
}

func (s *Set) setDeaf(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf = err
	s.wake()
}

// notice makes every node be asked, unless all are known to be there already.
func (s *Set) notice(hash coins.Hash) {
	s.mu.Lock()
	s.noticed = hash
	var behind []*member
	for _, m := range s.members {
		if m.state.Tip != hash {
			behind = append(behind, m)
		}
	}
	s.mu.Unlock()
	for _, m := range behind {
		m.nudge()
	}
}

// sourceOf says how the news of a tip came that a poll has found.
func (s *Set) sourceOf(tip coins.Hash, first bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case first:
		return "start"
	case tip == s.noticed:
		return "notify"
	}
	return "poll"
}
