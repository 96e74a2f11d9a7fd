package ledger

import (
	"bytes"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// cameToNothing reports whether nobody has anything of a block in a state, as far
// as is known.
func cameToNothing(state string) bool {
	switch state {
	case "orphaned", "refused", "rejected", "stale", "lost":
		return true
	}
	return false
}

// keepRound keeps the shares that a new block is about to divide, in the schemes
// where they count for no other.
func (f *fold) keepRound(l *line, b *sharelog.Block) error {
	s, ok := l.scheme.(reward.Returner)
	if !ok {
		return nil
	}
	return f.tx.Bucket(bucketKept).Put(blockKey(b.Chain, &b.Hash), s.Round())
}

// giveBack has the round of a block whose state was old go on with the present
// one when the block comes to nothing, and undoes that when it is back. The round
// of a mature block is kept no longer.
func (f *fold) giveBack(b *Block, old string) error {
	kept, k := f.tx.Bucket(bucketKept), blockKey(b.Chain, &b.Hash)
	if err := f.moveRound(kept, k, b, old); err != nil {
		return err
	}
	if b.State == "mature" && old != "mature" {
		return kept.Delete(k)
	}
	return nil
}

func (f *fold) moveRound(kept store.Bucket, k []byte, b *Block, old string) error {
	was, is := cameToNothing(old), cameToNothing(b.State)
	l := f.money.lines[name{pool: b.Pool, account: b.Chain}]
	if was == is || l == nil {
		return nil
	}
	s, ok := l.scheme.(reward.Returner)
	if !ok {
		return nil // another scheme by now
	}
	f.save = true // so that this is never replayed
	if was {
		round := s.Take(b.Seq)
		if round == nil {
			return nil
		}
		return kept.Put(k, round)
	}
	round := kept.Get(k)
	if round == nil {
		return nil
	}
	if err := s.Return(b.Seq, bytes.Clone(round)); err != nil {
		return err
	}
	return kept.Delete(k)
}
