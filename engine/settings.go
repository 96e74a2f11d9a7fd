package engine

import (
	"context"
	"net/http"

	"github.com/motherlode-pool/motherlode/engine/binding"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/payout"
	"github.com/motherlode-pool/motherlode/engine/settings"
)

// newKeeper makes what takes the settings of accounts.
func (e *Engine) newKeeper() *settings.Keeper {
	coin := func(chain string) (settings.Coin, bool) {
		r, ok := e.runners[chain]
		return r, ok
	}
	return settings.New(e.ledger, e.shareLog, e.settingsPool, coin, settings.Options{Logger: e.log})
}

// settingsPool is what settings need to know of a pool.
func (e *Engine) settingsPool(name string) (settings.Pool, bool) {
	for _, p := range e.pools {
		if p.name != name {
			continue
		}
		out := settings.Pool{Parent: p.parent.Name(), Aux: sortedKeys(p.auxByName), Minimum: map[string]payout.Amount{}}
		for _, plan := range e.payer.Plans() {
			if plan.Pool == name {
				out.Minimum[plan.Chain] = plan.Minimum
			}
		}
		return out, true
	}
	return settings.Pool{}, false
}

// keep is what takes settings; nil until miners can connect.
func (e *Engine) keep() *settings.Keeper {
	select {
	case <-e.ready:
		return e.keeper
	default:
		return nil
	}
}

// SettingsHandler serves settings.Path to miners. It may be used before Run, and
// after it has returned; then it answers that the pool is busy.
func (e *Engine) SettingsHandler() http.Handler { return settings.Handler(e.keep) }

// SetSettings sets what m says for an account, on the operator's word: neither a
// signature nor m.At counts. It returns all that the account has set then. Errors
// are the kinds of engine/settings.
func (e *Engine) SetSettings(ctx context.Context, m binding.Message) (ledger.Settings, error) {
	k := e.keep()
	if k == nil {
		return ledger.Settings{}, settings.ErrBusy
	}
	return k.Set(ctx, m)
}
