package engine

import (
	"cmp"
	"errors"
	"slices"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/submit"
	"github.com/motherlode-pool/motherlode/web/api"
)

// knows says that a filter names a pool or chain that is not here.
func (a *apiView) knows(pool, chain string) error {
	if err := a.started(); err != nil {
		return err
	}
	if pool != "" {
		if _, err := a.pool(pool); err != nil {
			return err
		}
	}
	if chain != "" && a.e.runners[chain] == nil {
		return noChain(chain)
	}
	return nil
}

func noChain(name string) error {
	return api.Problemf(api.ErrNotFound, "no chain is called %q; /api/v1/chains lists them", name)
}

func (a *apiView) Blocks(f api.BlockFilter, page api.Page) ([]api.Block, uint64, error) {
	if err := a.knows(f.Pool, f.Chain); err != nil {
		return nil, 0, err
	}
	rows, err := a.e.ledger.Blocks(ledger.Filter(f), page.Before, page.Limit+1)
	next := uint64(0)
	if len(rows) > page.Limit {
		rows = rows[:page.Limit]
		next = rows[page.Limit-1].Seq
	}
	var out []api.Block
	for i := range rows {
		out = append(out, a.blockView(&rows[i]))
	}
	return out, next, err
}

func (a *apiView) blockView(b *ledger.Block) api.Block {
	info := a.infoOf(b.Chain)
	out := api.Block{
		Number: b.Seq, Pool: b.Pool, Chain: b.Chain, Symbol: info.Symbol, Decimals: int(info.Decimals), Height: b.Height,
		Hash: coins.Hash(b.Hash).String(), State: b.State, Confirmations: b.Confirmations, Maturity: info.Maturity,
		Reward: api.AmountOf(b.Reward), NetworkDifficulty: b.Network, Difficulty: b.Difficulty, Finder: api.Abbreviate(b.Account),
		FoundAt: api.Time(b.Found), ChangedAt: api.Time(b.Changed),
	}
	if b.State == submit.Accepted.String() { // the ledger notes confirmations now and then only
		if tip := a.tipHeight(b.Chain); tip >= b.Height {
			out.Confirmations = max(out.Confirmations, tip-b.Height+1)
		}
	}
	if b.Network > 0 {
		ratio := b.Ratio()
		out.Effort = &ratio
	}
	if n := len(b.History); n > 0 {
		out.Reason = api.Maybe(b.History[n-1].Reason)
	}
	return out
}

// tipHeight is the height of a chain's tip; 0 while it is not known.
func (a *apiView) tipHeight(chain string) uint64 {
	if a.e.runners[chain] == nil {
		return 0 // of a configuration that was
	}
	return a.coin(chain).Height
}

func (a *apiView) Block(chain, hash string) (api.BlockDetail, error) {
	if err := a.knows("", chain); err != nil {
		return api.BlockDetail{}, err
	}
	h, err := coins.ParseHash(hash)
	var b ledger.Block
	if err == nil {
		b, err = a.e.ledger.Block(chain, h)
	} else {
		err = ledger.ErrNotFound
	}
	if errors.Is(err, ledger.ErrNotFound) {
		return api.BlockDetail{}, api.Problemf(api.ErrNotFound, "no block of %s with this hash was found here; /api/v1/blocks lists those that were", chain)
	}
	if err != nil {
		return api.BlockDetail{}, err
	}
	out := api.BlockDetail{Block: a.blockView(&b), RoundStartedAt: api.Time(b.RoundStart), History: []api.BlockChange{}}
	for _, c := range b.History {
		out.History = append(out.History, api.BlockChange{At: api.Time(c.Time), State: c.State, Reason: api.Maybe(c.Reason)})
	}
	split, err := a.e.ledger.Split(chain, h)
	if err == nil {
		sum := uint64(0)
		for _, p := range split.Parts {
			sum += p.Amount
		}
		out.Split = &api.Split{Operator: api.AmountOf(split.Pool), Accounts: len(split.Parts), AccountsAmount: api.AmountOf(sum), Direct: split.Direct}
	}
	return out, orNothing(err)
}

// BlocksSince are the newest blocks whose state has changed after a time.
func (a *apiView) BlocksSince(at api.Time, limit int) ([]api.LiveBlock, error) {
	if err := a.started(); err != nil {
		return nil, err
	}
	rows, err := a.e.ledger.Blocks(ledger.Filter{}, 0, limit)
	var out []api.LiveBlock
	for i := range rows {
		v := a.blockView(&rows[i])
		if v.ChangedAt > at {
			out = append(out, api.LiveBlock{
				Pool: v.Pool, Chain: v.Chain, Height: v.Height, Hash: v.Hash, State: v.State, Finder: v.Finder, Reason: v.Reason, At: v.ChangedAt,
			})
		}
	}
	slices.SortStableFunc(out, func(x, y api.LiveBlock) int { return cmp.Compare(x.At, y.At) })
	return out, err
}

// payments are a page of payments.
func (a *apiView) payments(pool, chain string, page api.Page) (out []ledger.Payment, next uint64, err error) {
	if err := a.knows(pool, chain); err != nil {
		return nil, 0, err
	}
	out, err = a.e.ledger.Payments(ledger.PaymentFilter{Pool: pool, Chain: chain}, page.Before, page.Limit+1)
	if len(out) > page.Limit {
		out = out[:page.Limit]
		next = out[page.Limit-1].ID
	}
	return out, next, err
}

func (a *apiView) Payments(pool, chain string, page api.Page) (out []api.Payment, next uint64, err error) {
	rows, next, err := a.payments(pool, chain, page)
	for i := range rows {
		out = append(out, a.paymentView(&rows[i]))
	}
	return out, next, err
}

func (a *apiView) paymentView(p *ledger.Payment) api.Payment {
	info := a.infoOf(p.Chain)
	return api.Payment{
		Number: p.ID, Pool: p.Pool, Chain: p.Chain, Symbol: info.Symbol, Decimals: int(info.Decimals), State: p.State, TxID: p.TxID,
		Amount: api.AmountOf(p.Amount()), Accounts: len(p.Outputs), MadeAt: api.Time(p.Made), ChangedAt: api.Time(p.Changed),
	}
}
