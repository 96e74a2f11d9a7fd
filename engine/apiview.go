package engine

import (
	"errors"
	"math"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	history "github.com/motherlode-pool/motherlode/engine/stats"
	"github.com/motherlode-pool/motherlode/web/api"
)

// apiView is what the HTTP API asks. It reads what is there for others, and takes
// no lock for long.
type apiView struct {
	e         *Engine
	connected map[string]*snapshot // by pool
	luck      memo[[2]string, *api.Luck]
	scores    memo[string, []api.HighScore]
	spellings *spellings
}

var _ api.Source = (*apiView)(nil)

// API is what the HTTP API may show. It answers before Run has begun and after it
// has ended, with a problem that says so.
func (e *Engine) API() api.Source {
	a := &apiView{e: e, connected: map[string]*snapshot{}, spellings: newSpellings()}
	for _, p := range e.pools {
		a.connected[p.name] = &p.seen
	}
	return a
}

// APIBlock is an event of a block for those who listen; false for any other.
func APIBlock(ev Event) (api.LiveBlock, bool) {
	if ev.Kind != EventBlock {
		return api.LiveBlock{}, false
	}
	account, _, _ := strings.Cut(ev.Worker, ".") // as counted: an address, and the worker's name
	return api.LiveBlock{
		Pool: ev.Pool, Chain: ev.Chain, Height: ev.Height, Hash: ev.Hash.String(), State: ev.State,
		Finder: api.Abbreviate(account), Reason: api.Maybe(ev.Reason), At: api.TimeOf(ev.Time),
	}, true
}

// started is nil once there is something to say.
func (a *apiView) started() error {
	select {
	case <-a.e.ready:
		return nil
	default:
		return api.Problemf(api.ErrStarting, "the pool is starting: its coins are being opened; come back in a few seconds")
	}
}

func (a *apiView) pool(name string) (*pool, error) {
	if err := a.started(); err != nil {
		return nil, err
	}
	for _, p := range a.e.pools {
		if p.name == name {
			return p, nil
		}
	}
	return nil, api.Problemf(api.ErrNotFound, "no pool is called %q; /api/v1/pools lists them", name)
}

// hashesOfOne is how many hashes are behind a difficulty of 1, 0 while the parent
// has not been opened.
func (p *pool) hashesOfOne() float64 {
	info, ok := p.parent.Info()
	if !ok {
		return 0
	}
	return algos.Target(info.DifficultyOne).Difficulty(algos.DiffOneSHA3x)
}

// chainNames are the pool's chains, the parent first.
func (p *pool) chainNames() []string {
	names := []string{p.cfg.Parent}
	for _, x := range p.cfg.Aux {
		names = append(names, x.Coin)
	}
	return names
}

func (p *pool) roleOf(chain string) string {
	if chain == p.cfg.Parent {
		return "parent"
	}
	return "aux"
}

// infoOf is what is known of a coin, also of one that is not configured any more.
func (a *apiView) infoOf(chain string) coins.CoinInfo {
	if r := a.e.runners[chain]; r != nil {
		if info, ok := r.Info(); ok {
			return info
		}
	}
	return coins.CoinInfo{}
}

func (a *apiView) About() api.About {
	out := api.About{
		Program: "motherlode", Version: a.e.version, StartedAt: api.TimeOf(a.e.started),
		Pools: []string{}, Chains: sortedKeys(a.e.runners), Problems: []api.AboutProblem{},
	}
	for _, p := range a.e.pools {
		out.Pools = append(out.Pools, p.name)
	}
	if err := a.started(); err != nil {
		out.Problems = append(out.Problems, api.AboutProblem{Text: "the pool is starting: its coins are being opened"})
		return out
	}
	now := time.Now()
	for _, p := range a.e.pools {
		if text := p.publicProblem(now); text != "" {
			out.Problems = append(out.Problems, api.AboutProblem{Pool: &p.name, Text: text})
		}
	}
	if a.e.ledger.Trouble() != nil {
		out.Problems = append(out.Problems, api.AboutProblem{Text: "accounts cannot be written now; what is shown of them is late, and nothing is lost"})
	}
	return out
}

