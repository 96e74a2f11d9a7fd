package stratum

import (
	"log/slog"
	"sync"
	"time"
)

// refusalsPerSecond bounds the log lines about refused logins, so that nobody
// can fill a disk with them.
const refusalsPerSecond = 5

// refusals says who was not let in and why, for the person whom a miner asks.
type refusals struct {
	mu      sync.Mutex
	second  int64
	lines   int
	dropped int
}

// log writes a line, or counts it when there have been many this second. The
// user name is what a stranger sent: it is cut, and slog escapes it.
func (f *refusals) log(log *slog.Logger, now time.Time, remote, user, reason string) {
	f.mu.Lock()
	if s := now.Unix(); s != f.second {
		f.second, f.lines = s, 0
	}
	f.lines++
	over := f.lines > refusalsPerSecond
	dropped := f.dropped
	if over {
		f.dropped++
	} else {
		f.dropped = 0
	}
	f.mu.Unlock()
	if over {
		return
	}
	args := []any{"remote", remote, "user", user[:min(len(user), agentLimit)], "reason", reason}
	if dropped > 0 {
		args = append(args, "not_logged_before", dropped)
	}
	log.Info("miner's login refused", args...)
}
