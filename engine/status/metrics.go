package status

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// collector turns a View into metrics.
type collector struct {
	source  func() View
	workers func() (all []Worker, leftOut int) // nil unless somebody wants them
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("motherlode_"+name, help, labels, nil)
}

var (
	buildDesc      = desc("build_info", "1, with the version of the program.", "version")
	sharesDesc     = desc("shares_total", "Submissions by result.", "pool", "result")
	workDesc       = desc("accepted_work_total", "Sum of the difficulty of accepted shares.", "pool")
	workHashes     = desc("work_hashes", "Hashes that a difficulty of 1 takes on average.", "pool")
	rateDesc       = desc("hash_rate", "Hashes a second over the last whole minutes, measured by the accepted shares.", "pool", "window")
	bestDesc       = desc("best_share_difficulty", "Difficulty of the best share since the start.", "pool")
	sessionsDesc   = desc("sessions", "Connected miners, by the port they came in by.", "pool", "listener")
	closedDesc     = desc("sessions_closed_total", "Connections that ended, by reason.", "pool", "reason")
	jobsDesc       = desc("jobs_total", "Jobs given out, by whether older work became worthless.", "pool", "clean")
	jobFailDesc    = desc("job_failures_total", "Templates of which no job could be made.", "pool")
	logFailDesc    = desc("share_log_failures_total", "Turns refused because the share log could not be written.", "pool")
	lastJobDesc    = desc("last_job_timestamp_seconds", "When the last job was given out.", "pool")
	broadcastDesc  = desc("last_broadcast_seconds", "Time to hand the last job to all sessions.", "pool")
	notifyDesc     = desc("notify_seconds", "From a template to its urgent job at the first session and at the last.", "pool", "session")
	answersDesc    = desc("submit_seconds", "From taking up a submission to its answer in the miner's socket.", "pool")
	declaredDesc   = desc("declared_hash_rate", "Hashes a second, by the word of those miners that say so.", "pool")
	declaringDesc  = desc("declaring_sessions", "Connected miners that declare a hash rate.", "pool")
	workingDesc    = desc("pool_ready", "1 while the pool has fresh work for its miners.", "pool")
	auxLostDesc    = desc("aux_solutions_dropped_total", "Aux solutions that were not submitted.", "pool", "reason")
	siblingsDesc   = desc("sibling_blocks_dropped_total", "Blocks of the parent not submitted, because enough others on their tip were.", "pool")
	blocksDesc     = desc("blocks", "Blocks that the pool has found, ever, by what has become of them.", "pool", "coin", "state")
	paymentsDesc   = desc("payments", "Payments, ever, by what has become of them.", "pool", "coin", "state")
	oldestDesc     = desc("oldest_open_payment_timestamp_seconds", "When the oldest payment was made that is not final, 0 without one.")
	coinUpDesc     = desc("coin_ready", "1 while the coin works.", "coin")
	coinHeightDesc = desc("coin_height", "Height of the best tip known.", "coin")
	coinRestarts   = desc("coin_restarts_total", "How often the coin was opened again: its plugin ended, or all its nodes were lost.", "coin")
	coinParked     = desc("coin_parked", "1 while the coin is parked: it failed too often by its own fault.", "coin")
	coinMessages   = desc("coin_messages_total", "Messages of the coin's streams, and lines of its log.", "coin", "stream")
	coinUnused     = desc("coin_messages_unused_total", "Of these, replaced by a later one before they were of use, or dropped.", "coin", "stream")
	coinWorkDesc   = desc("coin_work_timestamp_seconds", "When the coin's newest work came.", "coin")
	logBytesDesc   = desc("share_log_bytes", "Length of the share log.")
	fsyncDesc      = desc("share_log_fsync_seconds", "How long the disk took to confirm what was written to the share log.")
	lagDesc        = desc("ledger_lag_bytes", "Bytes of the share log that the ledger has not folded yet.")
	ledgerDesc     = desc("ledger_ready", "1 while the ledger can be written.")
)

// Describe sends nothing: the set of series follows the configuration.
func (c collector) Describe(chan<- *prometheus.Desc) {}

// sender puts numbers into a scrape.
type sender struct{ out chan<- prometheus.Metric }

func (s sender) counter(d *prometheus.Desc, n float64, labels ...string) {
	s.out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, n, labels...)
}

func (s sender) gauge(d *prometheus.Desc, n float64, labels ...string) {
	s.out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, n, labels...)
}

// timing sends a histogram; nothing was timed where t is nil.
func (s sender) timing(d *prometheus.Desc, t *Times, labels ...string) {
	if t != nil {
		s.out <- prometheus.MustNewConstHistogram(d, t.Count, t.Sum.Seconds(), t.Classes, labels...)
	}
}

// moment sends a time, and nothing where it never was.
func (s sender) moment(d *prometheus.Desc, at time.Time, labels ...string) {
	if !at.IsZero() {
		s.gauge(d, seconds(at), labels...)
	}
}

// seconds is a time as Prometheus has it, 0 for none.
func seconds(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return float64(at.UnixMilli()) / 1000
}

