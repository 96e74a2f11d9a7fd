package status

import "github.com/prometheus/client_golang/prometheus"

// collector turns a View into metrics.
type collector struct{ source func() View }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("motherlode_"+name, help, labels, nil)
}

var (
	sharesDesc     = desc("shares_total", "Submissions by result.", "pool", "result")
	workDesc       = desc("accepted_work_total", "Sum of the difficulty of accepted shares.", "pool")
	bestDesc       = desc("best_share_difficulty", "Difficulty of the best share since the start.", "pool")
	sessionsDesc   = desc("sessions", "Connected miners.", "pool")
	closedDesc     = desc("sessions_closed_total", "Connections that ended, by reason.", "pool", "reason")
	jobsDesc       = desc("jobs_total", "Jobs given out, by whether older work became worthless.", "pool", "clean")
	jobFailDesc    = desc("job_failures_total", "Templates of which no job could be made.", "pool")
	logFailDesc    = desc("share_log_failures_total", "Turns refused because the share log could not be written.", "pool")
	lastJobDesc    = desc("last_job_timestamp_seconds", "When the last job was given out.", "pool")
	broadcastDesc  = desc("last_broadcast_seconds", "Time to hand the last job to all sessions.", "pool")
	auxLostDesc    = desc("aux_solutions_dropped_total", "Aux solutions that were not submitted.", "pool", "reason")
	siblingsDesc   = desc("sibling_blocks_dropped_total", "Blocks of the parent not submitted, because enough others on their tip were.", "pool")
	coinUpDesc     = desc("coin_ready", "1 while the coin works.", "coin")
	coinHeightDesc = desc("coin_height", "Height of the best tip known.", "coin")
	coinRestarts   = desc("coin_restarts_total", "How often the coin was opened again.", "coin")
	coinParked     = desc("coin_parked", "1 while the coin is parked: it failed too often by its own fault.", "coin")
	coinMessages   = desc("coin_messages_total", "Messages of the coin's streams, and lines of its log.", "coin", "stream")
	coinUnused     = desc("coin_messages_unused_total", "Of these, replaced by a later one before they were of use, or dropped.", "coin", "stream")
	coinWorkDesc   = desc("coin_work_timestamp_seconds", "When the coin's newest work came.", "coin")
	logBytesDesc   = desc("share_log_bytes", "Length of the share log.")
	lagDesc        = desc("ledger_lag_bytes", "Bytes of the share log that the ledger has not folded yet.")
)

// Describe sends nothing: the set of series follows the configuration.
func (c collector) Describe(chan<- *prometheus.Desc) {}

// Collect sends every number of one View.
func (c collector) Collect(out chan<- prometheus.Metric) {
	v := c.source()
	counter := func(d *prometheus.Desc, n float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, n, labels...)
	}
	gauge := func(d *prometheus.Desc, n float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, n, labels...)
	}
	timing := func(d *prometheus.Desc, t *Times, labels ...string) {
		out <- prometheus.MustNewConstHistogram(d, t.Count, t.Sum.Seconds(), t.Classes, labels...)
	}
	for _, p := range v.Pools {
		p.collectNews(gauge, timing)
		counter(sharesDesc, float64(p.Accepted), p.Name, "accepted")
		for reason, n := range p.Rejected {
			counter(sharesDesc, float64(n), p.Name, reason)
		}
		for reason, n := range p.Closed {
			counter(closedDesc, float64(n), p.Name, reason)
		}
		counter(workDesc, p.Work, p.Name)
		counter(jobsDesc, float64(p.CleanJobs), p.Name, "true")
		counter(jobsDesc, float64(p.Jobs-p.CleanJobs), p.Name, "false")
		counter(jobFailDesc, float64(p.JobFailures), p.Name)
		counter(logFailDesc, float64(p.LogFailures), p.Name)
		counter(auxLostDesc, float64(p.AuxStale), p.Name, "stale")
		counter(auxLostDesc, float64(p.AuxRefused), p.Name, "rule")
		counter(siblingsDesc, float64(p.Siblings), p.Name)
		gauge(bestDesc, p.BestShare, p.Name)
		gauge(sessionsDesc, float64(p.Sessions), p.Name)
		if !p.LastJob.IsZero() {
			gauge(lastJobDesc, float64(p.LastJob.UnixMilli())/1000, p.Name)
			gauge(broadcastDesc, p.LastBroadcast.Seconds(), p.Name)
		}
	}
	for _, coin := range v.Coins {
		up := 0.0
		if coin.State == "ready" || coin.State == "degraded" {
			up = 1
		}
		gauge(coinUpDesc, up, coin.Name)
		gauge(coinHeightDesc, float64(coin.Height), coin.Name)
		parked := 0.0
		if coin.Parked != nil {
			parked = 1
		}
		gauge(coinParked, parked, coin.Name)
		for _, s := range coin.Streams {
			counter(coinMessages, float64(s.Received), coin.Name, s.Stream)
			counter(coinUnused, float64(s.Unused), coin.Name, s.Stream)
		}
		counter(coinRestarts, float64(coin.Restarts), coin.Name)
		if !coin.WorkAt.IsZero() {
			gauge(coinWorkDesc, float64(coin.WorkAt.UnixMilli())/1000, coin.Name)
		}
		coin.collectNews(counter, gauge, timing)
		if coin.Hashing != nil {
			coin.Hashing.collect(coin.Name, counter, gauge)
		}
	}
	gauge(logBytesDesc, float64(v.ShareLogBytes))
	gauge(lagDesc, float64(v.ShareLogBytes-min(v.LedgerBytes, v.ShareLogBytes)))
}
