package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// made is what the newest job was made of, to tell what has changed since.
type made struct {
	template *coins.Template
	aux      map[string]*coins.AuxWork // by chain; absent while it is down
	at       time.Time
	wanted   bool // miners wait for a job
}

// due is when the next job is made of the same template with the aux work there is
// now.
func (m *made) due(refresh, coalesce time.Duration, aux map[string]*coins.AuxWork) time.Time {
	after := refresh
	if m.wanted {
		after = min(after, wantedAfter)
	}
	if !sameWork(m.aux, aux) {
		after = coalesce
	}
	return m.at.Add(after)
}

// wantedAfter is how old a job is at least when it gives way to another because
// miners wait for one. So many of them fit into the book for ten minutes.
const wantedAfter = 10 * time.Second

// WantJob asks for a job before the next refresh.
func (p *pool) WantJob() {
	select {
	case p.wanted <- struct{}{}:
	default:
	}
}

// makeJobs is the pool's one job maker. A new template makes a job at once; news
// of auxiliary chains is coalesced and never clean; when nothing happens, a
// refresh keeps the time in the jobs moving.
func (p *pool) makeJobs(ctx context.Context) error {
	news := p.subscribe(ctx)
	timer := time.NewTimer(0)
	defer timer.Stop()
	var last made
	for {
		wait := p.step(&last, time.Now())
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return nil
		case <-news:
		case <-p.wanted:
			last.wanted = true
		case <-timer.C:
		}
	}
}

// step makes a job when one is due and says how long to wait for the next look.
func (p *pool) step(last *made, now time.Time) time.Duration {
	template, _ := p.parent.Latest()
	if template == nil {
		return p.refresh
	}
	works, present := p.auxWorks(template, now)
	newTemplate := last.template == nil || template != last.template
	if template.Blob != nil && !newBlob(last.template, template) {
		// Nothing of a job would be new but its id: miners would search it again.
		return p.refresh
	}
	due := last.due(p.refresh, p.coalesce, present)
	if wait := due.Sub(now); !newTemplate && wait > 0 {
		return wait
	}

	p.tellAux(template)
	p.makeJob(template, works, now)
	*last = made{template: template, aux: present, at: now}
	return min(p.refresh, max(p.coalesce, time.Millisecond))
}

// newBlob reports whether a header-blob template is other work than the last one.
func newBlob(last, t *coins.Template) bool {
	return last == nil || last != t && !(job.SameHeader(last, t) && last.PrevHash == t.PrevHash && last.Target == t.Target)
}

// makeJob publishes a job. An auxiliary chain never spoils the parent's work:
// where no job can be made with them all, one is made without any.
func (p *pool) makeJob(t *coins.Template, works []job.Work, now time.Time) {
	newest := p.book.Last()
	clean := newest == nil || newest.Template.PrevHash != t.PrevHash
	err := p.publish(t, works, clean, now)
	if err != nil && len(works) > 0 {
		p.stats.jobFailed.Add(1)
		p.log.Error("no job can be made with the auxiliary chains' work; the parent is mined alone", "height", t.Height, "error", err)
		err = p.publish(t, nil, clean, now)
	}
	if err != nil {
		p.stats.jobFailed.Add(1)
		p.log.Error("no job can be made of the present template; miners keep the last one",
			"coin", p.parent.Name(), "height", t.Height, "error", err)
	}
}

// auxWorks is the present work of every auxiliary chain that is up and that a job
// of the template can prove.
func (p *pool) auxWorks(t *coins.Template, now time.Time) ([]job.Work, map[string]*coins.AuxWork) {
	present := make(map[string]*coins.AuxWork, len(p.aux))
	var works []job.Work
	for i, r := range p.aux {
		w, _ := r.LatestAux()
		if w == nil || !r.AuxFresh(now) || !madeFor(w, t) || !p.fits(i, w) {
			continue
		}
		works = append(works, job.Work{Chain: i, Work: w})
		present[r.Name()] = w
	}
	return works, present
}

// fits reports whether aux work stands where the plan put its chain. A chain id
// that the node says and the operator's settings do not is a loud refusal: the
// chain is left out, the others are mined.
func (p *pool) fits(i int, w *coins.AuxWork) bool {
	chain := p.spec.Load().Aux[i]
	if !p.suits(i) {
		return false
	}
	if w.Slot == nil {
		if chain.InTree {
			p.complain(chain.Name, "chain has an id, but its work is committed by an output; it is left out")
		}
		return !chain.InTree
	}
	if chain.InTree && w.Slot.ChainID == chain.ChainID {
		return true
	}
	return p.replan(i, w.Slot.ChainID)
}

// suits reports whether a chain is mined by the parent's algorithm. One whose coin
// was opened after the pool could not be asked at the start.
func (p *pool) suits(i int) bool {
	aux, known := p.aux[i].Info()
	parent, _ := p.parent.Info()
	if known && aux.Algorithm != parent.Algorithm {
		p.complain(p.aux[i].Name(), "chain is mined by another algorithm than its parent; it is left out", "algorithm", aux.Algorithm, "parent", parent.Algorithm)
		return false
	}
	return true
}