// each sends a counter for every value that is known and for those that have counts
// all the same.
func (s sender) each(d *prometheus.Desc, known []string, counts map[string]uint64, labels ...string) {
	for _, value := range known {
		s.counter(d, float64(counts[value]), append(labels[:len(labels):len(labels)], value)...)
	}
	have := make(map[string]bool, len(known))
	for _, value := range known {
		have[value] = true
	}
	for value, n := range counts {
		if !have[value] {
			s.counter(d, float64(n), append(labels[:len(labels):len(labels)], value)...)
		}
	}
}

// Collect sends every number of one View.
func (c collector) Collect(out chan<- prometheus.Metric) {
	v, s := c.source(), sender{out}
	s.gauge(buildDesc, 1, v.Version)
	for i := range v.Pools {
		v.Pools[i].collect(s, &v)
	}
	for i := range v.Coins {
		v.Coins[i].collect(s, &v)
	}
	for i := range v.Hooks {
		v.Hooks[i].collect(s)
	}
	if !v.LedgerUnread {
		s.kinds(blocksDesc, &v, v.Known.BlockStates, v.BlocksBy)
		s.kinds(paymentsDesc, &v, v.Known.PaymentStates, v.PaymentsBy)
		s.gauge(oldestDesc, seconds(v.OldestPayment))
	}
	s.gauge(logBytesDesc, float64(v.ShareLogBytes))
	s.timing(fsyncDesc, v.Fsyncs)
	s.gauge(lagDesc, float64(v.ShareLogBytes-min(v.LedgerBytes, v.ShareLogBytes)))
	s.gauge(ledgerDesc, truth(v.LedgerProblem == ""))
	if c.workers != nil {
		s.workers(c.workers())
	}
}

// kinds sends what is counted by pool, chain and state: all states of the chains that
// are configured, and what else there is in the ledger.
func (s sender) kinds(d *prometheus.Desc, v *View, states []string, by map[Kind]uint64) {
	have := map[Kind]bool{}
	for _, p := range v.Pools {
		for _, chain := range append([]string{p.Parent}, p.Aux...) {
			for _, state := range states {
				k := Kind{p.Name, chain, state}
				if !have[k] {
					have[k] = true
					s.gauge(d, float64(by[k]), k.Pool, k.Chain, k.State)
				}
			}
		}
	}
	for k, n := range by {
		if !have[k] {
			s.gauge(d, float64(n), k.Pool, k.Chain, k.State)
		}
	}
}

// collect sends the numbers of one pool.
func (p *Pool) collect(s sender, v *View) {
	p.collectNews(s, &v.Known)
	accepted := map[string]uint64{"accepted": p.Accepted}
	for reason, n := range p.Rejected {
		accepted[reason] = n
	}
	s.each(sharesDesc, v.Known.Results, accepted, p.Name)
	s.each(closedDesc, v.Known.CloseReasons, p.Closed, p.Name)
	s.counter(workDesc, p.Work, p.Name)
	if p.HashesPerWork > 0 {
		s.gauge(workHashes, p.HashesPerWork, p.Name)
	}
	for window, rate := range p.HashRates {
		s.gauge(rateDesc, rate, p.Name, window)
	}
	s.counter(jobsDesc, float64(p.CleanJobs), p.Name, "true")
	s.counter(jobsDesc, float64(p.Jobs-p.CleanJobs), p.Name, "false")
	s.counter(jobFailDesc, float64(p.JobFailures), p.Name)
	s.counter(logFailDesc, float64(p.LogFailures), p.Name)
	s.counter(auxLostDesc, float64(p.AuxStale), p.Name, "stale")
	s.counter(auxLostDesc, float64(p.AuxRefused), p.Name, "rule")
	s.counter(siblingsDesc, float64(p.Siblings), p.Name)
	s.gauge(bestDesc, p.BestShare, p.Name)
	s.gauge(workingDesc, truth(p.Problem == ""), p.Name)
	for _, port := range p.Ports {
		s.gauge(sessionsDesc, float64(port.Sessions), p.Name, port.Address)
	}
	s.timing(notifyDesc, p.ToFirst, p.Name, "first")
	s.timing(notifyDesc, p.ToLast, p.Name, "last")
	s.timing(answersDesc, p.Answers, p.Name)
	s.gauge(declaredDesc, p.Declared, p.Name)
	s.gauge(declaringDesc, float64(p.Declaring), p.Name)
	if !p.LastJob.IsZero() {
		s.moment(lastJobDesc, p.LastJob, p.Name)
		s.gauge(broadcastDesc, p.LastBroadcast.Seconds(), p.Name)
	}
}

// collect sends the numbers of one coin.
func (c *Coin) collect(s sender, v *View) {
	s.gauge(coinUpDesc, truth(c.State == "ready" || c.State == "degraded"), c.Name)
	s.gauge(coinHeightDesc, float64(c.Height), c.Name)
	s.gauge(coinParked, truth(c.Parked != nil), c.Name)
	for _, stream := range c.Streams {
		s.counter(coinMessages, float64(stream.Received), c.Name, stream.Stream)
		s.counter(coinUnused, float64(stream.Unused), c.Name, stream.Stream)
	}
	s.counter(coinRestarts, float64(c.Restarts), c.Name)
	s.moment(coinWorkDesc, c.WorkAt, c.Name)
	c.collectNews(s, &v.Known)
	if c.Hashing != nil {
		c.Hashing.collect(c.Name, s)
	}
}
