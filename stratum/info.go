package stratum

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// SessionInfo is a session at one moment.
type SessionInfo struct {
	Number     uint64 // in order of connecting, from 1
	Remote     string
	Profile    string // name of the listener's profile
	Agent      string
	Workers    []string // user names as sent, sorted
	Subscribed bool
	Since      time.Time
	Difficulty float64 // given out now
	Accepted   uint64  // shares
	Rejected   uint64
	Work       float64   // sum of credited difficulty since Since
	Rate       float64   // of it a second, over five minutes or so: what is older counts less; 0 in the first seconds
	LastShare  time.Time // last accepted one, zero before the first

	RejectedBy map[string]uint64 // shares by reason
	Rung       Rung              // where it stands on the ladder for bad miners
	RTT        time.Duration     // of the last answer to a ping, else as the kernel measures it; 0 where it does not
	Version    string            // what it answered to client.get_version

	Declared float64 // hashes a second, by the miner's word
	Declares bool    // it has said so lately
}

// Sessions lists the live sessions in order of connecting.
func (srv *Server) Sessions() []SessionInfo {
	var all []*session
	for _, sh := range srv.shards {
		all = sh.snapshot(all)
	}
	slices.SortFunc(all, func(a, b *session) int { return cmp.Compare(a.number, b.number) })
	infos := make([]SessionInfo, len(all))
	for i, s := range all {
		infos[i] = s.info()
	}
	return infos
}

// Parked is how many miners have gone and may come back with their session ids.
func (srv *Server) Parked() int { return srv.leases.parked(time.Now()) }

// Live is the number of connections now.
func (srv *Server) Live() int { return int(srv.live.Load()) }

func (s *session) info() SessionInfo {
	i := SessionInfo{
		Number:   s.number,
		Remote:   s.remote,
		Since:    s.since,
		Accepted: s.accepted.Load(),
		Rejected: s.rejected.Load(),
		Work:     s.work.load(),
		Rate:     s.rate.load(),
	}
	if t := s.lastGood.Load(); t != 0 {
		i.LastShare = time.Unix(0, t)
	}
	i.Rung, i.RTT = Rung(s.front.rung.Load()), time.Duration(s.front.rtt.Load())
	if i.RTT == 0 {
		i.RTT = roundTrip(s.base)
	}
	for r := range s.front.rejects {
		if n := s.front.rejects[r].Load(); n > 0 {
			if i.RejectedBy == nil {
				i.RejectedBy = map[string]uint64{}
			}
			i.RejectedBy[Reason(r).String()] = uint64(n)
		}
	}
	i.Declared, i.Declares = s.front.declaredRate(time.Now())
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	i.Profile, i.Agent, i.Subscribed, i.Version = s.profile.Name, s.agent, s.subscribed, s.front.version
	i.Difficulty = s.out.effective()
	for name := range s.workers {
		i.Workers = append(i.Workers, name)
	}
	slices.SortFunc(i.Workers, strings.Compare)
	return i
}
