package control

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/stratum"
)

// Filter chooses sessions; a session must fit every field that is set.
type Filter struct {
	Pool     string
	Worker   string       // user name as sent, whole
	Account  string       // of it, what stands before its first point or underscore
	Network  netip.Prefix // of the miner's address
	Listener string       // as in the configuration, or a part of it such as ":3333"
	Sort     string       // one of Orders; empty is the first
	Limit    int          // 0 is all
}

// Orders are what sessions can be sorted by: the order of connecting, then the
// largest number first.
var Orders = []string{"connected", "difficulty", "rate", "idle", "rejected"}

// Query is the filter as a request says it.
func (f Filter) Query() url.Values {
	q := url.Values{}
	for name, text := range map[string]string{"pool": f.Pool, "worker": f.Worker, "account": f.Account, "listener": f.Listener, "sort": f.Sort} {
		if text != "" {
			q.Set(name, text)
		}
	}
	if f.Network.IsValid() {
		q.Set("address", f.Network.String())
	}
	if f.Limit > 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	return q
}

// ParseFilter reads what Query writes; address may be a network or one address.
func ParseFilter(q url.Values) (f Filter, err error) {
	f = Filter{Pool: q.Get("pool"), Worker: q.Get("worker"), Account: q.Get("account"), Listener: q.Get("listener"), Sort: q.Get("sort")}
	if f.Sort != "" && !slices.Contains(Orders, f.Sort) {
		return f, fmt.Errorf("sessions cannot be sorted by %q; expected %s", f.Sort, strings.Join(Orders, ", "))
	}
	if text := q.Get("address"); text != "" {
		if f.Network, err = ParseNetwork(text); err != nil {
			return f, err
		}
	}
	if text := q.Get("limit"); text != "" {
		if f.Limit, err = strconv.Atoi(text); err != nil || f.Limit < 0 {
			return f, fmt.Errorf("limit %q is no number", text)
		}
	}
	return f, nil
}

// ParseNetwork reads a network, or an address that stands for itself.
func ParseNetwork(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, fmt.Errorf("%q is no address and no network; expected one like 192.0.2.1 or 10.0.0.0/8", text)
	}
	return p.Masked(), nil
}

func (f *Filter) fits(s *Session) bool {
	if f.Listener != "" && !strings.Contains(s.Listener, f.Listener) {
		return false
	}
	if f.Network.IsValid() && !f.Network.Contains(hostOf(s.Remote)) {
		return false
	}
	if f.Worker != "" && !slices.Contains(s.Workers, f.Worker) {
		return false
	}
	return f.Account == "" || slices.ContainsFunc(s.Workers, func(w string) bool {
		return w == f.Account || strings.HasPrefix(w, f.Account+".") || strings.HasPrefix(w, f.Account+"_")
	})
}

// hostOf is the address of "host:port", invalid without one.
func hostOf(remote string) netip.Addr {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	a, _ := netip.ParseAddr(host)
	return a.Unmap().WithZone("")
}

// order sorts by what the filter says.
func (f *Filter) order(all []Session) {
	by := map[string]func(a, b Session) int{
		"difficulty": func(a, b Session) int { return cmp.Compare(b.Difficulty, a.Difficulty) },
		"rate":       func(a, b Session) int { return cmp.Compare(b.HashRate, a.HashRate) },
		"idle":       func(a, b Session) int { return cmp.Compare(b.Idle, a.Idle) },
		"rejected":   func(a, b Session) int { return cmp.Compare(b.Rejected, a.Rejected) },
	}[f.Sort]
	if by != nil {
		slices.SortStableFunc(all, by)
	}
}

// view is a session as the operator sees it.
func view(pool string, i *stratum.SessionInfo, hashes float64, now time.Time) Session {
	s := Session{
		Pool: pool, Number: i.Number, Remote: i.Remote, Listener: i.Profile, Agent: i.Agent, Version: i.Version, Workers: i.Workers,
		Subscribed: i.Subscribed, Since: i.Since, Difficulty: i.Difficulty, Accepted: i.Accepted, Rejected: i.Rejected,
		RejectedBy: i.RejectedBy, Work: i.Work, LastShare: i.LastShare, RTT: i.RTT.Seconds(),
	}
	if i.Rung != stratum.Ground {
		s.Rung = i.Rung.String()
	}
	quiet := i.LastShare
	if quiet.IsZero() {
		quiet = i.Since
	}
	s.Idle = max(now.Sub(quiet).Seconds(), 0)
	if d := now.Sub(i.Since).Seconds(); d > 0 {
		s.HashRate = i.Work * hashes / d
	}
	return s
}

// fronts are the named pool's, or all that take miners now.
func (s *Server) fronts(pool string) (names []string, fronts []Front, err error) {
	if pool != "" {
		f, err := s.pools.Front(pool)
		return []string{pool}, []Front{f}, err
	}
	var closed []error
	for _, name := range s.pools.Names() {
		f, err := s.pools.Front(name)
		if err != nil {
			closed = append(closed, err)
			continue
		}
		names, fronts = append(names, name), append(fronts, f)
	}
	if len(names) == 0 {
		return nil, nil, errors.Join(closed...)
	}
	return names, fronts, nil
}

func (s *Server) getSessions(w http.ResponseWriter, r *http.Request) {
	f, err := ParseFilter(r.URL.Query())
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	names, fronts, err := s.fronts(f.Pool)
	if err != nil {
		answer(w, nil, err)
		return
	}
	out := Sessions{Now: time.Now(), Closed: map[string]map[string]uint64{}, Sessions: []Session{}}
	for i, front := range fronts {
		hashes := s.pools.Hashes(names[i])
		for _, info := range front.Sessions() {
			out.Total++
			if v := view(names[i], &info, hashes, out.Now); f.fits(&v) {
				out.Sessions = append(out.Sessions, v)
			}
		}
		out.Closed[names[i]] = closings(front)
	}
	out.Matched = len(out.Sessions)
	f.order(out.Sessions)
	if f.Limit > 0 && len(out.Sessions) > f.Limit {
		out.Sessions = out.Sessions[:f.Limit]
	}
	answer(w, out, nil)
}

func closings(front Front) map[string]uint64 {
	by := map[string]uint64{}
	for _, reason := range stratum.CloseReasons() {
		if n := front.Closed(reason); n > 0 {
			by[reason.String()] = n
		}
	}
	return by
}