// publicProblem is why miners have no fresh work, without what a node or a driver
// has said of itself.
func (p *pool) publicProblem(now time.Time) string {
	name := p.parent.Name()
	_, at := p.parent.Latest()
	switch {
	case !p.opened.Load():
		return "closed to miners until " + name + " can be opened"
	case p.stats.logFailing.Load():
		return "shares cannot be written down and are refused; the operator has to look at it"
	case p.problem(now) == "":
		return ""
	case at.IsZero():
		return "no work yet: " + name + " gives none"
	}
	return "no fresh work: " + name + " gives none, miners keep the last job"
}

// rates are a series' hash rates.
func rates(s *history.Series, now time.Time, hashes float64) api.HashRate {
	return api.HashRate{
		Minute: s.HashRate(now, time.Minute, hashes), FiveMinutes: s.HashRate(now, 5*time.Minute, hashes),
		Hour: s.HashRate(now, time.Hour, hashes), Day: s.HashRate(now, 24*time.Hour, hashes),
	}
}

func countsOf(t *history.Tally) api.Counts {
	return api.Counts{
		Stale: t.Refused[history.Stale], Duplicate: t.Refused[history.Duplicate],
		LowDifficulty: t.Refused[history.Low], Invalid: t.Refused[history.Invalid],
	}
}

// refusedOf are refused submissions by class.
func refusedOf(reasons map[string]uint64) api.Counts {
	var t history.Tally
	for reason, n := range reasons {
		t.Refused[history.ClassOf(reason)] += n
	}
	return countsOf(&t)
}

func sharesOf(t *ledger.Totals) api.Shares {
	return api.Shares{Accepted: t.Accepted, Work: t.Work.Difficulty(), Refused: refusedOf(t.Rejected)}
}

// sharesOfDay are those of the last day.
func sharesOfDay(s *history.Series, now time.Time) api.Shares {
	t, _ := s.Last(now, 24*time.Hour)
	return api.Shares{Accepted: t.Accepted, Work: t.Work.Difficulty(), Refused: countsOf(&t)}
}

func reasonsOf(t *ledger.Totals) map[string]uint64 {
	if t.Rejected == nil {
		return map[string]uint64{}
	}
	return t.Rejected
}

func bestOf(t *ledger.Totals) *api.Best {
	if t.Best == 0 {
		return nil
	}
	return &api.Best{Difficulty: t.Best, At: api.Time(t.BestTime)}
}

func activityOf(s *ledger.Statistics, now time.Time, hashes float64) api.Activity {
	return api.Activity{
		HashRate: rates(s.Series, now, hashes), Shares: sharesOf(&s.Totals), SharesDay: sharesOfDay(s.Series, now),
		RefusedByReason: reasonsOf(&s.Totals), BestShare: bestOf(&s.Totals),
		FirstSeenAt: api.Time(s.FirstSeen), LastSeenAt: api.Time(s.LastSeen),
	}
}

// secondsToBlock is how long a block takes on average; nil without a hash rate or
// a difficulty.
func secondsToBlock(network, hashes, rate float64) *float64 {
	s := network * hashes / rate
	if network <= 0 || rate <= 0 || math.IsInf(s, 0) || math.IsNaN(s) {
		return nil
	}
	return &s
}

// orNothing is no error where the ledger does not know something yet.
func orNothing(err error) error {
	if errors.Is(err, ledger.ErrNotFound) {
		return nil
	}
	return err
}

// Whose chart it is.
const (
	ofPool = iota
	ofAccount
	ofWorker
)

// chartSpan is how much of a chart is kept, beside the hour or day that is not over.
type chartSpan struct {
	level   history.Level
	step    time.Duration
	usual   time.Duration    // that is shown when nothing is said
	reach   [3]time.Duration // by whose
	partial bool
}

