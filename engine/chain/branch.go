package chain

import (
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/txlist"
)

// branchPause is how long a template is left alone before its branch is looked at,
// so that the job goes out to the miners first.
const branchPause = 200 * time.Millisecond

// branchRest is how many times as long as a look at a branch took the next one
// waits. Thousands of transactions take some ten milliseconds: too long to keep a
// new tip from the miners, and with this at most a twentieth of a processor.
const branchRest = 19

// setBranch has the branch of t looked at. Runner.mu is held, so there is one
// sender at a time and the send cannot block.
func (s *session) setBranch(t *coins.Template) {
	if t.Tree == nil || t.Tree.TxCount == 0 {
		return
	}
	select {
	case <-s.branches:
	default:
	}
	select {
	case s.branches <- t:
	default:
	}
}

// checkBranches looks, beside the stream, whether the merkle branches of
// templates are those of their transactions, until the session ends. Miners have
// such a template already: what a wrong branch costs is the block that one of
// them finds, and until then nothing.
//
// Chains differ in how transactions are written and named, and no good coin may
// be refused for that. So a coin is held to it only once a branch of its own was
// found to be right; of one whose branches never are, people are told.
func (r *Runner) checkBranches(s *session) {
	for {
		select {
		case <-s.ctx.Done():
			return
		case t := <-s.branches:
			if !sleep(s.ctx, branchPause) {
				return
			}
			begin := time.Now()
			if err := r.checkBranch(t.Tree); err != nil {
				s.end(err)
				return
			}
			if !sleep(s.ctx, branchRest*time.Since(begin)) {
				return
			}
		}
	}
}

func (r *Runner) checkBranch(tree *coins.CoinbaseTree) error {
	ids, err := txlist.IDs(tree.TxBlob, tree.TxCount)
	if err != nil {
		return nil // written in another way
	}
	for i, want := range txlist.Branch(ids) {
		if tree.Branch[i] == want {
			continue
		}
		if r.branchRight.Load() {
			return bad("templates: step %d of the merkle branch is %s, its %d transactions give %s", i, tree.Branch[i], tree.TxCount, coins.Hash(want))
		}
		if !r.branchTold.Swap(true) {
			r.log.Warn("merkle branch of the template is not that of its transactions, unless their ids are no double SHA-256; its blocks would be refused",
				"step", i, "has", tree.Branch[i], "transactions_give", coins.Hash(want))
		}
		return nil
	}
	r.branchRight.Store(true)
	return nil
}
