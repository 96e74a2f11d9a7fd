package engine

import (
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// windowUnit is what the window of a record of terms is counted in.
const windowUnit = 1_000_000

// writeTerms puts the terms of every chain of the pool in front of its first job,
// so that the log says by which rules the shares behind are rewarded.
func (p *pool) writeTerms(b *sharelog.Batch, now time.Time) {
	for _, t := range termsOf(p.name, p.terms()) {
		t.Time = now.UnixMilli()
		b.Terms(&t)
	}
}

// termsOf are the terms of a pool's chains, the parent's first. The coinbase of an
// auxiliary chain pays the operator whatever the pool's payout is.
func termsOf(pool string, cfg configs.Pool) []sharelog.Terms {
	t := sharelog.Terms{
		Pool: pool, Chain: cfg.Parent, Scheme: cfg.Reward, FeeBPS: uint32(cfg.FeeBPS),
		Window: uint64(cfg.PPLNSWindow*windowUnit + 0.5), Payout: cfg.Payout,
	}
	all := []sharelog.Terms{t}
	for _, a := range cfg.Aux {
		t.Chain, t.Payout = a.Coin, "pool"
		if t.Scheme = cfg.Reward; a.Reward != "" {
			t.Scheme = a.Reward
		}
		all = append(all, t)
	}
	return all
}
