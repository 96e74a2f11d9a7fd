package status

var (
	workerSharesDesc = desc("worker_shares_total", "Submissions of a worker, ever, by result.", "pool", "account", "worker", "result")
	workerWorkDesc   = desc("worker_accepted_work_total", "Sum of the difficulty of a worker's accepted shares, ever.", "pool", "account", "worker")
	workerBestDesc   = desc("worker_best_share_difficulty", "Difficulty of a worker's best share, ever.", "pool", "account", "worker")
	workerSeenDesc   = desc("worker_last_seen_timestamp_seconds", "When a worker's last submission came.", "pool", "account", "worker")
	workersLeftDesc  = desc("workers_left_out", "Workers that have no series of their own, because there are too many.")
)

// workers sends what each worker has done.
func (s sender) workers(all []Worker, leftOut int) {
	for i := range all {
		w := &all[i]
		s.counter(workerSharesDesc, float64(w.Accepted), w.Pool, w.Account, w.Name, "accepted")
		for reason, n := range w.Rejected {
			s.counter(workerSharesDesc, float64(n), w.Pool, w.Account, w.Name, reason)
		}
		s.counter(workerWorkDesc, w.Work, w.Pool, w.Account, w.Name)
		s.gauge(workerBestDesc, w.Best, w.Pool, w.Account, w.Name)
		s.moment(workerSeenDesc, w.LastSeen, w.Pool, w.Account, w.Name)
	}
	s.gauge(workersLeftDesc, float64(leftOut))
}