// sameWork reports whether two snapshots hold the same work of every chain.
func sameWork(a, b map[string]*coins.AuxWork) bool {
	if len(a) != len(b) {
		return false
	}
	for name, w := range a {
		if o := b[name]; o != w && (o == nil || o.Hash != w.Hash) {
			return false
		}
	}
	return true
}

// publish makes a job, writes its record, and gives it to every session.
func (p *pool) publish(t *coins.Template, works []job.Work, clean bool, now time.Time) error {
	if err := p.speaks(t); err != nil {
		return err
	}
	p.takeTerms()
	in := job.Input{ID: p.ids.take(), Template: t, Aux: works, Clean: clean, Now: now}
	payees := p.divideBy(&in)
	j, err := p.spec.Load().Build(in)
	if err != nil {
		return err
	}
	w := &work{Job: j, urgent: fillsEmpty(p.book.Last(), t), from: p.came(t)}
	for _, to := range payees {
		if _, err := j.Variant(to); err != nil {
			return fmt.Errorf("coinbase for %s: %w", to.Address, err)
		}
	}
	j.View = w
	if twin := p.book.Twin(j); twin != nil {
		j.Seen = twin.Seen
	}

	var b sharelog.Batch
	if !p.termsWritten {
		p.writeTerms(&b, now)
	}
	b.Job(p.jobRecord(j))
	if err := p.shareLog.Append(&b); err != nil {
		p.logged(err)
	} else {
		p.termsWritten = true
	}
	older := p.book.Last()
	p.book.Put(j, p.alive)
	p.server.Broadcast(w)
	if older != nil {
		older.View.(*work).lines.Clear() // made again for the few that still ask
	}
	p.explainCap(j)
	for _, chain := range j.Dropped {
		p.complain(chain, "chain has no room in the parent's coinbase; it is left out of the job")
	}
	p.stats.job(j, now)
	p.event(Event{Time: now, Kind: EventJob, Pool: p.name, Chain: p.parent.Name(), Height: t.Height, State: jobState(j)})
	return nil
}

// fillsEmpty reports whether t has the transactions that the job before, on the same
// tip, was made without.
func fillsEmpty(last *job.Job, t *coins.Template) bool {
	return last != nil && last.Template.PrevHash == t.PrevHash && t.Tree != nil && t.Tree.TxCount > 0 &&
		last.Template.Tree != nil && last.Template.Tree.TxCount == 0
}

// explainCap says, once for a listener, that its difficulty cannot be given out
// because a chain is easier.
func (p *pool) explainCap(j *job.Job) {
	for _, l := range p.cfg.Listen {
		if most := j.MaxDifficulty(); l.Difficulty.Start > most {
			if _, again := p.loud.LoadOrStore("cap"+l.Address, true); !again {
				p.log.Info("difficulty of the listener is above the easiest chain's; miners get that, so that no block is withheld",
					"listener", l.Address, "configured", l.Difficulty.Start, "given", most)
			}
		}
	}
}

func jobState(j *job.Job) string {
	if j.CleanJob {
		return "clean"
	}
	return "refresh"
}

func (p *pool) jobRecord(j *job.Job) *sharelog.Job {
	rec := &sharelog.Job{ID: j.ID, Time: j.Made.UnixMilli(), Pool: p.name}
	rec.Chains = append(rec.Chains, sharelog.JobChain{
		Name: p.parent.Name(), Height: j.Template.Height, Difficulty: j.Target().Difficulty(p.diffOne), Reward: j.Reward(),
		Fees: j.Template.Fees,
	})
	for i := range j.Aux {
		a := &j.Aux[i]
		rec.Chains = append(rec.Chains, sharelog.JobChain{
			Name: a.Chain, Height: a.Work.Height, Difficulty: a.Target.Difficulty(p.diffOne), Reward: a.Work.Reward,
		})
	}
	return rec
}

// alive reports whether some chain of the job's snapshot has not moved on.
func (p *pool) alive(j *job.Job) bool {
	if !j.ParentOver() {
		return true
	}
	for i := range j.Aux {
		a := &j.Aux[i]
		if w, _ := p.auxByName[a.Chain].LatestAux(); w != nil && w.PrevHash == a.Work.PrevHash {
			return true
		}
	}
	return false
}

// tellAux tells the auxiliary chains of the parent's tip.
func (p *pool) tellAux(t *coins.Template) {
	for _, r := range p.aux {
		r.SetParent(coins.ParentTip{Hash: t.PrevHash, Height: t.Height - 1})
	}
}

// subscribe merges the news of the parent and of every auxiliary chain.
func (p *pool) subscribe(ctx context.Context) <-chan struct{} {
	news := make(chan struct{}, 1)
	for _, r := range p.runners() {
		changed, cancel := r.Subscribe()
		p.group.Go(func() {
			defer cancel()
			for {
				select {
				case <-ctx.Done():
					return
				case <-changed:
					select {
					case news <- struct{}{}:
					default:
					}
				}
			}
		})
	}
	return news
}
