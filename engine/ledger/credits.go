package ledger

import (
	"encoding/binary"
	"fmt"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// standing is what a block's state makes of its credits.
type standing uint8

const (
	worthless standing = iota // the chain does not pay it
	immature                  // it pays, unless the chain is reorganised
	mature
)

func standingOf(state string) standing {
	switch state {
	case "received", "accepted":
		return immature
	case "mature":
		return mature
	}
	return worthless
}

// split divides the reward of a new block by the pool's terms, and stores the
// parts: they stay as they are, whatever becomes of the block.
func (f *fold) split(b *sharelog.Block) error {
	l := f.money.lines[name{pool: b.Pool, account: b.Chain}]
	if l == nil {
		return nil // of a time without terms
	}
	finder, err := f.number(b.Pool, b.Account)
	if err != nil {
		return err
	}
	if err := f.keepRound(l, b); err != nil {
		return err
	}
	split := l.scheme.Block(reward.Block{Reward: b.Reward, Fees: b.Fees, Finder: finder})
	f.save = true // so that no block is replayed
	direct, k := byte(0), blockKey(b.Chain, &b.Hash)
	if l.terms.Payout == "miner" && f.tx.Bucket(bucketCoinbases).Get(k) == nil {
		direct = 1
	}
	return f.tx.Bucket(bucketCredits).Put(k, appendSplit([]byte{direct}, &split))
}

// A split is stored as a byte, 1 where the coinbase has paid it as it is, and varints: the
// pool's part, and for each credit the distance of its account from the one
// before, and the amount.
func appendSplit(b []byte, s *reward.Split) []byte {
	b = binary.AppendUvarint(b, s.Pool)
	last := reward.Account(0)
	for _, c := range s.Credits {
		b = binary.AppendUvarint(b, uint64(c.Account-last))
		b = binary.AppendUvarint(b, c.Amount)
		last = c.Account
	}
	return b
}

func parseSplit(raw []byte) (s reward.Split, direct bool, err error) {
	bad := len(raw) == 0
	u := func() uint64 {
		v, n := binary.Uvarint(raw)
		if n <= 0 {
			bad = true
			return 0
		}
		raw = raw[n:]
		return v
	}
	if !bad {
		direct, raw = raw[0] == 1, raw[1:]
		s.Pool = u()
	}
	last := reward.Account(0)
	for len(raw) > 0 && !bad {
		last += reward.Account(u())
		s.Credits = append(s.Credits, reward.Credit{Account: last, Amount: u()})
	}
	if bad {
		return reward.Split{}, false, fmt.Errorf("%w: split of a block", ErrDamaged)
	}
	return s, direct, nil
}

// settle moves the credits of a block to where its new state puts them.
func (f *fold) settle(b *sharelog.Block, pool, old, state string) error {
	from, to := standingOf(old), standingOf(state)
	k := blockKey(b.Chain, &b.Hash)
	raw := f.tx.Bucket(bucketCredits).Get(k)
	if from == to || raw == nil {
		return nil
	}
	split, direct, err := parseSplit(raw)
	if err != nil {
		return err
	}
	l := f.money.lines[name{pool: pool, account: b.Chain}]
	if l == nil {
		return fmt.Errorf("%w: %s in %s has credits and no terms", ErrDamaged, b.Chain, pool)
	}
	if err := f.readBalances(l, split.Credits); err != nil {
		return err
	}
	for _, c := range append(split.Credits, reward.Credit{Amount: split.Pool}) {
		row, err := f.balance(l, c.Account)
		if err != nil {
			return err
		}
		row.move(c.Amount, from, to, direct)
	}
	return f.settleCoinbase(l, k, &split, from, to)
}
