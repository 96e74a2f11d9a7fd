package api

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"regexp"
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
		c.Devices = devices(c.Algorithm, c.User, c.Password, c.Listeners[0])
	}
}

// devices are the words for common devices, in each one's own.
func devices(algorithm, user, password string, l Listener) []Line {
	port := strconv.Itoa(l.Port)
	asic := Line{"ASIC with a web page (Antminer, Whatsminer, Avalon)", "Pool URL " + l.URL + ", Worker " + user + ", Password " + password}
	switch {
	case l.Protocol == "sha3x":
		return []Line{
			{"SHA3x miner on a graphics card", "pool " + net.JoinHostPort(l.Host, port) + ", wallet " + user},
		}
	case algorithm == "scrypt":
		return []Line{
			asic,
			{"cpuminer", "minerd -a scrypt -o " + l.URL + " -u " + user + " -p " + password},
		}
	case algorithm == "sha256d":
		bitaxe := "Stratum Host " + l.Host + ", Stratum Port " + port + ", Stratum User " + user
		if l.TLS {
			bitaxe += ", TLS on"
		}
		return []Line{
			{"Bitaxe, NerdQAxe (AxeOS)", bitaxe},
			{"NerdMiner", "PoolUrl " + l.Host + ", PoolPort " + port + ", BtcWallet " + user},
			asic,
			{"cgminer, bfgminer", "cgminer -o " + l.URL + " -u " + user + " -p " + password},
		}
	}
	return []Line{asic}
}
