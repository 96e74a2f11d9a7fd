package engine

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/stratum"
	"github.com/motherlode-pool/motherlode/web/api"
)

func (a *apiView) Chains() ([]api.Chain, error) {
	if err := a.started(); err != nil {
		return nil, err
	}
	var out []api.Chain
	for _, name := range sortedKeys(a.e.runners) {
		c, err := a.Chain(name)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func (a *apiView) Chain(name string) (api.Chain, error) {
	if err := a.started(); err != nil {
		return api.Chain{}, err
	}
	if a.e.runners[name] == nil {
		return api.Chain{}, noChain(name)
	}
	v, info := a.coin(name), a.infoOf(name)
	out := api.Chain{
		Name: name, Symbol: info.Symbol, Title: info.Name, Network: info.Network, Algorithm: info.Algorithm, Decimals: int(info.Decimals),
		Maturity: info.Maturity, BlockSeconds: info.BlockTime.Seconds(), Pools: []api.ChainPool{}, State: v.State, Tip: tipOf(v),
		Nodes: []api.Node{}, NewsBy: map[string]uint64{}, Message: api.Maybe(publicMessage(v.State)),
	}
	for k, n := range v.TipsBy {
		out.NewsBy[k] = n
	}
	if !v.WorkAt.IsZero() {
		out.Work = &api.Work{At: api.TimeOf(v.WorkAt), Source: v.Source}
	}
	for i, n := range v.Nodes {
		out.Nodes = append(out.Nodes, api.Node{
			Number: i + 1, State: n.State, Height: n.Height, Peers: n.Peers, Version: n.Version, News: n.News, GivesWork: n.Work,
		})
	}
	if t := v.Full; t != nil {
		out.NewsSeconds = &api.NewsSeconds{Count: t.Count, Last: t.Last.Seconds(), P50: t.P50.Seconds(), P99: t.P99.Seconds()}
	}
	for _, p := range a.e.pools {
		for _, c := range p.chainNames() {
			if c != name {
				continue
			}
			out.Pools = append(out.Pools, api.ChainPool{Pool: p.name, Role: p.roleOf(name)})
			r, err := a.e.ledger.Round(p.name, name)
			if orNothing(err) != nil {
				return out, err
			}
			out.BlocksFound += r.Blocks
		}
	}
	return out, nil
}

// publicMessage is what everybody may know of a coin's trouble: its own words name
// nodes by their addresses.
func publicMessage(state string) string {
	switch state {
	case "ready":
		return ""
	case "starting":
		return "its node is being asked"
	case "syncing":
		return "its node has not caught up with the chain"
	case "degraded":
		return "one of its nodes has trouble"
	case "parked":
		return "its driver fails, and is tried again now and then"
	}
	return "no node answers"
}

// Connect is how to mine in each pool. Hosts are left empty where a port is open on
// all addresses.
func (a *apiView) Connect() ([]api.Connect, error) {
	if err := a.started(); err != nil {
		return nil, err
	}
	var out []api.Connect
	for _, p := range a.e.pools {
		info, _ := p.parent.Info()
		c := api.Connect{
			Pool: p.name, Algorithm: info.Algorithm, User: "ADDRESS.worker", ExampleAddress: api.Maybe(info.ExampleAddress),
			Anyone: p.cfg.AcceptAnyone, Password: "x", Listeners: []api.Listener{},
		}
		if p.opened.Load() {
			c.Anyone = p.accounts.anyone
			listen := p.shown().Listen
			for i, addr := range p.server.Addrs() {
				if i < len(listen) {
					c.Listeners = append(c.Listeners, p.listenerView(listen[i], addr))
				}
			}
		}
		out = append(out, c)
	}
	return out, nil
}

func (p *pool) listenerView(cfg configs.Listen, addr net.Addr) api.Listener {
	info, _ := p.parent.Info()
	d := listenDifficulty(cfg, info.Algorithm, p.diffOne)
	l := api.Listener{
		TLS: cfg.TLS != nil, Protocol: "stratum", Profile: cfg.Profile, Reach: "any",
		Difficulty: api.Difficulty{Start: d.Start, Min: d.Min, Max: d.Max, SharesPerMinute: d.SharesPerMinute, Fixed: cfg.Difficulty.Fixed},
	}
	if p.dialect == stratum.SHA3x {
		l.Protocol = "sha3x"
	}
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return l
	}
	l.Port, _ = strconv.Atoi(port)
	if ip, err := netip.ParseAddr(host); err == nil && !ip.IsUnspecified() {
		l.Host = host
		if ip.IsLoopback() {
			l.Reach = "local"
		}
	}
	return l
}

func (a *apiView) OperatorCoins() ([]api.OperatorCoin, error) {
	var out []api.OperatorCoin
	for _, name := range sortedKeys(a.e.runners) {
		v := a.coin(name)
		if a.started() == nil {
			a.e.submitsView(&v)
		}
		c := api.OperatorCoin{
			Name: name, Symbol: v.Symbol, Network: v.Network, State: v.State, Message: api.Maybe(v.Message), Problem: api.Maybe(v.Problem),
			LastError: api.Maybe(v.LastError), Tip: tipOf(v), WorkNode: api.Maybe(v.WorkNode), Nodes: []api.OperatorNode{}, Submissions: map[string]uint64{},
		}
		if !v.WorkAt.IsZero() {
			c.Work = &api.Work{At: api.TimeOf(v.WorkAt), Source: v.Source}
		}
		if v.Submits != nil {
			for verdict, n := range v.Submits.By {
				c.Submissions[verdict] = n
			}
		}
		for _, n := range v.Nodes {
			c.Nodes = append(c.Nodes, api.OperatorNode{
				Node: n.Node, State: n.State, Message: api.Maybe(n.Message), Height: n.Height, Tip: api.Maybe(n.Tip), Peers: n.Peers,
				Version: n.Version, News: n.News, GivesWork: n.Work, Missed: n.Missed,
			})
		}
		out = append(out, c)
	}
	return out, nil
}

func (a *apiView) OperatorPlugins() ([]api.OperatorPlugin, error) {
	var out []api.OperatorPlugin
	for _, name := range sortedKeys(a.e.runners) {
		v := a.coin(name)
		p := api.OperatorPlugin{
			Coin: name, State: v.State, Restarts: v.Restarts, LastError: api.Maybe(v.LastError), LastFailureAt: api.MaybeTime(v.LastFailureAt),
			Streams: []api.OperatorStream{}, LastLines: []api.OperatorLine{},
		}
		for _, l := range a.e.runners[name].LastLines() {
			p.LastLines = append(p.LastLines, api.OperatorLine{At: api.TimeOf(l.At), Level: strings.ToLower(l.Level.String()), Text: l.Text})
		}
		if v.PID != 0 {
			p.Process = &v.PID
		}
		if k := v.Parked; k != nil {
			p.Parked = &api.OperatorParked{
				Since: api.TimeOf(k.Since), Failures: k.Failures, Reason: k.Reason, LastLines: append([]string{}, k.Stderr...),
				NextAttemptAt: api.TimeOf(k.Next), WhatToDo: k.WhatToDo,
			}
		}
		for _, s := range v.Streams {
			p.Streams = append(p.Streams, api.OperatorStream{
				Stream: s.Stream, Received: s.Received, Unused: s.Unused, PeakPerSecond: s.Peak, HeldBack: s.Held, Problem: api.Maybe(s.Problem),
			})
		}
		out = append(out, p)
	}
	return out, nil
}

// someSession is a session and its pool.
type someSession struct {
	pool *pool
	*stratum.SessionInfo
}

// OperatorSessions shows those sessions alone that are wanted: there may be many
// thousands.
func (a *apiView) OperatorSessions(only, order string, from, limit int) (rows []api.OperatorSession, n int, closed []api.OperatorClosed, err error) {
	if err := a.knows(only, ""); err != nil {
		return nil, 0, nil, err
	}
	var all []someSession
	for _, p := range a.e.pools {
		if only != "" && p.name != only {
			continue
		}
		c := api.OperatorClosed{Pool: p.name, ByReason: map[string]uint64{}}
		if p.opened.Load() {
			for _, r := range stratum.CloseReasons() {
				if n := p.server.Closed(r); n > 0 {
					c.ByReason[r.String()] = n
				}
			}
		}
		closed = append(closed, c)
		sessions := a.connected[p.name].get().all
		for i := range sessions {
			all = append(all, someSession{p, &sessions[i]})
		}
	}
	slices.SortStableFunc(all, func(x, y someSession) int { return compareSessions(order, x.SessionInfo, y.SessionInfo) })
	from = min(from, len(all))
	for _, s := range all[from:min(from+limit, len(all))] {
		rows = append(rows, sessionView(s.pool.name, s.SessionInfo, s.pool.hashesOfOne()))
	}
	return rows, len(all), closed, nil
}

func compareSessions(order string, x, y *stratum.SessionInfo) int {
	switch order {
	case api.ByRefused:
		return cmp.Compare(y.Rejected, x.Rejected)
	case api.ByRTT:
		return cmp.Compare(y.RTT, x.RTT)
	case api.BySilent:
		return lastShare(x).Compare(lastShare(y))
	}
	return x.Since.Compare(y.Since)
}

// lastShare is when a session has sent its last share, or else has come.
func lastShare(s *stratum.SessionInfo) time.Time {
	if s.LastShare.IsZero() {
		return s.Since
	}
	return s.LastShare
}

func sessionView(pool string, s *stratum.SessionInfo, hashes float64) api.OperatorSession {
	v := api.OperatorSession{
		Pool: pool, Number: s.Number, Remote: s.Remote, Listener: s.Profile, Agent: s.Agent, Version: s.Version,
		Workers: append([]string{}, s.Workers...), ConnectedAt: api.TimeOf(s.Since), Difficulty: s.Difficulty, Accepted: s.Accepted,
		Refused: s.Rejected, RefusedByReason: map[string]uint64{}, LastShareAt: api.MaybeTime(s.LastShare), Ladder: s.Rung.String(),
	}
	for reason, n := range s.RejectedBy {
		v.RefusedByReason[reason] = n
	}
	v.HashRate = s.Rate * hashes
	if s.Declares {
		v.DeclaredHashRate = &s.Declared
	}
	if s.RTT > 0 {
		rtt := s.RTT.Seconds()
		v.RTTSeconds = &rtt
	}
	return v
}

// OperatorIncidents are the journals of the pools' ports.
func (a *apiView) OperatorIncidents(only string) (out []api.OperatorIncident, err error) {
	if err := a.knows(only, ""); err != nil {
		return nil, err
	}
	for _, p := range a.e.pools {
		if only != "" && p.name != only || !p.opened.Load() {
			continue
		}
		for _, i := range p.server.Incidents() {
			v := api.OperatorIncident{
				Pool: p.name, At: api.TimeOf(i.At), What: i.What, Times: i.Times, Remote: i.Remote, Agent: i.Agent,
				Workers: append([]string{}, i.Workers...), Reason: i.Reason, DurationSeconds: i.Lasted.Seconds(), Accepted: i.Accepted, Refused: i.Rejected,
			}
			if i.Session > 0 {
				v.Session = &i.Session
			}
			out = append(out, v)
		}
	}
	slices.SortStableFunc(out, func(x, y api.OperatorIncident) int { return cmp.Compare(y.At, x.At) })
	return out, nil
}

func (a *apiView) OperatorBans() ([]api.OperatorBan, error) {
	if err := a.started(); err != nil {
		return nil, err
	}
	var out []api.OperatorBan
	for _, p := range a.e.pools {
		if !p.opened.Load() {
			continue
		}
		for _, b := range p.server.Bans() {
			out = append(out, api.OperatorBan{Pool: p.name, Address: b.Address.String(), Until: api.TimeOf(b.Until)})
		}
	}
	return out, nil
}

func (a *apiView) OperatorPayments(pool, chain string, page api.Page) (out []api.OperatorPayment, next uint64, err error) {
	rows, next, err := a.payments(pool, chain, page)
	for i := range rows {
		out = append(out, operatorPayment(a.paymentView(&rows[i]), &rows[i]))
	}
	return out, next, err
}

func operatorPayment(v api.Payment, p *ledger.Payment) api.OperatorPayment {
	out := api.OperatorPayment{Payment: v, Fee: api.AmountOf(p.Fee), Reason: api.Maybe(p.Reason), Outputs: []api.OperatorOutput{}}
	for _, o := range p.Outputs {
		out.Outputs = append(out.Outputs, api.OperatorOutput{Account: o.Account, Amount: api.AmountOf(o.Amount)})
	}
	return out
}