const day = 24 * time.Hour

var chartSpans = map[string]chartSpan{
	"minute": {history.Minutes, time.Minute, 2 * time.Hour, [...]time.Duration{day, 2 * time.Hour, 2 * time.Hour}, false},
	"hour":   {history.Hours, time.Hour, 7 * day, [...]time.Duration{90 * day, 30 * day, 7 * day}, true},
	"day":    {history.Days, day, 90 * day, [...]time.Duration{3660 * day, 1100 * day, 400 * day}, true},
}

const chartPoints = 1500

// chart is part of a series. What has been rolled up is not shown in smaller steps
// than it is kept in.
func chart(s *history.Series, now time.Time, q api.ChartQuery, whose int, hashes float64) api.Chart {
	span := chartSpans[q.Resolution]
	from, to := q.From, q.To
	end := now.Truncate(span.step)
	if elapsed := now.Sub(end); !span.partial || elapsed < time.Minute {
		end = end.Add(-span.step) // the running one says nothing yet
	}
	if to.IsZero() || to.After(end) {
		to = end
	}
	if from.IsZero() {
		from = to.Add(-span.usual)
	}
	if least := now.Truncate(max(span.step, time.Hour)).Add(-span.reach[whose]); from.Before(least) {
		from = least
	}
	if least := to.Add(-(chartPoints - 1) * span.step); from.Before(least) {
		from = least
	}
	out := api.Chart{Resolution: q.Resolution, StepSeconds: int(span.step / time.Second), Start: api.TimeOf(from.Truncate(span.step))}
	var points []history.Point
	if !from.After(to) {
		points = s.History(span.level, from, to)
	}
	out.HashRate, out.Work = make([]float64, len(points)), make([]float64, len(points))
	out.Accepted = make([]uint64, len(points))
	r := &out.Refused
	for _, column := range []*[]uint64{&r.Stale, &r.Duplicate, &r.LowDifficulty, &r.Invalid} {
		*column = make([]uint64, len(points))
	}
	for i := range points {
		p, c, lasted := &points[i], countsOf(&points[i].Tally), span.step
		if over := p.Start.Add(span.step); over.After(now) {
			lasted, out.LastPartial = now.Sub(p.Start), true
		}
		out.HashRate[i], out.Work[i], out.Accepted[i] = p.HashRate(lasted, hashes), p.Work.Difficulty(), p.Accepted
		r.Stale[i], r.Duplicate[i], r.LowDifficulty[i], r.Invalid[i] = c.Stale, c.Duplicate, c.LowDifficulty, c.Invalid
	}
	if len(points) > 0 {
		out.Start = api.TimeOf(points[0].Start)
	}
	return out
}

func (a *apiView) PoolChart(name string, q api.ChartQuery) (api.Chart, error) {
	p, err := a.pool(name)
	if err != nil {
		return api.Chart{}, err
	}
	s, err := a.poolStatistics(p)
	if err != nil {
		return api.Chart{}, err
	}
	c := chart(s.Series, time.Now(), q, ofPool, p.hashesOfOne())
	c.Pool = name
	return c, nil
}

// poolStatistics are a pool's; nothing before its first share.
func (a *apiView) poolStatistics(p *pool) (ledger.Statistics, error) {
	s, err := a.e.ledger.PoolStatistics(p.name)
	if orNothing(err) != nil {
		return s, err
	}
	if s.Series == nil {
		return nothingYet()
	}
	return s, nil
}

// nothingYet is of who has sent no share.
func nothingYet() (s ledger.Statistics, err error) {
	var live history.Live
	if err := live.Parse(nil, &history.Keep{}); err != nil {
		return s, err
	}
	s.Series, err = history.NewSeries(&live, noRows{})
	return s, err
}

// noRows are the rows of a name that has done nothing.
type noRows struct{}

func (noRows) Get(history.Level) []byte        { return nil }
func (noRows) Put(history.Level, []byte) error { return nil }
func (noRows) Delete(history.Level) error      { return nil }
