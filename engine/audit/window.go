package audit

import (
	"context"
	"slices"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/work"
)

// count reads the shares of a span once more: how many there are, the first and
// the last, and those of the account that is asked for.
func (r *run) count(ctx context.Context, log Log, win *Window, s span) error {
	total, off := s.total, false // a span starts at a share that counts
	kinds := []sharelog.Kind{sharelog.KindShare, sharelog.KindJob}
	_, err := each(ctx, log, s.from, s.to, kinds, func(rec *sharelog.Record, pos sharelog.Position) error {
		if rec.Kind == sharelog.KindJob {
			if rec.Job.Pool == r.one.Pool {
				off = !slices.ContainsFunc(rec.Job.Chains, func(c sharelog.JobChain) bool { return c.Name == r.query.Chain })
			}
			return nil
		}
		sh := rec.Share
		if sh.Pool != r.one.Pool || off {
			return nil
		}
		w := work.Of(sh.Difficulty)
		inside := total.Cmp(s.starts) >= 0 && !w.IsZero()
		total = total.Add(w)
		if !inside {
			return nil
		}
		win.Shares++
		row := Share{sh.Time, sh.Account, sh.Worker, sh.Job, sh.Difficulty, pos}
		if win.First == nil {
			win.First, win.Last = new(Share), new(Share)
			*win.First = row
		}
		*win.Last = row
		if r.query.Account != "" && sh.Account == r.query.Account {
			win.Of = append(win.Of, row)
		}
		return nil
	})
	return err
}
