package ledger

import (
	"errors"
	"math/big"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// naiveCoinbase is what the coinbase of a block pays, by account; the operator's under
// account 0.
type naiveCoinbase map[reward.Account]uint64

// coinbase takes the first record of a block, where the pool has terms for the chain
// and the block, if it is known, was divided.
func (m *naiveMoney) coinbase(c *sharelog.Coinbase) {
	k := c.Chain + string(c.Hash[:])
	if m.lines[c.Pool+"/"+c.Chain] == nil || m.coinbases[k] != nil {
		return
	}
	paid := naiveCoinbase{0: c.Operator}
	for _, o := range c.Outputs {
		paid[m.number(c.Pool, o.Account)] += o.Amount
	}
	if b := m.blocks[k]; b == nil || b.split != nil {
		m.coinbases[k] = paid
	}
}

// parts are those of a block by account; the operator's under account 0.
func (b *naiveBlock) parts() map[reward.Account]uint64 {
	all := map[reward.Account]uint64{0: b.split.Pool}
	for _, c := range b.split.Credits {
		all[c.Account] += c.Amount
	}
	return all
}

// payCoinbases counts what the coinbases of the blocks that are on the chain in the end
// have paid, and by how much that is more than the block was worth while it is not mature.
func (m *naiveMoney) payCoinbases(at func(pool, chain string, a reward.Account) *Balance) {
	for k, paid := range m.coinbases {
		b := m.blocks[k]
		if b == nil {
			continue
		}
		parts := b.parts()
		for a, n := range paid {
			row := at(b.pool, b.chain, a)
			switch b.state {
			case "received", "accepted":
				row.Coinbase += n
				row.Advance += n - min(n, parts[a])
			case "mature":
				row.Paid += n
			}
		}
	}
}

// carry is what an account is to get besides its part of the next block: what blocks on
// the chain were worth to it, and its shares, less what it was paid in all ways, in
// big integers.
func (m *naiveMoney) carry(line *naiveLine, account string) *big.Int {
	pool, chain := line.terms.Pool, line.terms.Chain
	a := m.numbers[pool+"/"+account]
	sum := new(big.Int)
	add := func(n uint64) { sum.Add(sum, new(big.Int).SetUint64(n)) }
	less := func(n uint64) { sum.Sub(sum, new(big.Int).SetUint64(n)) }
	if earned := line.earned[account]; earned != nil {
		sum.Rsh(earned, 64)
	}
	for k, b := range m.blocks {
		counts := b.state == "accepted" || b.state == "mature" // one that is only received may never be
		if b.pool != pool || b.chain != chain || b.split == nil || !counts {
			continue
		}
		add(b.parts()[a])
		less(m.coinbases[k][a])
		if b.direct && b.state == "mature" {
			less(b.parts()[a])
		}
	}
	for _, p := range m.payments {
		for _, o := range p.outputs {
			if p.pool == pool && p.chain == chain && o.Account == account && p.state != "failed" {
				less(o.Amount)
			}
		}
	}
	return sum
}

// compareCarries compares what the next coinbase would pay of earlier blocks with the
// model, for the schemes that can tell ahead.
func compareCarries(t *testing.T, l *Ledger, log *sharelog.Log) (compared int) {
	t.Helper()
	m := modelMoney(t, log)
	for _, line := range m.lines {
		pool, chain := line.terms.Pool, line.terms.Chain
		o, err := l.Outlook(pool, chain)
		if errors.Is(err, ErrNotAhead) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, account := range m.names[pool] {
			got := int64(0)
			if i < len(o.Carries) {
				got = o.Carries[i]
			}
			if want := m.carry(line, account); want.Cmp(big.NewInt(got)) != 0 {
				t.Errorf("%s in %s: %q carries %d, want %v", chain, pool, account, got, want)
			}
			compared++
		}
	}
	return compared
}
