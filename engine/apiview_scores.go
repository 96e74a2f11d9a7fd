package engine

import (
	"cmp"
	"slices"
	"time"

	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/web/api"
)

const (
	scoresKept = 100             // of a pool
	scoresFor  = 2 * time.Minute // that they are kept: all accounts are looked at
)

// HighScores are the best shares of the accounts of a pool.
func (a *apiView) HighScores(name string, limit int) ([]api.HighScore, error) {
	p, err := a.pool(name)
	if err != nil {
		return nil, err
	}
	all, err := a.scores.get(name, time.Now(), scoresFor, func() ([]api.HighScore, error) { return a.bestOfAccounts(p) })
	return slices.Clone(all[:min(len(all), limit)]), err
}

func (a *apiView) bestOfAccounts(p *pool) ([]api.HighScore, error) {
	var best []ledger.Row
	var after *ledger.Row
	keep := func() {
		slices.SortFunc(best, func(x, y ledger.Row) int { return cmp.Or(cmp.Compare(y.Best, x.Best), cmp.Compare(x.Name, y.Name)) })
		best = best[:min(len(best), scoresKept)]
	}
	for {
		rows, err := a.e.ledger.Accounts(p.name, after, figuresPage)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			if rows[i].Best > 0 {
				best = append(best, rows[i])
			}
		}
		keep()
		if len(rows) < figuresPage {
			break
		}
		after = &rows[len(rows)-1]
	}
	v := a.connected[p.name].get()
	var out []api.HighScore
	for i := range best {
		out = append(out, api.HighScore{Best: *bestOf(&best[i].Totals), Agent: v.agentOf(best[i].Name)})
	}
	return out, nil
}

// agentOf is what all devices of an account say they are; empty where they differ.
func (v *sessionsView) agentOf(account string) (agent string) {
	for _, name := range v.accounts[account].names {
		for _, i := range v.byName[name2{account, name}] {
			if s := &v.all[i]; agent == "" {
				agent = s.Agent
			} else if s.Agent != agent {
				return ""
			}
		}
	}
	return agent
}
