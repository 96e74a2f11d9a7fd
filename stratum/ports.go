package stratum

import "sync/atomic"

// ports counts the sessions of each listener. What is in it is set once.
type ports map[*Listener]*atomic.Int64

func newPorts(all []Listener) ports {
	p := make(ports, len(all))
	for i := range all {
		p[&all[i]] = new(atomic.Int64)
	}
	return p
}

// add counts sessions that came or went; a listener that is not known, as in tests,
// counts nowhere.
func (p ports) add(l *Listener, n int64) {
	if live := p[l]; live != nil {
		live.Add(n)
	}
}

// Port is a bound listener and its connections.
type Port struct {
	Address string // as configured; as bound where it was given open
	Live    int    // sessions now
}

// Ports are the bound listeners, in the order of the configuration.
func (srv *Server) Ports() []Port {
	srv.bindMu.Lock()
	defer srv.bindMu.Unlock()
	var all []Port
	for _, b := range srv.bound {
		p := Port{Address: b.listener.Address, Live: int(srv.ports[b.listener].Load())}
		if p.Address == "" {
			p.Address = b.name
		}
		all = append(all, p)
	}
	return all
}
