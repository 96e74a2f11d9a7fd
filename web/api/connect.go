package api

import (
	"cmp"
	"context"
	"math"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var hostForm = regexp.MustCompile(`^[A-Za-z0-9.:-]{1,253}$`)

// connect says how to mine here, by the name that the visitor has reached us by.
func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	q := newParams(r.URL.RawQuery)
	if err := q.done(); err != nil {
		sendProblem(w, r, err)
		return
	}
	host := s.o.StratumHost
	if host == "" {
		host = visited(r.Host)
	}
	w.Header().Add("Vary", "Host")
	s.answer(w, r, cacheKey(r, nil)+"@"+host, keepFixed, func(context.Context) (any, error) {
		all, err := s.o.Source.Connect()
		for i := range all {
			all[i].complete(host, s.o.StratumHost != "")
		}
		return map[string]any{"pools": list(all)}, err
	})
}

// visited is the host of a Host header, "" where it is none.
func visited(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	if !hostForm.MatchString(host) {
		return ""
	}
	return strings.ToLower(host)
}

// complete adds what depends on how miners reach us.
func (c *Connect) complete(host string, configured bool) {
	for i := range c.Listeners {
		l := &c.Listeners[i]
		if l.Host == "" || configured && l.Reach == "any" {
			l.Host = cmp.Or(host, "localhost")
		}
		scheme := "stratum+tcp"
		if l.TLS {
			scheme = "stratum+ssl"
		}
		l.URL = scheme + "://" + net.JoinHostPort(l.Host, strconv.Itoa(l.Port))
	}
	c.Listeners, c.Devices = list(c.Listeners), []Line{}
	if len(c.Listeners) > 0 {
		c.Devices = c.devices()
	}
}

// The profiles of ports, as the configuration names them; see engine/vardiff.
const (
	lowPort    = "low"    // hobby devices
	normalPort = "normal" // ASICs
	rentalPort = "rental" // thousands of them behind one connection
)

// port is the listener for a kind of device: of its profile, else of the nearest, open
// to others, and without TLS, which not every firmware speaks, where there is a choice.
func (c *Connect) port(profile string) Listener {
	nearest := map[string][]string{
		lowPort: {lowPort, normalPort, "", rentalPort}, normalPort: {normalPort, "", lowPort, rentalPort}, rentalPort: {rentalPort, normalPort, "", lowPort},
	}[profile]
	best, rank := c.Listeners[0], math.MaxInt
	for _, l := range c.Listeners {
		r := 4 * slices.Index(nearest, l.Profile)
		if r < 0 {
			r = 4 * len(nearest)
		}
		if l.TLS {
			r++
		}
		if l.Reach == "local" {
			r += 100 // another machine cannot reach it at all
		}
		if r < rank {
			best, rank = l, r
		}
	}
	return best
}

// devices are the words for common devices, in each one's own, with the port for it.
func (c *Connect) devices() []Line {
	low, normal := c.port(lowPort), c.port(normalPort)
	asic := Line{"ASIC with a web page (Antminer, Whatsminer, Avalon)", "Pool URL " + normal.URL + ", Worker " + c.User + ", Password " + c.Password}
	switch {
	case normal.Protocol == "sha3x":
		return []Line{
			{"SHA3x miner on a graphics card", "pool " + normal.address() + ", wallet " + c.User},
		}
	case c.Algorithm == "scrypt":
		return append([]Line{
			asic,
			{"cpuminer", "minerd -a scrypt -o " + low.URL + " -u " + c.User + " -p " + c.Password},
		}, c.rented()...)
	case c.Algorithm == "sha256d":
		bitaxe := "Stratum Host " + low.Host + ", Stratum Port " + strconv.Itoa(low.Port) + ", Stratum User " + c.User
		if low.TLS {
			bitaxe += ", TLS on"
		}
		lines := []Line{{"Bitaxe, NerdQAxe (AxeOS)", bitaxe}}
		if !low.TLS { // it speaks none
			lines = append(lines, Line{"NerdMiner", "PoolUrl " + low.Host + ", PoolPort " + strconv.Itoa(low.Port) + ", BtcWallet " + c.User})
		}
		return append(append(lines, asic,
			Line{"cgminer, bfgminer", "cgminer -o " + normal.URL + " -u " + c.User + " -p " + c.Password},
		), c.rented()...)
	}
	return []Line{asic}
}

// rented is for hash rate from a market, where there is a port for it.
func (c *Connect) rented() []Line {
	l := c.port(rentalPort)
	if l.Profile != rentalPort {
		return nil
	}
	return []Line{{"Rented hash rate (NiceHash, MiningRigRentals)", "Pool " + l.address() + ", User " + c.User + ", Password " + c.Password}}
}

// address is host and port.
func (l *Listener) address() string { return net.JoinHostPort(l.Host, strconv.Itoa(l.Port)) }
