package conformance

import (
	"context"
	"errors"
	"fmt"
	"math/bits"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/chain"
)

func templateRules() []rule {
	return []rule{
		of(coins.RoleParent, "template-fields", "a template's fields have their lengths and ranges, and its target belongs to its bits", tryTemplateFields),
		of(coins.RoleParent, "template-branch", "the merkle branch fits the number of transactions", tryBranch),
		of(coins.RoleParent, "template-merkle", "the transactions are whole, and the merkle branch is theirs", tryMerkle),
	}
}

// checkTemplate is what the engine asks of a template, and what only a test can
// afford to.
func (s *suite) checkTemplate(t *coins.Template) error {
	if err := chain.CheckTemplate(t, s.coin.Info()); err != nil {
		return err
	}
	wrong := errors.Join(badText("node", t.Node), badText("source", t.Source))
	missing := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = errors.Join(wrong, fmt.Errorf(format, args...))
		}
	}
	missing(t.Reason >= coins.NewTip && t.Reason <= coins.Refresh, "reason %d is not known", t.Reason)
	missing(t.Fees <= t.Reward, "fees of %d are more than the reward, %d", t.Fees, t.Reward)
	missing(t.Time >= t.MinTime, "the time %d is before the earliest, %d", t.Time, t.MinTime)
	missing(t.MaxTime == 0 || t.Time <= t.MaxTime, "the time %d is after the latest, %d", t.Time, t.MaxTime)
	missing(t.Time < 1<<33, "the time %d is in the far future: it counts seconds", t.Time)
	if t.Tree != nil {
		target, err := algos.FromBits(t.Tree.Bits)
		missing(err == nil && target == t.Target, "target %x does not belong to bits %08x, want %s (%v)", t.Target, t.Tree.Bits, target, err)
		for i, o := range t.Tree.Outputs {
			missing(len(o.Script) > 0, "required output %d has no script", i)
		}
	}
	return wrong
}

func tryTemplateFields(ctx context.Context, s *suite) error {
	_, err := templateStream().present(ctx, s)
	return err
}

// rawTemplate is the present template, whatever its form.
func (s *suite) rawTemplate(ctx context.Context) (*coins.Template, error) {
	k := templateStream()
	k.check = func(_ *suite, t *coins.Template) error {
		if t == nil || t.Tree == nil && t.Blob == nil {
			return errors.New("a template that is nil or has no shape")
		}
		return nil
	}
	return k.present(ctx, s)
}

func tryBranch(ctx context.Context, s *suite) error {
	t, err := s.rawTemplate(ctx)
	if err != nil {
		return err
	}
	if t.Tree == nil {
		s.note("a header blob, whose header the coin has made: no branch to fit")
		return nil
	}
	want := bits.Len(uint(max(t.Tree.TxCount, 0)))
	if t.Tree.TxCount < 0 || len(t.Tree.Branch) != want {
		return fmt.Errorf("a branch of %d hashes for %d transactions, want %d; tx_count is without the coinbase", len(t.Tree.Branch), t.Tree.TxCount, want)
	}
	return nil
}

func tryMerkle(ctx context.Context, s *suite) error {
	t, err := s.rawTemplate(ctx)
	if err != nil {
		return err
	}
	if t.Tree == nil {
		s.note("a header blob, whose header the coin has made: no transactions to look at")
		return nil
	}
	read := s.cfg.TxIDs
	if read == nil {
		read = txIDs
	}
	ids, err := read(t.Tree.TxBlob, t.Tree.TxCount)
	if err != nil {
		return fmt.Errorf("the transactions cannot be read: %w", err)
	}
	want := merkleBranch(ids)
	if len(want) != len(t.Tree.Branch) {
		return fmt.Errorf("the branch has %d hashes, the transactions give %d", len(t.Tree.Branch), len(want))
	}
	for i := range want {
		if want[i] != t.Tree.Branch[i] {
			return fmt.Errorf("step %d of the branch is %s, the transactions give %s; hashes are in internal byte order", i, t.Tree.Branch[i], want[i])
		}
	}
	s.note("%d transactions", len(ids))
	return nil
}
